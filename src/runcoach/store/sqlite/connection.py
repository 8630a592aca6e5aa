"""Connections with runcoach's pragmas, and the one place where a write transaction begins."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import runcoach.store.sqlite.statements  # noqa: F401  (registers the types of columns)
from runcoach.errors import BusyDatabaseError, RuncoachError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_MS = 10_000

#: The newest migration: a file of this version needs none, and most commands never load them.
SCHEMA_VERSION = 4

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
    """A connection that knows whether its file is still where it was opened.

    A file can be deleted or replaced while it is open, and on most systems all goes well ever after: into a file that
    has no name any more and vanishes with the process.
    """

    _path: Path | None = None
    _file: tuple[int, int] | None = None

    def opened(self, path: Path) -> None:
        """Remember the file, which SQLite has just opened or made."""
        self._path, self._file = path, _identity(path)

    def check_place(self) -> None:
        """StoreError where another file, or none, is now at its path."""
        if self._path is not None and _identity(self._path) != self._file:
            said = f"{self._path} was deleted or replaced while runcoach was using it"
            raise StoreError(said, hint="what was written last is lost; see `runcoach status`, then repeat")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def connect(path: Path) -> sqlite3.Connection:
    """A connection with runcoach's pragmas; transactions are begun by :func:`write_transaction` alone."""
    connection: StoreConnection = sqlite3.connect(path, factory=StoreConnection, **_options())
    try:
        connection.opened(path)
        _equip(connection)
        connection.execute("PRAGMA foreign_keys = 1")
        connection.execute("PRAGMA synchronous = NORMAL")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Connect to an existing file with ``mode=ro``: SQLite refuses every write."""
    address = f"file:{quote(os.fsencode(path))}?mode=ro"
    connection: sqlite3.Connection = sqlite3.connect(address, uri=True, factory=CheckedConnection, **_options())
    _equip(connection)
    return connection


def connect_in_memory() -> sqlite3.Connection:
    """Connect to a new, empty database in memory."""
    connection: sqlite3.Connection = sqlite3.connect(":memory:", factory=CheckedConnection, **_options())
    _equip(connection)
    return connection


def _options() -> dict[str, Any]:
    """Transactions are explicit; columns may name their type (see :mod:`runcoach.store.sqlite.statements`)."""
    return {"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000, "detect_types": sqlite3.PARSE_COLNAMES}


def _equip(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    # SQLite's lower() knows ASCII alone; runners write Ä and É.
    connection.create_function("casefold", 1, str.casefold, deterministic=True)


def header(connection: sqlite3.Connection) -> tuple[int, int]:
    """``(schema version, application id)`` of a file; both are nought in a new one."""
    version, application = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")
    )
    return int(version), int(application)


@contextmanager
def write_transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the write lock from its first moment: all of the block, or nothing of it.

    StoreError where the file is no longer in its place, before the block or when it has been written.
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


def set_busy_timeout(connection: sqlite3.Connection, patience_ms: int) -> None:
    """Let this connection wait no longer than this for another writer, where someone is waiting for it in turn."""
    connection.execute(f"PRAGMA busy_timeout = {int(patience_ms)}")


def error_text(error: sqlite3.Error) -> str:
    """The message of an error in one line, without the value that is not UTF-8."""
    return " ".join(str(error).split(" with text ", 1)[0].split())


def explain(error: sqlite3.Error | OSError, path: Path) -> RuncoachError:
    """The one place where a foreign error of the store becomes one of ours, with its remedy."""
    if isinstance(error, OSError):
        return StoreError(f"{error.filename or path}: {error.strerror or error}", hint=_FOLDER_HINT)
    text = error_text(error)
    if "locked" in text or "busy" in text:
        return BusyDatabaseError(f"another process is writing to {path}", hint="try again when it has finished")
    for word, said, hint in _TROUBLES:
        if word in text:
            return StoreError(said.format(path=path, text=text), hint=hint)
    return StoreError(f"{path}: {text}", hint=DAMAGE_HINT)


#: What helps where the database is damaged.
DAMAGE_HINT = "`runcoach doctor` says what can be done, `runcoach restore` brings a backup back"
_DAMAGE = ("malformed", "not a database", "Could not decode to UTF-8")
_DISK_HINT = "see that the disk is there, whole and not full, then repeat"
_FOLDER_HINT = "check the folder's permissions, or choose another with --home"

#: A word of SQLite's, what it means to a person, and what to do.
_TROUBLES = (
    ("full", "the disk is full; nothing was half-written to {path}", "free some space, then repeat"),
    ("readonly", "{path} cannot be written: {text}", _FOLDER_HINT),
    ("unable to open", "{path} cannot be written: {text}", _FOLDER_HINT),
    *((word, "{path} is damaged or not a SQLite database: {text}", DAMAGE_HINT) for word in _DAMAGE),
    ("I/O error", "{path} cannot be written or read: {text}", _DISK_HINT),
)
