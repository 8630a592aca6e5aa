"""Movement from the raw channels: time in motion, distance from positions, climbing; no splits, no efforts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from runcoach.analysis.distance_curve import BoolArray, DistanceCurve, distance_curve, in_clock_order, stretches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcoach.domain.streams import FloatArray, Streams

#: Slower than this is standing: GPS drifts this fast around a runner at rest, nobody walks this slowly.
STANDING_MS = 0.8

#: A rest lasts at least this long; shorter is a stumble of the recording. Both numbers come as close as any to the
#: moving time of Strava's own splits: 13 of 17 to the second, 22 s of 5,495 s in all.
REST_S = 6.0

#: The timer of a device that was never stopped says nothing about rests.
STOPPED_S = 0.5

#: A climb counts from this height: barometers wander by less at rest. Of 0.5, 1, 1.5 … 10 m it comes closest to the
#: climbing that Strava and the devices themselves report.
CLIMB_M = 2.0

#: WGS 84: equatorial radius and first eccentricity squared.
EQUATOR_M = 6_378_137.0
ECCENTRICITY_SQ = 6.694_379_990_14e-3


@lru_cache(maxsize=2)  # asked for by splits and totals, one after the other
def cumulative_moving_s(streams: Streams) -> FloatArray:
    """Seconds in motion up to each sample, ``(n,)``, beginning at 0 and never decreasing.

    The first of these that the streams have: the device's timer, where the runner ever stopped it; Strava's verdict
    in channel ``moving``; the time spent faster than :data:`STANDING_MS`, rests of less than :data:`REST_S` included,
    by distance or else by ``speed_ms``; without any of them, all the time there is.
    """
    if not len(streams):
        return np.zeros(0)
    timer_s = streams.get("timer_s")
    if timer_s is not None and np.isfinite(timer_s).any():
        clock = _filled(timer_s)
        if stopped(streams.time_s, clock):
            return clock
    moving = streams.get("moving")
    if moving is not None and np.isfinite(moving).any():
        return _clock(streams.time_s, moving[1:] == 1.0)
    return _speed_clock_s(streams)


def mean_in_motion(values: FloatArray, moving_s: FloatArray) -> float | None:
    """Mean of a channel over time in motion (``moving_s`` from :func:`cumulative_moving_s`); None without any value.

    A sample stands for the seconds in motion since the one before it, as in Strava's splits and in the averages of
    the devices; where the runner never moved, samples count alike.
    """
    known = np.isfinite(values)
    if not known.any():
        return None
    weight = np.diff(moving_s, prepend=moving_s[:1])[known]
    return float(np.average(values[known], weights=weight if weight.sum() > 0.0 else None))


def distance_from_positions(
    lat_deg: FloatArray, lng_deg: FloatArray, time_s: FloatArray, pauses: Iterable[tuple[float, float]] = ()
) -> FloatArray:
    """Metres along the track up to each position, ``(n,)``, NaN where there is none.

    A step that touches one of the ``pauses`` (``(start, end)`` on the clock of ``time_s``) adds nothing. Each step is
    measured on the WGS 84 ellipsoid with its radii of curvature at the step's mean latitude, which is right to a
    millionth for steps of up to several kilometres.
    """
    travelled_m = np.full(lat_deg.size, np.nan)
    (at,) = (np.isfinite(lat_deg) & np.isfinite(lng_deg)).nonzero()
    if at.size:
        step_m = _geodesic_m(np.radians(lat_deg[at]), np.radians(lng_deg[at]))
        step_m[np.diff(paused_s(time_s[at], pauses)) > 0.0] = 0.0
        travelled_m[at] = np.concatenate([[0.0], np.cumsum(step_m)])
    return travelled_m


def paused_s(time_s: FloatArray, pauses: Iterable[tuple[float, float]]) -> FloatArray:
    """For how long the timer had been stopped by each of the times, ``(n,)``; overlapping pauses count once."""
    spans = np.array(sorted(pauses), dtype=np.float64).reshape(-1, 2)
    if not spans.size:
        return np.zeros(time_s.size)
    end = np.maximum.accumulate(spans[:, 1])
    start = np.maximum(spans[:, 0], np.concatenate([[-np.inf], end[:-1]]))
    spans = np.column_stack([start, np.maximum(start, end)])
    passed = np.column_stack([np.zeros(start.size), spans[:, 1] - start])
    gone_s: FloatArray = np.interp(time_s, spans.ravel(), passed.ravel().cumsum())
    return gone_s


def elevation_gain_m(altitude_m: FloatArray) -> float | None:
    """The sum of all climbs of at least :data:`CLIMB_M`; None where no altitude was recorded.

    A climb goes from the lowest point to the highest before the ground falls again by :data:`CLIMB_M`: what is less,
    up or down, is the instrument's unrest (hysteresis). NaN is skipped.
    """
    height = altitude_m[np.isfinite(altitude_m)]
    if not height.size:
        return None
    least = CLIMB_M - 1e-6
    gain_m, low, high = 0.0, float(height[0]), float(height[0])
    for point in _turning_points(height).tolist():
        if point > high:
            high = point
        elif high - point >= least or point < low:
            gain_m += high - low if high - low >= least else 0.0
            low = high = point
    return gain_m + (high - low if high - low >= least else 0.0)


def stopped(time_s: FloatArray, timer_s: FloatArray) -> bool:
    """Whether a device's timer ever stood still while its clock went on."""
    return bool((np.diff(time_s) - np.diff(timer_s) > STOPPED_S).any())


