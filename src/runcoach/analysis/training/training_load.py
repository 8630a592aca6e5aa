"""The load of runs, and fitness, fatigue and form that follow from it.

* TRIMP: E. W. Banister 1991, R. H. Morton et al. 1990 (J Appl Physiol 69:1171).
* rTSS: H. Allen and A. Coggan's training stress score with grade-adjusted speed in place of power.
* Fitness and fatigue: Banister's impulse-response model as exponentially weighted means.
* Monotony and strain: C. Foster 1998 (Med Sci Sports Exerc 30:1164).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from runcoach.domain.training.physiology import Physiology, Sex

#: Coefficients A and B of TRIMP.
TRIMP_COEFFICIENTS = {Sex.MALE: (0.64, 1.92), Sex.FEMALE: (0.86, 1.67)}

#: Days over which fitness and fatigue are averaged.
FITNESS_DAYS, FATIGUE_DAYS = 42, 7

#: TRIMP of the trusted part of a run stands for the whole where it is at least this share of the moving time.
MIN_TRUSTED_SHARE = 0.5

#: Threshold heart rate as a share of the maximum where it is not known: 88 % of VO2max, by the relation
#: 0.68725·ln(p) + 1.00466 that Runalyze uses with Daniels' intensities.
THRESHOLD_SHARE = 0.68725 * math.log(0.88) + 1.00466


class LoadMethod(StrEnum):
    """How the load of a run was computed."""

    TRIMP = "trimp"  # from heart rate
    RTSS = "rtss"  # from grade-adjusted pace


class Smoothing(StrEnum):
    """The weight of the newest day in an average over N days; tools in the wild use three."""

    EXPONENTIAL = "1 - exp(-1/N)"  # Banister, Coggan
    RECIPROCAL = "1/N"
    SPAN = "2/(N+1)"

    def weight(self, days: int) -> float:
        """The weight α for N ``days``."""
        if self is Smoothing.EXPONENTIAL:
            return 1.0 - math.exp(-1.0 / days)
        return 1.0 / days if self is Smoothing.RECIPROCAL else 2.0 / (days + 1.0)


@dataclass(frozen=True, slots=True)
class RunLoad:
    """The load of one run by ``method``, and both figures where they can be computed."""

    load: float | None = None
    method: LoadMethod | None = None
    trimp: float | None = None
    rtss: float | None = None


@dataclass(frozen=True, slots=True)
class FitnessDay:
    """One day: its load (None where none of its runs has one), fitness and fatigue after it, and form before it."""

    date: date
    load: float | None
    fitness: float
    fatigue: float
    form: float


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """Foster's figures of seven days: monotony is None where every day had the same load."""

    load: float
    monotony: float | None
    strain: float | None


def run_load(
    physiology: Physiology,
    heart_rate_ms: Mapping[int, int],
    moving_s: float | None,
    flat_distance_m: float | None,
) -> RunLoad:
    """The load of one run: TRIMP where enough of its heart rate can be believed, else from pace.

    ``heart_rate_ms`` maps beats per minute to milliseconds, ``flat_distance_m`` is the distance times the grade factor.
    TRIMP of the trusted part is scaled to ``moving_s``. A load from pace is rTSS; where the runner has a maximum heart
    rate, it is scaled so that an hour at the threshold has the TRIMP of an hour at threshold heart rate: both kinds of
    load can then be added.
    """
    stress = None
    if physiology.threshold_sec_per_km is not None and moving_s and flat_distance_m:
        stress = rtss(moving_s, flat_distance_m / moving_s, 1000.0 / physiology.threshold_sec_per_km.value)
    impulse = _run_trimp(physiology, heart_rate_ms, moving_s)
    if impulse is not None:
        return RunLoad(impulse, LoadMethod.TRIMP, impulse, stress)
    if stress is not None:
        return RunLoad(stress / 100.0 * threshold_hour(physiology), LoadMethod.RTSS, None, stress)
    return RunLoad()


