"""Connections with runcoach's pragmas, and the one place where a write transaction begins."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import runcoach.store.sqlite.statements  # noqa: F401  (registers the types of columns)
from runcoach.errors import BusyDatabaseError, RuncoachError, StoreError

BUSY_TIMEOUT_MS = 10_000

_Connection = TypeVar("_Connection", bound="CheckedConnection")

#: The newest migration: a file of this version needs none, and most commands never load them.
SCHEMA_VERSION = 8

#: Marks a file as ours in SQLite's own header ("RUNC"), so that no other program's database is ever touched.
APPLICATION_ID = 0x52554E43


class CheckedConnection(sqlite3.Connection):
    """A connection that reports names or messages that are not UTF-8 as damage of the file.

    A damaged schema can contain any bytes, for which the sqlite3 module raises UnicodeDecodeError.
    """

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """As of :class:`sqlite3.Connection`."""
        try:
            return super().execute(sql, parameters)
        except UnicodeDecodeError as error:
            raise _damage(error) from error

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        """As of :class:`sqlite3.Connection`."""
        try:
            return super().executemany(sql, parameters)
        except UnicodeDecodeError as error:
            raise _damage(error) from error


def _damage(error: UnicodeDecodeError) -> sqlite3.DatabaseError:
    damage = sqlite3.DatabaseError(f"malformed database schema: not UTF-8 ({error.reason})")
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return damage


class StoreConnection(CheckedConnection):
    """A connection that detects a deleted or replaced file.

    On most systems writes to such a file succeed and are lost when the process ends.
    """

    _path: Path | None = None
    _file: tuple[int, int] | None = None

    def opened(self, path: Path) -> None:
        """Store the identity of the file that SQLite has just opened or created."""
        self._path, self._file = path, _identity(path)

    def check_place(self) -> None:
        """Raise StoreError where another file, or none, is now at its path."""
        if self._path is not None and _identity(self._path) != self._file:
            message = f"{self._path} was deleted or replaced while runcoach was using it"
            raise StoreError(message, hint="what was written last is lost; see `runcoach status`, then repeat")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def open_connection(database: str | Path, kind: type[_Connection], *, uri: bool = False) -> _Connection:
    """Open a database with explicit transactions; columns may name their type (see the module ``statements``)."""
    connection = sqlite3.connect(
        database,
        uri=uri,
        factory=kind,
        isolation_level=None,
        timeout=BUSY_TIMEOUT_MS / 1000,
        detect_types=sqlite3.PARSE_COLNAMES,
    )
    connection.row_factory = sqlite3.Row
    # SQLite's lower() covers ASCII only.
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    return connection


def connect(path: Path) -> sqlite3.Connection:
    """Connect with runcoach's pragmas; only :func:`write_transaction` begins transactions."""
    connection = open_connection(path, StoreConnection)
    try:
        connection.opened(path)
        connection.execute("PRAGMA foreign_keys = 1")
        connection.execute("PRAGMA synchronous = NORMAL")
        _use_write_ahead_log(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL. SQLite refuses that at once while another connection reads, so this waits for it."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Connect to an existing file with ``mode=ro``: SQLite refuses every write.

    On a read-only medium a file without a log is opened as immutable: SQLite cannot create its index of the log there.
    """
    is_immutable = is_on_read_only_medium(path) and not path.with_name(f"{path.name}-wal").exists()
    address = f"file:{quote(os.fsencode(path))}?mode=ro{'&immutable=1' if is_immutable else ''}"
    return open_connection(address, CheckedConnection, uri=True)


def is_on_read_only_medium(path: Path) -> bool:
    """Whether nobody can change the file: not where only the user lacks the permission to."""
    return hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def connect_in_memory() -> sqlite3.Connection:
    """Connect to a new, empty database in memory."""
    return open_connection(":memory:", CheckedConnection)


def header(connection: sqlite3.Connection) -> tuple[int, int]:
    """``(schema version, application id)`` of a file; both are 0 in a new one."""
    version, application = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")
    )
    return int(version), int(application)


@contextmanager
def write_transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the block in one transaction that holds the write lock from its beginning.

    Raises StoreError where the file was deleted or replaced, before the block or after the commit.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        _check_place(connection)
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself when the disk was full
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    _check_place(connection)


def _check_place(connection: sqlite3.Connection) -> None:
    if isinstance(connection, StoreConnection):
        connection.check_place()


def set_busy_timeout(connection: sqlite3.Connection, timeout_ms: int) -> None:
    """Set how long this connection waits for another writer."""
    connection.execute(f"PRAGMA busy_timeout = {int(timeout_ms)}")


def error_text(error: sqlite3.Error) -> str:
    """The message of an error in one line, without the value that is not UTF-8."""
    return " ".join(str(error).split(" with text ", 1)[0].split())


def explain(error: sqlite3.Error | OSError, path: Path) -> RuncoachError:
    """Convert an error of SQLite or the file system to a RuncoachError with a hint."""
    if isinstance(error, OSError):
        return StoreError(f"{error.filename or path}: {error.strerror or error}", hint=_FOLDER_HINT)
    text = error_text(error)
    if "locked" in text or "busy" in text:
        return BusyDatabaseError(f"another process is writing to {path}", hint="try again when it has finished")
    for word, message, hint in _ERRORS:
        if word in text:
            return StoreError(message.format(path=path, text=text), hint=hint)
    return StoreError(f"{path}: {text}", hint=DAMAGE_HINT)


#: What helps where the database is damaged.
DAMAGE_HINT = "`runcoach doctor` says what can be done, `runcoach restore` brings a backup back"
_DAMAGE = ("malformed", "not a database", "Could not decode to UTF-8")
_DISK_HINT = "see that the disk is there, whole and not full, then repeat"
_FOLDER_HINT = "check the folder's permissions, or choose another with --home"

#: Part of SQLite's message, our message, the hint.
_ERRORS = (
    ("full", "the disk is full; nothing was half-written to {path}", "free some space, then repeat"),
    ("readonly", "{path} cannot be written: {text}", _FOLDER_HINT),
    ("unable to open", "{path} cannot be written: {text}", _FOLDER_HINT),
    *((word, "{path} is damaged or not a SQLite database: {text}", DAMAGE_HINT) for word in _DAMAGE),
    ("I/O error", "{path} cannot be written or read: {text}", _DISK_HINT),
)
