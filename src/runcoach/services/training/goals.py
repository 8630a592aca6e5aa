"""The runner's goals: adds, removes and reads them, and compares them with what could be run today."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.domain.distances import distance_title
from runcoach.domain.json_format import EpochSeconds
from runcoach.domain.training.goals import parse_goal
from runcoach.domain.units import format_duration
from runcoach.domain.windows import local_today
from runcoach.errors import NotFoundError, UsageError
from runcoach.store import audit
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import goals as stored

if TYPE_CHECKING:
    from runcoach.services.training.forecasts.predictions import Prediction


@dataclass(frozen=True, slots=True)
class GoalResult:
    """What was run over the distance of a goal on its day."""

    activity_id: int
    time_s: int
    is_official: bool


@dataclass(frozen=True, slots=True)
class GoalForecast:
    """What could be run now over the distance of a goal, with 50 and 80 % intervals.

    ``gap_s`` is by how much the forecast is slower than the goal, negative where it is faster; None for a goal without
    a time. ``runcoach predict`` names the inputs.
    """

    duration_s: int
    low_50_s: int
    high_50_s: int
    low_80_s: int
    high_80_s: int
    method: str
    gap_s: int | None


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal; ``time_s`` or ``race_date`` may be None.

    ``days_left`` counts from today, negative for a past day. ``result`` is what was run on its day. ``forecast`` is set
    by :func:`with_forecasts`, or ``forecast_reason`` where there is none.
    """

    id: int
    name: str | None
    distance_m: int
    length_m: float
    time_s: int | None
    race_date: date | None
    created_at: EpochSeconds
    days_left: int | None = None
    result: GoalResult | None = None
    forecast: GoalForecast | None = None
    forecast_reason: str | None = None

    @property
    def title(self) -> str:
        """``Half in 1:35:00 on 2027-04-18``."""
        parts = [self.name or distance_title(self.distance_m)]
        parts += [] if self.time_s is None else [f"in {format_duration(self.time_s)}"]
        parts += [] if self.race_date is None else [f"on {self.race_date}"]
        return " ".join(parts)


def goals(connection: sqlite3.Connection, today: date | None = None) -> tuple[Goal, ...]:
    """All goals that are not removed: coming ones by day, those without a day, then past ones."""
    today = today or local_today()
    found = [_goal(connection, row, today) for row in stored.listed(connection)]
    return tuple(sorted(found, key=lambda goal: goal.days_left is not None and goal.days_left < 0))


def next_goal(connection: sqlite3.Connection, today: date) -> Goal | None:
    """The goal with the next day from ``today`` on, else the first without a day; None without any."""
    first = next(iter(goals(connection, today)), None)
    return None if first is None or (first.days_left or 0) < 0 else first


def with_forecasts(connection: sqlite3.Connection, found: Iterable[Goal], today: date) -> tuple[Goal, ...]:
    """The same goals; those whose day has not passed have their ``forecast``, or the reason why there is none.

    The forecast is for a race on the day after ``today``, not for the goal's day: it says how far off the goal is now.
    """
    from runcoach.services.training.forecasts.predictions import LONGEST_M, SHORTEST_M, predict

    found = tuple(found)
    in_range = [goal for goal in found if _is_open(goal) and SHORTEST_M <= goal.length_m <= LONGEST_M]
    wanted = sorted({(goal.distance_m, goal.length_m) for goal in in_range})
    report = predict(connection, wanted, as_of=today + timedelta(days=1)) if wanted else None
    rows = {row.length_m: row for row in report.rows} if report else {}
    out_of_range = f"races from {SHORTEST_M / 1000:g} to {LONGEST_M / 1000:g} km can be forecast"
    return tuple(
        _compared(goal, rows.get(goal.length_m), report.reason if report and goal in in_range else out_of_range)
        if _is_open(goal)
        else goal
        for goal in found
    )


def _is_open(goal: Goal) -> bool:
    return goal.result is None and (goal.days_left is None or goal.days_left >= 0)


def _compared(goal: Goal, row: Prediction | None, reason: str | None) -> Goal:
    if row is None:
        return replace(goal, forecast_reason=reason)
    gap_s = None if goal.time_s is None else row.duration_s - goal.time_s
    forecast = GoalForecast(row.duration_s, row.low_50_s, row.high_50_s, row.low_80_s, row.high_80_s, row.method, gap_s)
    return replace(goal, forecast=forecast)


def add(config: Config, text: str, name: str | None = None, today: date | None = None) -> Goal:
    """Store a goal given as ``half 1:35:00 2027-04-18``; UsageError where it is not valid or its day has passed."""
    today = today or local_today()
    goal = parse_goal(text)
    if goal.race_date is not None and goal.race_date < today:
        raise UsageError(f"{goal.race_date} has passed", hint="a goal needs a day from today on")
    with open_database(config) as connection, write_transaction(connection):
        goal_id = stored.add(connection, goal, name.strip() or None if name else None)
        added = _by_id(connection, goal_id, today)
        audit.record(connection, "admin", goal_id, "create", f"goal added: {added.title}")
        return added


def remove(config: Config, goal_id: int) -> Goal:
    """Remove a goal; NotFoundError where there is none of this id."""
    with open_database(config) as connection, write_transaction(connection):
        removed = _by_id(connection, goal_id, local_today())
        stored.remove(connection, goal_id)
        audit.record(connection, "admin", goal_id, "delete", f"goal removed: {removed.title}")
        return removed


def _by_id(connection: sqlite3.Connection, goal_id: int, today: date) -> Goal:
    found = next((goal for goal in goals(connection, today) if goal.id == goal_id), None)
    if found is None:
        raise NotFoundError(f"there is no goal {goal_id}", hint="`runcoach goals` lists them")
    return found


def _goal(connection: sqlite3.Connection, row: sqlite3.Row, today: date) -> Goal:
    day = None if row["race_date"] is None else date.fromisoformat(row["race_date"])
    result = None
    if day is not None and day <= today:
        found = stored.result(connection, day, row["distance_m"], row["length_m"])
        result = None if found is None else GoalResult(**dict(found))
    return Goal(**{**dict(row), "race_date": day}, days_left=None if day is None else (day - today).days, result=result)
