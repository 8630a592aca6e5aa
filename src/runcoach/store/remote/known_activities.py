"""Strava activities as stored: their state in the last list, and which are deleted."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from runcoach.store.sqlite.statements import has_row, select_all, select_value

#: Stored as ``summary_hash`` of an activity that the runner has undeleted although Strava no longer has it.
KEPT = "kept by hand"


@dataclass(frozen=True, slots=True)
class KnownActivity:
    """A stored Strava activity; ``summary_hash`` is None until it has been written from a list."""

    activity_id: int
    summary_hash: str | None
    was_fetched: bool
    is_deleted: bool
    is_private: bool
    start_time: int


def known(connection: sqlite3.Connection) -> dict[int, KnownActivity]:
    """Strava id → stored activity, deleted ones included."""
    was_fetched, is_deleted = "fetched_at IS NOT NULL AS fetched [flag]", "deleted_at IS NOT NULL AS deleted [flag]"
    names = ("strava_id", "id", "summary_hash", was_fetched, is_deleted, "is_private [flag]", "start_time")
    rows = select_all(connection, names, "FROM activity WHERE strava_id IS NOT NULL")
    return {strava_id: KnownActivity(*state) for strava_id, *state in rows}


def find(connection: sqlite3.Connection, strava_id: int) -> int | None:
    """The internal id of a Strava activity; None where it is not stored."""
    activity_id: int | None = select_value(connection, "id", "FROM activity WHERE strava_id = ?", (strava_id,))
    return activity_id


def may_be(connection: sqlite3.Connection, activity_id: int, strava_id: int | None) -> bool:
    """Whether an activity can have this Strava id: it has the same one or none, or ``strava_id`` is None."""
    own = select_value(connection, "strava_id", "FROM activity WHERE id = ?", (activity_id,))
    return strava_id is None or own in {None, strava_id}


def was_fetched(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Whether an activity was fetched with its detail."""
    return has_row(connection, "FROM activity WHERE id = ? AND fetched_at IS NOT NULL", (activity_id,))


def mark(connection: sqlite3.Connection, activity_id: int, summary_hash: str, *, fetched: bool) -> None:
    """Store the hash of an activity's list row; ``fetched``: its detail was stored too."""
    connection.execute(
        "UPDATE activity SET summary_hash = ?, fetched_at = coalesce(?, fetched_at) WHERE id = ?",
        (summary_hash, int(time.time()) if fetched else None, activity_id),
    )


def move_fetched(connection: sqlite3.Connection, from_id: int, to_id: int) -> None:
    """Give one activity what was fetched from Strava as another: the stored detail and the state of the sync."""
    if connection.execute("SELECT 1 FROM activity_payload WHERE activity_id = ?", (from_id,)).fetchone():
        connection.execute("DELETE FROM activity_payload WHERE activity_id = ?", (to_id,))
        connection.execute("UPDATE activity_payload SET activity_id = ? WHERE activity_id = ?", (to_id, from_id))
    state = connection.execute("SELECT fetched_at, summary_hash FROM activity WHERE id = ?", (from_id,)).fetchone()
    if state["fetched_at"] is not None and state["summary_hash"] != KEPT:
        set_state = "UPDATE activity SET fetched_at = ?, summary_hash = ? WHERE id = ?"
        connection.executemany(set_state, [(*state, to_id), (None, None, from_id)])


def mark_deleted(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Mark an activity as deleted: it leaves lists and ranks, its data stay. False where it was already."""
    now = int(time.time())
    cursor = connection.execute(
        "UPDATE activity SET deleted_at = ?, updated_at = ? WHERE id = ? AND deleted_at IS NULL",
        (now, now, activity_id),
    )
    return cursor.rowcount > 0


def is_kept(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Whether the runner has undeleted this activity although Strava no longer has it."""
    return has_row(connection, "FROM activity WHERE id = ? AND summary_hash = ?", (activity_id, KEPT))


def revive(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Undelete an activity; False where it was not deleted."""
    cursor = connection.execute(
        "UPDATE activity SET deleted_at = NULL, updated_at = ? WHERE id = ? AND deleted_at IS NOT NULL",
        (int(time.time()), activity_id),
    )
    return cursor.rowcount > 0


def was_given_up(connection: sqlite3.Connection, strava_id: int, summary_hash: str) -> bool:
    """Whether the fetch of this state of the activity failed for good or was cancelled."""
    return has_row(
        connection,
        "FROM job WHERE type = 'fetch' AND strava_id = ? AND status = 'error'"
        " AND json_extract(payload, '$.listHash') = ?",
        (strava_id, summary_hash),
    )
