"""Reads the runs between two days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.store.sqlite.statements import RUNNING_SPORTS, select

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

_COLUMNS = (
    *("id", "name", "local_date", "start_time [timestamp]", "utc_offset_s", "sport_type", "distance_m"),
    *("moving_time_sec", "elevation_gain_m", "avg_pace_sec_per_km", "workout_type"),
)


def runs_between(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """The runs whose local date is from ``since`` to ``until``, oldest first; runs without a date are left out."""
    # Local dates have no index; in UTC a run began at most a day earlier or later.
    return connection.execute(
        select(
            _COLUMNS,
            "FROM activity WHERE start_time >= unixepoch(:since) - 86400 AND start_time < unixepoch(:until) + 172800"
            " AND local_date BETWEEN :since AND :until AND deleted_at IS NULL AND is_undated = 0"
            f" AND sport_type IN {RUNNING_SPORTS} ORDER BY start_time, id",
        ),
        {"since": since.isoformat(), "until": until.isoformat()},
    ).fetchall()


def favourite_routes(connection: sqlite3.Connection, since: date, until: date, least: int) -> list[sqlite3.Row]:
    """The routes with at least ``least`` runs between two days, the most frequent first.

    Columns: runs, and of the latest of them activity_id, distance_m, updated_at.
    """
    # The other columns of a group with one max() are those of its row.
    return connection.execute(
        select(
            ("count(*) AS runs", "max(a.start_time)", "a.id AS activity_id", "a.distance_m", "a.updated_at"),
            "FROM route_run AS r JOIN activity AS a ON a.id = r.activity_id"
            " WHERE a.local_date BETWEEN ? AND ? AND a.deleted_at IS NULL AND r.route_id IS NOT NULL"
            " GROUP BY r.route_id HAVING count(*) >= ? ORDER BY runs DESC, r.route_id LIMIT 3",
        ),
        (since.isoformat(), until.isoformat(), least),
    ).fetchall()
