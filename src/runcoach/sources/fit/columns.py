"""The records of a plain FIT file as columns, straight from its bytes; the decoders are left with the other messages.

Nearly all of a file are records, alike to the byte, and a decoder makes a dict of each: that is most of the time that
an import takes. Here they are found by the lengths that their definitions give, and each field of all of them is read
in one step of numpy, whichever decoder is installed.

Only what is plain is read so. A file with anything else in its records, packed times or speeds, a field of another type
than the profile's, a record without a time, is declined as a whole, and the decoders read all of it.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from runcoach.sources.fit.chain import FitPart, framed
from runcoach.sources.fit.messages import DEFINITION, DEVELOPER, TIMESTAMP, Definition, read_definition
from runcoach.sources.fit.records import Samples, developer_fields, recorded, to_our_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.domain.streams import FloatArray
    from runcoach.sources.fit.decode import Message

IntArray = npt.NDArray[np.intp]

_EPOCH_S = 631_065_600.0  # 1989-12-31, from which FIT counts

_RECORD = 20

#: The other messages that anything is made of, as :data:`runcoach.sources.fit.decode.WANTED` names them, and 207, by
#: which a decoder tells developers apart.
_OTHERS = frozenset({0, 12, 18, 19, 21, 23, 34, 206, 207})

#: A device knows a few forms of each message; a file of more is no device's, and would be read a record at a time.
_MOST_LAYOUTS = 256

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


#: Numbers of fields → columns. Of two fields for one channel the later here, with more room, wins where it has a value.
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
    _rows: tuple[_Rows, ...]
    _order: IntArray

    def samples(self, descriptions: list[Message]) -> Samples | None:
        """The samples of the file, developers' fields among them as the file's field descriptions tell of them.

        None where what a developer has added is no plain number: only a decoder can read it then.
        """
        channels = dict(self.channels)
        for field in developer_fields(descriptions):
            if field.channel not in channels:
                values = self._developer_values(field.number, field.base)
                if values is None:
                    return None
                channels |= recorded({field.channel: values / field.scale - field.offset})
        to_our_units(channels)
        return Samples(self.time_s, channels)

    def _developer_values(self, number: int, base: object) -> FloatArray | None:
        if base not in _DEVELOPER_KINDS:
            return None
        kind, nothing = _DEVELOPER_KINDS[base]
        columns = [rows.developer_column(number, kind, nothing) for rows in self._rows]
        known = [column for column in columns if column is not None]
        return np.concatenate(known)[self._order] if len(known) == len(columns) else None


@dataclass(slots=True)
class _Layout:
    """One definition of a message, however often it stands in the file, and where the messages are that follow it."""

    definition: Definition
    found: list[int] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The records of one layout, as a structured array: fields by their number, developers' by ``+`` and theirs."""

    definition: Definition
    raw: npt.NDArray[np.void]

    def clock_s(self) -> npt.NDArray[np.uint32]:
        """Seconds since FIT's epoch."""
        clock: npt.NDArray[np.uint32] = self.raw[str(TIMESTAMP)]
        return clock

    def column(self, number: int) -> FloatArray:
        """One field of all records in its unit; NaN where there is nothing."""
        if str(number) not in (self.raw.dtype.names or ()):
            return np.full(self.raw.size, np.nan)
        column, raw = _COLUMNS[number], self.raw[str(number)]
        values: FloatArray = raw / column.scale - column.offset
        values[raw == column.nothing] = np.nan
        return values

    def developer_column(self, number: int, kind: str, nothing: int | None) -> FloatArray | None:
        """One developer's field of all records; None where it is of another size."""
        fields = [each for each in self.definition.developers if each.number == number]
        if not fields:
            return np.full(self.raw.size, np.nan)
        exact = np.dtype(self.definition.byte_order + kind)
        if len(fields) > 1 or fields[0].size != exact.itemsize:
            return None
        raw = np.ascontiguousarray(self.raw[f"+{number}"]).view(exact)
        values = raw.astype(np.float64)
        if nothing is not None:
            values[raw == nothing] = np.nan
        return values


