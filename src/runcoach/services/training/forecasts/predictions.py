"""Forecasts race times from a profile's history, and reads those of other programs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from runcoach.analysis.forecasts import combination, methods
from runcoach.analysis.forecasts.constants import CHECKED, POPULATION
from runcoach.analysis.forecasts.evidence import BESTS_DAYS, RECENT_DAYS, Evidence, gather
from runcoach.analysis.forecasts.vdot import PaceRange, training_paces, vdot
from runcoach.domain.distances import LENGTH_M
from runcoach.domain.windows import local_today
from runcoach.errors import UsageError
from runcoach.services.training.forecasts.history import read_history

if TYPE_CHECKING:
    from runcoach.domain.race_prediction import RacePrediction

#: The distances of a table: label and length.
DISTANCES = tuple((label, LENGTH_M[label]) for label in (5000, 10_000, 21_100, 42_200))

#: Races that can be forecast, in metres.
SHORTEST_M, LONGEST_M = 3000.0, 50_000.0

#: Training paces are those of the VDOT of this forecast, the first that there is.
_PACES_FROM = (10_000.0, 21_097.0, 5000.0, 42_195.0)


@dataclass(frozen=True, slots=True)
class EffortUsed:
    """An effort that a forecast is based on."""

    date: date
    distance_m: float
    duration_s: float
    climb_m: float
    is_race: bool
    activity_id: int | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a forecast is based on.

    Nothing from ``known_before`` on is known. Weekly distance and pace (elapsed or moving time) are of the 8 weeks that
    end a week before the race, the number of runs of 26 weeks, the longest run of 12.
    """

    known_before: date
    race_date: date
    efforts: tuple[EffortUsed, ...]
    runs: int
    weekly_m: float
    pace_sec_per_km: float | None
    longest_run_m: float


@dataclass(frozen=True, slots=True)
class MethodTime:
    """What one published method says, for comparison."""

    method: str
    duration_s: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """The forecast over one distance with its 50 and 80 % intervals.

    ``distance_m`` is the label of the distance, ``length_m`` its length. ``checked`` says how such forecasts were
    checked.
    """

    distance_m: int
    length_m: float
    duration_s: int
    low_50_s: int
    high_50_s: int
    low_80_s: int
    high_80_s: int
    method: str
    inputs: Inputs
    others: tuple[MethodTime, ...]
    checked: str

    @property
    def pace_sec_per_km(self) -> float:
        """The pace of the forecast."""
        return self.duration_s / (self.length_m / 1000.0)


@dataclass(frozen=True, slots=True)
class PredictionReport:
    """Forecasts by distance; ``reason`` says what is missing for those without one, None where nothing is.

    ``paces`` are training paces equivalent to the forecasts, ``vdot`` their index; empty and None without a forecast.
    """

    rows: tuple[Prediction, ...]
    reason: str | None
    race_date: date
    vdot: float | None
    paces: tuple[PaceRange, ...]


def predict(
    connection: sqlite3.Connection,
    distances: Iterable[tuple[int, float]] = DISTANCES,
    *,
    as_of: date | None = None,
    race_date: date | None = None,
) -> PredictionReport:
    """Forecast races over distances given as ``(label, length_m)`` on ``race_date``.

    Nothing of the day ``as_of`` or later is known; without it, nothing from the race on, and all up to today where no
    race is given. The race is on ``as_of`` or today, if not given. UsageError for a distance out of range, and for a
    race before ``as_of``.
    """
    wanted = tuple(distances)
    if any(not SHORTEST_M <= length_m <= LONGEST_M for _, length_m in wanted):
        raise UsageError("that distance is out of range", hint="races from 3 to 50 km can be forecast")
    tomorrow = local_today() + timedelta(days=1)
    known_before = as_of or (tomorrow if race_date is None else min(tomorrow, race_date))
    race_date = race_date or as_of or local_today()
    if as_of is not None and race_date < as_of:
        raise UsageError(f"the race of {race_date} is before {as_of}", hint="--as-of must not be after --date")
    first = date.fromordinal(max(known_before.toordinal() - BESTS_DAYS, 1))
    recent = date.fromordinal(max(known_before.toordinal() - RECENT_DAYS, 1))
    history = read_history(connection, known_before, first, all_since=recent)
    evidence = gather(history, known_before.toordinal(), race_date.toordinal())
    results = [(label, length_m, combination.forecast(evidence, length_m)) for label, length_m in wanted]
    rows = tuple(
        _prediction(label, one, evidence, known_before, race_date)
        for label, _, one in results
        if isinstance(one, combination.Forecast)
    )
    needs = [one.needs for *_, one in results if isinstance(one, combination.NotEnough)]
    index = _index(evidence)
    return PredictionReport(
        rows,
        f"not enough yet: needs {needs[0]}" if needs else None,
        race_date,
        None if index is None else round(index, 1),
        () if index is None else training_paces(round(index, 1)),
    )


def newest_forecasts(connection: sqlite3.Connection) -> dict[str, dict[int, RacePrediction]]:
    """Source → ranked distance → its newest forecast, by the account export of Garmin."""
    from runcoach.store.training import race_predictions

    found: dict[str, dict[int, RacePrediction]] = {}
    for each in race_predictions.all_of(connection):  # by date, so that later ones replace earlier ones
        found.setdefault(each.source, {})[each.distance_m] = each
    return found


def _index(evidence: Evidence) -> float | None:
    """The VDOT of the forecast over 10 km, else of the next best distance."""
    for length_m in _PACES_FROM:
        one = combination.forecast(evidence, length_m)
        if isinstance(one, combination.Forecast):
            return vdot(length_m, one.duration_s)
    return None


def _prediction(
    label: int, one: combination.Forecast, evidence: Evidence, known_before: date, race_date: date
) -> Prediction:
    training = evidence.training
    inputs = Inputs(
        known_before,
        race_date,
        tuple(
            EffortUsed(
                date.fromordinal(effort.day),
                **{name: getattr(effort, name) for name in EffortUsed.__slots__ if name != "date"},
            )
            for effort in one.efforts
        ),
        training.runs,
        round(training.weekly_m, 1),
        None if training.pace_sec_per_km is None else round(training.pace_sec_per_km, 1),
        training.longest_m,
    )
    times = methods.published(evidence, one.distance_m)
    intervals = ("duration_s", "low_50_s", "high_50_s", "low_80_s", "high_80_s")
    return Prediction(
        distance_m=label,
        length_m=one.distance_m,
        **{name: round(getattr(one, name)) for name in intervals},
        method=one.method,
        inputs=inputs,
        others=tuple(MethodTime(name, round(seconds)) for name, seconds in times.items()),
        checked=_checked(one),
    )


def _checked(one: combination.Forecast) -> str:
    if one.distance_m > 1.02 * POPULATION.distances_m[-1] or one.distance_m < 0.98 * POPULATION.distances_m[0]:
        return "not checked over this distance"
    if 1.02 * POPULATION.distances_m[-2] < one.distance_m < 0.98 * POPULATION.distances_m[-1]:
        return "not checked over this distance, but over half marathon and marathon"
    return CHECKED[one.method]
