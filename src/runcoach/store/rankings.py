"""The stored ranks, ``best_effort``: every effort that counts, ranked over its distance in each stored window."""

from __future__ import annotations

import json
import sqlite3
from datetime import date

from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import STORED, parse_window
from runcoach.store.effort_queries import COUNTS
from runcoach.store.sqlite.statements import select_all, select_value

# The efforts that count are read once; those of a window are all whose run is later than its first day.
_INSERT_RANKS = f"""
    INSERT INTO best_effort (activity_id, distance_m, duration_s, window, rank, as_of)
    WITH counting AS MATERIALIZED (
        SELECT e.activity_id, e.distance_m, e.duration_s, a.start_time, a.local_date
        FROM effort AS e JOIN activity AS a ON a.id = e.activity_id WHERE {COUNTS}
    )
    SELECT activity_id, distance_m, duration_s, key,
           row_number() OVER (PARTITION BY key, distance_m ORDER BY duration_s, start_time, activity_id), :as_of
    FROM json_each(:windows) JOIN counting ON local_date > value
"""  # noqa: S608


def rebuild(connection: sqlite3.Connection, as_of: date) -> None:
    """Replace all stored ranks by those of the windows that end on ``as_of``.

    Ranks order by whole seconds, ties by the earlier run. The caller holds the transaction.
    """
    firsts = {window: parse_window(window).after(as_of) for window in STORED}
    windows = {window: "" if after is None else after.isoformat() for window, after in firsts.items()}
    connection.execute("DELETE FROM best_effort")
    connection.execute(_INSERT_RANKS, {**EffortFilter(as_of).parameters(), "windows": json.dumps(windows)})


def stored_ranks(connection: sqlite3.Connection, activity_id: int, as_of: date) -> dict[tuple[int, str], int]:
    """(distance, window) → the stored rank of an activity's effort as of this day; empty where ranks are older."""
    current = "FROM best_effort WHERE activity_id = ? AND as_of = ?"
    rows = select_all(connection, ("distance_m", "window", "rank"), current, (activity_id, as_of.isoformat()))
    return {(distance_m, window): rank for distance_m, window, rank in rows}


def are_as_of(connection: sqlite3.Connection, day: date) -> bool:
    """Whether the stored ranks are those of this day."""
    return bool(select_value(connection, "as_of", "FROM best_effort LIMIT 1") == day.isoformat())
