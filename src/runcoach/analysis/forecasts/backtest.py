"""Forecasts of past races from what was known before them, and what was run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

from runcoach.analysis.forecasts import combination, methods
from runcoach.analysis.forecasts.evidence import gather

if TYPE_CHECKING:
    from runcoach.analysis.forecasts.history import History

#: The last day that a forecast knows is this many days before the race.
DAYS_BEFORE = 2


@dataclass(frozen=True, slots=True)
class PastRace:
    """What was run: ``duration_s`` over ``distance_m``, on a day (ordinal)."""

    day: int
    distance_m: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One past race, the combination's forecast (None: not enough was known), and method → seconds of all methods."""

    race: PastRace
    forecast: combination.Forecast | None
    methods: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of one method in percent of what was run, positive where the forecast was too slow.

    ``mape`` is the mean of the absolute errors, ``median`` their median, ``p90`` what nine of ten do not exceed.
    """

    n: int
    bias: float
    median: float
    mape: float
    p90: float


def compare(history: History, races: Iterable[PastRace]) -> list[Comparison]:
    """Each race with the forecasts from what was known :data:`DAYS_BEFORE` days before it."""
    found = []
    for race in races:
        evidence = gather(history, race.day - DAYS_BEFORE + 1, race.day)
        one = combination.forecast(evidence, race.distance_m)
        forecast = one if isinstance(one, combination.Forecast) else None
        found.append(Comparison(race, forecast, methods.published(evidence, race.distance_m)))
    return found


def errors(pairs: Sequence[tuple[float, float]]) -> Errors:
    """The errors of ``(forecast, run)`` seconds; at least one pair."""
    percent = [100.0 * (forecast_s / run_s - 1.0) for forecast_s, run_s in pairs]
    away = sorted(abs(one) for one in percent)
    return Errors(len(pairs), fmean(percent), median(away), fmean(away), away[math.ceil(0.9 * len(away)) - 1])
