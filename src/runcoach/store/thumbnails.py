"""Stored thumbnails and the jobs that draw them; the caller holds the transaction of every change.

An activity has rows in ``thumbnail`` while its thumbnails are current: writing its track removes them
(:func:`outdated`), drawing adds them. The small PNG is in ``activity_payload``, the large one in the cache folder.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass

from runcoach.store import jobs
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.statements import has_row, select_value

#: Key of ``sync_state``: the version and options that all thumbnails were drawn with.
_DRAWN_WITH = "thumbnails_drawn_with"

# Activities without thumbnails that are not about to be fetched.
_UNDRAWN = """
deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM thumbnail AS t WHERE t.activity_id = activity.id)
AND (strava_id IS NULL OR strava_id NOT IN (SELECT strava_id FROM job
    WHERE type = 'fetch' AND status IN ('queued', 'running', 'retry') AND strava_id IS NOT NULL))
"""

_MISSING = f"{_UNDRAWN} AND {jobs.has_no_job('thumbnail')}"


@dataclass(frozen=True, slots=True)
class Stored:
    """An activity's stored thumbnail; ``small`` is None where it is missing or outdated."""

    activity_id: int
    sport_type: str
    is_deleted: bool
    small: bytes | None


def outdated(connection: sqlite3.Connection, activity_id: int, reason: str) -> None:
    """Remove an activity's outdated thumbnails and queue a job that draws new ones."""
    connection.execute("DELETE FROM thumbnail WHERE activity_id = ?", (activity_id,))
    jobs.queue_activities(connection, "thumbnail", "id = :id", reason, activity_id)


def outdated_all(connection: sqlite3.Connection, drawn_with: str) -> None:
    """Remove all thumbnails, queue all activities, and store ``drawn_with``."""
    connection.execute("DELETE FROM thumbnail")
    connection.execute("UPDATE job SET next_run_at = 0 WHERE type = 'thumbnail' AND status = 'retry'")
    jobs.queue_activities(connection, "thumbnail", _UNDRAWN, "manual")
    sync_state.put(connection, _DRAWN_WITH, drawn_with)


def queue_missing(connection: sqlite3.Connection) -> int:
    """Queue activities that have neither thumbnails nor a job and are not about to be fetched; their number."""
    return jobs.queue_activities(connection, "thumbnail", _MISSING, "manual")


def is_missing_any(connection: sqlite3.Connection) -> bool:
    """Whether :func:`queue_missing` would queue anything."""
    return has_row(connection, f"FROM activity WHERE {_MISSING}")


def drawn_with(connection: sqlite3.Connection) -> str | None:
    """What all thumbnails were drawn with; None before the first."""
    return sync_state.get(connection, _DRAWN_WITH)


def stored(connection: sqlite3.Connection, activity_id: int) -> Stored | None:
    """The stored thumbnail of an activity; None for an unknown activity."""
    row = connection.execute(
        "SELECT a.sport_type, a.deleted_at, CASE WHEN t.id IS NOT NULL THEN p.thumb_png END AS small FROM activity AS a"
        " LEFT JOIN thumbnail AS t ON t.activity_id = a.id AND t.width = (SELECT min(width) FROM thumbnail"
        " WHERE activity_id = a.id) LEFT JOIN activity_payload AS p ON p.activity_id = a.id WHERE a.id = ?",
        (activity_id,),
    ).fetchone()
    if row is None:
        return None
    return Stored(activity_id, row["sport_type"], row["deleted_at"] is not None, row["small"])


def fingerprint(connection: sqlite3.Connection, activity_id: int, channels: Iterable[str]) -> bytes:
    """Hash of what a thumbnail is drawn from: the sport and the stored data of these channels."""
    digest = hashlib.sha256()
    sport = select_value(connection, "sport_type", "FROM activity WHERE id = ?", (activity_id,))
    digest.update((sport or "").encode())
    requested = frozenset(channels)
    rows = connection.execute(
        "SELECT channel, data FROM activity_stream WHERE activity_id = ? ORDER BY channel", (activity_id,)
    )
    for channel, data in rows:
        if channel in requested:
            digest.update(b"%s %d " % (channel.encode(), len(data)) + data)
    return digest.digest()


def put(connection: sqlite3.Connection, activity_id: int, small: bytes, edges_px: Iterable[int], url: str) -> None:
    """Store the small thumbnail of an activity and the address of each size; ``url`` is that of the first."""
    connection.execute(
        "INSERT INTO activity_payload (activity_id, thumb_png) VALUES (?, ?)"
        " ON CONFLICT (activity_id) DO UPDATE SET thumb_png = excluded.thumb_png",
        (activity_id, small),
    )
    now = int(time.time())
    connection.executemany(
        "INSERT INTO thumbnail (activity_id, url, width, height, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (activity_id, width) DO UPDATE SET url = excluded.url, created_at = excluded.created_at",
        [
            (activity_id, url if number == 0 else f"{url}?size={edge}", edge, edge, now)
            for number, edge in enumerate(edges_px)
        ],
    )


def settle(connection: sqlite3.Connection, activity_id: int) -> None:
    """Mark the open thumbnail job of an activity as done."""
    connection.execute(
        "UPDATE job SET status = 'done', updated_at = ? WHERE type = 'thumbnail'"
        " AND status IN ('queued', 'running', 'retry') AND json_extract(payload, '$.activityId') = ?",
        (int(time.time()), activity_id),
    )
