"""Reads the figures of runs that trends are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.domain.training.activity_analytics import ANALYTICS_VERSION
from runcoach.store.sqlite.statements import RUNNING_SPORTS, select

if TYPE_CHECKING:
    import sqlite3


def runs(connection: sqlite3.Connection, since: str) -> list[sqlite3.Row]:
    """The runs since a local date, newest first.

    Columns: id, name, local_date, distance_m, moving_time_sec, avg_hr, load, method, decoupling, efficiency_m_per_beat.
    """
    return connection.execute(
        select(
            (
                *("a.id", "a.name", "a.local_date", "a.distance_m", "a.moving_time_sec", "a.avg_hr"),
                *("l.load", "l.method", "x.decoupling", "x.efficiency_m_per_beat"),
            ),
            f"""
        FROM activity AS a
        LEFT JOIN training_load AS l ON l.activity_id = a.id
        LEFT JOIN activity_analytics AS x ON x.activity_id = a.id AND x.version = {ANALYTICS_VERSION}
        WHERE a.deleted_at IS NULL AND a.is_undated = 0 AND a.sport_type IN {RUNNING_SPORTS}
            AND a.start_time >= unixepoch(:since) - 86400 AND a.local_date >= :since
        ORDER BY a.start_time DESC, a.id DESC
        """,
        ),
        {"since": since},
    ).fetchall()