def _speed_clock_s(streams: Streams) -> FloatArray:
    curve = distance_curve(_with_distance(streams))
    if curve is None or curve.distance_m[-1] == curve.distance_m[0]:
        return _clock(streams.time_s, np.ones(len(streams) - 1, dtype=bool))
    clock: FloatArray = np.interp(np.arange(len(streams)), curve.sample, _clock(curve.time_s, ~_resting(curve)))
    return clock


def _resting(curve: DistanceCurve) -> BoolArray:
    """Which steps of a curve, ``(m − 1,)``, belong to a rest."""
    slow = np.diff(curve.distance_m) < STANDING_MS * np.diff(curve.time_s) - 1e-6
    start, end = stretches(slow)
    rest = curve.time_s[end] - curve.time_s[start] >= REST_S
    change = np.zeros(slow.size + 1, dtype=np.intp)
    change[start[rest]], change[end[rest]] = 1, -1
    resting: BoolArray = change.cumsum()[:-1] > 0
    return resting


def _clock(time_s: FloatArray, moving: BoolArray) -> FloatArray:
    """Seconds gone by in those steps, ``(n − 1,)``, that are ``moving``; a sample out of order gets its neighbours'."""
    order = in_clock_order(time_s)
    step_s = np.diff(time_s[order]) * moving[order[1:] - 1]
    clock: FloatArray = np.interp(np.arange(time_s.size), order, np.concatenate([[0.0], np.cumsum(step_s)]))
    return clock


def _filled(timer_s: FloatArray) -> FloatArray:
    """A timer that begins at 0, never goes back and has no holes."""
    (known,) = np.isfinite(timer_s).nonzero()
    clock: FloatArray = np.maximum.accumulate(np.interp(np.arange(timer_s.size), known, timer_s[known]))
    clock -= clock[0]
    return clock


def _with_distance(streams: Streams) -> Streams:
    """The streams, with distance from speed where nothing else tells it."""
    speed_ms = streams.get("speed_ms")
    if "distance_m" in streams.channels or speed_ms is None:
        return streams
    step_s = np.maximum(np.diff(streams.time_s, prepend=streams.time_s[:1]), 0.0)
    distance_m = np.nancumsum(speed_ms * step_s)
    distance_m[np.isnan(speed_ms)] = np.nan
    return streams.with_channels({"distance_m": distance_m})


def _geodesic_m(lat: FloatArray, lng: FloatArray) -> FloatArray:
    """Metres between consecutive positions in radians."""
    mean = (lat[1:] + lat[:-1]) / 2.0
    east = np.remainder(np.diff(lng) + np.pi, 2.0 * np.pi) - np.pi
    bulge = 1.0 - ECCENTRICITY_SQ * np.sin(mean) ** 2
    north_m = EQUATOR_M * (1.0 - ECCENTRICITY_SQ) / bulge**1.5 * np.diff(lat)
    east_m = EQUATOR_M / np.sqrt(bulge) * np.cos(mean) * east
    step_m: FloatArray = np.hypot(north_m, east_m)
    return step_m


def _turning_points(height: FloatArray) -> FloatArray:
    """The first and the last height and every one at which up turns into down or back; far fewer than samples."""
    height = height[np.concatenate([[True], np.diff(height) != 0.0])]
    rising = np.diff(height) > 0.0
    turning: FloatArray = height[np.concatenate([[True], rising[1:] != rising[:-1], [True]])[: height.size]]
    return turning