def plain_records(part: FitPart) -> PlainRecords | None:
    """The records of one sound file; None where they are not plain, and where there are none or nothing else."""
    body = part.body
    walked = _walk(body)
    if walked is None:
        return None
    layouts, spans = walked
    records = [layout for layout in layouts if layout.definition.number == _RECORD and layout.found]
    others = _others(body, layouts, spans)
    if not records or not others or not all(_is_plain(layout.definition) for layout in records):
        return None
    rows = tuple(_Rows(layout.definition, _raw(body, layout)) for layout in records)
    order = np.concatenate([layout.found for layout in records]).argsort()
    clock = np.concatenate([each.clock_s() for each in rows])[order]
    if (clock == _COLUMNS[TIMESTAMP].nothing).any():
        return None
    return PlainRecords(clock + _EPOCH_S, _channels(rows, order), framed(others, part), rows, order)


def _walk(body: bytes) -> tuple[list[_Layout], list[tuple[int, int]]] | None:
    """Every layout with its messages, and where the definitions of wanted messages stand; None: not plain."""
    layouts: dict[bytes, _Layout] = {}
    spans: list[tuple[int, int]] = []
    follow: list[tuple[int, Callable[[int], None]] | None] = [None] * 16  # local number → size, and how to note a place
    unnoted: deque[int] = deque(maxlen=0)
    at, end = 0, len(body)
    while at < end:
        kind = body[at]
        if kind < 16 and (following := follow[kind]) is not None:
            size, note = following
            note(at)
            at += size
        elif kind & ~0x2F == DEFINITION:
            text = body[at : _definition_end(body, at)]
            layout = layouts.get(text)
            if layout is None:
                definition = read_definition(body, at)
                if definition is None or len(layouts) == _MOST_LAYOUTS:
                    return None
                layout = layouts[text] = _Layout(definition)
            number = layout.definition.number
            if number in _OTHERS:
                spans.append((at, at + len(text)))
            wanted = number == _RECORD or number in _OTHERS
            follow[kind & 0xF] = layout.definition.size, layout.found.append if wanted else unnoted.append
            at += len(text)
        else:
            return None
    return (list(layouts.values()), spans) if at == end else None


def _definition_end(body: bytes, at: int) -> int:
    """Where the definition that starts here ends, as far as its counts go; it may be cut off."""
    end = at + 6 + 3 * body[min(at + 5, len(body) - 1)]
    return end + 1 + 3 * body[end] if body[at] & DEVELOPER and end < len(body) else end


def _others(body: bytes, layouts: list[_Layout], spans: list[tuple[int, int]]) -> bytes:
    """The wanted messages that are no records, with their definitions, in their order."""
    wanted = [layout for layout in layouts if layout.definition.number in _OTHERS]
    messages = [(at, at + layout.definition.size) for layout in wanted for at in layout.found]
    return b"".join(body[start:stop] for start, stop in sorted([*spans, *messages]))


def _is_plain(definition: Definition) -> bool:
    """Whether every field of a record that is wanted here is as the profile has it, once, and its time is there."""
    numbers = [each.number for each in definition.fields]
    return (
        TIMESTAMP in numbers
        and _PACKED not in numbers
        and len(set(numbers)) == len(numbers)
        and all(
            (each.base, each.size) == (column.base, np.dtype(column.kind).itemsize)
            for each in definition.fields
            if (column := _COLUMNS.get(each.number)) is not None
        )
    )


def _raw(body: bytes, layout: _Layout) -> npt.NDArray[np.void]:
    """The messages of one layout: of a row that begins at every byte of the file, those that do."""
    definition = layout.definition
    places = {str(each.number): each.at for each in definition.fields if each.number in _COLUMNS}
    kinds = [definition.byte_order + _COLUMNS[int(name)].kind for name in places]
    for each in definition.developers:
        if each.size and f"+{each.number}" not in places:
            places[f"+{each.number}"] = each.at
            kinds.append(f"V{each.size}")
    shape = {"names": [*places], "formats": kinds, "offsets": [*places.values()], "itemsize": definition.size}
    everywhere = np.ndarray((len(body) - definition.size + 1,), np.dtype(shape), body, strides=(1,))  # type: ignore[call-overload]
    return everywhere[layout.found]


def _channels(rows: tuple[_Rows, ...], order: IntArray) -> dict[str, FloatArray]:
    """The columns of all rows, brought into their ``order``."""
    present = {each.number for every in rows for each in every.definition.fields}
    channels: dict[str, FloatArray] = {}
    for number in sorted(present & _COLUMNS.keys() - {TIMESTAMP}):
        values = np.concatenate([every.column(number) for every in rows])[order]
        name = _COLUMNS[number].channel
        before = channels.get(name)
        channels[name] = values if before is None else np.where(np.isnan(values), before, values)
    return recorded(channels)