def _run_trimp(physiology: Physiology, heart_rate_ms: Mapping[int, int], moving_s: float | None) -> float | None:
    trusted_s = sum(heart_rate_ms.values()) / 1000.0
    maximum = physiology.max_bpm
    if (
        maximum is None
        or maximum.value <= physiology.rest_bpm.value
        or not trusted_s
        or trusted_s < MIN_TRUSTED_SHARE * (moving_s or 0.0)
    ):
        return None
    total = trimp(heart_rate_ms, physiology.rest_bpm.value, maximum.value, physiology.sex)
    return total * max(1.0, (moving_s or trusted_s) / trusted_s)


def trimp(heart_rate_ms: Mapping[int, int], rest_bpm: float, max_bpm: float, sex: Sex = Sex.MALE) -> float:
    """Banister's training impulse of every sample: Σ minutes·r·A·e^(B·r), r the share of heart rate reserve, ≥ 0."""
    a, b = TRIMP_COEFFICIENTS[sex]
    total = 0.0
    for bpm, duration_ms in heart_rate_ms.items():
        reserve = max(0.0, (bpm - rest_bpm) / (max_bpm - rest_bpm))
        total += duration_ms / 60_000.0 * reserve * a * math.exp(b * reserve)
    return total


def rtss(moving_s: float, flat_speed_ms: float, threshold_ms: float) -> float:
    """Hours · (grade-adjusted speed / threshold speed)² · 100: an hour at the threshold is 100."""
    return moving_s / 3600.0 * (flat_speed_ms / threshold_ms) ** 2 * 100.0


def threshold_hour(physiology: Physiology) -> float:
    """The load of an hour at the threshold: its TRIMP, or 100 without a maximum heart rate."""
    if physiology.max_bpm is None or physiology.max_bpm.value <= physiology.rest_bpm.value:
        return 100.0
    maximum, rest = physiology.max_bpm.value, physiology.rest_bpm.value
    threshold = physiology.threshold_bpm.value if physiology.threshold_bpm else THRESHOLD_SHARE * maximum
    a, b = TRIMP_COEFFICIENTS[physiology.sex]
    reserve = (threshold - rest) / (maximum - rest)
    return 60.0 * reserve * a * math.exp(b * reserve)


def smoothed(loads: Iterable[float], days: int, smoothing: Smoothing = Smoothing.EXPONENTIAL) -> list[float]:
    """X after each day, from 0: X + (load − X)·α with α = ``smoothing.weight(days)``."""
    weight, value = smoothing.weight(days), 0.0
    values = []
    for load in loads:
        value += (load - value) * weight
        values.append(value)
    return values


def fitness_days(
    first: date, loads: Sequence[float | None], smoothing: Smoothing = Smoothing.EXPONENTIAL
) -> tuple[FitnessDay, ...]:
    """Fitness, fatigue and form of consecutive days from ``first``; a load of None counts as 0 and stays None.

    Form is fitness less fatigue of the day before: what the runner stood on when the day began.
    """
    known = [load or 0.0 for load in loads]
    fitness, fatigue = smoothed(known, FITNESS_DAYS, smoothing), smoothed(known, FATIGUE_DAYS, smoothing)
    form = [0.0, *(fit - tired for fit, tired in zip(fitness, fatigue, strict=True))]
    return tuple(
        FitnessDay(first + timedelta(days=number), load, fitness[number], fatigue[number], form[number])
        for number, load in enumerate(loads)
    )


def week_load(loads: Sequence[float]) -> WeekLoad:
    """Foster's monotony (mean over standard deviation, n in the denominator) and strain of daily loads, rest days 0."""
    mean = sum(loads) / len(loads)
    deviation = math.sqrt(sum((load - mean) ** 2 for load in loads) / len(loads))
    monotony = mean / deviation if deviation else None
    return WeekLoad(sum(loads), monotony, None if monotony is None else sum(loads) * monotony)
