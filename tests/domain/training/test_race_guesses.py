"""Likely races: by name and pace, never by name alone or in training."""

from __future__ import annotations

import random

import pytest

from runcoach.domain.training.race_guesses import RunTotals, guesses, raced_distance


def easy(day: int, km: float = 12.0, pace: float = 360.0, name: str = "Morning Run") -> RunTotals:
    seconds = round(km * pace)
    return RunTotals(day, name, km * 1000, seconds, seconds, may_be_race=True)


def guess(run: RunTotals, before: list[RunTotals] | None = None) -> str | None:
    history = [easy(day) for day in range(0, 60, 5)] if before is None else before
    return list(guesses([*history, run]))[-1]


@pytest.mark.parametrize(
    ("name", "km", "pace", "reason"),
    [
        ("Berlin Half Marathon", 21.3, 370, "by its name"),
        ("Stadtlauf", 10.1, 340, "by its name"),
        ("Semi-marathon de Paris", 21.2, 380, "by its name"),
        ("Half marathon pace training", 21.3, 370, None),
        ("Stadtlauf", 10.1, 395, None),  # much slower than the runs before
        ("Berlin Half Marathon", 18.0, 350, None),  # not its distance
        ("Morning Run", 10.05, 340, "6% faster than any run as long in the year before"),
        ("Morning Run", 10.05, 352, None),
        ("Racecourse loop", 10.05, 355, None),
        ("Sunday Run", 42.4, 390, "a marathon without pauses"),
        ("Sunday Run", 43.9, 390, None),
    ],
)
def test_name_and_pace_decide(name: str, km: float, pace: float, reason: str | None) -> None:
    assert guess(easy(70, km, pace, name)) == reason


def test_pace_needs_runs_to_compare_with() -> None:
    assert guess(easy(70, 10.05, 300), before=[easy(1), easy(2)]) is None
    assert guess(easy(70, 10.05, 300), before=[easy(1, 5.0), easy(2, 5.0), easy(3, 5.0)]) is None
    assert guess(easy(500, 10.05, 300), before=[easy(day) for day in range(10)]) is None  # more than a year ago


def test_runs_of_a_year_count() -> None:
    history = [easy(0, 10.05, 340), easy(100), easy(200), easy(300)]
    assert guess(easy(365, 10.05, 335), before=history) is None
    assert guess(easy(366, 10.05, 335), before=history) is not None


def test_run_with_pauses_or_of_a_known_kind_is_no_guess() -> None:
    run = easy(70, 10.05, 300, "City race")
    assert guess(run) == "by its name"
    assert (
        guess(RunTotals(run.day, run.name, run.distance_m, run.elapsed_s, run.elapsed_s - 120, may_be_race=True))
        is None
    )
    assert guess(RunTotals(run.day, run.name, run.distance_m, run.elapsed_s, run.moving_s, may_be_race=False)) is None


def test_comparison_equals_brute_force() -> None:
    rng = random.Random(3)
    runs = [easy(day, rng.choice([5.05, 10.05, 21.2, 14.0]), rng.uniform(280, 380)) for day in range(0, 900, 2)]
    expected = []
    for index, run in enumerate(runs):
        length = {5.05: 5000, 10.05: 10000, 21.2: 21097}.get(run.distance_m / 1000)
        compared = [
            one.elapsed_s / one.distance_m
            for one in runs[:index]
            if length and one.distance_m >= 0.985 * length and run.day - one.day <= 365
        ]
        expected.append(len(compared) >= 3 and run.elapsed_s / run.distance_m <= 0.97 * min(compared))
    found = [reason is not None for reason in guesses(runs)]
    assert found == expected
    assert sum(found) >= 3


@pytest.mark.parametrize(
    ("distance_m", "label"), [(5200.0, 5000), (10_480.0, 10000), (20_900.0, 21100), (14_000.0, None), (None, None)]
)
def test_distance_of_a_marked_race(distance_m: float | None, label: int | None) -> None:
    assert raced_distance(distance_m) == label
