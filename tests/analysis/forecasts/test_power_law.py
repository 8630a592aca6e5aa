"""The power law of one runner, shrunk to the population."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from runcoach.analysis.forecasts import power_law
from runcoach.analysis.forecasts.constants import POPULATION

FIVE_K, TEN_K, HALF, MARATHON = POPULATION.distances_m
STRAIGHT = replace(POPULATION, marathon_bend=(0.0, 0.0, 0.0))


def of(times: dict[float, float]) -> list[tuple[float, float]]:
    return [(metres, math.log(seconds)) for metres, seconds in times.items()]


def test_without_efforts_it_is_the_median_runner() -> None:
    law = power_law.fit(STRAIGHT, [])
    assert law.time_s(TEN_K) == pytest.approx(math.exp(POPULATION.log_times[1]))
    assert law.slope == 0.0


def test_one_effort_shifts_the_curve_of_the_population() -> None:
    law = power_law.fit(STRAIGHT, of({TEN_K: 2400.0}))
    assert law.time_s(TEN_K) == pytest.approx(2400.0, rel=0.01)
    assert 1.03 < math.log(law.time_s(HALF) / law.time_s(TEN_K)) / math.log(HALF / TEN_K) < 1.1


def test_efforts_of_several_lengths_bend_it_by_less_than_their_own_exponent() -> None:
    steep = {metres: math.exp(-2.0 + 1.15 * math.log(metres)) for metres in (FIVE_K, TEN_K, HALF)}
    law = power_law.fit(STRAIGHT, of(steep))
    exponent = math.log(law.time_s(HALF) / law.time_s(FIVE_K)) / math.log(HALF / FIVE_K)
    population = (POPULATION.log_times[2] - POPULATION.log_times[0]) / math.log(HALF / FIVE_K)
    assert population < exponent < 1.15


def test_it_is_the_conditional_mean_of_a_normal_distribution() -> None:
    efforts = {3000.0: 700.0, TEN_K: 2600.0, HALF: 6000.0}
    x = np.log(np.array([*efforts, MARATHON]) / TEN_K)
    lines = np.column_stack([np.ones(4), x])
    both = POPULATION.correlation * POPULATION.level_sd * POPULATION.slope_sd
    prior = np.array([[POPULATION.level_sd**2, both], [both, POPULATION.slope_sd**2]])
    noise = np.diag([POPULATION.error(metres) ** 2 for metres in [*efforts, MARATHON]])
    covariance = lines @ prior @ lines.T + noise
    above = np.array([math.log(seconds) - POPULATION.log_time(metres) for metres, seconds in efforts.items()])
    weights = np.linalg.solve(covariance[:3, :3], covariance[:3, 3])
    variance = covariance[3, 3] - weights @ covariance[:3, 3]
    law = power_law.fit(STRAIGHT, of(efforts))
    assert math.log(law.time_s(MARATHON)) == pytest.approx(POPULATION.log_time(MARATHON) + weights @ above)
    assert law.deviation(MARATHON) == pytest.approx(math.sqrt(variance))


def test_more_efforts_make_it_surer() -> None:
    efforts = of({HALF: 6000.0, TEN_K: 2700.0, FIVE_K: 1300.0})
    one, two, three = (power_law.fit(POPULATION, efforts[:count]).deviation(MARATHON) for count in (1, 2, 3))
    assert one > two > three


def test_the_bend_of_the_marathon_begins_after_the_half() -> None:
    law, straight = (power_law.fit(one, of({HALF: 6600.0})) for one in (POPULATION, STRAIGHT))
    assert law.level == pytest.approx(straight.level)
    assert law.time_s(HALF) == straight.time_s(HALF)
    assert law.time_s(30_000.0) != straight.time_s(30_000.0)
    expected = np.interp(law.level, POPULATION.bend_levels, POPULATION.marathon_bend)
    assert math.log(law.time_s(MARATHON) / straight.time_s(MARATHON)) == pytest.approx(expected)


def test_levels_far_from_the_population_bend_as_its_margin() -> None:
    lowest, highest = POPULATION.bend_levels[0], POPULATION.bend_levels[-1]
    assert POPULATION.bend(MARATHON, -0.9) == POPULATION.bend(MARATHON, lowest) == POPULATION.marathon_bend[0]
    assert POPULATION.bend(MARATHON, 0.9) == POPULATION.bend(MARATHON, highest) == POPULATION.marathon_bend[-1]


@pytest.mark.parametrize("half_s", [3450, 4200, 5400, 7200, 9000, 10_800, 14_400])
def test_the_marathon_is_never_faster_than_the_half(half_s: float) -> None:
    assert 2.02 < power_law.fit(POPULATION, of({HALF: half_s})).time_s(MARATHON) / half_s < 2.25


def test_efforts_that_contradict_each_other_do_not_make_pace_rise_with_distance() -> None:
    law = power_law.fit(POPULATION, of({3000.0: 1800.0, FIVE_K: 3000.0, TEN_K: 2600.0, HALF: 5000.0}))
    paces = [law.time_s(metres) / metres for metres in (3000.0, FIVE_K, TEN_K, HALF)]
    assert paces == sorted(paces)
