"""Reads the runs of a span of days: dates and distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.store.sqlite.statements import RUNNING_SPORTS, select

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

_IS_RUN = f"deleted_at IS NULL AND is_undated = 0 AND distance_m > 0 AND sport_type IN {RUNNING_SPORTS}"


def distances(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """The runs with a distance from ``since`` to ``until``, local dates, in the order of their start.

    Columns: id, start_time, local_date, distance_m.
    """
    # Local dates have no index; in UTC a run began at most a day earlier or later.
    return connection.execute(
        select(
            ("id", "start_time", "local_date", "distance_m"),
            "FROM activity WHERE start_time >= unixepoch(:since) - 86400 AND start_time < unixepoch(:until) + 172800"
            f" AND local_date BETWEEN :since AND :until AND {_IS_RUN} ORDER BY start_time, id",
        ),
        {"since": since.isoformat(), "until": until.isoformat()},
    ).fetchall()
