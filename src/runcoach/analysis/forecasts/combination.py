"""The forecast: one documented rule that chooses and combines the methods, with its intervals.

1. With enough training (:data:`~runcoach.analysis.forecasts.constants.LEAST_RUNS`), the marathon is forecast from the
   best long and the best of all efforts and the weekly distance (:class:`~.constants.MarathonRule`).
2. With enough training, any other distance is forecast by the runner's power law, shrunk to the population, through
   the three best efforts (:class:`~.constants.LawRule`).
3. Without, races of the last two years and typed-in personal bests of five are put into the same power law.
4. Otherwise there is no forecast, but what is missing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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
from runcoach.analysis.forecasts.evidence import adjusted_log_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcoach.analysis.forecasts.evidence import Evidence
    from runcoach.analysis.forecasts.history import Effort


#: The marathon rule holds for this length, within a tenth.
_MARATHON_M, _TOLERANCE = 42_195.0, 0.1
_LOG_MARATHON_M = math.log(_MARATHON_M)

#: Log of marathon over distance below which the weekly distance counts less, at about 30 km.
_FADES_FROM = math.log(2.0) / 2.0

#: From this distance on, a whole run over a raced distance that was typed in counts as a personal best by itself.
_TYPED_FROM_M = 9900.0


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


def forecast(evidence: Evidence, distance_m: float) -> Forecast | NotEnough:
    """The forecast over a distance, or what is missing for one."""
    training = evidence.training
    is_trained = training.runs >= LEAST_RUNS and training.total_m >= LEAST_TOTAL_M
    if is_trained and _within_reach(evidence.recent, distance_m):
        if abs(distance_m / _MARATHON_M - 1.0) <= _TOLERANCE:
            return _marathon(evidence, distance_m)
        return _by_law(evidence, evidence.recent, distance_m, TRAINED_LAW, TRAINED_LAW_SPREAD, BY_EFFORTS)
    if _are_bests(evidence.bests) and _within_reach(evidence.bests, distance_m):
        return _by_law(evidence, evidence.bests, distance_m, BESTS_LAW, BESTS_LAW_SPREAD, BY_BESTS)
    return NotEnough(_needs(evidence, distance_m, is_trained=is_trained))


def marathon_log_s(evidence: Evidence, rule: MarathonRule = MARATHON) -> tuple[float, tuple[Effort, ...]]:
    """Log seconds of a marathon by :class:`~.constants.MarathonRule`, and the efforts it is based on."""
    weekly_km = min(max(evidence.training.weekly_m / 1000.0, rule.least_weekly_km), rule.most_weekly_km)
    log_volume = rule.volume * math.log(weekly_km / 40.0)

    def flat(effort: Effort) -> tuple[float, float, Effort]:
        ratio = _LOG_MARATHON_M - effort.log_m
        log_s = adjusted_log_s(effort, evidence.known_before, rule.per_day, rule.per_climb)
        fade = 1.0 if ratio > _FADES_FROM else max(ratio / _FADES_FROM, 0.0)
        return log_s - log_volume * fade, ratio, effort

    def least(efforts: Sequence[tuple[float, float, Effort]], exponent: float) -> tuple[float, Effort]:
        equivalents = [(log_s + exponent * ratio, one) for log_s, ratio, one in efforts]
        log_s, best = min(equivalents, key=itemgetter(0))
        if best.is_race or _is_raced(best.distance_m):
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


def marathon_spread(weekly_km: float, days_ahead: int = 0) -> Spread:
    """The intervals of the marathon in log time: wider where a runner runs little, or where it is far ahead."""
    missing = min(max((ENOUGH_WEEKLY_KM - weekly_km) / (ENOUGH_WEEKLY_KM - THIN_WEEKLY_KM), 0.0), 1.0)
    of_50, of_80 = (max(1.0 + (factor - 1.0) * missing, _farness(days_ahead)) for factor in THIN_FACTORS)
    return MARATHON_SPREAD.scaled(of_50, of_80)


def _is_raced(distance_m: float) -> bool:
    """Whether races are of this length, as GPS measures it."""
    return any(0.985 * raced_m <= distance_m <= 1.03 * raced_m for raced_m in POPULATION.distances_m)


def _marathon(evidence: Evidence, distance_m: float) -> Forecast:
    log_s, efforts = marathon_log_s(evidence)
    log_s += POPULATION.log_time(distance_m) - POPULATION.log_time(_MARATHON_M)
    spread = marathon_spread(evidence.training.weekly_m / 1000.0, evidence.days_ahead)
    return _with_intervals(distance_m, log_s, spread, BY_TRAINING, efforts)


def _farness(days_ahead: int) -> float:
    """How much wider the intervals of a race in so many days are."""
    share = (days_ahead - NEAR_DAYS) / (FAR_DAYS - NEAR_DAYS)
    return 1.0 + (FAR_FACTOR - 1.0) * min(max(share, 0.0), 1.0)


def _by_law(
    evidence: Evidence, efforts: Sequence[Effort], distance_m: float, rule: LawRule, spread: Spread, method: str
) -> Forecast:
    within = [one for one in efforts if one.distance_m * MOST_TIMES_LONGER > distance_m]
    adjusted = [(adjusted_log_s(one, evidence.known_before, rule.per_day, rule.per_climb), one) for one in within]
    adjusted.sort(key=lambda pair: pair[0] - pair[1].log_s + pair[1].above)
    chosen = _one_of_each_run(adjusted)[: rule.count]
    law = power_law.fit(POPULATION, [(one.distance_m, log_s) for log_s, one in chosen])
    log_s = math.log(law.time_s(distance_m)) + rule.offset
    wide = spread.scaled(law.deviation(distance_m) * _farness(evidence.days_ahead))
    return _with_intervals(distance_m, log_s, wide, method, tuple(one for _, one in chosen))


def _one_of_each_run(efforts: Sequence[tuple[float, Effort]]) -> list[tuple[float, Effort]]:
    """The first effort of each run; efforts of no known run are runs of their own."""
    seen: set[int] = set()
    found = []
    for log_s, one in efforts:
        if one.activity_id is None or one.activity_id not in seen:
            found.append((log_s, one))
        if one.activity_id is not None:
            seen.add(one.activity_id)
    return found


def _with_intervals(
    distance_m: float, log_s: float, spread: Spread, method: str, efforts: tuple[Effort, ...]
) -> Forecast:
    def seconds(bound: float) -> float:
        return math.exp(log_s + bound)

    return Forecast(
        distance_m,
        seconds(0.0),
        seconds(spread.low_50),
        seconds(spread.high_50),
        seconds(spread.low_80),
        seconds(spread.high_80),
        method,
        efforts,
    )


def _within_reach(efforts: Sequence[Effort], distance_m: float) -> bool:
    return any(one.distance_m * MOST_TIMES_LONGER > distance_m for one in efforts)


def _are_bests(efforts: Sequence[Effort]) -> bool:
    """Whether these may be a runner's best: a race, or a typed-in time over a longer distance."""
    return any(one.is_race or one.distance_m >= _TYPED_FROM_M for one in efforts)


def _needs(evidence: Evidence, distance_m: float, *, is_trained: bool) -> str:
    least_km = math.ceil(distance_m / MOST_TIMES_LONGER / 100.0) / 10.0
    race = f"a race of at least {max(least_km, 3.0):g} km"
    if is_trained:
        return f"an effort of at least {max(least_km, 3.0):g} km"
    missing = LEAST_RUNS - evidence.training.runs
    if missing > 0:
        return f"{race}, or {missing} more run{'s' if missing > 1 else ''} of 3 km or more within 26 weeks"
    return f"{race}, or {(LEAST_TOTAL_M - evidence.training.total_m) / 1000:.0f} more km within 26 weeks"
