"""Import batches: what one import brought, and whether it came to its end or was taken back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from runcoach.store.sqlite.statements import select

if TYPE_CHECKING:
    import sqlite3


_COLUMNS = (
    *("b.id", "b.origin", "b.started_at [timestamp]", "b.finished_at [timestamp]", "b.undone_at [timestamp]"),
    *("b.created", "b.updated", "b.unchanged", "b.failed"),
    "(SELECT count(*) FROM activity_source AS s WHERE s.batch_id = b.id AND s.detached_at IS NULL) AS held",
)


class Batch(NamedTuple):
    """One import's row: its number, and what tells it from another that has the same number in another file."""

    id: int
    origin: str
    started_at: int


def begin(connection: sqlite3.Connection, origin: str) -> Batch:
    """Open a batch for everything that one import brings."""
    started_at = int(time.time())
    cursor = connection.execute("INSERT INTO import_batch (origin, started_at) VALUES (?, ?)", (origin, started_at))
    if cursor.lastrowid is None:
        raise RuntimeError("SQLite gave the new batch no id")
    return Batch(cursor.lastrowid, origin, started_at)


def is_here(connection: sqlite3.Connection, batch: Batch) -> bool:
    """Whether the file still holds this very batch; a restore may have put another content in its place."""
    row = connection.execute(
        "SELECT 1 FROM import_batch WHERE id = ? AND origin = ? AND started_at = ?", batch
    ).fetchone()
    return row is not None


def finish(
    connection: sqlite3.Connection, batch_id: int, *, created: int, updated: int, unchanged: int, failed: int
) -> None:
    """Close a batch with its counts; a batch without ``finished_at`` was interrupted."""
    connection.execute(
        "UPDATE import_batch SET finished_at = ?, created = ?, updated = ?, unchanged = ?, failed = ? WHERE id = ?",
        (int(time.time()), created, updated, unchanged, failed, batch_id),
    )


def close_interrupted(connection: sqlite3.Connection, *, except_for: int | None) -> int:
    """Give earlier batches that never finished their counts, from what they left; how many there were.

    Whatever they wrote is whole (one transaction an activity), only the end of the import did not come.
    """
    cursor = connection.execute(
        "UPDATE import_batch SET finished_at = ?, created ="
        " (SELECT count(*) FROM activity_source AS s WHERE s.batch_id = import_batch.id)"
        " WHERE finished_at IS NULL AND id IS NOT ?",
        (int(time.time()), except_for),
    )
    return cursor.rowcount


def listed(connection: sqlite3.Connection, limit: int) -> list[sqlite3.Row]:
    """The newest batches first, with how many accounts each still holds."""
    return connection.execute(
        select(_COLUMNS, "FROM import_batch AS b ORDER BY b.id DESC LIMIT ?"),
        (limit,),
    ).fetchall()


def unfinished(connection: sqlite3.Connection) -> list[int]:
    """Batches that have not come to their end: interrupted, or still under way."""
    return [
        row["id"] for row in connection.execute("SELECT id FROM import_batch WHERE finished_at IS NULL ORDER BY id")
    ]


def exists(connection: sqlite3.Connection, batch_id: int) -> bool:
    """Whether there is a batch of this number."""
    return connection.execute("SELECT 1 FROM import_batch WHERE id = ?", (batch_id,)).fetchone() is not None


def mark_undone(connection: sqlite3.Connection, batch_id: int) -> None:
    """Remember that a batch was taken back."""
    connection.execute(
        "UPDATE import_batch SET undone_at = ?, finished_at = coalesce(finished_at, ?) WHERE id = ?",
        (int(time.time()), int(time.time()), batch_id),
    )
