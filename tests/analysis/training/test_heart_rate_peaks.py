"""The highest heart rates that lasted."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.analysis.training.heart_rate_peaks import highest_median_bpm, threshold_bpm


@pytest.mark.parametrize("seed", range(5))
def test_the_highest_median_equals_that_of_every_window(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bpm = np.round(150.0 + np.cumsum(rng.normal(0.0, 1.5, 900)))
    windows = [np.sort(bpm[end - 29 : end + 1])[15] for end in range(30, bpm.size)]
    assert highest_median_bpm(np.arange(900.0), bpm) == max(windows)


@pytest.mark.parametrize("seed", range(5))
def test_the_highest_median_of_uneven_steps_equals_brute_force_over_every_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    step_s = rng.choice([0.5, 1.0, 2.0, 7.0, 40.0], 400, p=[0.1, 0.5, 0.2, 0.15, 0.05])
    time_s = np.cumsum(step_s) - step_s[0]
    bpm = np.round(150.0 + np.cumsum(rng.normal(0.0, 2.0, 400)) % 40.0)
    bpm[rng.random(400) < 0.1] = np.nan

    def lasted_s(least_bpm: float, end: int) -> float:
        """Seconds at or above a heart rate within 30 s; a sample counts for the step before it, at most 10 s of it."""
        step_s = np.diff(time_s[: end + 1])
        inside = np.clip((time_s[1 : end + 1] - (time_s[end] - 30.0)) / step_s, 0.0, 1.0)
        return float(np.sum((inside * np.minimum(step_s, 10.0))[bpm[1 : end + 1] >= least_bpm]))

    full = [end for end in range(400) if lasted_s(0.0, end) >= 0.95 * 30.0]
    reached = [value for value in bpm[bpm > 0] if any(lasted_s(value, end) >= 15.0 for end in full)]
    assert highest_median_bpm(time_s, bpm) == max(reached)


def test_a_few_seconds_make_no_maximum() -> None:
    bpm = np.full(600, 150.0)
    bpm[300:310] = 200.0
    assert highest_median_bpm(np.arange(600.0), bpm) == 150.0
    assert highest_median_bpm(np.arange(20.0), bpm[:20]) is None


def test_the_threshold_is_the_best_20_minutes_after_the_first_10() -> None:
    time_s = np.arange(3600.0)
    bpm = np.where(time_s < 600.0, 190.0, np.where(time_s < 2000.0, 170.0, 150.0))
    assert threshold_bpm(time_s, bpm) == pytest.approx(170.0)
    assert threshold_bpm(time_s[:1700], bpm[:1700]) is None
    bpm[700:900] = np.nan
    bpm[2200:2300] = np.nan
    assert threshold_bpm(time_s, bpm) == pytest.approx((1100 * 170.0 + 100 * 150.0) / 1200, abs=1.0)
