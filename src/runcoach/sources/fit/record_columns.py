"""The record messages of a plain FIT file as columns, read from its bytes without a decoder.

Nearly all messages are records, and a decoder makes a dict of each, which takes most of the time of an import. Here
records are located by the sizes in their definitions, and each field of all of them is read by numpy at once.

Only plain files are read in this way. A file with compressed timestamps or speeds, a field of another type than the
profile's or a record without a time is left to the decoders as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from runcoach.domain.streams import FloatArray, recorded
from runcoach.sources.fit.chained_files import FitPart, framed
from runcoach.sources.fit.definitions import (
    DEFINITION,
    FIT_EPOCH_S,
    RECORD,
    TIMESTAMP,
    Definition,
    definition_end,
    message_size,
    read_definition,
)
from runcoach.sources.fit.records import Samples, convert_units, developer_fields

if TYPE_CHECKING:
    from runcoach.sources.fit.decoder import Message

IntArray = npt.NDArray[np.intp]

#: Message numbers of :data:`runcoach.sources.fit.decoder.MESSAGE_TYPES`, and 207, which identifies developers.
_OTHER_MESSAGES = frozenset({0, 12, 18, 19, 21, 23, 34, 206, 207})

#: Consecutive messages of one definition that are located at once; a limit keeps the time linear in the size of a file.
_MAX_RUN = 1024

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
    located = _locate_messages(body)
    if located is None:
        return None
    table, others = _table(body, located[0]), _join(body, located[1])
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


#: Definition of records → the offsets of its records.
_Records = dict[bytes, list[int]]

#: Of each definition of other messages that are read: its span, and the size and the offsets of its messages.
_Others = list[tuple[tuple[int, int], int, list[int]]]


def _locate_messages(body: bytes) -> tuple[_Records, _Others] | None:
    """Walk from message to message by their sizes; None if that does not lead exactly to the end."""
    records: _Records = {}
    others: _Others = []
    layouts: list[tuple[int, list[int] | None] | None] = [None] * 16  # local number → size, and its offsets if read
    at, end = 0, len(body)
    while at < end:
        kind = body[at]
        if kind < 16 and (layout := layouts[kind]) is not None:
            size, offsets = layout
            stop = at + size
            if stop < end and body[stop] == kind:  # most records of a file follow one another: take them at once
                headers = body[at : at + size * _MAX_RUN : size]
                stop = at + size * (len(headers) - len(headers.lstrip(headers[:1])))
                if offsets is not None:
                    offsets.extend(range(at, stop, size))
            elif offsets is not None:
                offsets.append(at)
            at = stop
        elif kind & ~0x2F == DEFINITION and (stop := definition_end(body, at)) <= end:
            number = int.from_bytes(body[at + 3 : at + 5], "big" if body[at + 2] else "little")
            size, offsets = message_size(body, at, stop), None
            if number == RECORD:
                offsets = records.setdefault(body[at:stop], [])
            elif number in _OTHER_MESSAGES:
                offsets = []
                others.append(((at, stop), size, offsets))
            layouts[kind & 0xF] = size, offsets
            at = stop
        else:
            return None
    return (records, others) if at == end else None


def _join(body: bytes, others: _Others) -> bytes:
    """The other messages that are read, with their definitions, in the order of the file."""
    spans = [span for span, _, _ in others]
    spans += [(at, at + size) for _, size, offsets in others for at in offsets]
    return b"".join(body[start:stop] for start, stop in sorted(spans))


@dataclass(frozen=True, slots=True)
class _Table:
    """The records of a file in order: the offset of each, and its definition.

    ``offsets`` has for each field its offset in a record of each definition, 0 where the definition lacks it.
    """

    body: bytes
    definitions: list[Definition]  # u of them, all of one byte order
    record_at: IntArray  # (n,)
    definition: IntArray  # (n,), indices of definitions
    offsets: dict[int, list[int]]  # each of u

    def values(self, number: int) -> FloatArray:
        """One field of all records in its unit, shape (n,); NaN where it is absent or invalid."""
        column = _COLUMNS[number]
        return self._read(self.offsets[number], column.dtype, column.invalid) / column.scale - column.offset

    def developer_values(self, number: int, base: object) -> FloatArray | None:
        """A developer field of this number and base type, shape (n,), unscaled; None if it is not a plain number."""
        if base not in _DEVELOPER_DTYPES:
            return None
        dtype, invalid = _DEVELOPER_DTYPES[base]
        offsets = []
        for definition in self.definitions:
            found = [field for field in definition.developer_fields if field.number == number]
            if len(found) > 1 or any(field.size != np.dtype(dtype).itemsize for field in found):
                return None
            offsets.append(found[0].offset if found else 0)
        return self._read(offsets, dtype, invalid)

    def _read(self, offsets: list[int], dtype: str, invalid: int | None) -> FloatArray:
        """The numbers at these offsets, one a definition, in all records; NaN where absent or invalid."""
        offset = np.array(offsets, dtype=np.intp)[self.definition]
        absent = offset == 0
        ordered_dtype = np.dtype(self.definitions[0].byte_order + dtype)
        number_at_every_byte: npt.NDArray[np.number] = np.ndarray(
            len(self.body) - ordered_dtype.itemsize + 1, ordered_dtype, self.body, strides=1
        )
        raw = number_at_every_byte[np.where(absent, 0, self.record_at + offset)]
        values = raw.astype(np.float64)
        values[absent if invalid is None else absent | (raw == invalid)] = np.nan
        return values


def _table(body: bytes, records: _Records) -> _Table | None:
    """The table of all records; None if there are none or they are not plain."""
    used = {text: record_at for text, record_at in records.items() if record_at}
    definitions = [read for text in used if (read := read_definition(text, 0)) is not None]
    plain = [fields for each in definitions if (fields := _field_offsets(each)) is not None]
    if not used or len(plain) < len(used) or len({each.byte_order for each in definitions}) > 1:
        return None
    record_at = np.array([at for each in used.values() for at in each], dtype=np.intp)
    definition = np.repeat(np.arange(len(used)), [len(each) for each in used.values()])
    order = record_at.argsort()
    present = [number for number in _COLUMNS if any(number in fields for fields in plain)]
    offsets = {number: [fields.get(number, 0) for fields in plain] for number in present}
    return _Table(body, definitions, record_at[order], definition[order], offsets)


def _field_offsets(definition: Definition) -> dict[int, int] | None:
    """Field number → its offset in a record; None if a field is not plain or the record has no time."""
    offsets: dict[int, int] = {}
    for field in definition.fields:
        column = _COLUMNS.get(field.number)
        if column is not None:
            if field.number in offsets or (field.base, field.size) != (column.base, np.dtype(column.dtype).itemsize):
                return None
            offsets[field.number] = field.offset
        elif field.number == _COMPRESSED_SPEED_DISTANCE:
            return None
    return offsets if TIMESTAMP in offsets else None
