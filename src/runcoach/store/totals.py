"""Sums of activities by period and by day, and counts over the whole file."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING, Literal

from runcoach.store.activity_queries import passing
from runcoach.store.sqlite.statements import IN_SPAN, IS_DATED_RUN, IS_INDOORS, RUNNING_SPORTS, select_all, select_value

if TYPE_CHECKING:
    from runcoach.domain.filters import ActivityFilter

PERIODS: dict[str, str] = {
    # Weeks begin on Monday: the date of that Monday names the week.
    "week": "date(local_date, 'weekday 0', '-6 days')",
    "month": "substr(local_date, 1, 7)",
    "year": "substr(local_date, 1, 4)",
}


_SUMS = tuple(f"coalesce(sum({name}), 0) AS {name}" for name in ("distance_m", "moving_time_sec", "elevation_gain_m"))


def by_period(
    connection: sqlite3.Connection, period: Literal["week", "month", "year"], where: ActivityFilter
) -> list[sqlite3.Row]:
    """Sums by week, month or year, newest first: period, activities, distance_m, moving_time_sec, elevation_gain_m."""
    condition, values = passing(where)
    sums = (f"sum({name}) AS {name}" for name in ("distance_m", "moving_time_sec", "elevation_gain_m"))
    return select_all(
        connection,
        (f"{PERIODS[period]} AS period", "count(*) AS activities", *sums, "max(distance_m) AS longest_m"),
        f"FROM activity WHERE {condition} AND is_undated = 0 GROUP BY period ORDER BY period DESC",
        values,
    )


def sums(connection: sqlite3.Connection, where: ActivityFilter) -> sqlite3.Row:
    """One row: activities, distance_m, moving_time_sec and elevation_gain_m of all that pass a filter."""
    condition, values = passing(where)
    (row,) = select_all(connection, ("count(*) AS activities", *_SUMS), f"FROM activity WHERE {condition}", values)
    return row


def overview(connection: sqlite3.Connection) -> sqlite3.Row:
    """One row of counts: activities, runs, indoor runs, deleted, first and last local date, efforts, imports."""
    row: sqlite3.Row = connection.execute(
        f"""
        SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS activities,
               count(*) FILTER (WHERE deleted_at IS NULL AND sport_type IN {RUNNING_SPORTS}) AS runs,
               count(*) FILTER (WHERE deleted_at IS NULL AND sport_type IN {RUNNING_SPORTS} AND {IS_INDOORS})
                   AS indoor_runs,
               count(*) FILTER (WHERE deleted_at IS NOT NULL) AS deleted,
               min(local_date) FILTER (WHERE deleted_at IS NULL AND is_undated = 0) AS first_date,
               max(local_date) FILTER (WHERE deleted_at IS NULL AND is_undated = 0) AS last_date,
               sum(distance_m) FILTER (WHERE deleted_at IS NULL) AS distance_m,
               (SELECT count(*) FROM effort) AS efforts,
               (SELECT count(*) FROM import_batch) AS batches,
               (SELECT max(finished_at) FROM import_batch) AS "last_import [timestamp]"
        FROM activity
        """  # noqa: S608
    ).fetchone()
    return row


def running_days(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """One row per day with a run: local_date, runs, distance_m, moving_time_sec, elevation_gain_m; in order."""
    runs = f"FROM activity AS a WHERE {IN_SPAN} AND deleted_at IS NULL AND sport_type IN {RUNNING_SPORTS}"
    return select_all(
        connection,
        ("local_date", "count(*) AS runs", *_SUMS),
        f"{runs} GROUP BY local_date ORDER BY local_date",
        {"since": since.isoformat(), "until": until.isoformat()},
    )


def first_and_last_run(connection: sqlite3.Connection) -> tuple[str, str] | None:
    """The local dates of the first and the last run; None without runs."""
    runs = f"FROM activity AS a WHERE {IS_DATED_RUN} ORDER BY start_time"
    first, last = (select_value(connection, "local_date", f"{runs} {order} LIMIT 1") for order in ("ASC", "DESC"))
    return None if first is None else (first, last)


def gear_names(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Each name of gear and its number of activities, the one used last first."""
    named = "FROM activity WHERE deleted_at IS NULL AND gear_name IS NOT NULL"
    order = "GROUP BY gear_name ORDER BY max(start_time) DESC"
    return select_all(connection, ("gear_name", "count(*) AS activities"), f"{named} {order}")


def sports(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Each sport type and its number of activities, the most frequent first."""
    order = "GROUP BY sport_type ORDER BY activities DESC, sport_type"
    names = ("sport_type", "count(*) AS activities")
    return select_all(connection, names, f"FROM activity WHERE deleted_at IS NULL {order}")
