"""Efficiency and decoupling: exact on generated runs, and nothing where too little is known."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.analysis.training.decoupling import efficiency


def two_halves(
    minutes: float = 90, first: tuple[float, float] = (3.0, 150.0), second: tuple[float, float] = (3.0, 150.0)
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance, moving time and heart rate of a run with (m/s, bpm) in each half, one sample a second."""
    seconds = round(minutes * 60)
    is_first = np.arange(1, seconds + 1) <= seconds / 2
    speed = np.where(is_first, first[0], second[0])
    heart_rate = np.concatenate([[first[1]], np.where(is_first, first[1], second[1])])
    return np.concatenate([[0.0], np.cumsum(speed)]), np.arange(seconds + 1.0), heart_rate


def test_even_run_is_not_decoupled() -> None:
    found = efficiency(*two_halves())
    assert found is not None
    assert found.m_per_beat == pytest.approx(3.0 * 60 / 150)
    assert found.decoupling == pytest.approx(0.0, abs=1e-12)


def test_heart_rate_that_drifts_by_a_tenth_decouples() -> None:
    found = efficiency(*two_halves(second=(3.0, 165.0)))
    assert found is not None
    assert found.decoupling == pytest.approx(1 - 150 / 165)


def test_slower_second_half_at_the_same_heart_rate_decouples() -> None:
    found = efficiency(*two_halves(second=(2.7, 150.0)))
    assert found is not None
    assert found.decoupling == pytest.approx(0.1)


def test_halves_are_of_moving_time() -> None:
    distance_m, moving_s, heart_rate = two_halves(second=(3.0, 165.0))
    stand = 1200  # the runner stands for 20 minutes in the first half, with a low heart rate
    at = 1000
    moving_s = np.insert(moving_s, at, np.full(stand, moving_s[at]))
    distance_m = np.insert(distance_m, at, np.full(stand, distance_m[at]))
    heart_rate = np.insert(heart_rate, at, np.full(stand, 90.0))
    found = efficiency(distance_m, moving_s, heart_rate)
    assert found is not None
    assert found.decoupling == pytest.approx(1 - 150 / 165, abs=1e-3)


def test_seconds_without_heart_rate_count_for_neither_speed_nor_beats() -> None:
    distance_m, moving_s, heart_rate = two_halves(second=(3.0, 165.0))
    heart_rate[1::7] = np.nan
    found = efficiency(distance_m, moving_s, heart_rate)
    assert found is not None
    assert found.decoupling == pytest.approx(1 - 150 / 165)


def test_shorter_runs_have_efficiency_but_no_decoupling() -> None:
    found = efficiency(*two_halves(minutes=60, second=(3.0, 165.0)))
    assert found is not None
    assert found.decoupling is None
    assert efficiency(*two_halves(minutes=19)) is None


def test_nothing_is_computed_from_a_heart_rate_that_is_mostly_missing() -> None:
    distance_m, moving_s, heart_rate = two_halves()
    sparse = np.where(np.arange(heart_rate.size) % 2, np.nan, heart_rate)
    assert efficiency(distance_m, moving_s, sparse) is None
    only_first = np.where(moving_s < 4400, heart_rate, np.nan)
    found = efficiency(distance_m, moving_s, only_first)
    assert found is not None
    assert found.decoupling is None
    empty = np.empty(0)
    assert efficiency(empty, empty, empty) is None
