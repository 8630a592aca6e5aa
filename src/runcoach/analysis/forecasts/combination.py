"""The forecast: one documented rule that chooses and combines the methods, with its intervals.

1. With enough training (:data:`~runcoach.analysis.forecasts.constants.LEAST_RUNS`), the marathon is forecast from the
   best long and the best of all efforts and the weekly distance (:class:`~.constants.MarathonRule`).
2. With enough training, distances up to the half marathon are forecast by the runner's power law, shrunk to the
   population, through the three best efforts (:class:`~.constants.LawRule`).
3. With enough training, log times between half marathon and marathon are linear in log distance between these two
   forecasts; beyond, the marathon is extended by the curve of the population.
4. Without, races of the last two years and typed-in personal bests of five are put into the same power law.
5. Otherwise there is no forecast, but what is missing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop
from operator import itemgetter
from typing import TYPE_CHECKING

from runcoach.analysis.forecasts import power_law
from runcoach.analysis.forecasts.constants import (
    BESTS_LAW,
    BESTS_LAW_SPREAD,
    BY_BESTS,
    BY_EFFORTS,
    BY_TRAINING,
    ENOUGH_WEEKLY_KM,
    FAR_DAYS,
    FAR_FACTOR,
    LEAST_RUNS,
    LEAST_TOTAL_M,
    MARATHON,
    MARATHON_SPREAD,
    MOST_TIMES_LONGER,
    NEAR_DAYS,
    POPULATION,
    THIN_FACTORS,
    THIN_WEEKLY_KM,
    TRAINED_LAW,
    TRAINED_LAW_SPREAD,
    LawRule,
    MarathonRule,
    Spread,
)
from runcoach.domain.median import median

if TYPE_CHECKING:
    from runcoach.analysis.forecasts.evidence import Evidence
    from runcoach.analysis.forecasts.history import Effort


_HALF_M, _MARATHON_M = 21_097.5, 42_195.0
_LOG_MARATHON_M = math.log(_MARATHON_M)

#: Log of marathon over distance below which the weekly distance counts less, at about 30 km.
_FADES_FROM = math.log(2.0) / 2.0

#: From this distance on, a whole run over a raced distance that was typed in counts as a personal best by itself.
_TYPED_FROM_M = 9900.0

#: Runs of one day whose log lengths differ by less may be one run, recorded twice.
_SAME_LENGTH = 0.02

#: A typed-in time is no personal best if other runs are known, unless its VDOT is so many times their median or more;
#: from so many other runs on.
_LEAST_BEST, _LEAST_OTHERS = 1.1, 2


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds over a distance with bounds of the 50 and 80 % interval; ``efforts`` are its evidence."""

    distance_m: float
    duration_s: float
    low_50_s: float
    high_50_s: float
    low_80_s: float
    high_80_s: float
    method: str
    efforts: tuple[Effort, ...]


@dataclass(frozen=True, slots=True)
class NotEnough:
    """There is no forecast: ``needs`` says what is missing."""

    needs: str


@dataclass(frozen=True, slots=True)
class _Estimate:
    """Log seconds, the intervals around them, and the evidence."""

    log_s: float
    spread: Spread
    efforts: tuple[Effort, ...]


def forecast(evidence: Evidence, distance_m: float) -> Forecast | NotEnough:
    """The forecast over a distance, or what is missing for one."""
    training = evidence.training
    is_trained = training.runs >= LEAST_RUNS and training.total_m >= LEAST_TOTAL_M
    if is_trained and evidence.recent:
        if _within_reach(evidence.recent, distance_m):
            return _from_training(evidence, distance_m)
    elif _within_reach(bests := _personal_bests(evidence), distance_m):
        spread = BESTS_LAW_SPREAD.scaled(_farness(evidence.days_ahead))
        return _made(distance_m, _law(evidence, bests, distance_m, BESTS_LAW, spread), BY_BESTS)
    return NotEnough(_needs(evidence, distance_m, is_trained=is_trained))


