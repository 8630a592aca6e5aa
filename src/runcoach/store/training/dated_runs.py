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
