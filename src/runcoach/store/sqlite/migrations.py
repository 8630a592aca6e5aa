"""Migrates a database to the current schema: numbered steps, each atomic with its record, after a verified backup."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runcoach.errors import NewerDatabaseError, StoreError
from runcoach.store.sqlite.connection import (
    APPLICATION_ID,
    BUSY_TIMEOUT_MS,
    header,
    set_busy_timeout,
    write_transaction,
)
from runcoach.store.sqlite.schema import clean_efforts, coach, edits, foundation, originals, remote_sources, strava, web
from runcoach.store.sqlite.statements import count_rows


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from ``version - 1`` to ``version``; ``sql`` is run statement by statement in one transaction."""

    version: int
    name: str
    sql: str


MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "foundation", foundation.SQL),
    Migration(2, "strava", strava.SQL),
    Migration(3, "web", web.SQL),
    Migration(4, "remote-sources", remote_sources.SQL),
    Migration(5, "clean-efforts", clean_efforts.SQL),
    Migration(6, "edits", edits.SQL),
    Migration(7, "coach", coach.SQL),
    Migration(8, "originals", originals.SQL),
)


#: How long a process waits for another one that migrates the same file: the backup of a large file takes a while.
_MIGRATION_TIMEOUT_MS = 120_000


def migrate(
    connection: sqlite3.Connection,
    back_up: Callable[[Path, str], None] | None,
    steps: Sequence[Migration] = MIGRATIONS,
) -> None:
    """Migrate the open file to the newest of ``steps``; does nothing where it is current.

    ``back_up`` is called before each step, under the write lock, with the file's path and the step's name, for example
    ``0002-strava``; None for a copy. Of several processes one migrates, the others wait.

    Raises NewerDatabaseError for a file of a later version and StoreError for a database that is not runcoach's; both
    are left unchanged. An interrupted step leaves the previous version.
    """
    version = _version(connection)
    newest = steps[-1].version
    if version == newest:
        return
    if version > newest:
        raise NewerDatabaseError(
            f"{_path(connection)} was written by a newer runcoach (schema {version}, this one knows {newest})",
            hint="upgrade runcoach; the file has been left as it is",
        )
    set_busy_timeout(connection, _MIGRATION_TIMEOUT_MS)
    for step in steps[version:]:
        _apply(connection, step, back_up if version else None)
    set_busy_timeout(connection, BUSY_TIMEOUT_MS)


def _version(connection: sqlite3.Connection) -> int:
    """The file's schema version, 0 for a new file; StoreError for another program's file."""
    try:
        # Tables before header: another process may create both in one transaction between the two reads.
        tables = count_rows(connection, "FROM sqlite_schema")
        version, application = header(connection)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{_path(connection)} is not a SQLite database or is damaged: {error}") from error
    if tables and application != APPLICATION_ID:
        raise StoreError(f"{_path(connection)} is another program's database", hint="name another --profile or --home")
    return version


def _apply(connection: sqlite3.Connection, step: Migration, back_up: Callable[[Path, str], None] | None) -> None:
    with write_transaction(connection):
        if _version(connection) >= step.version:
            return  # another process has migrated
        if back_up is not None:
            back_up(_path(connection), f"{step.version:04d}-{step.name}")
        for statement in statements(step.sql):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO schema_migration (version, name, applied_at) VALUES (?, ?, ?)",
            (step.version, step.name, int(time.time())),
        )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {step.version}")


def statements(sql: str) -> list[str]:
    """Split a script into statements: executescript() would commit in the middle of a migration."""
    found, pending = [], ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError(f"a migration ends in the middle of a statement: {pending.strip()[:60]}")
    return found


def _path(connection: sqlite3.Connection) -> Path:
    from pathlib import Path

    return Path(connection.execute("PRAGMA database_list").fetchone()[2] or "memory")