def marathon_log_s(evidence: Evidence, rule: MarathonRule = MARATHON) -> tuple[float, tuple[Effort, ...]]:
    """Log seconds of a marathon by :class:`~.constants.MarathonRule`, and the efforts it is based on."""
    weekly_km = min(max(evidence.training.weekly_m / 1000.0, rule.least_weekly_km), rule.most_weekly_km)
    log_volume = rule.volume * math.log(weekly_km / 40.0)

    def flat(effort: Effort) -> tuple[float, float, Effort]:
        ratio = _LOG_MARATHON_M - effort.log_m
        age = evidence.known_before - effort.day
        log_s = effort.log_s + rule.per_day * age - rule.per_climb * effort.climb_share
        fade = 1.0 if ratio > _FADES_FROM else max(ratio / _FADES_FROM, 0.0)
        return log_s - log_volume * fade, ratio, effort

    def least(efforts: Sequence[tuple[float, float, Effort]], exponent: float) -> tuple[float, Effort]:
        equivalents = [(log_s + exponent * ratio, one) for log_s, ratio, one in efforts]
        log_s, best = min(equivalents, key=itemgetter(0))
        if _may_be_race(best):
            return log_s, best
        others = [other_s for other_s, one in equivalents if one.day != best.day]
        return max(log_s, min(others, default=log_s) - rule.most_ahead), best

    efforts = [flat(one) for one in evidence.recent if one.distance_m >= rule.any_from_m]
    efforts = efforts or [flat(one) for one in evidence.recent]
    any_s, best = least(efforts, rule.any_exponent)
    long_s, longest = any_s, best
    if long_ones := [one for one in efforts if one[2].distance_m >= rule.long_from_m]:
        long_s, longest = least(long_ones, rule.long_exponent)
    long_s = min(max(long_s, any_s - rule.long_lead), any_s + rule.long_cap)
    log_s = rule.long_weight * long_s + (1.0 - rule.long_weight) * any_s
    return log_s + rule.offset, (longest,) if longest is best else (longest, best)


def marathon_spread(weekly_km: float, days_since_run: int = 0) -> Spread:
    """The intervals of the marathon in log time: wider where a runner runs little, or long after the last run."""
    missing = min(max((ENOUGH_WEEKLY_KM - weekly_km) / (ENOUGH_WEEKLY_KM - THIN_WEEKLY_KM), 0.0), 1.0)
    of_50, of_80 = (max(1.0 + (factor - 1.0) * missing, _farness(days_since_run)) for factor in THIN_FACTORS)
    return MARATHON_SPREAD.scaled(of_50, of_80)


def _may_be_race(effort: Effort) -> bool:
    """Whether it is a race, or of a race's length as GPS measures it."""
    return effort.is_race or any(
        0.985 * raced_m <= effort.distance_m <= 1.03 * raced_m for raced_m in POPULATION.distances_m
    )


def _from_training(evidence: Evidence, distance_m: float) -> Forecast:
    if distance_m > _HALF_M:
        return _made(distance_m, _beyond_half(evidence, distance_m), BY_TRAINING)
    return _made(distance_m, _trained_law(evidence, distance_m), BY_EFFORTS)


def _beyond_half(evidence: Evidence, distance_m: float) -> _Estimate:
    """Between half marathon and marathon, or beyond. The marathon is not forecast at a faster pace than the half."""
    half = _trained_law(evidence, _HALF_M)
    marathon_s, efforts = marathon_log_s(evidence)
    marathon_s = max(marathon_s, half.log_s + math.log(2.0))
    spread = marathon_spread(evidence.training.weekly_m / 1000.0, evidence.days_since_run)
    if distance_m >= _MARATHON_M:
        beyond = POPULATION.log_time(distance_m) - POPULATION.log_time(_MARATHON_M)
        return _Estimate(marathon_s + beyond, spread, efforts)
    share = math.log(distance_m / _HALF_M) / math.log(2.0)
    log_s = half.log_s + share * (marathon_s - half.log_s)
    others = tuple(one for one in half.efforts if one not in efforts)
    return _Estimate(log_s, half.spread.towards(spread, share), (*efforts, *others))


def _farness(days: int) -> float:
    """How much wider the intervals are so many days after what is known."""
    share = (days - NEAR_DAYS) / (FAR_DAYS - NEAR_DAYS)
    return 1.0 + (FAR_FACTOR - 1.0) * min(max(share, 0.0), 1.0)


