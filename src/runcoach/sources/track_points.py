"""Track points of GPX and TCX, each a dict of texts, as columns of numbers over time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from runcoach.domain.streams import FloatArray, Streams, concatenate, recorded
from runcoach.sources.xml_reader import local_name

#: Texts of a point, by channel and ``time``.
Point = dict[str, str]

#: Points converted to numbers at a time, so that a long track is never held as text.
_BLOCK_POINTS = 4096

#: Stands for the end of the point itself in a table of channels.
END_OF_POINT = ""

_NAN = math.nan


class ChannelNames(dict[str, str | None]):
    """Element name with its prefix → channel, None where it has none; ``by_local_name`` is without prefixes."""

    def __init__(self, by_local_name: dict[str, str]) -> None:
        super().__init__()
        self._by_local_name = by_local_name

    def __missing__(self, name: str) -> str | None:
        channel = self[name] = self._by_local_name.get(local_name(name))
        return channel


@dataclass(slots=True)
class TrackPoints:
    """The points of a track in the order of the file; ``breaks`` are the indices of points that open a new segment."""

    breaks: list[int] = field(default_factory=list)
    utc_offset_s: int | None = None
    is_zoneless: bool = False
    _pending: list[Point] = field(default_factory=list)
    _blocks: list[Streams] = field(default_factory=list)
    _converted: int = 0
    _zone_is_known: bool = False

    def __len__(self) -> int:
        return self._converted + len(self._pending)

    def add(self, point: Point) -> None:
        """Append a point."""
        self._pending.append(point)
        if len(self._pending) == _BLOCK_POINTS:
            self._convert()

    def begin_segment(self) -> None:
        """Let the next point open a new segment."""
        if len(self) and len(self) not in self.breaks[-1:]:
            self.breaks.append(len(self))

    def columns(self) -> Streams:
        """All points, with times in seconds since 1970 (NaN: none), and the channels that have a value."""
        self._convert()
        streams = concatenate(self._blocks)
        heart_rate = streams.get("heart_rate_bpm")
        if heart_rate is not None:
            heart_rate[heart_rate == 0.0] = _NAN  # what a sensor without contact sends
        return Streams(streams.time_s, recorded(streams.channels))

    def _convert(self) -> None:
        points = self._pending
        if points:
            times = (_parse_time(point.get("time")) for point in points)
            time = None if self._zone_is_known else next(filter(None, times), None)
            if time is not None:
                self.utc_offset_s, self.is_zoneless, self._zone_is_known = _offset_s(time), time.tzinfo is None, True
            names = dict.fromkeys(name for point in points for name in point)
            names.pop("time", None)
            time_s = np.array([epoch_s(point.get("time")) for point in points], dtype=np.float64)
            self._blocks.append(Streams(time_s, {name: _numbers([p.get(name) for p in points]) for name in names}))
            self._converted += len(points)
            self._pending = []


def interruptions(time_s: FloatArray, breaks: list[int]) -> list[tuple[float, float]]:
    """``(last time before, first time after)`` each break that is longer than the track's typical step and than 1 s."""
    known = np.flatnonzero(~np.isnan(time_s))
    after = np.unique(np.searchsorted(known, breaks))
    after = after[(after > 0) & (after < known.size)]
    times = time_s[known]
    steps = np.diff(times)
    typical_s = typical_step_s(np.delete(steps, after - 1))
    return [(float(times[index - 1]), float(times[index])) for index in after.tolist() if steps[index - 1] > typical_s]


def typical_step_s(steps_s: FloatArray) -> float:
    """The median of the positive time steps, at least a second."""
    forward = steps_s[steps_s > 0.0]
    return max(1.0, float(np.median(forward))) if forward.size else 1.0


def epoch_s(text: str | None) -> float:
    """Seconds since 1970 of an ISO 8601 time, taken as UTC without an offset; NaN if it is not a time."""
    parsed = _parse_time(text)
    if parsed is None:
        return _NAN
    return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).timestamp()


def stated_offset_s(text: str | None) -> int | None:
    """The UTC offset that a time is written with, in seconds; None for UTC, which says nothing of the local time."""
    parsed = _parse_time(text)
    return None if parsed is None else _offset_s(parsed)


def _offset_s(time: datetime) -> int | None:
    offset = time.utcoffset()
    return round(offset.total_seconds()) if offset else None


def _parse_time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def number(text: str | None) -> float:
    """A decimal number, with point or comma; NaN if it is not a finite number."""
    try:
        value = float(text.replace(",", ".")) if text is not None else _NAN
    except ValueError:
        return _NAN
    return value if math.isfinite(value) else _NAN


def _numbers(texts: list[str | None]) -> FloatArray:
    try:
        values = np.array([_NAN if text is None else float(text) for text in texts], dtype=np.float64)
    except ValueError:
        values = np.array([number(text) for text in texts], dtype=np.float64)
    values[np.isinf(values)] = _NAN
    return values
