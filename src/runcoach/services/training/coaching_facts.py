"""Reads what the coaching rules know of the last weeks."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from runcoach.analysis.training import spikes
from runcoach.analysis.training.heart_rate_zones import HARD_SESSION_S
from runcoach.analysis.training.spikes import DatedDistance, Spike, SpikeLimit
from runcoach.domain.median import median
from runcoach.domain.sports import RACE
from runcoach.domain.training.coaching_rules import Facts
from runcoach.store import effort_queries, totals
from runcoach.store.training import run_history

if TYPE_CHECKING:
    from runcoach.services.training.goals import Goal
    from runcoach.services.training.week import ThisWeek

#: Days of runs that are read: those of the rules, and those that spikes among them are compared with.
_READ_DAYS = 2 * spikes.WINDOW_DAYS

#: Where its heart rate is not known, a run is hard at so much rTSS an hour: 77 is 88 % of threshold speed.
_HARD_RTSS_PER_HOUR = 77.0

#: A long run has this share of the longest of 30 days, and is so many times as long as the usual one.
_LONG_SHARE, _LONG_TIMES_USUAL = 0.8, 1.25

_SATURDAY = 5


def coaching_facts(
    connection: sqlite3.Connection,
    today: date,
    *,
    week: ThisWeek,
    limit: SpikeLimit | None,
    goal: Goal | None,
    form_share: float | None,
) -> Facts:
    """What is known on ``today``; the other arguments are the parts of its screen."""
    rows = run_history.loads(connection, today - timedelta(days=_READ_DAYS), today)
    recent = [row for row in rows if _days(row, today) < 28]
    usual_m = median(row["distance_m"] for row in recent) if recent else None
    long_m = math.inf
    if limit is not None and usual_m is not None:
        long_m = max(_LONG_SHARE * limit.longest.distance_m, _LONG_TIMES_USUAL * usual_m)
    race = next((row for row in reversed(rows) if row["workout_type"] == RACE), None)
    spike_days, excess = _latest_spike(rows, today)
    edges = None if rows else totals.first_and_last_run(connection)
    last_date = rows[-1]["local_date"] if rows else edges and edges[1]
    return Facts(
        runs=effort_queries.count_runs(connection),
        runs_4_weeks=len(recent),
        days_since_run=None if last_date is None else (today - date.fromisoformat(last_date)).days,
        today_m=sum(row["distance_m"] for row in rows if _days(row, today) == 0),
        usual_m=usual_m,
        limit_m=None if limit is None else limit.distance_m,
        days_since_spike=spike_days,
        spike_excess=excess,
        form_share=form_share,
        week_m=week.sums.distance_m,
        typical_week_m=None if week.typical_week is None else week.typical_week.distance_m,
        days_since_hard=_latest(recent, today, _is_hard),
        knows_hard=any(row["load"] is not None for row in recent),
        days_since_long=_latest(recent, today, lambda row: bool(row["distance_m"] >= long_m)),
        days_since_race=None if race is None else _days(race, today),
        race_m=None if race is None else race["distance_m"],
        goal_title=None if goal is None else goal.title,
        goal_length_m=None if goal is None else goal.length_m,
        days_to_goal=None if goal is None else goal.days_left,
        is_weekend=today.weekday() >= _SATURDAY,
    )


def _days(row: sqlite3.Row, today: date) -> int:
    return (today - date.fromisoformat(row["local_date"])).days


def _latest(rows: Sequence[sqlite3.Row], today: date, matches: Callable[[sqlite3.Row], bool]) -> int | None:
    """Days since the latest run that matches; None without one."""
    return next((_days(row, today) for row in reversed(rows) if matches(row)), None)


def _is_hard(row: sqlite3.Row) -> bool:
    if row["workout_type"] == RACE:
        return True
    if row["hard_s"] is not None:
        return bool(row["hard_s"] >= HARD_SESSION_S)
    return bool(row["rtss"] and row["moving_s"]) and row["rtss"] / (row["moving_s"] / 3600.0) >= _HARD_RTSS_PER_HOUR


def _latest_spike(rows: Sequence[sqlite3.Row], today: date) -> tuple[int | None, float | None]:
    """Days since the latest spike, and its excess over the longest run before."""
    runs = [DatedDistance(date.fromisoformat(row["local_date"]), row["distance_m"]) for row in rows]
    for run, longest_m in reversed(list(zip(runs, spikes.longest_before(runs), strict=True))):
        if longest_m and spikes.spike_class(run.distance_m, longest_m) is not Spike.NONE:
            return (today - run.day).days, run.distance_m / longest_m - 1.0
    return None, None