def _trained_law(evidence: Evidence, distance_m: float) -> _Estimate:
    spread = TRAINED_LAW_SPREAD.scaled(_farness(evidence.days_since_run))
    return _law(evidence, evidence.recent, distance_m, TRAINED_LAW, spread)


def _law(evidence: Evidence, efforts: Sequence[Effort], distance_m: float, rule: LawRule, spread: Spread) -> _Estimate:
    chosen = _chosen(efforts, evidence, rule)
    points = [(one.distance_m, one.log_s - one.above + above) for above, one in chosen]
    law = power_law.fit(POPULATION, points)
    log_s = math.log(law.time_s(distance_m)) + rule.offset
    return _Estimate(log_s, spread.scaled(law.deviation(distance_m)), tuple(one for _, one in chosen))


def _chosen(efforts: Sequence[Effort], evidence: Evidence, rule: LawRule) -> list[tuple[float, Effort]]:
    """The efforts that the law is given, fastest first, each with its adjusted log time above the population curve."""
    day, per_day, per_climb = evidence.known_before, rule.per_day, rule.per_climb
    heap = [
        (one.above + per_day * (day - one.day) - per_climb * one.climb_share, number)
        for number, one in enumerate(efforts)
    ]
    first = min(heap)
    if rule.least_hard and _may_be_race(efforts[first[1]]):
        least = rule.least_hard * (evidence.training.usual_vdot or 0.0)
        heap = [pair for pair in heap if efforts[pair[1]].vdot >= least or pair is first]
    heapify(heap)  # sorting all of them would take most of the time of a back-test
    found: list[tuple[float, Effort]] = []
    while heap and len(found) < rule.count:
        above, number = heappop(heap)
        if not any(_are_of_one_run(efforts[number], other) for _, other in found):
            found.append((above, efforts[number]))
    return found


def _are_of_one_run(one: Effort, other: Effort) -> bool:
    """Whether both are of one run, or of two recordings of one."""
    if one.activity_id is not None and one.activity_id == other.activity_id:
        return True
    return one.day == other.day and abs(one.log_m - other.log_m) < _SAME_LENGTH


def _made(distance_m: float, estimate: _Estimate, method: str) -> Forecast:
    def seconds(bound: float) -> float:
        return math.exp(estimate.log_s + bound)

    spread = estimate.spread
    return Forecast(
        distance_m,
        seconds(0.0),
        seconds(spread.low_50),
        seconds(spread.high_50),
        seconds(spread.low_80),
        seconds(spread.high_80),
        method,
        estimate.efforts,
    )


def _within_reach(efforts: Sequence[Effort], distance_m: float) -> bool:
    return any(one.distance_m * MOST_TIMES_LONGER > distance_m for one in efforts)


def _personal_bests(evidence: Evidence) -> Sequence[Effort]:
    """Races and typed-in times, but for those run as slowly as other runs; none without a race or a longer distance."""
    others = [one.vdot for one in evidence.recent if not (one.is_typed or one.is_race or one.is_ranked)]
    least = _LEAST_BEST * median(others) if len(others) >= _LEAST_OTHERS else 0.0
    bests = [one for one in evidence.bests if one.is_race or one.vdot >= least]
    return bests if any(one.is_race or one.distance_m >= _TYPED_FROM_M for one in bests) else ()


def _needs(evidence: Evidence, distance_m: float, *, is_trained: bool) -> str:
    least_km = math.ceil(distance_m / MOST_TIMES_LONGER / 100.0) / 10.0
    race = f"a race of at least {max(least_km, 3.0):g} km"
    if is_trained and not evidence.recent:
        return f"a run of at least {max(least_km, 3.0):g} km outdoors, faster than walking"
    if is_trained:
        return f"an effort of at least {max(least_km, 3.0):g} km"
    missing = LEAST_RUNS - evidence.training.runs
    if missing > 0:
        return f"{race}, or {missing} more run{'s' if missing > 1 else ''} of 3 km or more within 26 weeks"
    return f"{race}, or {(LEAST_TOTAL_M - evidence.training.total_m) / 1000:.0f} more km within 26 weeks"
