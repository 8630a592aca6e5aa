"""The records of a plain FIT file as columns, straight from its bytes; the decoders are left with the other messages.

Nearly all of a file are records, and a decoder makes a dict of each: that is most of the time that an import takes.
Here they are found by the lengths that their definitions give, and each field of all of them is read in one step of
numpy, whichever decoder is installed.

Only what is plain is read so. A file with anything else in its records, packed times or speeds, a field of another type
than the profile's, a record without a time, is declined as a whole, and the decoders read all of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from runcoach.sources.fit.chained_files import FitPart, framed
from runcoach.sources.fit.definitions import DEFINITION, DEVELOPER, HEAD_BYTES, TIMESTAMP, definition_end, message_size
from runcoach.sources.fit.records import Samples, developer_fields, recorded, to_our_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcoach.domain.streams import FloatArray
    from runcoach.sources.fit.decoder import Message

IntArray = npt.NDArray[np.intp]
ByteArray = npt.NDArray[np.uint8]
_Int32Array = npt.NDArray[np.int32]

_EPOCH_S = 631_065_600.0  # 1989-12-31, from which FIT counts

_RECORD = 20

#: The other messages that anything is made of, as :data:`runcoach.sources.fit.decoder.WANTED` names them, and 207, by
#: which a decoder tells developers apart.
_OTHERS = frozenset({0, 12, 18, 19, 21, 23, 34, 206, 207})

#: Old watches packed speed and distance into this field of a record; the readers of dicts unpack it.
_PACKED = 8


class _Column(NamedTuple):
    """A field of a record in FIT's profile: its channel here, base type, numpy type, value for nothing, and scale."""

    channel: str
    base: int
    kind: str
    nothing: int
    scale: float = 1.0
    offset: float = 0.0


#: Numbers of fields → columns. Of two fields for one channel the earlier here counts where it has a value, as in what
#: the decoders give.
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


