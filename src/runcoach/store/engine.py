"""Opens the SQLite file and is the one place where a write begins; every connection has the same pragmas."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from runcoach.errors import BusyDatabaseError, RuncoachError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcoach.config import Config

BUSY_TIMEOUT_MS = 10_000

#: The newest migration: a file of this version needs none, and most commands never load them.
SCHEMA_VERSION = 3

#: Marks a file as ours in SQLite's own header ("RUNC"), so that no other program's database is ever touched.
APPLICATION_ID = 0x52554E43


@contextmanager
def open_store(config: Config) -> Iterator[sqlite3.Connection]:
    """The profile's file, made and migrated where needed, closed at the end.

    Raises StoreError (with a remedy) for whatever SQLite or the file system objects to, also inside the block.
    """
    path = config.database
    try:
        _make_private(path)
        with closing(connect(path)) as connection:
            if header(connection) != (SCHEMA_VERSION, APPLICATION_ID):
                from runcoach.store.migrations import migrate

                migrate(connection, config.paths.backups)
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise explain(error, path) from error


@contextmanager
def open_reader(config: Config) -> Iterator[sqlite3.Connection | None]:
    """The profile's file for reading; None where there is none yet. A file of an older version is migrated first."""
    if not config.database.exists():
        yield None
        return
    with open_store(config) as connection:
        connection.execute("PRAGMA query_only = 1")
        yield connection


def connect(path: Path) -> sqlite3.Connection:
    """A connection with runcoach's pragmas; transactions are begun by :func:`write` alone."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        connection.row_factory = sqlite3.Row
        # SQLite's lower() knows ASCII alone; runners write Ä and É.
        connection.create_function("casefold", 1, str.casefold, deterministic=True)
        connection.execute("PRAGMA foreign_keys = 1")
        connection.execute("PRAGMA synchronous = NORMAL")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    return connection


def header(connection: sqlite3.Connection) -> tuple[int, int]:
    """``(schema version, application id)`` of a file; both are nought in a new one."""
    version, application = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")
    )
    return int(version), int(application)


@contextmanager
def write(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the write lock from its first moment: all of the block, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself when the disk was full
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def explain(error: sqlite3.Error | OSError, path: Path) -> RuncoachError:
    """The one place where a foreign error of the store becomes one of ours, with its remedy."""
    if isinstance(error, OSError):
        return StoreError(f"{error.filename or path}: {error.strerror or error}", hint=_FOLDER_HINT)
    text = str(error)
    if "locked" in text or "busy" in text:
        return BusyDatabaseError(f"another process is writing to {path}", hint="try again when it has finished")
    if "full" in text:
        return StoreError(f"the disk is full; nothing was half-written to {path}", hint="free some space, then repeat")
    if "readonly" in text or "unable to open" in text:
        return StoreError(f"{path} cannot be written: {text}", hint=_FOLDER_HINT)
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in text or "not a database" in text):
        return StoreError(f"{path} is damaged or not a SQLite database: {text}", hint="restore a backup")
    return StoreError(f"{path}: {text}")


_FOLDER_HINT = "check the folder's permissions, or choose another with --home"


def _make_private(path: Path) -> None:
    """The folder and the file, readable by their owner alone: a runner's history tells where the runner lives."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
