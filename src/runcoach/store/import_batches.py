"""Import batches: what each import added, and whether it was finished or undone."""

from __future__ import annotations

import sqlite3
import time
from typing import NamedTuple

from runcoach.store.sqlite.statements import has_row, insert_row, select_all, select_values

_COLUMNS = (
    *("b.id", "b.origin", "b.started_at [timestamp]", "b.finished_at [timestamp]", "b.undone_at [timestamp]"),
    *("b.created", "b.updated", "b.unchanged", "b.failed"),
    (
        "(SELECT count(*) FROM activity_source AS s WHERE s.batch_id = b.id AND s.detached_at IS NULL)"
        " + (SELECT count(*) FROM wellness AS w WHERE w.batch_id = b.id)"
        " + (SELECT count(*) FROM race_prediction AS p WHERE p.batch_id = b.id) AS held"
    ),
)


class Batch(NamedTuple):
    """Identifies an import; origin and start distinguish it from one with the same id in a restored file."""

    id: int
    origin: str
    started_at: int


def begin(connection: sqlite3.Connection, origin: str) -> Batch:
    """Open the batch of one import."""
    started_at = int(time.time())
    batch_id = insert_row(connection, "import_batch", {"origin": origin, "started_at": started_at})
    return Batch(batch_id, origin, started_at)


def is_here(connection: sqlite3.Connection, batch: Batch) -> bool:
    """Whether the database still holds this batch; a restore may have replaced its content."""
    return has_row(connection, "FROM import_batch WHERE id = ? AND origin = ? AND started_at = ?", batch)


def finish(
    connection: sqlite3.Connection, batch_id: int, *, created: int, updated: int, unchanged: int, failed: int
) -> None:
    """Close a batch with its counts; a batch without ``finished_at`` was interrupted."""
    connection.execute(
        "UPDATE import_batch SET finished_at = ?, created = ?, updated = ?, unchanged = ?, failed = ? WHERE id = ?",
        (int(time.time()), created, updated, unchanged, failed, batch_id),
    )


def close_interrupted(connection: sqlite3.Connection, *, except_for: int | None) -> int:
    """Close earlier batches that never finished, with counts from what they added; how many there were.

    What they wrote is complete (one transaction per activity); only the rest of the import is missing.
    """
    return connection.execute(
        "UPDATE import_batch SET finished_at = ?, created ="
        " (SELECT count(*) FROM activity_source AS s WHERE s.batch_id = import_batch.id)"
        " WHERE finished_at IS NULL AND id IS NOT ?",
        (int(time.time()), except_for),
    ).rowcount


def listed(connection: sqlite3.Connection, limit: int | None) -> list[sqlite3.Row]:
    """The newest batches first; ``held`` counts the source records, daily values and forecasts that each still has."""
    return select_all(
        connection, _COLUMNS, "FROM import_batch AS b ORDER BY b.id DESC LIMIT ?", (-1 if limit is None else limit,)
    )


def unfinished(connection: sqlite3.Connection) -> list[int]:
    """Ids of batches that are interrupted or still running."""
    return select_values(connection, "id", "FROM import_batch WHERE finished_at IS NULL ORDER BY id")


def exists(connection: sqlite3.Connection, batch_id: int) -> bool:
    """Whether a batch with this id exists."""
    return has_row(connection, "FROM import_batch WHERE id = ?", (batch_id,))


def mark_undone(connection: sqlite3.Connection, batch_id: int) -> None:
    """Mark a batch as undone."""
    connection.execute(
        "UPDATE import_batch SET undone_at = ?, finished_at = coalesce(finished_at, ?) WHERE id = ?",
        (int(time.time()), int(time.time()), batch_id),
    )
