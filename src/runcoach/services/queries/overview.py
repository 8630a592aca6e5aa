"""Reads the overview: this week and a typical one, the last year by day and by week, newest runs, newest bests."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta

from runcoach.domain.filters import ActivityFilter, EffortFilter
from runcoach.domain.sports import RUNNING
from runcoach.domain.windows import local_today, parse_window
from runcoach.services.auth.connection_state import ConnectionState, connection_state
from runcoach.services.queries.best_efforts import BestRow, fastest_efforts
from runcoach.services.training.week import (
    Day,
    RunningDays,
    Sums,
    ThisWeek,
    Week,
    days_between,
    monday_of,
    sum_of,
    sums_by_day,
    this_week,
)
from runcoach.store import pagination, totals
from runcoach.store.activity_queries import LIST_COLUMNS

#: Weeks in the calendar and in the chart of weekly distance, the current one included.
CALENDAR_WEEKS, VOLUME_WEEKS = 53, 26

#: Days.
FOUR_WEEKS = 28

NEWEST_RUNS, NEWEST_BESTS = 6, 6

_RUNS = ActivityFilter(sports=tuple(sorted(RUNNING)))


@dataclass(frozen=True, slots=True)
class Overview:
    """The overview; ``activities`` counts all activities, ``year`` sums the days of the calendar.

    ``four_weeks`` sums the 28 days up to today, ``four_weeks_before`` the 28 days before them. Calendar and
    weeks end on ``until``: today, or the day of the last run if that is more than a year ago. ``bests`` are recent
    efforts with a high rank of all time, or the fastest of the last year.
    """

    activities: int
    connection: ConnectionState
    week: ThisWeek
    until: date
    calendar: tuple[Day, ...]
    year: Sums
    weeks: tuple[Week, ...]
    four_weeks: Sums
    four_weeks_before: Sums
    newest: tuple[dict[str, object], ...]
    bests: tuple[BestRow, ...]


def overview(connection: sqlite3.Connection, today: date | None = None) -> Overview:
    """The overview as of ``today`` (by this machine's clock, if None)."""
    today = today or local_today()
    runs = _runs(connection, today)
    calendar = tuple(runs.day(day) for day in days_between(_calendar_start(runs.until), runs.until))
    last, tomorrow = monday_of(runs.until), today + timedelta(days=1)
    mondays = [last - timedelta(weeks=back) for back in reversed(range(VOLUME_WEEKS))]
    newest, _ = pagination.page(connection, _RUNS, LIST_COLUMNS, limit=NEWEST_RUNS)
    return Overview(
        activities=totals.overview(connection)["activities"],
        connection=connection_state(connection),
        week=this_week(runs),
        until=runs.until,
        calendar=calendar,
        year=sum_of([one.sums for one in calendar]),
        weeks=tuple(Week(monday, runs.sums(monday)) for monday in mondays),
        four_weeks=runs.sums(tomorrow - timedelta(days=FOUR_WEEKS), FOUR_WEEKS),
        four_weeks_before=runs.sums(tomorrow - timedelta(days=2 * FOUR_WEEKS), FOUR_WEEKS),
        newest=tuple(newest),
        bests=_new_bests(connection, today),
    )


def _runs(connection: sqlite3.Connection, today: date) -> RunningDays:
    """The days of the year up to today, or up to the last run if there is none in it."""
    edges = totals.first_and_last_run(connection)
    if edges is None:
        return RunningDays(today, today)
    first, last = (date.fromisoformat(edge) for edge in edges)
    until = last if last < _calendar_start(today) else today
    return RunningDays(today, until, first, sums_by_day(connection, _calendar_start(until), until))


def _calendar_start(until: date) -> date:
    """The first day of the calendar that ends on ``until``."""
    return monday_of(until) - timedelta(weeks=CALENDAR_WEEKS - 1)


def _new_bests(connection: sqlite3.Connection, today: date) -> tuple[BestRow, ...]:
    """The newest efforts among the fastest three of all time or the fastest of the last year."""
    ever = fastest_efforts(connection, EffortFilter(today), top=3, with_trend=False).rows
    year = fastest_efforts(connection, EffortFilter(today, parse_window("1y")), with_trend=False).rows
    known = {(row.activity_id, row.distance_m) for row in ever}
    rows = [*ever, *(row for row in year if (row.activity_id, row.distance_m) not in known)]
    rows.sort(key=lambda row: (row.start_time, row.distance_m), reverse=True)
    return tuple(rows[:NEWEST_BESTS])
