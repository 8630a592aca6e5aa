"""Import batches, and what is known of a file by its contents."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def begin(connection: sqlite3.Connection, origin: str) -> int:
    """Open a batch for everything that one import brings; its id."""
    cursor = connection.execute(
        "INSERT INTO import_batch (origin, started_at) VALUES (?, ?)", (origin, int(time.time()))
    )
    if cursor.lastrowid is None:
        raise RuntimeError("SQLite gave the new batch no id")
    return cursor.lastrowid


def finish(
    connection: sqlite3.Connection, batch_id: int, *, created: int, updated: int, unchanged: int, failed: int
) -> None:
    """Close a batch with its counts; a batch without ``finished_at`` was interrupted."""
    connection.execute(
        "UPDATE import_batch SET finished_at = ?, created = ?, updated = ?, unchanged = ?, failed = ? WHERE id = ?",
        (int(time.time()), created, updated, unchanged, failed, batch_id),
    )


def known_items(connection: sqlite3.Connection, sha256: str) -> dict[int, int]:
    """Of a file with these contents: item → activity id for each activity of it that is here."""
    rows = connection.execute(
        "SELECT item, activity_id FROM activity_source WHERE sha256 = ? AND detached_at IS NULL", (sha256,)
    )
    return {row["item"]: row["activity_id"] for row in rows}


def is_whole(connection: sqlite3.Connection, sha256: str) -> bool:
    """Whether every activity of a file with these contents is already here."""
    row = connection.execute(
        "SELECT count(*) AS here, max(items) AS items FROM activity_source WHERE sha256 = ? AND detached_at IS NULL",
        (sha256,),
    ).fetchone()
    return bool(row["here"] > 0 and row["here"] == row["items"])


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
