"""Kilometre and mile splits from streams, by the rule that Strava uses."""

from __future__ import annotations

import numpy as np

from runcoach.analysis.distance_curve import IntArray, distance_curve
from runcoach.analysis.moving_time import STANDING_MS, cumulative_moving_s, mean_in_motion
from runcoach.domain.activity import Split
from runcoach.domain.streams import FloatArray, Streams


def compute_splits(streams: Streams, unit_m: float = 1000.0, standing_ms: float = STANDING_MS) -> list[Split]:
    """The splits of a run; empty where it has no distance.

    ``unit_m`` is 1000 or, for miles, 1609.344; ``standing_ms`` is the speed below which moving time stops.

    Split k ends at the first sample at or past k · ``unit_m`` and begins where the one before ended; its distance is
    the one between those samples (1000.4, 998.9, …), the last one is partial. A kilometre without a sample has no
    split. As in Strava's splits, ``avg_speed_ms`` is distance over moving time, ``avg_hr_bpm`` the mean over moving
    time, and ``elevation_gain_m`` the *net* gain from the first sample to the last, negative downhill (Strava's
    ``elevation_difference``).
    """
    curve = distance_curve(streams)
    if curve is None:
        return []
    end, km = _ends(curve.distance_m, unit_m)
    start = np.concatenate([[0], end])[: end.size]
    moving_s, heart_rate = cumulative_moving_s(streams, standing_ms), streams.get("heart_rate_bpm")
    rise_m = _rises_m(streams.get("altitude_m"), curve.sample[start], curve.sample[end])
    splits = []
    for number, first, last, net_m in zip(km.tolist(), start.tolist(), end.tolist(), rise_m, strict=True):
        begin, finish = int(curve.sample[first]), int(curve.sample[last])
        distance_m = round(float(curve.distance_m[last] - curve.distance_m[first]), 3)
        moving_seconds = float(moving_s[finish] - moving_s[begin])
        splits.append(
            Split(
                km=number,
                distance_m=distance_m,
                elapsed_s=round(float(curve.time_s[last] - curve.time_s[first])),
                moving_s=round(moving_seconds),
                elevation_gain_m=net_m,
                avg_hr_bpm=_mean_bpm(heart_rate, moving_s, begin, finish),
                avg_speed_ms=round(distance_m / moving_seconds, 3) if moving_seconds > 0 else None,
            )
        )
    return splits


def _ends(distance_m: FloatArray, unit_m: float) -> tuple[IntArray, IntArray]:
    """The vertex at which each split ends, and its number."""
    km = np.arange(1, int((distance_m[-1] + 1e-6) // unit_m) + 1)
    end = distance_m.searchsorted(km * unit_m - 1e-6)
    if distance_m[-1] > distance_m[end[-1] if end.size else 0]:
        km, end = np.append(km, km.size + 1), np.append(end, distance_m.size - 1)
    end, first = np.unique(end, return_index=True)
    return end, km[first]


def _rises_m(altitude_m: FloatArray | None, begin: IntArray, finish: IntArray) -> list[float | None]:
    """Altitude at each last sample minus that at its first; missing altitudes are interpolated."""
    known = np.isfinite(altitude_m).nonzero()[0] if altitude_m is not None else np.empty(0)
    if altitude_m is None or not known.size:
        return [None] * begin.size
    rise_m = np.interp(finish, known, altitude_m[known]) - np.interp(begin, known, altitude_m[known])
    return [round(metres, 1) for metres in rise_m.tolist()]


def _mean_bpm(heart_rate_bpm: FloatArray | None, moving_s: FloatArray, begin: int, finish: int) -> int | None:
    if heart_rate_bpm is None:
        return None
    mean = mean_in_motion(heart_rate_bpm[begin : finish + 1], moving_s[begin : finish + 1])
    return None if mean is None else round(mean)
