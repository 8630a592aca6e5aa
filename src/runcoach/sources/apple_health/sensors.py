"""Sensor readings of a workout, found by time and source, and joined with its route to streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from runcoach.domain.streams import FloatArray, Streams, recorded
from runcoach.sources.apple_health.records import SERIES, Series

if TYPE_CHECKING:
    import numpy.typing as npt

    from runcoach.sources.apple_health.workouts import Workout

#: A reading of heart rate or power holds until the next one, at most for so long.
HOLD_S = 10.0

#: Steps counted over longer spans than this say nothing about cadence.
LONGEST_SPAN_S = 120.0


class Readings(NamedTuple):
    """Readings of one type in order of start; ``end_s`` equals ``start_s`` for values of a moment."""

    start_s: npt.NDArray[np.uint32]
    end_s: npt.NDArray[np.uint32]
    values: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sensors:
    """The readings of one workout by type; ``heart_rate_from`` is their source where it is not the workout's own."""

    readings: Mapping[str, Readings] = field(default_factory=dict)
    heart_rate_from: str | None = None


class SensorIndex:
    """All series of an export, to look up the readings of a workout."""

    def __init__(self, series: Mapping[tuple[str, str], Series]) -> None:
        self._series = {key: one.arrays() for key, one in series.items()}

    def of_workout(self, workout: Workout) -> Sensors:
        """The readings from the workout's own source; heart rate from the one with most readings if it has none."""
        own = {kind: self._within(kind, workout.source, workout) for kind in SERIES}
        found = {kind: readings for kind, readings in own.items() if readings is not None}
        other = None
        if "HeartRate" not in found:
            sources = sorted(source for kind, source in self._series if kind == "HeartRate")
            candidates = [(source, self._within("HeartRate", source, workout)) for source in sources]
            known = [(source, readings) for source, readings in candidates if readings is not None]
            if known:
                other, found["HeartRate"] = max(known, key=lambda each: each[1].start_s.size)
        return Sensors(found, other)

    def _within(self, kind: str, source: str, workout: Workout) -> Readings | None:
        arrays = self._series.get((kind, source))
        if arrays is None:
            return None
        start, end, values = arrays
        # Of the array's own type: NumPy would convert the whole array otherwise.
        begin = int(np.searchsorted(start, np.uint32(workout.start_s), side="left"))
        stop = int(np.searchsorted(start, np.uint32(workout.end_s), side="right"))
        if begin >= stop:
            return None
        span = slice(begin, stop)
        return Readings(start[span], end[span] if end.size else start[span], values[span])


def join(workout: Workout, sensors: Sensors, route: Streams | None) -> Streams:
    """Streams at the times of the route and of the readings; a value that was not measured at a time is NaN.

    Positions come from the route; without one the distance is the sum of the distances that the watch recorded.
    """
    readings = sensors.readings
    time_s = _times(workout, readings, route)
    channels = {}
    if route is not None:
        at_route = np.searchsorted(time_s, route.time_s)
        for name, values in route.channels.items():
            channels[name] = np.full(time_s.size, np.nan)
            channels[name][at_route] = values
    if "HeartRate" in readings:
        channels["heart_rate_bpm"] = _held(time_s, readings["HeartRate"])
    if "RunningPower" in readings:
        channels["power_w"] = _held(time_s, readings["RunningPower"])
    if "StepCount" in readings:
        channels["cadence_spm"] = _cadence_spm(time_s, readings["StepCount"])
    if route is None and "DistanceWalkingRunning" in readings:
        channels["distance_m"] = _distance_m(time_s, readings["DistanceWalkingRunning"])
    return Streams(time_s, recorded(channels))


def _times(workout: Workout, readings: Mapping[str, Readings], route: Streams | None) -> FloatArray:
    """When something was measured, in order; without a route within the workout alone."""
    moments = [readings[kind].start_s.astype(np.float64) for kind in ("HeartRate", "RunningPower") if kind in readings]
    if route is not None:
        return np.unique(np.concatenate([*moments, route.time_s]))
    if "DistanceWalkingRunning" in readings:
        moments.append(readings["DistanceWalkingRunning"].start_s[:1].astype(np.float64))
    moments += [
        readings[kind].end_s.astype(np.float64) for kind in ("DistanceWalkingRunning", "StepCount") if kind in readings
    ]
    time_s = np.unique(np.concatenate(moments)) if moments else np.empty(0)
    return time_s[(time_s >= workout.start_s) & (time_s <= workout.end_s)]


def _held(time_s: FloatArray, readings: Readings) -> FloatArray:
    """The last reading at or before each time, NaN where it is older than :data:`HOLD_S`."""
    at = np.searchsorted(readings.start_s, time_s, side="right") - 1
    age_s = time_s - readings.start_s[np.maximum(at, 0)]
    is_known = (at >= 0) & (age_s <= HOLD_S)
    held: FloatArray = np.where(is_known, readings.values[np.maximum(at, 0)], np.nan).astype(np.float64)
    return held


def _cadence_spm(time_s: FloatArray, steps: Readings) -> FloatArray:
    """Steps a minute at each time: those of the span in which it lies."""
    begin, end = steps.start_s.astype(np.float64), steps.end_s.astype(np.float64)
    span_s = end - begin
    usable = (span_s >= 1.0) & (span_s <= LONGEST_SPAN_S)
    begin, end, values, span_s = begin[usable], end[usable], steps.values[usable].astype(np.float64), span_s[usable]
    if not begin.size:
        return np.full(time_s.size, np.nan)
    at = np.maximum(np.searchsorted(begin, time_s, side="left") - 1, 0)
    inside = (time_s > begin[at]) & (time_s <= end[at])
    return np.where(inside, values[at] / span_s[at] * 60.0, np.nan)


def _distance_m(time_s: FloatArray, distance: Readings) -> FloatArray:
    """Metres up to the end of each recorded stretch, 0 at the start of the first; NaN between."""
    ends, last = np.unique(distance.end_s.astype(np.float64)[::-1], return_index=True)
    total_m = np.cumsum(distance.values.astype(np.float64))[::-1][last]
    total_m = np.maximum.accumulate(total_m)
    ends, total_m = np.concatenate([[float(distance.start_s[0])], ends]), np.concatenate([[0.0], total_m])
    travelled_m = np.full(time_s.size, np.nan)
    at = np.searchsorted(ends, time_s)
    exact = ends[np.minimum(at, ends.size - 1)] == time_s
    travelled_m[exact] = total_m[np.minimum(at, ends.size - 1)][exact]
    return travelled_m
