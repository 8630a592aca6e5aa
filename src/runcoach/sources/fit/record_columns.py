"""The record messages of a plain FIT file as columns, read from its bytes without a decoder.

Nearly all messages are records, and a decoder makes a dict of each, which takes most of the time of an import. Here
records are located by the sizes in their definitions, and each field of all of them is read by numpy at once.

Only plain files are read in this way. A file with compressed timestamps or speeds, a field of another type than the
profile's or a record without a time is left to the decoders as a whole.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from runcoach.domain.streams import recorded
from runcoach.sources.fit.chained_files import FitPart, framed
from runcoach.sources.fit.definitions import (
    DEFINITION,
    DEVELOPER,
    FIT_EPOCH_S,
    HEAD_BYTES,
    RECORD,
    TIMESTAMP,
    definition_end,
    message_size,
)
from runcoach.sources.fit.records import Samples, convert_units, developer_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcoach.domain.streams import FloatArray
    from runcoach.sources.fit.decoder import Message

IntArray = npt.NDArray[np.intp]
ByteArray = npt.NDArray[np.uint8]
_Int32Array = npt.NDArray[np.int32]

#: Message numbers of :data:`runcoach.sources.fit.decoder.MESSAGE_TYPES`, and 207, which identifies developers.
_OTHER_MESSAGES = frozenset({0, 12, 18, 19, 21, 23, 34, 206, 207})

#: ``compressed_speed_distance`` of old watches, unpacked in records.py.
_COMPRESSED_SPEED_DISTANCE = 8


class _Column(NamedTuple):
    """A record field of the FIT profile: its channel, base type, numpy type, invalid value, scale and offset."""

    channel: str
    base: int
    dtype: str
    invalid: int
    scale: float = 1.0
    offset: float = 0.0


#: Field number → column. Of two fields for one channel the first here with a value is used, as in the decoders.
_COLUMNS: dict[int, _Column] = {
    0: _Column("lat_deg", 0x85, "i4", 0x7FFFFFFF),  # in semicircles
    1: _Column("lng_deg", 0x85, "i4", 0x7FFFFFFF),
    2: _Column("altitude_m", 0x84, "u2", 0xFFFF, 5.0, 500.0),
    3: _Column("heart_rate_bpm", 0x02, "u1", 0xFF),
    4: _Column("cadence_spm", 0x02, "u1", 0xFF),  # of one leg
    5: _Column("distance_m", 0x86, "u4", 0xFFFFFFFF, 100.0),
    6: _Column("speed_ms", 0x84, "u2", 0xFFFF, 1000.0),
    7: _Column("power_w", 0x84, "u2", 0xFFFF),
    13: _Column("temperature_c", 0x01, "i1", 0x7F),
    53: _Column("fraction", 0x02, "u1", 0xFF, 128.0),
    73: _Column("speed_ms", 0x86, "u4", 0xFFFFFFFF, 1000.0),
    78: _Column("altitude_m", 0x86, "u4", 0xFFFFFFFF, 5.0, 500.0),
    TIMESTAMP: _Column("time_s", 0x86, "u4", 0xFFFFFFFF),
}


#: Base type of a developer field → numpy type and invalid value (None: NaN).
_DEVELOPER_DTYPES: dict[int, tuple[str, int | None]] = {
    0x01: ("i1", 0x7F),
    0x02: ("u1", 0xFF),
    0x83: ("i2", 0x7FFF),
    0x84: ("u2", 0xFFFF),
    0x85: ("i4", 0x7FFFFFFF),
    0x86: ("u4", 0xFFFFFFFF),
    0x88: ("f4", None),
    0x89: ("f8", None),
}


@dataclass(frozen=True, slots=True)
class PlainRecords:
    """The records of a file: seconds since 1970, channels with a value, and a FIT file of the other messages.

    Channels are in the units of the file: positions in semicircles, cadence of one leg and without its fraction.
    """

    time_s: FloatArray
    channels: dict[str, FloatArray]
    others: bytes
    _table: _Table

    def samples(self, descriptions: list[Message]) -> Samples | None:
        """The samples of the file, including developer fields by their descriptions.

        None where a developer field is not a plain number, which only a decoder can read.
        """
        channels = dict(self.channels)
        for field in developer_fields(descriptions):
            if field.channel not in channels:
                values = self._table.developer_values(field.number, field.base)
                if values is None:
                    return None
                channels |= recorded({field.channel: values / field.scale - field.offset})
        convert_units(channels)
        return Samples(self.time_s, channels)


def plain_records(part: FitPart) -> PlainRecords | None:
    """The records of one undamaged file; None if they are not plain, or there are no records or no other messages."""
    body = part.body
    messages = _locate_messages(body)
    if messages is None:
        return None
    table, others = _table(body, messages.records), _join(body, messages.others)
    if table is None or not others:
        return None
    timestamps = table.values(TIMESTAMP)
    if np.isnan(timestamps).any():
        return None
    channels: dict[str, FloatArray] = {}
    for number in table.offsets:
        name, values = _COLUMNS[number].channel, table.values(number)
        earlier = channels.get(name)
        channels[name] = values if earlier is None else np.where(np.isnan(earlier), values, earlier)
    del channels[_COLUMNS[TIMESTAMP].channel]
    return PlainRecords(timestamps + FIT_EPOCH_S, recorded(channels), framed(others, part), table)


class _Messages(NamedTuple):
    """The offsets of a file's messages.

    For each definition of records, its offset and those of its records; for each definition of other messages that are
    read, its span, and the size and the offsets of its messages.
    """

    records: list[tuple[int, list[int]]]
    others: list[tuple[tuple[int, int], int, list[int]]]


def _locate_messages(body: bytes) -> _Messages | None:
    """Walk from message to message by their sizes; None if that does not lead exactly to the end."""
    messages = _Messages([], [])
    ignored: deque[int] = deque(maxlen=0)
    layouts: list[tuple[int, Callable[[int], None]] | None] = [None] * 16  # local number → size, and where to append
    at, end = 0, len(body)
    while at < end:
        kind = body[at]
        if kind < 16 and (layout := layouts[kind]) is not None:
            size, append = layout
            append(at)
            at += size
        elif kind & ~0x2F == DEFINITION and (stop := definition_end(body, at)) <= end:
            number = int.from_bytes(body[at + 3 : at + 5], "big" if body[at + 2] else "little")
            size, offsets = message_size(body, at, stop), list[int]()
            if number == RECORD:
                messages.records.append((at, offsets))
            elif number in _OTHER_MESSAGES:
                messages.others.append(((at, stop), size, offsets))
            is_read = number == RECORD or number in _OTHER_MESSAGES
            layouts[kind & 0xF] = size, offsets.append if is_read else ignored.append
            at = stop
        else:
            return None
    return messages if at == end else None


def _join(body: bytes, others: list[tuple[tuple[int, int], int, list[int]]]) -> bytes:
    """The other messages that are read, with their definitions, in the order of the file."""
    spans = [span for span, _, _ in others]
    spans += [(at, at + size) for _, size, offsets in others for at in offsets]
    return b"".join(body[start:stop] for start, stop in sorted(spans))


@dataclass(frozen=True, slots=True)
class _Table:
    """The records of a file in order: the offset of each, and its definition.

    ``offsets`` has for each field its offset in a record of each definition, 0 where the definition lacks it.
    """

    body: ByteArray
    byte_order: str
    definition_at: IntArray  # (u,)
    record_at: IntArray  # (n,)
    definition: IntArray  # (n,), indices of definitions
    offsets: dict[int, IntArray]  # each (u,)

    def values(self, number: int) -> FloatArray:
        """One field of all records in its unit, shape (n,); NaN where it is absent or invalid."""
        column = _COLUMNS[number]
        return self._read(self.offsets[number], column.dtype, column.invalid) / column.scale - column.offset

    def developer_values(self, number: int, base: object) -> FloatArray | None:
        """A developer field of this number and base type, shape (n,), unscaled; None if it is not a plain number."""
        if base not in _DEVELOPER_DTYPES:
            return None
        dtype, invalid = _DEVELOPER_DTYPES[base]
        offsets = _developer_offsets(self.body, self.definition_at, number, np.dtype(dtype).itemsize)
        return None if offsets is None else self._read(offsets, dtype, invalid)

    def _read(self, offsets: IntArray, dtype: str, invalid: int | None) -> FloatArray:
        """The numbers at these offsets, one a definition, in all records; NaN where absent or invalid."""
        offset, values = offsets[self.definition], np.full(self.record_at.size, np.nan)
        (present,) = offset.nonzero()
        ordered_dtype = np.dtype(self.byte_order + dtype)
        bytes_at = (self.record_at[present] + offset[present])[:, None] + np.arange(ordered_dtype.itemsize)
        raw = self.body[bytes_at].view(ordered_dtype)[:, 0]
        values[present] = raw
        if invalid is not None:
            values[present[raw == invalid]] = np.nan
        return values


def _table(body: bytes, records: list[tuple[int, list[int]]]) -> _Table | None:
    """The table of all records; None if there are none or they are not plain."""
    used = [(at, offsets) for at, offsets in records if offsets]
    if not used:
        return None
    data = np.frombuffer(body, dtype=np.uint8)
    definition_at = np.array([at for at, _ in used])
    record_at = np.fromiter(chain.from_iterable(offsets for _, offsets in used), dtype=np.intp)
    definition = np.repeat(np.arange(len(used)), [len(offsets) for _, offsets in used])
    order = record_at.argsort()
    offsets, big_endian = _field_offsets(data, definition_at), data[definition_at + 2]
    if offsets is None or (big_endian != big_endian[0]).any():
        return None
    byte_order = ">" if big_endian[0] else "<"
    return _Table(data, byte_order, definition_at, record_at[order], definition[order], offsets)


def _field_offsets(data: ByteArray, definition_at: IntArray) -> dict[int, IntArray] | None:
    """Field number → its offset by definition; None if a field is not plain."""
    offsets = {number: np.zeros(definition_at.size, dtype=np.intp) for number in _COLUMNS}
    for which, numbers, sizes, bases in _fields(data, definition_at):
        field_offsets = 1 + np.cumsum(sizes, axis=1) - sizes
        if (numbers == _COMPRESSED_SPEED_DISTANCE).any():
            return None
        for number, column in _COLUMNS.items():
            row, at = (numbers == number).nonzero()
            is_unique = bool((np.diff(row) > 0).all())  # rows are ascending
            as_profile = (bases[row, at] == column.base) & (sizes[row, at] == np.dtype(column.dtype).itemsize)
            if not is_unique or not as_profile.all():
                return None
            offsets[number][which[row]] = field_offsets[row, at]
    if not offsets[TIMESTAMP].all():
        return None
    return {number: by_definition for number, by_definition in offsets.items() if by_definition.any()}


def _fields(
    data: ByteArray, definition_at: IntArray
) -> Iterator[tuple[IntArray, _Int32Array, _Int32Array, _Int32Array]]:
    """Definitions grouped by their number of fields k: indices (u,); numbers, sizes and base types, (u, k) each."""
    counts = data[definition_at + 5]
    for count in sorted(set(counts.tolist())):
        (which,) = (counts == count).nonzero()
        text = data[definition_at[which][:, None] + np.arange(HEAD_BYTES, HEAD_BYTES + 3 * count)].astype(np.int32)
        yield which, text[:, ::3], text[:, 1::3], text[:, 2::3]


def _developer_offsets(data: ByteArray, definition_at: IntArray, number: int, size: int) -> IntArray | None:
    """The offset of a developer field by definition, 0 if absent; None if one has another size, or two of them."""
    offsets = np.zeros(definition_at.size, dtype=np.intp)
    for which, numbers, sizes, _ in _fields(data, definition_at):
        begin = 1 + sizes.sum(axis=1)
        for index, at, first_offset in zip(
            which.tolist(), definition_at[which] + HEAD_BYTES + 3 * numbers.shape[1], begin.tolist(), strict=True
        ):
            if not data[definition_at[index]] & DEVELOPER:
                continue
            fields = data[at + 1 : at + 1 + 3 * int(data[at])].astype(np.intp)
            (found,) = (fields[::3] == number).nonzero()
            if found.size > 1 or (found.size and fields[1::3][found[0]] != size):
                return None
            if found.size:
                offsets[index] = first_offset + fields[1::3][: found[0]].sum()
    return offsets