#: Base types of developers' fields that are read here → numpy's type and the value for nothing (a float has NaN).
_DEVELOPER_KINDS: dict[int, tuple[str, int | None]] = {
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
    """The records of a file: seconds since 1970, channels in which anything was recorded, and a file of the others.

    Channels are as the file has them: positions in semicircles, cadence of one leg and without its fraction.
    """

    time_s: FloatArray
    channels: dict[str, FloatArray]
    others: bytes
    _table: _Table

    def samples(self, descriptions: list[Message]) -> Samples | None:
        """The samples of the file, developers' fields among them as the file's field descriptions tell of them.

        None where what a developer has added is no plain number: only a decoder can read it then.
        """
        channels = dict(self.channels)
        for field in developer_fields(descriptions):
            if field.channel not in channels:
                values = self._table.developer_values(field.number, field.base)
                if values is None:
                    return None
                channels |= recorded({field.channel: values / field.scale - field.offset})
        to_our_units(channels)
        return Samples(self.time_s, channels)


def plain_records(part: FitPart) -> PlainRecords | None:
    """The records of one sound file; None where they are not plain, and where there are none or nothing else."""
    body = part.body
    walk = _walk(body)
    if walk is None:
        return None
    table, others = _table(body, walk.records), _join(body, walk.others)
    if table is None or not others:
        return None
    clock_s = table.values(TIMESTAMP)
    if np.isnan(clock_s).any():
        return None
    channels: dict[str, FloatArray] = {}
    for number in table.places:
        name, values = _COLUMNS[number].channel, table.values(number)
        before = channels.get(name)
        channels[name] = values if before is None else np.where(np.isnan(before), values, before)
    del channels[_COLUMNS[TIMESTAMP].channel]
    return PlainRecords(clock_s + _EPOCH_S, recorded(channels), framed(others, part), table)


class _Walk(NamedTuple):
    """Where the messages of a file are.

    Of each definition of a record its place and those of the records that follow it; of each definition of another
    wanted message its span, and the size and the places of the messages.
    """

    records: list[tuple[int, list[int]]]
    others: list[tuple[tuple[int, int], int, list[int]]]


def _walk(body: bytes) -> _Walk | None:
    """From message to message by their lengths; None where that does not lead exactly to the end."""
    walk = _Walk([], [])
    unnoted: deque[int] = deque(maxlen=0)
    follow: list[tuple[int, Callable[[int], None]] | None] = [None] * 16  # local number → size, and how to note a place
    at, end = 0, len(body)
    while at < end:
        kind = body[at]
        if kind < 16 and (following := follow[kind]) is not None:
            size, note = following
            note(at)
            at += size
        elif kind & ~0x2F == DEFINITION and (stop := definition_end(body, at)) <= end:
            number = int.from_bytes(body[at + 3 : at + 5], "big" if body[at + 2] else "little")
            size, found = message_size(body, at, stop), list[int]()
            if number == _RECORD:
                walk.records.append((at, found))
            elif number in _OTHERS:
                walk.others.append(((at, stop), size, found))
            follow[kind & 0xF] = size, found.append if number == _RECORD or number in _OTHERS else unnoted.append
            at = stop
        else:
            return None
    return walk if at == end else None


def _join(body: bytes, others: list[tuple[tuple[int, int], int, list[int]]]) -> bytes:
    """The wanted messages that are no records, with their definitions, in their order."""
    spans = [span for span, _, _ in others]
    spans += [(at, at + size) for _, size, found in others for at in found]
    return b"".join(body[start:stop] for start, stop in sorted(spans))


@dataclass(frozen=True, slots=True)
class _Table:
    """The records of a file in their order: where each begins, and in which definition's form it is written.

    ``places`` has for each wanted field where it lies in a record of each definition, 0 where that has none.
    """

    body: ByteArray
    byte_order: str
    definition_at: IntArray  # (u,)
    record_at: IntArray  # (n,)
    form: IntArray  # (n,), indices of definitions
    places: dict[int, IntArray]  # each (u,)

    def values(self, number: int) -> FloatArray:
        """One field of all records in its unit, ``(n,)``; NaN where there is nothing."""
        column = _COLUMNS[number]
        return self._read(self.places[number], column.kind, column.nothing) / column.scale - column.offset

    def developer_values(self, number: int, base: object) -> FloatArray | None:
        """A developer's field of this number and base type, ``(n,)``, unscaled; None where it is not a plain number."""
        if base not in _DEVELOPER_KINDS:
            return None
        kind, nothing = _DEVELOPER_KINDS[base]
        place = _developer_places(self.body, self.definition_at, number, np.dtype(kind).itemsize)
        return None if place is None else self._read(place, kind, nothing)

    def _read(self, place: IntArray, kind: str, nothing: int | None) -> FloatArray:
        """The numbers that lie at a place in each definition's records; NaN where there is none, or nothing."""
        offset, values = place[self.form], np.full(self.record_at.size, np.nan)
        (there,) = offset.nonzero()
        exact = np.dtype(self.byte_order + kind)
        bytes_at = (self.record_at[there] + offset[there])[:, None] + np.arange(exact.itemsize)
        raw = self.body[bytes_at].view(exact)[:, 0]
        values[there] = raw
        if nothing is not None:
            values[there[raw == nothing]] = np.nan
        return values


def _table(body: bytes, records: list[tuple[int, list[int]]]) -> _Table | None:
    """The table of all records; None where there are none, or where they are not plain."""
    used = [(at, found) for at, found in records if found]
    if not used:
        return None
    data = np.frombuffer(body, dtype=np.uint8)
    definition_at = np.array([at for at, _ in used])
    record_at = np.fromiter(chain.from_iterable(found for _, found in used), dtype=np.intp)
    form = np.repeat(np.arange(len(used)), [len(found) for _, found in used])
    order = record_at.argsort()
    places, big_endian = _places(data, definition_at), data[definition_at + 2]
    if places is None or (big_endian != big_endian[0]).any():
        return None
    byte_order = ">" if big_endian[0] else "<"
    return _Table(data, byte_order, definition_at, record_at[order], form[order], places)


def _places(data: ByteArray, definition_at: IntArray) -> dict[int, IntArray] | None:
    """Number of a wanted field → where it lies by definition; None where one of them is not plain."""
    places = {number: np.zeros(definition_at.size, dtype=np.intp) for number in _COLUMNS}
    for which, numbers, sizes, bases in _fields(data, definition_at):
        lies_at = 1 + np.cumsum(sizes, axis=1) - sizes
        if (numbers == _PACKED).any():
            return None
        for number, column in _COLUMNS.items():
            row, at = (numbers == number).nonzero()
            once = np.unique(row).size == row.size
            as_profile = (bases[row, at] == column.base) & (sizes[row, at] == np.dtype(column.kind).itemsize)
            if not once or not as_profile.all():
                return None
            places[number][which[row]] = lies_at[row, at]
    if not places[TIMESTAMP].all():
        return None
    return {number: place for number, place in places.items() if place.any()}


def _fields(
    data: ByteArray, definition_at: IntArray
) -> Iterator[tuple[IntArray, _Int32Array, _Int32Array, _Int32Array]]:
    """Definitions of equally many fields together: which, ``(u,)``; numbers, sizes and base types, ``(u, k)`` each."""
    counts = data[definition_at + 5]
    for count in np.unique(counts).tolist():
        (which,) = (counts == count).nonzero()
        text = data[definition_at[which][:, None] + np.arange(HEAD_BYTES, HEAD_BYTES + 3 * count)].astype(np.int32)
        yield which, text[:, ::3], text[:, 1::3], text[:, 2::3]


def _developer_places(data: ByteArray, definition_at: IntArray, number: int, size: int) -> IntArray | None:
    """Where a developer's field lies by definition, 0 where there is none; None where one has another size, or two."""
    place = np.zeros(definition_at.size, dtype=np.intp)
    for which, numbers, sizes, _ in _fields(data, definition_at):
        begin = 1 + sizes.sum(axis=1)
        for index, at, lies_at in zip(
            which.tolist(), definition_at[which] + HEAD_BYTES + 3 * numbers.shape[1], begin.tolist(), strict=True
        ):
            if not data[definition_at[index]] & DEVELOPER:
                continue
            added = data[at + 1 : at + 1 + 3 * int(data[at])].astype(np.intp)
            (found,) = (added[::3] == number).nonzero()
            if found.size > 1 or (found.size and added[1::3][found[0]] != size):
                return None
            if found.size:
                place[index] = lies_at + added[1::3][: found[0]].sum()
    return place
