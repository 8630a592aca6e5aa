"""The rule that chooses and combines the methods, and its intervals."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from typing import Any

import pytest

from runcoach.analysis.forecasts import combination, methods, tanda, vdot, vickers
from runcoach.analysis.forecasts.combination import Forecast, NotEnough, forecast
from runcoach.analysis.forecasts.constants import BY_BESTS, BY_EFFORTS, BY_TRAINING, MARATHON
from runcoach.analysis.forecasts.evidence import Evidence, gather
from runcoach.analysis.forecasts.history import Effort, History, Run

DAY = 738_000
MARATHON_M = 42_195.0


def history(*extra: tuple[int, float, float], weekly_km: float = 40.0, pace_s: float = 330.0) -> History:
    """Half a year of four even runs a week, and runs of (days before, km, pace)."""
    km = weekly_km / 4.0
    usual = [
        (days, km, pace_s) for week in range(1, 26) for days in (week * 7 - 1, week * 7 - 3, week * 7 - 5, week * 7)
    ]
    rows = [(DAY - days, km * 1000.0, km * pace) for days, km, pace in (*usual, *extra)]
    return History.of([Run(*row) for row in rows], [Effort(*row) for row in rows])


def evidence(known: History, before: int = DAY, race_day: int = DAY) -> Evidence:
    return gather(known, before, race_day)


def made(known: History, distance_m: float = MARATHON_M, **options: Any) -> Forecast:
    found = forecast(evidence(known, **options), distance_m)
    assert isinstance(found, Forecast)
    return found


def test_marathon_rule_by_hand() -> None:
    known = history((20, 30.0, 300.0), (50, 10.0, 250.0), weekly_km=36.0)
    weekly_km = evidence(known).training.weekly_m / 1000.0
    assert weekly_km == pytest.approx(36.0 + 30.0 / 8 + 10.0 / 8)
    volume = MARATHON.volume * math.log(weekly_km / 40.0)
    exponent_ratio = math.log(42.195 / 30.0), math.log(42.195 / 10.0)
    fade = exponent_ratio[0] / (math.log(2.0) / 2.0)
    long_s = math.log(9000.0) + MARATHON.per_day * 20 + MARATHON.long_exponent * exponent_ratio[0] - fade * volume
    short_s = math.log(2500.0) + MARATHON.per_day * 50 + MARATHON.any_exponent * exponent_ratio[1] - volume
    any_s = min(short_s, long_s + (MARATHON.any_exponent - MARATHON.long_exponent) * exponent_ratio[0])
    expected = MARATHON.offset + MARATHON.long_weight * long_s + (1.0 - MARATHON.long_weight) * any_s
    found = made(known)
    assert found.method == BY_TRAINING
    assert math.log(found.duration_s) == pytest.approx(expected)
    assert {one.distance_m for one in found.efforts} == {30_000.0, 10_000.0}


def test_climb_makes_an_effort_worth_more() -> None:
    flat, hilly = (
        replace(history(), efforts=(Effort(DAY - 9, 21_100.0, 6000.0, climb_m=climb_m),)) for climb_m in (0.0, 211.0)
    )
    ratio = made(hilly).duration_s / made(flat).duration_s
    assert ratio == pytest.approx(math.exp(-0.01 * MARATHON.per_climb))


def test_a_slow_long_run_alone_says_little() -> None:
    quick = history((15, 10.0, 240.0))
    jogged = history((15, 10.0, 240.0), (16, 16.0, 420.0))
    assert made(jogged).duration_s < made(quick).duration_s * math.exp(MARATHON.long_weight * MARATHON.long_cap) * 1.001


def test_a_run_far_ahead_of_all_others_counts_only_where_it_may_be_a_race() -> None:
    usual = made(history()).duration_s
    odd, race = (made(history((20, km, 265.0))).duration_s for km in (18.3, 21.1))
    assert odd >= usual * math.exp(-MARATHON.most_ahead - MARATHON.long_lead)
    assert race < odd * 0.9


def test_a_marathon_needs_no_weekly_distance() -> None:
    race = (30, 42.195, 300.0)
    little, much = (made(history(race, weekly_km=weekly)) for weekly in (20.0, 80.0))
    assert little.duration_s == pytest.approx(much.duration_s, rel=0.02)
    shorter = (30, 21.1, 285.0)
    little, much = (made(history(shorter, weekly_km=weekly)) for weekly in (20.0, 80.0))
    assert little.duration_s > 1.08 * much.duration_s


def relative_width(found: Forecast) -> float:
    return (found.high_80_s - found.low_80_s) / found.duration_s


def test_intervals_contain_each_other_and_widen_with_less_running_and_more_days() -> None:
    found = made(history())
    assert found.low_80_s < found.low_50_s < found.duration_s < found.high_50_s < found.high_80_s
    widths = [relative_width(made(history(weekly_km=weekly))) for weekly in (30.0, 35.0, 50.0, 90.0)]
    assert widths[0] > widths[1] > widths[2] == pytest.approx(widths[3])
    ahead = [relative_width(made(history(), race_day=DAY + days)) for days in (0, 20, 45, 60, 200)]
    assert ahead[0] == ahead[1] < ahead[2] < ahead[3] == ahead[4]
    near, far = (relative_width(made(history(), 10_000.0, race_day=DAY + days)) for days in (10, 90))
    assert far > 2.0 * near


def test_other_distances_follow_the_three_best_efforts_of_different_runs() -> None:
    known = history((15, 10.0, 250.0), (20, 5.0, 240.0), (25, 21.1, 265.0), (30, 12.0, 280.0))
    found = made(known, 10_000.0)
    assert found.method == BY_EFFORTS
    assert sorted(one.distance_m for one in found.efforts) == [5000.0, 10_000.0, 21_100.0]
    inside = Effort(DAY - 9, 10_000.0, 2450.0, is_ranked=True, activity_id=7)
    whole = Effort(DAY - 9, 10_050.0, 2470.0, activity_id=7)
    twice = made(replace(known, efforts=(*known.efforts, inside, whole)), 10_000.0)
    assert sum(one.activity_id == 7 for one in twice.efforts) == 1


def test_jogs_beside_a_race_do_not_slow_down_the_forecast() -> None:
    known = history((30, 42.195, 285.0), pace_s=360.0)
    half = made(known, 21_097.5)
    assert [one.distance_m for one in half.efforts] == [42_195.0]
    assert half.duration_s < 21_097.5 * 0.285  # the pace of the marathon
    two = made(history((30, 42.195, 285.0), (60, 10.1, 285.0), pace_s=360.0), 21_097.5)
    assert {one.distance_m for one in two.efforts} == {42_195.0, 10_100.0}


def test_between_half_and_marathon_log_times_are_linear() -> None:
    known = history((15, 10.0, 250.0), (20, 28.0, 300.0))
    half, middle, marathon = (made(known, metres) for metres in (21_097.5, 21_097.5 * math.sqrt(2.0), MARATHON_M))
    assert (half.method, middle.method, marathon.method) == (BY_EFFORTS, BY_TRAINING, BY_TRAINING)
    for name in ("duration_s", "low_50_s", "high_50_s", "low_80_s", "high_80_s"):
        ends = getattr(half, name), getattr(marathon, name)
        assert getattr(middle, name) == pytest.approx(math.sqrt(ends[0] * ends[1])), name
    assert {id(one) for one in middle.efforts} == {id(one) for one in (*half.efforts, *marathon.efforts)}


def test_intervals_are_wider_long_after_the_last_run() -> None:
    stopped = replace(history(), runs=tuple(run for run in history().runs if run.day < DAY - 60))
    for metres in (10_000.0, MARATHON_M):
        assert relative_width(made(stopped, metres)) > 1.5 * relative_width(made(history(), metres))


def odd_history(seed: int) -> History:
    """Few or many runs of any length, from a record to a walk: broken recordings, climbs, races, typed-in times."""
    rng = random.Random(seed)
    pace_s, span = rng.choice([165, 190, 260, 330, 450, 700, 900]), rng.choice([30, 170, 800, 2500])
    runs, efforts = [], []
    for number in range(rng.choice([1, 2, 4, 12, 13, 30, 80])):
        metres = rng.choice([rng.uniform(200, 12_000), rng.uniform(3000, 25_000), 10_000.0, 21_097.5, 42_195.0, 1e5])
        seconds = metres / 1000.0 * pace_s * rng.uniform(0.85, 1.3) * (metres / 10_000.0) ** 0.06
        seconds *= rng.choice([1.0] * 20 + [0.3, 0.6, 2.0, 20.0])
        day, climb_m = DAY - rng.randint(1, span), metres * rng.choice([0.0, rng.uniform(0.0, 0.08)])
        is_race = rng.random() < 0.1
        runs.append(Run(day, metres, seconds, climb_m=climb_m, is_race=is_race, is_measured=rng.random() < 0.9))
        whole = Effort(day, metres, seconds, climb_m, is_race, is_typed=rng.random() < 0.2, activity_id=number)
        inside = Effort(day, 5000.0, 5.0 * pace_s * rng.uniform(0.7, 1.0), is_ranked=True, activity_id=number)
        efforts += [whole, inside][: rng.choice([1, 1, 2])] if runs[-1].is_measured else []
    return History.of(runs, efforts)


@pytest.mark.parametrize("seed", range(0, 300, 60))
def test_any_history_has_ordered_intervals_and_times_that_rise_with_distance(seed: int) -> None:
    distances_m = (3000.0, 5000.0, 10_000.0, 16_093.4, 21_097.5, 25_000.0, 30_000.0, 38_000.0, MARATHON_M, 50_000.0)
    for number in range(seed, seed + 60):
        known = evidence(odd_history(number), race_day=DAY + random.Random(number).choice([0, 1, 45, 300]))
        found = [one for one in (forecast(known, metres) for metres in distances_m) if isinstance(one, Forecast)]
        for one in found:
            bounds = [one.low_80_s, one.low_50_s, one.duration_s, one.high_50_s, one.high_80_s]
            assert bounds[0] > 0.0, number
            assert bounds == sorted(bounds), number
            assert math.isfinite(bounds[-1]), number
        for shorter, longer in itertools.pairwise(found):
            assert shorter.duration_s < longer.duration_s, (number, shorter.distance_m, longer.distance_m)
        trained = [one for one in found if one.method in {BY_EFFORTS, BY_TRAINING}]
        paces = [round(one.duration_s / one.distance_m, 9) for one in trained]
        assert paces == sorted(paces), number


def test_without_training_races_and_typed_bests_are_used_at_any_age() -> None:
    bests = [Effort(DAY - 600, 21_097.5, 5700.0, is_typed=True), Effort(DAY - 90, 10_000.0, 2520.0, is_typed=True)]
    known = History.of([], bests)
    found = made(known)
    assert found.method == BY_BESTS
    assert found.duration_s == pytest.approx(3 * 3600 + 28 * 60, abs=60)
    younger = History.of([], [replace_day(one, DAY - 30) for one in bests])
    assert made(younger).duration_s == pytest.approx(found.duration_s)


def test_a_typed_in_run_that_was_as_slow_as_others_is_no_personal_best() -> None:
    jogs = [Effort(DAY - days, 6200.0, 6.2 * 400.0) for days in (3, 6, 9)]
    slow, fast = (Effort(DAY - 12, 10_000.0, 10.0 * pace, is_typed=True) for pace in (400.0, 330.0))
    assert isinstance(forecast(evidence(History.of([], [*jogs, slow])), 10_000.0), NotEnough)
    assert made(History.of([], [*jogs, fast]), 10_000.0).efforts == (fast,)
    assert made(History.of([], [slow]), 10_000.0).efforts == (slow,)


def test_a_ride_that_is_called_a_run_is_no_training() -> None:
    ride = Run(DAY - 20, 40_000.0, 4800.0)
    assert evidence(History.of([*history().runs, ride], [])).training == evidence(history()).training


def replace_day(effort: Effort, day: int) -> Effort:
    return Effort(day, effort.distance_m, effort.duration_s, is_typed=effort.is_typed)


@pytest.mark.parametrize(
    ("known", "distance_m", "needs"),
    [
        (History.of([], []), 10_000.0, "12 more runs"),
        (History.of([], [Effort(DAY - 3, 5000.0, 1500.0, is_race=True)]), MARATHON_M, "at least 7.1 km"),
        (History.of([], [Effort(DAY - 3, 5000.0, 1500.0, is_typed=True)]), 10_000.0, "a race"),
        (History.of([], [Effort(DAY - 900, 21_097.5, 5000.0, is_race=True)]), 10_000.0, "a race"),
        (history(weekly_km=14.0), MARATHON_M, "7.1 km"),
        (history(weekly_km=4.0), 10_000.0, "a race"),
        (History.of(history().runs, []), 10_000.0, "outdoors"),
        (history((400, 42.195, 270.0), weekly_km=14.0), MARATHON_M, "7.1 km"),
    ],
)
def test_too_little_is_said(known: History, distance_m: float, needs: str) -> None:
    found = forecast(evidence(known), distance_m)
    assert isinstance(found, NotEnough)
    assert needs in found.needs


def test_nothing_of_the_day_or_later_is_used() -> None:
    known = history((0, 42.195, 280.0), (-5, 10.0, 250.0))
    assert made(known) == made(history())
    assert made(known, before=DAY + 1).duration_s < made(known).duration_s


def test_published_methods_use_the_effort_of_the_highest_vdot() -> None:
    known = history((15, 10.0, 240.0), (35, 21.1, 270.0))
    found = evidence(known)
    times = methods.published(found, MARATHON_M)
    weekly_m, pace = found.training.weekly_m, found.training.pace_sec_per_km
    assert pace is not None
    assert times[methods.TANDA] == tanda.marathon_s(weekly_m / 1000.0, pace)
    assert times[methods.VICKERS_1] == pytest.approx(vickers.model_1_s(10_000.0, 2400.0, weekly_m))
    assert times[methods.VDOT] == pytest.approx(vdot.race_time_s(vdot.vdot(10_000.0, 2400.0), MARATHON_M))
    assert times[methods.VICKERS_2] == vickers.model_2_s(10_000.0, 2400.0, 21_100.0, 5697.0, weekly_m)
    assert set(methods.published(found, 10_000.0)) == {methods.RIEGEL, methods.VDOT, methods.POWER_LAW}
    assert methods.CRITICAL_SPEED not in times


def test_critical_speed_needs_three_ranked_efforts() -> None:
    line = [Effort(DAY - 9, metres, (metres - 150.0) / 4.0, is_ranked=True) for metres in (800.0, 1609.0, 3000.0)]
    known = history()
    found = evidence(replace(known, short=tuple(line)))
    assert methods.published(found, 4000.0)[methods.CRITICAL_SPEED] == pytest.approx((4000.0 - 150.0) / 4.0)
    assert methods.published(found, MARATHON_M)[methods.CRITICAL_SPEED] == pytest.approx(MARATHON_M / (0.848 * 4.0))
    assert methods.CRITICAL_SPEED not in methods.published(found, 10_000.0)


def test_marathon_log_is_of_the_exact_distance() -> None:
    found = evidence(history())
    log_s, _ = combination.marathon_log_s(found)
    assert made(history()).duration_s == pytest.approx(math.exp(log_s))
    assert made(history(), 42_200.0).duration_s > math.exp(log_s)
