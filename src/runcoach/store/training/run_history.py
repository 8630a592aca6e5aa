"""Reads the runs of a span of days: dates, distances and loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.store.sqlite.statements import RUNNING_SPORTS, select

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

# Local dates have no index; in UTC a run began at most a day earlier or later.
_IN_SPAN = f"""
a.start_time >= unixepoch(:since) - 86400 AND a.start_time < unixepoch(:until) + 172800
AND a.local_date BETWEEN :since AND :until AND a.deleted_at IS NULL AND a.is_undated = 0 AND a.distance_m > 0
AND a.sport_type IN {RUNNING_SPORTS}
"""


def distances(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """The runs with a distance from ``since`` to ``until``, local dates, in the order of their start.

    Columns: id, start_time, local_date, distance_m.
    """
    return connection.execute(
        select(
            ("a.id", "a.start_time", "a.local_date", "a.distance_m"),
            f"FROM activity AS a WHERE {_IN_SPAN} ORDER BY a.start_time, a.id",
        ),
        {"since": since.isoformat(), "until": until.isoformat()},
    ).fetchall()


def loads(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """The runs of :func:`distances` with what tells hard ones; None where their load is not computed.

    Columns: local_date, distance_m, moving_s, workout_type, load, rtss, hard_s (seconds in zones 4 and 5).
    """
    return connection.execute(
        select(
            (
                *("a.local_date", "a.distance_m", "a.moving_time_sec AS moving_s", "a.workout_type", "t.load"),
                *("t.rtss", "t.zone4_s + t.zone5_s AS hard_s"),
            ),
            "FROM activity AS a LEFT JOIN training_load AS t ON t.activity_id = a.id"
            f" WHERE {_IN_SPAN} ORDER BY a.start_time, a.id",
        ),
        {"since": since.isoformat(), "until": until.isoformat()},
    ).fetchall()
