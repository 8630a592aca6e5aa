"""Moving time: seconds in motion up to each sample, pauses, and averages over moving time."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from runcoach.analysis.distance_curve import (
    BoolArray,
    DistanceCurve,
    distance_curve,
    in_clock_order,
    steps_within,
    stretches,
)
from runcoach.analysis.track_distance import distance_from_speed
from runcoach.domain.streams import FloatArray, Streams

#: Slower than this is standing: GPS drifts this fast around a runner at rest, nobody walks this slowly.
STANDING_MS = 0.8

#: A rest lasts at least this long. Both numbers come as close as any to the moving time of Strava's splits: 13 of 17
#: to the second, 22 s of 5,495 s in total.
REST_S = 6.0

#: A timer counts as stopped where it lags behind the clock by at least this in total; one second is rounding.
STOPPED_S = 10.0


@lru_cache(maxsize=2)  # called for the same streams by splits and totals
def cumulative_moving_s(streams: Streams, standing_ms: float = STANDING_MS) -> FloatArray:
    """Seconds in motion up to each sample, ``(n,)``, beginning at 0 and never decreasing.

    From the first of these that is available: the device's timer, if the runner ever stopped it; Strava's channel
    ``moving``; the time spent faster than ``standing_ms`` by distance or else ``speed_ms``, rests shorter than
    :data:`REST_S` included. Without any of them, and where ``standing_ms`` is 0, elapsed time.
    """
    if not len(streams):
        return np.zeros(0)
    timer_s = streams.get("timer_s")
    if timer_s is not None and np.isfinite(timer_s).any():
        clock = _monotonic(timer_s)
        if stopped(streams.time_s, clock):
            return clock
    moving = streams.get("moving")
    if moving is not None and np.isfinite(moving).any():
        return _accumulate(streams.time_s, moving[1:] == 1.0)
    return _moving_by_speed_s(streams, standing_ms)


def mean_in_motion(values: FloatArray, moving_s: FloatArray) -> float | None:
    """Mean of a channel over time in motion (``moving_s`` from :func:`cumulative_moving_s`); None without any value.

    Each sample is weighted by the moving seconds since the one before it, as in Strava's splits and the averages of
    the devices; where the runner never moved, samples have equal weight.
    """
    known = np.isfinite(values)
    if not known.any():
        return None
    weight = np.concatenate([[0.0], moving_s[1:] - moving_s[:-1]])[known]
    total = weight.sum()
    return float((values[known] * weight).sum() / total if total > 0.0 else values[known].mean())


def stopped(time_s: FloatArray, timer_s: FloatArray) -> bool:
    """Whether the timer stopped while the clock went on, for at least :data:`STOPPED_S` in total."""
    lag_s = np.diff(time_s) - np.diff(timer_s)
    return float(lag_s[lag_s > 0.0].sum()) >= STOPPED_S


def _moving_by_speed_s(streams: Streams, standing_ms: float) -> FloatArray:
    speed_ms = streams.get("speed_ms")
    if "distance_m" not in streams.channels and speed_ms is not None:
        streams = streams.with_channels({"distance_m": distance_from_speed(speed_ms, streams.time_s)})
    curve = distance_curve(streams)
    if curve is None or standing_ms <= 0.0 or curve.distance_m[-1] == curve.distance_m[0]:
        return _accumulate(streams.time_s, np.ones(len(streams) - 1, dtype=bool))
    clock: FloatArray = np.interp(
        np.arange(len(streams)), curve.sample, _accumulate(curve.time_s, ~_resting(curve, standing_ms))
    )
    return clock


def _resting(curve: DistanceCurve, standing_ms: float) -> BoolArray:
    """Which steps of a curve, ``(m − 1,)``, belong to a rest."""
    slow = np.diff(curve.distance_m) < standing_ms * np.diff(curve.time_s) - 1e-6
    start, end = stretches(slow)
    rest = curve.time_s[end] - curve.time_s[start] >= REST_S
    return steps_within((start[rest], end[rest]), curve.time_s.size)


def _accumulate(time_s: FloatArray, moving: BoolArray) -> FloatArray:
    """Cumulative seconds of the ``moving`` steps, ``(n − 1,)``; interpolated at samples whose time is out of order."""
    order = in_clock_order(time_s)
    step_s = np.diff(time_s[order]) * moving[order[1:] - 1]
    clock: FloatArray = np.interp(np.arange(time_s.size), order, np.concatenate([[0.0], np.cumsum(step_s)]))
    return clock


def _monotonic(timer_s: FloatArray) -> FloatArray:
    """The timer from 0, gaps interpolated, never decreasing."""
    (known,) = np.isfinite(timer_s).nonzero()
    clock: FloatArray = np.maximum.accumulate(np.interp(np.arange(timer_s.size), known, timer_s[known]))
    clock -= clock[0]
    return clock
