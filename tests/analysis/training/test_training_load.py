"""Loads and what follows from them, against printed and computed values."""

from __future__ import annotations

from datetime import date

import pytest

from runcoach.analysis.training.training_load import (
    THRESHOLD_SHARE,
    LoadMethod,
    Smoothing,
    fitness_days,
    rtss,
    run_load,
    smoothed,
    threshold_hour,
    trimp,
    week_load,
)
from runcoach.domain.training.physiology import Figure, Origin, Physiology, Sex

RUNNER = Physiology(
    rest_bpm=Figure(50.0, Origin.SET),
    max_bpm=Figure(190.0, Origin.SET),
    threshold_bpm=Figure(170.0, Origin.SET),
    threshold_sec_per_km=Figure(250.0, Origin.SET),
)
HOUR_MS = 3_600_000


@pytest.mark.parametrize(("sex", "impulses"), [(Sex.MALE, (50.1, 103.1, 194.6)), (Sex.FEMALE, (59.5, 116.3, 208.8))])
def test_trimp_of_an_hour_at_half_and_more_of_the_reserve(sex: Sex, impulses: tuple[float, ...]) -> None:
    found = [trimp({round(1000 * share): HOUR_MS}, 0.0, 1000.0, sex) for share in (0.5, 0.7, 0.9)]
    assert [round(one, 1) for one in found] == list(impulses)


def test_trimp_is_of_each_sample_not_of_the_mean() -> None:
    halves = trimp({120: HOUR_MS // 2, 180: HOUR_MS // 2}, 50.0, 190.0)
    assert halves > trimp({150: HOUR_MS}, 50.0, 190.0) * 1.05
    assert trimp({40: HOUR_MS}, 50.0, 190.0) == 0.0


def test_an_hour_at_the_threshold_is_100() -> None:
    assert rtss(3600.0, 4.0, 4.0) == 100.0
    assert rtss(1800.0, 5.0, 4.0) == pytest.approx(78.125)


def test_the_three_weights_in_the_wild_differ() -> None:
    after = {one: round(smoothed([100.0] * 42, 42, one)[-1], 2) for one in Smoothing}
    assert after == {Smoothing.EXPONENTIAL: 63.21, Smoothing.RECIPROCAL: 63.65, Smoothing.SPAN: 86.47}


def test_form_is_what_yesterday_left() -> None:
    days = fitness_days(date(2026, 1, 1), [100.0, None, 0.0])
    assert [day.date.day for day in days] == [1, 2, 3]
    assert days[0].form == 0.0
    assert days[1].form == days[0].fitness - days[0].fatigue
    assert days[0].fitness == pytest.approx(100.0 * (1.0 - 2.718281828 ** (-1 / 42)))
    assert days[1].load is None
    assert days[1].fitness < days[0].fitness


def test_monotony_and_strain_of_foster() -> None:
    week = week_load([5.0, 15.0, 20.0, 20.0, 20.0, 25.0, 35.0])
    assert week.load == 140.0
    assert week.monotony == pytest.approx(2.366, abs=5e-4)
    assert week.strain == pytest.approx(331.3, abs=0.05)
    assert week_load([10.0] * 7).monotony is None


def test_load_comes_from_heart_rate_else_from_pace() -> None:
    by_heart = run_load(RUNNER, {150: HOUR_MS}, 3600.0, 12_000.0)
    assert by_heart.method is LoadMethod.TRIMP
    assert by_heart.load == by_heart.trimp == trimp({150: HOUR_MS}, 50.0, 190.0)
    assert by_heart.rtss == pytest.approx(100.0 * (12_000.0 / 3600.0 / 4.0) ** 2)
    by_pace = run_load(RUNNER, {}, 3600.0, 14_400.0)
    assert by_pace.method is LoadMethod.RTSS
    assert by_pace.rtss == pytest.approx(100.0)
    assert by_pace.load == pytest.approx(trimp({170: HOUR_MS}, 50.0, 190.0))  # the same as by heart rate
    assert run_load(RUNNER, {}, None, None).load is None


def test_a_part_without_heart_rate_counts_as_the_rest_of_the_run() -> None:
    whole = run_load(RUNNER, {150: HOUR_MS}, 3600.0, None)
    most = run_load(RUNNER, {150: HOUR_MS * 3 // 4}, 3600.0, None)
    assert most.load == pytest.approx(whole.load)
    assert run_load(RUNNER, {150: HOUR_MS // 3}, 3600.0, 10_000.0).method is LoadMethod.RTSS


def test_without_a_maximum_the_load_is_rtss() -> None:
    runner = Physiology(Figure(50.0, Origin.SET), threshold_sec_per_km=Figure(250.0, Origin.SET))
    load = run_load(runner, {150: HOUR_MS}, 3600.0, 14_400.0)
    assert load.load == pytest.approx(100.0)
    assert load.method is LoadMethod.RTSS
    assert threshold_hour(runner) == 100.0


def test_the_usual_threshold_share_is_that_of_88_percent_of_vo2max() -> None:
    assert pytest.approx(0.917, abs=5e-4) == THRESHOLD_SHARE
