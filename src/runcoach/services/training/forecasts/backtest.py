"""Forecasts of a runner's past races from what was known before them, beside what was run."""

from __future__ import annotations

import math
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from runcoach.analysis.forecasts import backtest as forecasts
from runcoach.analysis.forecasts import methods
from runcoach.analysis.forecasts.constants import HARD_EFFORT, LEAST_RUNS, POPULATION
from runcoach.analysis.forecasts.evidence import RECENT_DAYS
from runcoach.domain.distances import LENGTH_M
from runcoach.domain.training.race_guesses import RACED_M, RunTotals, guesses, raced_distance
from runcoach.domain.windows import local_today
from runcoach.services.training.forecasts.history import read_history
from runcoach.services.training.forecasts.predictions import SHORTEST_M
from runcoach.store.training import race_predictions

if TYPE_CHECKING:
    from runcoach.analysis.forecasts.history import History, Run

#: Name of the combination among the methods.
COMBINATION = "runcoach"

#: Kinds of past races.
RACE, LIKELY, HARD = "race", "likely race", "hard effort"

#: A forecast of another program counts for so many days.
_FRESH_DAYS = 30


@dataclass(frozen=True, slots=True)
class BacktestRow:
    """One past race and one method: what was run, the forecast, and the error in percent, positive where too slow.

    ``kind`` is ``race``, ``likely race`` or ``hard effort``. The bounds are None for methods without intervals.
    """

    date: date
    distance_m: int
    activity_id: int | None
    name: str
    kind: str
    time_s: int
    method: str
    forecast_s: int
    error_percent: float
    low_50_s: int | None = None
    high_50_s: int | None = None
    low_80_s: int | None = None
    high_80_s: int | None = None

    @property
    def is_within_50(self) -> bool | None:
        """Whether what was run lies in the 50 % interval; None without one."""
        return _is_within(self.low_50_s, self.time_s, self.high_50_s)

    @property
    def is_within_80(self) -> bool | None:
        """Whether what was run lies in the 80 % interval; None without one."""
        return _is_within(self.low_80_s, self.time_s, self.high_80_s)


