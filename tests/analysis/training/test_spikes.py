"""Spikes: the classes at their edges, and equal to brute force on every run of twenty years."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from runcoach.analysis.training.spikes import (
    DatedDistance,
    Spike,
    longest_before,
    spike_class,
    spike_limit,
    spikes,
)

START = date(2006, 1, 1)


def twenty_years(seed: int) -> list[DatedDistance]:
    """A history with days of several runs, breaks of weeks, equal distances and sudden long runs."""
    rng = random.Random(seed)
    runs, day = [], START
    while day < START + timedelta(days=20 * 365):
        runs.append(DatedDistance(day, float(rng.choice([5000, 8000, 10_000, rng.uniform(1000, 45_000)]))))
        day += timedelta(days=rng.choice([0, 1, 1, 2, 2, 3, 5, 30, 31]) if rng.random() < 0.3 else 1)
    return runs


@pytest.mark.parametrize("seed", range(3))
def test_every_run_of_twenty_years_equals_brute_force(seed: int) -> None:
    runs = twenty_years(seed)
    assert len(runs) > 2000
    expected = []
    for index, run in enumerate(runs):
        before = [one.distance_m for one in runs[max(0, index - 200) : index] if (run.day - one.day).days <= 30]
        ratio = run.distance_m / max(before) if before else 0.0
        expected.append("100" if ratio > 2 else "30" if ratio > 1.3 else "10" if ratio > 1.1 else "none")
    found = spikes(runs)
    assert [one.value for one in found] == expected
    assert set(found) == set(Spike)


@pytest.mark.parametrize(
    ("distance_m", "kind"),
    [
        (10_000, "none"),
        (11_000, "none"),
        (11_001, "10"),
        (13_000, "10"),
        (13_001, "30"),
        (20_000, "30"),
        (20_001, "100"),
    ],
)
def test_classes_begin_beyond_their_edges(distance_m: float, kind: str) -> None:
    assert spike_class(distance_m, 10_000.0) == kind


def test_run_without_another_in_30_days_is_no_spike() -> None:
    runs = [DatedDistance(START, 5000.0), DatedDistance(START + timedelta(days=31), 20_000.0)]
    assert longest_before(runs) == [None, None]
    assert spikes(runs) == [Spike.NONE, Spike.NONE]
    assert spikes([runs[0], DatedDistance(START + timedelta(days=30), 20_000.0)]) == [Spike.NONE, Spike.OVER_100]


def test_limit_holds_until_the_longest_run_leaves_the_window() -> None:
    runs = [DatedDistance(date(2026, 11, 12), 16_000.0), DatedDistance(date(2026, 11, 20), 12_000.0)]
    limit = spike_limit(runs, date(2026, 11, 28))
    assert limit is not None
    assert limit.distance_m == pytest.approx(17_600.0)
    assert limit.until == date(2026, 12, 12)
    for day, kind in ((limit.until, Spike.NONE), (limit.until + timedelta(days=1), Spike.OVER_30)):
        assert spikes([*runs, DatedDistance(day, limit.distance_m)])[-1] == kind


def test_there_is_no_limit_without_a_run_in_the_window() -> None:
    assert spike_limit([DatedDistance(date(2026, 1, 1), 16_000.0)], date(2026, 11, 28)) is None
    assert spike_limit([], date(2026, 11, 28)) is None
