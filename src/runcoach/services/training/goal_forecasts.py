"""Compares goals with what could be run today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from runcoach.services.training.goals import GoalForecast
from runcoach.services.training.predictions import LONGEST_M, SHORTEST_M, predict

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from runcoach.services.training.goals import Goal
    from runcoach.services.training.predictions import Prediction

_OUT_OF_RANGE = f"races from {SHORTEST_M / 1000:g} to {LONGEST_M / 1000:g} km can be forecast"


def with_forecasts(connection: sqlite3.Connection, goals: Iterable[Goal], today: date) -> tuple[Goal, ...]:
    """The same goals; those whose day has not passed have their ``forecast``, or the reason why there is none.

    The forecast is for a race on the day after ``today``, not for the goal's day: it says how far off the goal is now.
    """
    goals = tuple(goals)
    open_goals = [goal for goal in goals if _is_open(goal)]
    wanted = {(goal.distance_m, goal.length_m) for goal in open_goals if SHORTEST_M <= goal.length_m <= LONGEST_M}
    if not wanted:
        return tuple(replace(goal, forecast_reason=_OUT_OF_RANGE) if _is_open(goal) else goal for goal in goals)
    report = predict(connection, sorted(wanted), as_of=today + timedelta(days=1))
    rows = {row.length_m: row for row in report.rows}
    return tuple(_compared(goal, rows.get(goal.length_m), report.reason) if _is_open(goal) else goal for goal in goals)


def _is_open(goal: Goal) -> bool:
    return goal.result is None and (goal.days_left is None or goal.days_left >= 0)


def _compared(goal: Goal, row: Prediction | None, reason: str | None) -> Goal:
    if row is None:
        in_range = SHORTEST_M <= goal.length_m <= LONGEST_M
        return replace(goal, forecast_reason=reason if in_range else _OUT_OF_RANGE)
    gap_s = None if goal.time_s is None else row.duration_s - goal.time_s
    forecast = GoalForecast(row.duration_s, row.low_50_s, row.high_50_s, row.low_80_s, row.high_80_s, row.method, gap_s)
    return replace(goal, forecast=forecast)
