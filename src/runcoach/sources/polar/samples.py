"""The samples of one exercise of Polar as streams: arrays of values, or lists of values with their times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from runcoach.domain.sports import cadence_factor
from runcoach.domain.streams import FloatArray, Streams, recorded
from runcoach.sources.polar.values import child, first_number, local_time_s, number_of
from runcoach.sources.remote.json_reader import objects

#: Name of a channel without case and underscores → channel and factor. Speed is in km/h.
_CHANNELS: dict[str, tuple[str, float]] = {
    "heartrate": ("heart_rate_bpm", 1.0),
    "speed": ("speed_ms", 1.0 / 3.6),
    "distance": ("distance_m", 1.0),
    "altitude": ("altitude_m", 1.0),
    "cadence": ("cadence_spm", 1.0),
    "power": ("power_w", 1.0),
    "temperature": ("temperature_c", 1.0),
}

#: Samples of one channel; a session of ten days at one a second has fewer.
_MAX_SAMPLES = 1_000_000

#: Span ``(start, end)`` on the local clock in which the timer was stopped.
Pauses = tuple[tuple[float, float], ...]

#: One channel: times on the local clock, values; NaN where nothing was measured.
_Series = tuple[str, FloatArray, FloatArray]


def read_streams(exercise: Mapping[str, Any], pauses: Pauses, sport_type: str | None) -> Streams:
    """The samples by whole seconds of the local clock; ``time_s`` counts from 1970 as if that clock were UTC."""
    start_s = local_time_s(exercise.get("startTime"))
    series = [*_timed_series(exercise)]
    if start_s is not None:
        series += _interval_series(exercise, start_s, pauses)
        series += _waypoints(exercise, start_s, pauses)
    # The altitudes of the barometer alone, which come before those of the positions.
    altitudes = [number for number, (name, _, _) in enumerate(series) if name == "altitude_m"]
    return _finish(_join([each for number, each in enumerate(series) if number not in altitudes[1:]]), sport_type)


def _timed_series(exercise: Mapping[str, Any]) -> Iterator[_Series]:
    """The older form: a list of ``{"dateTime": …, "value": …}`` a channel, and of positions."""
    samples = child(exercise, "samples")
    for name, entries in samples.items():
        channel, factor = _CHANNELS.get(_key(name), (None, 1.0))
        rows = [(local_time_s(each.get("dateTime")), first_number(each, "value")) for each in objects(entries)]
        known = [(at_s, value) for at_s, value in rows[:_MAX_SAMPLES] if at_s is not None and value is not None]
        if channel is not None and known:
            times, values = np.array(known, dtype=np.float64).T
            yield channel, times, values * factor
    route = objects(samples.get("recordedRoute"))[:_MAX_SAMPLES]
    yield from _positions([(local_time_s(each.get("dateTime")), each) for each in route])


def _interval_series(exercise: Mapping[str, Any], start_s: float, pauses: Pauses) -> Iterator[_Series]:
    """Today's form: an array of values a channel, one every ``intervalMillis`` from the start of the exercise."""
    for entry in objects(child(exercise, "samples").get("samples")):
        channel, factor = _CHANNELS.get(_key(str(entry.get("type"))), (None, 1.0))
        values, interval_ms = entry.get("values"), first_number(entry, "intervalMillis") or 1000.0
        if channel is None or not isinstance(values, list) or interval_ms <= 0:
            continue
        numbers = np.array([_number(value) for value in values[:_MAX_SAMPLES]], dtype=np.float64)
        elapsed = np.arange(len(numbers), dtype=np.float64) * np.float64(interval_ms / 1000.0)
        yield channel, _wall_clock(start_s, elapsed, pauses, exercise), numbers * factor


def _waypoints(exercise: Mapping[str, Any], start_s: float, pauses: Pauses) -> Iterator[_Series]:
    """Today's form of positions: milliseconds from the start of the route, which is not always the exercise's."""
    route = child(exercise, "routes", "route")
    begin_s = local_time_s(route.get("startTime"))
    begin_s = start_s if begin_s is None else begin_s
    points = [(first_number(each, "elapsedMillis"), each) for each in objects(route.get("wayPoints"))[:_MAX_SAMPLES]]
    known = [(elapsed_ms / 1000.0, each) for elapsed_ms, each in points if elapsed_ms is not None]
    if known:
        times = _wall_clock(begin_s, np.array([elapsed for elapsed, _ in known]), pauses, exercise)
        yield from _positions([(float(at_s), each) for at_s, (_, each) in zip(times, known, strict=True)])


def _positions(points: list[tuple[float | None, dict[str, object]]]) -> Iterator[_Series]:
    known = [(at_s, point) for at_s, point in points if at_s is not None]
    if not known:
        return
    times = np.array([at_s for at_s, _ in known])
    for name, channel in (("latitude", "lat_deg"), ("longitude", "lng_deg"), ("altitude", "altitude_m")):
        values = np.array([_number(point.get(name)) for _, point in known])
        if not np.isnan(values).all():
            yield channel, times, values


def _wall_clock(start_s: float, elapsed: FloatArray, pauses: Pauses, exercise: Mapping[str, Any]) -> FloatArray:
    """Times of samples that are counted from ``start_s``.

    Where the samples end closer to the duration without pauses than to the stop, the count stands still in pauses.
    """
    times = start_s + elapsed
    stop_s = local_time_s(exercise.get("stopTime"))
    paused_s = sum(end - begin for begin, end in pauses)
    if not len(elapsed) or stop_s is None or abs(times[-1] - stop_s) <= abs(times[-1] + paused_s - stop_s):
        return times
    for begin, end in sorted(pauses):
        times = np.where(times >= begin, times + (end - begin), times)
    return times


def _join(series: list[_Series]) -> Streams:
    """All channels on one clock of whole seconds; of several values in a second the last one counts."""
    if not series:
        return Streams(np.empty(0))
    seconds = np.unique(np.concatenate([np.rint(times) for _, times, _ in series]))
    channels: dict[str, FloatArray] = {}
    for name, times, values in series:
        column = channels.setdefault(name, np.full(len(seconds), np.nan))
        measured = ~np.isnan(values)
        column[np.searchsorted(seconds, np.rint(times[measured]))] = values[measured]
    return Streams(seconds, channels)


def _finish(streams: Streams, sport_type: str | None) -> Streams:
    """Steps of both legs; no altitude before the barometer has settled, when Polar writes 0."""
    altitude, cadence = streams.get("altitude_m"), streams.get("cadence_spm")
    changed: dict[str, FloatArray | None] = {}
    if altitude is not None:
        measured = np.flatnonzero(~np.isnan(altitude) & (altitude != 0.0))
        settled = altitude.copy()
        settled[: measured[0] if measured.size else 0] = np.nan
        changed["altitude_m"] = settled
    if cadence is not None:
        changed["cadence_spm"] = cadence * cadence_factor(sport_type, cadence)
    return Streams(streams.time_s, recorded(streams.with_channels(changed).channels))


def _number(value: Any) -> float:
    number = number_of(value)
    return np.nan if number is None else number


def _key(name: str) -> str:
    return name.replace("_", "").casefold()
