"""What is known of Strava's activities: which are here, how they looked in the list, which are gone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


#: In place of a list's hash: a person has brought this one back, though Strava has it no more.
KEPT = "kept by hand"


@dataclass(frozen=True, slots=True)
class KnownActivity:
    """An activity of Strava's that is here, and how the list looked when it was last written (None: not yet)."""

    activity_id: int
    summary_hash: str | None
    was_fetched: bool
    is_deleted: bool
    is_private: bool
    start_time: int


def known(connection: sqlite3.Connection) -> dict[int, KnownActivity]:
    """Strava's id → what is here of it, deleted ones too."""
    rows = connection.execute(
        "SELECT strava_id, id, summary_hash, fetched_at, deleted_at, is_private, start_time FROM activity"
        " WHERE strava_id IS NOT NULL"
    )
    return {
        row["strava_id"]: KnownActivity(
            row["id"],
            row["summary_hash"],
            row["fetched_at"] is not None,
            row["deleted_at"] is not None,
            bool(row["is_private"]),
            row["start_time"],
        )
        for row in rows
    }


def find(connection: sqlite3.Connection, strava_id: int) -> int | None:
    """The internal id of one of Strava's activities; None where it is not here."""
    row = connection.execute("SELECT id FROM activity WHERE strava_id = ?", (strava_id,)).fetchone()
    return None if row is None else int(row["id"])


def may_be(connection: sqlite3.Connection, activity_id: int, strava_id: int | None) -> bool:
    """Whether an activity may be the one with this Strava id: it has the same, or either has none."""
    row = connection.execute("SELECT strava_id FROM activity WHERE id = ?", (activity_id,)).fetchone()
    return strava_id is None or row is None or row["strava_id"] in {None, strava_id}


def was_fetched(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Whether an activity is here in full, not from the list alone."""
    row = connection.execute("SELECT fetched_at FROM activity WHERE id = ?", (activity_id,)).fetchone()
    return row is not None and row["fetched_at"] is not None


def mark(connection: sqlite3.Connection, activity_id: int, summary_hash: str, *, fetched: bool) -> None:
    """Remember how the list showed an activity when it was written; ``fetched`` in full, or from the list alone."""
    connection.execute(
        "UPDATE activity SET summary_hash = ?, fetched_at = coalesce(?, fetched_at) WHERE id = ?",
        (summary_hash, int(time.time()) if fetched else None, activity_id),
    )


def mark_deleted(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Take an activity out of every list and rank; nothing of it is lost. False where it was out already."""
    now = int(time.time())
    cursor = connection.execute(
        "UPDATE activity SET deleted_at = ?, updated_at = ? WHERE id = ? AND deleted_at IS NULL",
        (now, now, activity_id),
    )
    return cursor.rowcount > 0


def is_kept(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Whether a person has brought this activity back for good, though Strava has it no more."""
    row = connection.execute("SELECT summary_hash FROM activity WHERE id = ?", (activity_id,)).fetchone()
    return row is not None and row["summary_hash"] == KEPT


def revive(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Bring an activity back into the lists; False where it was there already."""
    cursor = connection.execute(
        "UPDATE activity SET deleted_at = NULL, updated_at = ? WHERE id = ? AND deleted_at IS NOT NULL",
        (int(time.time()), activity_id),
    )
    return cursor.rowcount > 0


def was_given_up(connection: sqlite3.Connection, strava_id: int, summary_hash: str) -> bool:
    """Whether fetching the activity as the list shows it now has failed for good, or was cancelled by a person."""
    row = connection.execute(
        "SELECT 1 FROM job WHERE type = 'fetch' AND strava_id = ? AND status = 'error'"
        " AND json_extract(payload, '$.listHash') = ? LIMIT 1",
        (strava_id, summary_hash),
    ).fetchone()
    return row is not None
