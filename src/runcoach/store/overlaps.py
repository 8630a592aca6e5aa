"""Activities that overlap in time, and the pairs that the runner has declared distinct."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from runcoach.store.sqlite.statements import select

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = (
    *("id", "start_time [timestamp]", "elapsed_time_sec", "sport_type", "distance_m", "strava_id", "name"),
    "local_date",
)

#: Upper bound of an activity's duration; it limits the search for activities that began earlier.
LONGEST_S = 60 * 86_400


def overlapping(connection: sqlite3.Connection, start_time: int, elapsed_s: float) -> list[sqlite3.Row]:
    """The activities that overlap this span, earliest first."""
    return connection.execute(
        select(
            _COLUMNS,
            "FROM activity WHERE start_time BETWEEN ? AND ? AND deleted_at IS NULL AND is_undated = 0"
            " AND start_time + coalesce(elapsed_time_sec, 0) >= ? ORDER BY start_time, id",
        ),
        (start_time - LONGEST_S, int(start_time + elapsed_s), start_time),
    ).fetchall()


def all_overlapping(connection: sqlite3.Connection) -> list[tuple[sqlite3.Row, sqlite3.Row]]:
    """Every pair of activities that overlap and were not declared distinct."""
    rows = connection.execute(
        select(_COLUMNS, "FROM activity WHERE deleted_at IS NULL AND is_undated = 0 ORDER BY start_time, id")
    ).fetchall()
    declared = {tuple(row) for row in connection.execute("SELECT first_id, second_id FROM distinct_pair")}
    found: list[tuple[sqlite3.Row, sqlite3.Row]] = []
    open_rows: list[sqlite3.Row] = []
    for row in rows:
        open_rows = [one for one in open_rows if one["start_time"] + (one["elapsed_time_sec"] or 0) > row["start_time"]]
        found += [
            (one, row) for one in open_rows if (min(one["id"], row["id"]), max(one["id"], row["id"])) not in declared
        ]
        open_rows.append(row)
    return found


def declare_distinct(connection: sqlite3.Connection, one_id: int, other_id: int) -> None:
    """Store that these are two activities."""
    connection.execute(
        "INSERT OR IGNORE INTO distinct_pair (first_id, second_id, created_at) VALUES (?, ?, ?)",
        (min(one_id, other_id), max(one_id, other_id), int(time.time())),
    )
