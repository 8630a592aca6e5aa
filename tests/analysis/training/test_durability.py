"""Durability: equal to brute force to the millisecond, and each effort begins where it is said to."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.analysis.distance_curve import DistanceCurve, distance_curve
from runcoach.analysis.training.durability import durability_efforts
from runcoach.domain.streams import Streams
from runcoach.domain.training.durability import AFTER_M, FRESH, LENGTHS_M


def long_run(seed: int, km: float = 37.0) -> DistanceCurve:
    """Stretches of changing speed and rests, in uneven steps of time."""
    rng = np.random.default_rng(seed)
    step_s = rng.integers(1, 12, 6000).astype(float)
    speed = np.clip(3.0 + np.repeat(rng.normal(0, 0.5, 300), 20) + rng.normal(0, 0.2, 6000), 0.0, 5.5)
    speed[rng.random(6000) < 0.02] = 0.0
    distance_m = np.concatenate([[0.0], np.cumsum(np.round(speed * step_s, 1))])
    streams = Streams(np.concatenate([[0.0], np.cumsum(step_s)]), {"distance_m": distance_m})
    curve = distance_curve(streams.take(distance_m < km * 1000))
    assert curve is not None
    return curve


def brute_force(curve: DistanceCurve, after_m: int, length_m: int) -> float | None:
    """The least time over every beginning at which it can have a minimum, one after the other."""
    x, t = curve.distance_m, curve.time_s
    high = min(x[-1], x[0] + AFTER_M[0] + length_m) if after_m == FRESH else x[-1]
    low = x[0] + after_m
    begins = [value for value in (*x, *(x - length_m), low, high - length_m) if low <= value <= high - length_m + 1e-9]

    def latest(at: float) -> float:
        index = int(np.searchsorted(x, at + 1e-7, side="right")) - 1
        if index >= x.size - 1 or abs(x[index] - at) < 1e-7:
            return float(t[index])
        return float(t[index] + (at - x[index]) / (x[index + 1] - x[index]) * (t[index + 1] - t[index]))

    def earliest(at: float) -> float:
        index = int(np.searchsorted(x, at - 1e-7, side="left"))
        if abs(x[index] - at) < 1e-7:
            return float(t[index])
        before = index - 1
        return float(t[before] + (at - x[before]) / (x[index] - x[before]) * (t[index] - t[before]))

    return min((earliest(begin + length_m) - latest(begin) for begin in begins), default=None)


@pytest.mark.parametrize("seed", range(3))
def test_efforts_equal_brute_force_to_the_millisecond(seed: int) -> None:
    curve = long_run(seed)
    found = {(one.after_m, one.distance_m): one.exact_s for one in durability_efforts(curve)}
    assert set(found) == {(after, length) for after in (FRESH, *AFTER_M) for length in LENGTHS_M}
    for (after_m, length_m), exact_s in found.items():
        assert exact_s == pytest.approx(brute_force(curve, after_m, length_m), abs=1e-3), (after_m, length_m)


def test_efforts_begin_where_they_are_said_to() -> None:
    curve = long_run(9)
    for one in durability_efforts(curve):
        start_m = float(np.interp(one.start_s, curve.time_s, curve.distance_m))
        if one.after_m == FRESH:
            assert start_m <= 10_000.1
        else:
            assert start_m >= one.after_m - 0.1


def test_shorter_runs_have_only_the_efforts_they_are_long_enough_for() -> None:
    found = {(one.after_m, one.distance_m) for one in durability_efforts(long_run(1, km=12.5))}
    assert found == {(FRESH, 1000), (FRESH, 3000), (FRESH, 5000), (10_000, 1000)}


def test_stretches_with_a_fault_do_not_count() -> None:
    time_s = np.arange(0.0, 5001.0)
    distance_m = 3.0 * time_s
    distance_m[4000:] += 900.0  # a jump of the GPS
    curve = distance_curve(Streams(time_s, {"distance_m": distance_m}))
    assert curve is not None
    found = {(one.after_m, one.distance_m): one.exact_s for one in durability_efforts(curve)}
    assert found[10_000, 1000] == pytest.approx(1000 / 3, abs=1e-6)