@dataclass(frozen=True, slots=True)
class MethodErrors:
    """The errors of one method in percent; ``within_50`` and ``within_80`` are percentages of races."""

    method: str
    n: int
    bias: float
    median: float
    mape: float
    p90: float
    within_50: float | None
    within_80: float | None


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """Rows by day, newest first, and a summary by method; ``races`` counts the races, also without a forecast."""

    races: int
    rows: tuple[BacktestRow, ...]
    summary: tuple[MethodErrors, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    run: Run
    label: int
    kind: str
    race: forecasts.PastRace


def backtest(connection: sqlite3.Connection) -> BacktestReport:
    """Forecast every past race and hard effort of 3 to 50 km from what was known two days before it.

    Races are those marked as such or with an official result, likely ones, and runs over a raced distance at
    :data:`~runcoach.analysis.forecasts.constants.HARD_EFFORT` times the usual VDOT. What was run is the official time,
    else the fastest recorded effort over the distance, else the elapsed time for the exact distance.
    """
    history = read_history(connection, local_today() + timedelta(days=1))
    cases = sorted(_cases(history), key=lambda case: case.race.day, reverse=True)
    others: _Others = defaultdict(lambda: ([], []))
    for one in race_predictions.all_of(connection):
        days, seconds = others[one.source, one.distance_m]
        days.append(date.fromisoformat(one.date).toordinal())
        seconds.append(one.duration_s)
    rows: list[BacktestRow] = []
    for case, comparison in zip(cases, forecasts.compare(history, [case.race for case in cases]), strict=True):
        rows += _rows(case, comparison, others)
    return BacktestReport(len(cases), tuple(rows), tuple(_summary(rows)))


def _cases(history: History) -> Iterator[_Case]:
    measured: dict[tuple[int | None, int], float] = {}
    official: dict[int | None, int] = {}
    labels = {length_m: label for label, length_m in LENGTH_M.items()}
    for effort in history.efforts:
        if effort.is_ranked and effort.distance_m in labels:
            measured[effort.activity_id, labels[effort.distance_m]] = effort.duration_s
            if effort.is_official:
                official[effort.activity_id] = labels[effort.distance_m]
    for run, kind in _kinds(history, official):
        label = official.get(run.activity_id) or raced_distance(run.distance_m)
        if label is not None and label >= SHORTEST_M:
            length_m = LENGTH_M[label]
            scale = math.exp(POPULATION.log_time(length_m) - POPULATION.log_time(run.distance_m))
            seconds = measured.get((run.activity_id, label), run.duration_s * scale)
            yield _Case(run, label, kind, forecasts.PastRace(run.day, length_m, seconds))


def _kinds(history: History, official: dict[int | None, int]) -> Iterator[tuple[Run, str]]:
    outdoors = [run for run in history.runs if run.is_measured]
    totals = (
        RunTotals(
            run.day,
            run.name,
            run.distance_m,
            round(run.duration_s),
            None if run.moving_s is None else round(run.moving_s),
            may_be_race=run.may_be_race,
        )
        for run in outdoors
    )
    usual = _UsualVdot(outdoors)
    for run, reason in zip(outdoors, guesses(totals), strict=True):
        if run.is_race or run.activity_id in official:
            yield run, RACE
        elif reason is not None:
            yield run, LIKELY
        elif raced_distance(run.distance_m) in RACED_M and usual.is_hard(run):
            yield run, HARD


class _UsualVdot:
    """The median VDOT of the half year before each month."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._days = [run.day for run in runs]
        self._vdot = [run.vdot for run in runs]
        self._months: dict[int, float] = {}

    def is_hard(self, run: Run) -> bool:
        day = run.day - run.day % 30
        if day not in self._months:
            first, end = bisect_left(self._days, day - RECENT_DAYS), bisect_left(self._days, day)
            known = self._vdot[first:end]
            self._months[day] = median(known) if len(known) >= LEAST_RUNS else math.inf
        return run.vdot >= HARD_EFFORT * self._months[day]


#: (source, label) → days and seconds of the forecasts of another program, in order.
_Others = dict[tuple[str, int], tuple[list[int], list[int]]]


def _rows(case: _Case, comparison: forecasts.Comparison, others: _Others) -> Iterator[BacktestRow]:
    if (one := comparison.forecast) is not None:
        bounds = (round(bound) for bound in (one.low_50_s, one.high_50_s, one.low_80_s, one.high_80_s))
        yield _row(case, COMBINATION, one.duration_s, *bounds)
    for method, seconds in comparison.methods.items():
        yield _row(case, method, seconds)
    for (source, label), (days, times) in others.items():
        last = bisect_left(days, case.race.day - forecasts.DAYS_BEFORE + 1) - 1
        if label == case.label and last >= 0 and days[last] >= case.race.day - _FRESH_DAYS:
            yield _row(case, source.capitalize(), times[last])


def _row(case: _Case, method: str, seconds: float, *bounds: int) -> BacktestRow:
    time_s = case.race.duration_s
    error = round(100.0 * (seconds / time_s - 1.0), 1)
    day, run = date.fromordinal(case.race.day), case.run
    return BacktestRow(
        day, case.label, run.activity_id, run.name, case.kind, round(time_s), method, round(seconds), error, *bounds
    )


def _is_within(low_s: int | None, time_s: int, high_s: int | None) -> bool | None:
    return None if low_s is None or high_s is None else low_s <= time_s <= high_s


def _summary(rows: Sequence[BacktestRow]) -> Iterator[MethodErrors]:
    by_method: dict[str, list[BacktestRow]] = defaultdict(list)
    for row in rows:
        by_method[row.method].append(row)
    order = (COMBINATION, *methods.NAMES)
    for method in sorted(by_method, key=lambda name: order.index(name) if name in order else len(order)):
        of_method = by_method[method]
        errors = forecasts.errors([(row.forecast_s, row.time_s) for row in of_method])
        yield MethodErrors(
            method,
            errors.n,
            **{name: round(getattr(errors, name), 1) for name in ("bias", "median", "mape", "p90")},
            within_50=_share([row.is_within_50 for row in of_method]),
            within_80=_share([row.is_within_80 for row in of_method]),
        )


def _share(inside: Sequence[bool | None]) -> float | None:
    """The percentage that is True; None where nothing has an interval."""
    known = [one for one in inside if one is not None]
    return round(100.0 * sum(known) / len(known), 1) if known else None
