"""What the runner has corrected by hand: fields of an activity and official results."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any

from runcoach.store.sqlite.statements import select_all, select_one

#: The official result of an activity: the label of its distance and whole seconds.
OFFICIAL_DISTANCE, OFFICIAL_TIME = "official_distance_m", "official_time_s"

#: All efforts of an activity are ignored; the value is the reason, or empty. The other edits are activity fields.
EFFORTS_IGNORED = "efforts_ignored"


def read(connection: sqlite3.Connection, activity_id: int) -> dict[str, Any]:
    """Field → value of every edit of an activity."""
    rows = connection.execute("SELECT field, value FROM activity_edit WHERE activity_id = ?", (activity_id,))
    return {row["field"]: json.loads(row["value"]) for row in rows}


def listed(connection: sqlite3.Connection, activity_id: int) -> list[dict[str, Any]]:
    """The edits of an activity by field: field, value, created_at."""
    names = ("field", "value", "created_at [timestamp]")
    rows = select_all(connection, names, "FROM activity_edit WHERE activity_id = ? ORDER BY field", (activity_id,))
    return [{**dict(row), "value": json.loads(row["value"])} for row in rows]


def run_ignored(connection: sqlite3.Connection, activity_id: int) -> tuple[int, str | None] | None:
    """When all efforts of an activity were ignored, and the reason; None where they are not."""
    edit = "FROM activity_edit WHERE activity_id = ? AND field = ?"
    row = select_one(connection, ("created_at", "value"), edit, (activity_id, EFFORTS_IGNORED))
    return None if row is None else (row["created_at"], json.loads(row["value"]) or None)


def put(connection: sqlite3.Connection, activity_id: int, field: str, value: Any, at: int | None = None) -> None:
    """Store an edit made ``at`` (by default now), or remove it (None).

    The caller holds the transaction and merges the activity again.
    """
    if value is None:
        connection.execute("DELETE FROM activity_edit WHERE activity_id = ? AND field = ?", (activity_id, field))
        return
    connection.execute(
        "INSERT INTO activity_edit (activity_id, field, value, created_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (activity_id, field) DO UPDATE SET value = excluded.value, created_at = excluded.created_at",
        (activity_id, field, json.dumps(value, ensure_ascii=False), int(time.time()) if at is None else at),
    )


def copy(connection: sqlite3.Connection, from_id: int, to_id: int) -> None:
    """Copy the edits of one activity to another, which keeps its own."""
    connection.execute(
        "INSERT OR IGNORE INTO activity_edit (activity_id, field, value, created_at)"
        " SELECT ?, field, value, created_at FROM activity_edit WHERE activity_id = ?",
        (to_id, from_id),
    )
