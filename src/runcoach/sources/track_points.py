"""Points of a track as they stand in XML, each a dict of texts → columns over time; elements are not seen here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from runcoach.domain.streams import FloatArray, Streams, concatenate

#: What a point says, by channel, and ``time`` beside them.
Point = dict[str, str]

#: Points are turned into numbers in blocks, so that a long track is never there as text as a whole.
_BLOCK = 4096

_NAN = math.nan


@dataclass(slots=True)
class TrackPoints:
    """The points of a track in the order in which they come, and where the recording was interrupted.

    ``breaks`` are indices of points that open a new segment.
    """

    breaks: list[int] = field(default_factory=list)
    utc_offset_s: int | None = None
    _waiting: list[Point] = field(default_factory=list)
    _blocks: list[Streams] = field(default_factory=list)
    _converted: int = 0

    def __len__(self) -> int:
        return self._converted + len(self._waiting)

    def add(self, point: Point) -> None:
        """One more point."""
        self._waiting.append(point)
        if len(self._waiting) == _BLOCK:
            self._convert()

    def interrupt(self) -> None:
        """The next point opens a new segment."""
        if len(self) and len(self) not in self.breaks[-1:]:
            self.breaks.append(len(self))

    def columns(self) -> Streams:
        """All points, in seconds since 1970, NaN where a point has no time; of the channels, those with a value."""
        self._convert()
        raw = concatenate(self._blocks)
        beats = raw.get("heart_rate_bpm")
        if beats is not None:
            beats[beats == 0.0] = _NAN  # nobody's heart stands still: a sensor without contact sends nought
        return Streams(raw.time_s, {name: raw.channels[name] for name in raw.channels if _any(raw.channels[name])})

    def _convert(self) -> None:
        points = self._waiting
        if points:
            if not self._converted:
                self.utc_offset_s = stated_offset_s(points[0].get("time"))
            names = dict.fromkeys(name for point in points for name in point)
            names.pop("time", None)
            time_s = np.array([epoch_s(point.get("time")) for point in points], dtype=np.float64)
            self._blocks.append(Streams(time_s, {name: _numbers([p.get(name) for p in points]) for name in names}))
            self._converted += len(points)
            self._waiting = []


def interruptions(time_s: FloatArray, breaks: list[int]) -> list[tuple[float, float]]:
    """``(last time before, first time after)`` each break that is longer than the track's usual step, and than 1 s."""
    known = np.flatnonzero(~np.isnan(time_s))
    after = np.unique(np.searchsorted(known, breaks))
    after = after[(after > 0) & (after < known.size)]
    times = time_s[known]
    steps = np.diff(times)
    usual_s = usual_step_s(np.delete(steps, after - 1))
    return [(float(times[index - 1]), float(times[index])) for index in after.tolist() if steps[index - 1] > usual_s]


def usual_step_s(steps_s: FloatArray) -> float:
    """The median of the steps forward in time, at least a second."""
    forward = steps_s[steps_s > 0.0]
    return max(1.0, float(np.median(forward))) if forward.size else 1.0


def epoch_s(text: str | None) -> float:
    """Seconds since 1970 of an ISO time, in UTC where it names no offset; NaN where it is none."""
    moment = _moment(text)
    if moment is None:
        return _NAN
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def stated_offset_s(text: str | None) -> int | None:
    """The offset that a time is written with; one written in UTC (``Z``) says nothing of the clock on the wall."""
    moment = _moment(text)
    offset = None if moment is None else moment.utcoffset()
    return round(offset.total_seconds()) if offset else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def number(text: str | None) -> float:
    """A decimal number, with point or comma; NaN where it is none or infinite."""
    try:
        value = float(text) if text is not None else _NAN
    except ValueError:
        value = _with_comma(str(text))
    return value if math.isfinite(value) else _NAN


def _with_comma(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return _NAN


def _numbers(texts: list[str | None]) -> FloatArray:
    try:
        values = np.array([_NAN if text is None else float(text) for text in texts], dtype=np.float64)
    except ValueError:
        values = np.array([number(text) for text in texts], dtype=np.float64)
    values[np.isinf(values)] = _NAN
    return values


def _any(values: FloatArray) -> bool:
    return bool((~np.isnan(values)).any())
