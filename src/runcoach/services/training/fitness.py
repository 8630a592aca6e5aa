"""Reads the load of each day, and the runner's fitness, fatigue and form."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from runcoach.analysis.training.training_load import (
    FATIGUE_DAYS,
    FITNESS_DAYS,
    FitnessDay,
    Smoothing,
    WeekLoad,
    fitness_days,
    week_load,
)
from runcoach.domain.windows import local_today
from runcoach.services.analytics import physiology
from runcoach.services.training.week import monday_of
from runcoach.store.training import loads

if TYPE_CHECKING:
    from runcoach.domain.training.physiology import Physiology

__all__ = ["Fitness", "FitnessDay", "RunCounts", "TrainingWeek", "WeekLoad", "fitness", "week_load", "weeks_of"]

#: How fitness, fatigue and form are computed.
METHOD = (
    f"exponentially weighted means of daily load over {FITNESS_DAYS} and {FATIGUE_DAYS} days, from 0 before the first"
    f" run, weight of a day {Smoothing.EXPONENTIAL.value}; form is yesterday's fitness less yesterday's fatigue"
)

#: How the load of a run is computed.
LOAD_METHOD = (
    "TRIMP of each heart rate sample (Banister); without one, hours x (grade-adjusted speed / threshold speed)^2,"
    " scaled so that an hour at the threshold has the same load either way"
)


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How the load of runs was computed; ``without_load`` is missing from all figures."""

    by_heart_rate: int = 0
    by_pace: int = 0
    without_load: int = 0


@dataclass(frozen=True, slots=True)
class Fitness:
    """Fitness, fatigue and form of every day from the first run to ``as_of``, oldest first; empty without runs.

    A day without runs has a load of 0, a day whose runs have none has None. ``settled_from`` is the day from which the
    unknown time before the first run matters little. ``ramp`` is how much fitness changed in the last 7 days, ``week``
    are Foster's figures of those days. ``inputs`` are the figures that loads were computed with, None before the first.
    """

    as_of: date
    days: tuple[FitnessDay, ...] = ()
    settled_from: date | None = None
    ramp: float | None = None
    week: WeekLoad | None = None
    runs: RunCounts = RunCounts()
    last_run: date | None = None
    inputs: Physiology | None = None
    method: str = METHOD
    load_method: str = LOAD_METHOD

    @property
    def today(self) -> FitnessDay | None:
        """The last day."""
        return self.days[-1] if self.days else None

    @property
    def is_settled(self) -> bool:
        """Whether the history is long enough for fitness to be compared."""
        return self.settled_from is not None and self.settled_from <= self.as_of

    def context(self) -> dict[str, Any]:
        """What JSON shows beside the days."""
        return {part.name: getattr(self, part.name) for part in fields(self) if part.name != "days"}


def fitness(connection: sqlite3.Connection, as_of: date, *, since: date | None = None) -> Fitness:
    """Fitness, fatigue and form up to a day, today at the latest.

    Later runs do not count, nor do those before ``since``.
    """
    as_of = min(as_of, local_today())
    first_date = "" if since is None else since.isoformat()
    rows = [row for row in loads.by_day(connection, first_date) if row["local_date"] <= as_of.isoformat()]
    inputs = physiology.stored(connection)
    if not rows:
        return Fitness(as_of, inputs=inputs)
    first, last = (date.fromisoformat(row["local_date"]) for row in (rows[0], rows[-1]))
    daily: list[float | None] = [0.0] * ((as_of - first).days + 1)  # 0 on days without runs
    for row in rows:
        daily[(date.fromisoformat(row["local_date"]) - first).days] = row["load"]
    days = fitness_days(first, daily)
    return Fitness(
        as_of,
        days,
        settled_from=first + timedelta(days=FITNESS_DAYS),
        ramp=days[-1].fitness - (days[-8].fitness if len(days) > 7 else 0.0),
        week=week_load([day.load or 0.0 for day in days[-7:]]) if len(days) >= 7 else None,
        runs=RunCounts(*(sum(row[part.name] for row in rows) for part in fields(RunCounts))),
        last_run=last,
        inputs=inputs,
    )


@dataclass(frozen=True, slots=True)
class TrainingWeek:
    """The days of a week that begins on ``monday``: seven, fewer where it is the first or the last one."""

    monday: date
    days: tuple[FitnessDay, ...]

    @property
    def load(self) -> float:
        """The sum of the known loads."""
        return sum(day.load or 0.0 for day in self.days)

    @property
    def last(self) -> FitnessDay:
        """Its last day: fitness, fatigue and form at its end."""
        return self.days[-1]


def weeks_of(days: Iterable[FitnessDay]) -> list[TrainingWeek]:
    """Consecutive days by week, oldest first."""
    return [TrainingWeek(monday, tuple(week)) for monday, week in groupby(days, lambda day: monday_of(day.date))]
