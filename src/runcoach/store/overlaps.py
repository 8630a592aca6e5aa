"""Activities that overlap in time, and the pairs that the runner has declared distinct."""

from __future__ import annotations

import sqlite3
import time
from collections import deque

from runcoach.store.sqlite.statements import select_all

_COLUMNS = (
    *("id", "start_time [timestamp]", "elapsed_time_sec", "sport_type", "distance_m", "strava_id", "name"),
    "local_date",
)

#: Upper bound of an activity's duration; it limits the search for activities that began earlier.
LONGEST_S = 60 * 86_400

#: More activities than anyone records in that time, and more than ever overlap.
MAX_SCANNED, MAX_OVERLAPPING = 1_000, 100


def overlapping(connection: sqlite3.Connection, start_time: int, elapsed_s: float) -> list[sqlite3.Row]:
    """Activities that overlap this span, earliest first.

    At most :data:`MAX_OVERLAPPING` of the :data:`MAX_SCANNED` that begin last, so that the time is bounded however many
    activities begin in one second.
    """
    rows = select_all(
        connection,
        _COLUMNS,
        "FROM activity WHERE id IN (SELECT id FROM activity WHERE start_time BETWEEN ? AND ?"
        " AND deleted_at IS NULL AND is_undated = 0 ORDER BY start_time DESC LIMIT ?)"
        " AND start_time + coalesce(elapsed_time_sec, 0) >= ? LIMIT ?",
        (start_time - LONGEST_S, int(start_time + elapsed_s), MAX_SCANNED, start_time, MAX_OVERLAPPING),
    )
    return sorted(rows, key=lambda row: (row["start_time"], row["id"]))


def all_overlapping(connection: sqlite3.Connection) -> list[tuple[sqlite3.Row, sqlite3.Row]]:
    """Every pair of activities that overlap, unless both have a Strava id or they were declared distinct.

    Each activity is paired with at most twice :data:`MAX_OVERLAPPING` others, those that begin last before it.
    """
    rows = select_all(
        connection, _COLUMNS, "FROM activity WHERE deleted_at IS NULL AND is_undated = 0 ORDER BY start_time, id"
    )
    declared = {tuple(row) for row in connection.execute("SELECT first_id, second_id FROM distinct_pair")}
    found: list[tuple[sqlite3.Row, sqlite3.Row]] = []
    from_strava: deque[sqlite3.Row] = deque(maxlen=MAX_OVERLAPPING)
    others: deque[sqlite3.Row] = deque(maxlen=MAX_OVERLAPPING)
    for row in rows:
        has_id = row["strava_id"] is not None
        for one in others if has_id else (*from_strava, *others):
            is_open = one["start_time"] + (one["elapsed_time_sec"] or 0) > row["start_time"]
            if is_open and (min(one["id"], row["id"]), max(one["id"], row["id"])) not in declared:
                found.append((one, row))
        (from_strava if has_id else others).append(row)
    return found


def declare_distinct(connection: sqlite3.Connection, one_id: int, other_id: int) -> None:
    """Store that these are two activities."""
    connection.execute(
        "INSERT OR IGNORE INTO distinct_pair (first_id, second_id, created_at) VALUES (?, ?, ?)",
        (min(one_id, other_id), max(one_id, other_id), int(time.time())),
    )
