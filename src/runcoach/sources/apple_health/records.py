"""The ``<Record>`` elements of an export: sensor readings as arrays by source, and readings for daily values.

An export has millions of records, one tag a line, nearly all alike. The tags of a piece are grouped by what precedes
their dates (type, source, device, unit), which is parsed once a group; dates and values are read as arrays. A tag that
is written in any other way is parsed by itself.
"""

from __future__ import annotations

import html
import re
import time
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from runcoach.sources.apple_health import quantities
from runcoach.sources.apple_health.columns import Columns, read_columns
from runcoach.sources.parsed_file import counted

if TYPE_CHECKING:
    import numpy.typing as npt

#: Types that are joined with workouts → units of their values.
SERIES = {
    "HeartRate": quantities.PER_MINUTE,
    "RunningPower": quantities.WATTS,
    "StepCount": quantities.COUNT,
    "DistanceWalkingRunning": quantities.METRES,
}

#: Types with few records that become daily values.
DAILY = frozenset({"RestingHeartRate", "HeartRateVariabilitySDNN", "VO2Max", "BodyMass", "SleepAnalysis"})

#: No earlier date of a record is right; 1904 is the epoch of unset clocks.
EARLIEST_S = 631_152_000

_DAY_S = 86_400

_TYPE = re.compile(r"HK(?:Quantity|Category)TypeIdentifier(\w+)")
_ATTRIBUTE = re.compile(rb"\s*([\w:.-]+)\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
_DEVICE = re.compile(rb' device="[^"]*"')

#: Types whose values belong to a span of time.
_SPANS = frozenset({"StepCount", "DistanceWalkingRunning"})

_WRONG_DATE = "dated before 1990 or in the future not used"

_CREATION = b' creationDate="'

#: Bytes of a tag after it that are kept: dates and value, of a category too.
_ROW_BYTES = 200

#: Beginnings of tags that are remembered; the address of the device in memory is part of them.
_MAX_GROUPS = 4096


class Target(NamedTuple):
    """Where records go: their type (None: not used), their source, the factor of their unit (None: not known)."""

    type: str | None
    source: str
    factor: float | None


class Reading(NamedTuple):
    """A record for a daily value: seconds since 1970, UTC offset of the end, value and unit as written."""

    type: str
    source: str
    start_s: float
    end_s: float
    offset_s: int
    value: str
    unit: str | None


@dataclass(slots=True)
class Series:
    """The readings of one type from one source, by start; ``end`` is empty for values of a moment."""

    start: array[int] = field(default_factory=lambda: array("I"))
    end: array[int] = field(default_factory=lambda: array("I"))
    value: array[float] = field(default_factory=lambda: array("f"))

    def arrays(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
        """``(start, end, value)`` as views, sorted by start."""
        start, end = np.frombuffer(self.start, dtype=np.uint32), np.frombuffer(self.end, dtype=np.uint32)
        value = np.frombuffer(self.value, dtype=np.float32)
        if start.size and (start[1:] < start[:-1]).any():
            order = np.argsort(start, kind="stable")
            return start[order], end[order] if end.size else end, value[order]
        return start, end, value


@dataclass(slots=True)
class _Group:
    """Tags of one piece with the same ``head``, device aside; ``rows`` are what follows the date of creation."""

    head: bytes
    target: Target
    rows: list[bytes] = field(default_factory=list)


class RecordReader:
    """Collects the records of an export piece by piece.

    ``series`` is by type and source, ``steps`` by local day (since 1970) and source, ``readings`` in their order.
    """

    def __init__(self, now: float | None = None) -> None:
        self.series: dict[tuple[str, str], Series] = {}
        self.steps: Counter[tuple[int, str]] = Counter()
        self.readings: list[Reading] = []
        self._latest_s = int(time.time() if now is None else now) + _DAY_S
        self._groups: dict[bytes, _Group | None] = {}
        self._dropped: Counter[str] = Counter()

    def read(self, piece: bytes) -> None:
        """Add the records of a piece, which holds whole tags."""
        tags = piece.split(b"<Record ")
        if piece.count(b"<Record") != len(tags) - 1:  # another blank after the name
            tags = re.split(rb"<Record\s", piece)
        filled: list[_Group] = []
        for tag in tags[1:]:
            head, _, row = tag.partition(_CREATION)
            try:
                group = self._groups[head]
            except KeyError:
                group = self._group(head)
            if group is None:
                continue
            if not group.rows:
                filled.append(group)
            group.rows.append(row[:_ROW_BYTES])
        for group in filled:
            rows, group.rows = group.rows, []
            others: Iterable[int] = range(len(rows))
            if group.target.factor is not None:
                columns, others = read_columns(rows)
                self._add_columns(group.target, columns)
            for index in others:
                self._add_tag(group.head + _CREATION + rows[index])

    def notes(self) -> tuple[str, ...]:
        """What was not used, and why."""
        return tuple(f"{counted(number, 'record')} {reason}" for reason, number in self._dropped.items())

    def _group(self, head: bytes) -> _Group | None:
        """The group of the tags that begin with these bytes; None where they are not used."""
        if len(self._groups) >= _MAX_GROUPS:
            self._groups.clear()
        bare = _DEVICE.sub(b"", head)
        if bare not in self._groups:
            target = _target_of(bare)
            self._groups[bare] = None if target.type is None else _Group(bare, target)
        group = self._groups[head] = self._groups[bare]
        return group

    def _add_columns(self, target: Target, columns: Columns) -> None:
        start_s, end_s, values = columns.start_s, columns.end_s, columns.values * (target.factor or 1.0)
        keep = (start_s >= EARLIEST_S) & (end_s <= self._latest_s) & (end_s >= start_s)
        self._drop(_WRONG_DATE, int(keep.size - keep.sum()))
        keep &= values > 0.0
        start_s, end_s, values = start_s[keep], end_s[keep], values[keep]
        series = self.series.setdefault((target.type or "", target.source), Series())
        series.start.frombytes(start_s.astype(np.uint32).tobytes())
        series.value.frombytes(values.astype(np.float32).tobytes())
        if target.type in _SPANS:
            series.end.frombytes(end_s.astype(np.uint32).tobytes())
        if target.type == "StepCount":
            days, index = np.unique((start_s + columns.offset_s[keep]) // _DAY_S, return_inverse=True)
            for day, steps in zip(days.tolist(), np.bincount(index, weights=values).tolist(), strict=True):
                self.steps[day, target.source] += steps

    def _add_tag(self, tag: bytes) -> None:
        """Add one record by its attributes, in any order; one without dates or value is dropped."""
        attributes = _attributes(tag)
        kind, source = _type_of(attributes), attributes.get("sourceName", "")
        start, end = quantities.moment(attributes.get("startDate")), quantities.moment(attributes.get("endDate"))
        value, unit = attributes.get("value"), attributes.get("unit")
        if kind is None:
            return
        if start is None or end is None or value is None:
            self._drop("without a readable date or value not used", 1)
        elif not EARLIEST_S <= start[0] <= end[0] <= self._latest_s:
            self._drop(_WRONG_DATE, 1)
        elif kind in DAILY:
            self.readings.append(Reading(kind, source, start[0], end[0], end[1], value, unit))
        else:
            self._add_value(Target(kind, source, quantities.factor(unit, SERIES[kind])), start, end[0], value, unit)

    def _add_value(self, target: Target, start: tuple[float, int], end_s: float, value: str, unit: str | None) -> None:
        number = quantities.plain_number(value)
        if number is None:
            self._drop("without a number not used", 1)
        elif target.factor is None:
            self._drop(f"of {target.type} in {unit!r} not used", 1)
        else:
            begin, end, offset = (np.array([each]) for each in (int(start[0]), int(end_s), start[1]))
            self._add_columns(target, Columns(begin, end, offset, np.array([number])))

    def _drop(self, reason: str, number: int) -> None:
        if number:
            self._dropped[reason] += number


def _target_of(head: bytes) -> Target:
    attributes = _attributes(head)
    kind = _type_of(attributes)
    is_series = kind in SERIES and "startDate" not in attributes and b">" not in head
    scale = quantities.factor(attributes.get("unit"), SERIES[kind]) if kind is not None and is_series else None
    return Target(kind, attributes.get("sourceName", ""), scale)


def _type_of(attributes: dict[str, str]) -> str | None:
    """The type of a record that is used, without its prefix."""
    match = _TYPE.fullmatch(attributes.get("type", ""))
    return match[1] if match and (match[1] in SERIES or match[1] in DAILY) else None


def _attributes(tag: bytes) -> dict[str, str]:
    """The attributes at the beginning of a tag, up to what is none; entities other than XML's own stay as written."""
    found: dict[str, str] = {}
    at = 0
    while match := _ATTRIBUTE.match(tag, at):
        text = match[2] if match[2] is not None else match[3]
        found[match[1].decode()] = html.unescape(text.decode("utf-8", "replace"))
        at = match.end()
    return found
