"""Inspects a database file without migrating or writing to it: its kind, its errors, its missing indexes."""

from __future__ import annotations

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from runcoach.store.sqlite.connection import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    CheckedConnection,
    connect_in_memory,
    error_text,
    explain,
    header,
    open_connection,
)
from runcoach.store.sqlite.statements import count_rows, has_row, select_value

#: The most integrity errors to report.
MAX_ERRORS = 20

#: SQLite's primary result codes for damaged content.
_CONTENT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

#: Those that a statement gets which does not fit a file's tables or values.
_QUERY = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_SCHEMA}


class FileKind(StrEnum):
    """Kind of a database file."""

    MISSING = "missing"
    NEW = "new"  # there, and nothing in it yet
    OURS = "ours"
    NEWER = "newer"  # written by a newer runcoach
    FOREIGN = "foreign"  # another program's database
    DAMAGED = "damaged"  # or no database at all


@dataclass(frozen=True, slots=True)
class FileStatus:
    """Kind and schema version of a file; ``damage`` describes a damaged one."""

    kind: FileKind
    version: int = 0
    damage: str | None = None


def inspect_file(path: Path, *, thorough: bool = False, live: bool = False) -> FileStatus:
    """Kind of the file at ``path``; ``thorough`` runs an integrity check. StoreError where it cannot be read.

    ``live`` as for :func:`open_unmigrated`.
    """
    try:
        if not path.exists():
            return FileStatus(FileKind.MISSING)
        if path.stat().st_size == 0:
            return FileStatus(FileKind.NEW)
        with open_unmigrated(path, live=live) as connection:
            return _file_status(connection, thorough=thorough)
    except sqlite3.Error as error:
        if is_damage(error):
            return FileStatus(FileKind.DAMAGED, damage=error_text(error))
        raise explain(error, path) from error
    except OSError as error:
        raise explain(error, path) from error


def is_content_error(error: sqlite3.Error) -> bool:
    """Whether an error is caused by what a file contains, damaged or not; not by access to it, locks or the disk."""
    return is_damage(error) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _QUERY


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error means that the file is damaged or is not a database."""
    is_content = getattr(error, "sqlite_errorcode", 0) & 0xFF in _CONTENT
    return is_content or "Could not decode to UTF-8" in str(error)  # raised by the sqlite3 module, without a code


@contextmanager
def open_unmigrated(path: Path, *, live: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a file of any schema version read-only; raises the errors of sqlite3.

    ``live``: other processes may begin to write to it. Otherwise no file is created next to it, so that it can be on a
    read-only disk.
    """
    address = f"{path.absolute().as_uri()}?{_mode(path, live=live)}"
    with closing(open_connection(address, CheckedConnection, uri=True)) as connection:
        connection.execute("PRAGMA query_only = 1")
        yield connection


def _mode(path: Path, *, live: bool) -> str:
    if path.with_name(f"{path.name}-wal").exists():
        return "mode=ro"  # the last writer would play the log into a file that may be damaged
    if live and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return "mode=rw"  # removes the files that reading creates
    return "mode=ro&immutable=1"


def integrity_errors(connection: sqlite3.Connection) -> list[str]:
    """The errors found by SQLite's integrity check or in reading the schema; empty for a sound file."""
    try:
        rows = connection.execute(f"PRAGMA integrity_check({MAX_ERRORS})").fetchall()
        _objects(connection)
    except sqlite3.Error as error:
        if not is_content_error(error):
            raise
        return [error_text(error)]
    found = [str(row[0]) for row in rows]
    return [] if found == ["ok"] else found


def orphans(connection: sqlite3.Connection) -> dict[str, int]:
    """Table → number of rows whose foreign key points to no row; empty for a sound file."""
    return dict(Counter(row[0] for row in connection.execute("PRAGMA foreign_key_check")))


def rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Table → number of rows."""
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    return {name: count_rows(connection, f'FROM "{name}"') for (name,) in names}


def missing_schema(connection: sqlite3.Connection) -> dict[str, str]:
    """Name → SQL of tables and indexes that the migrations create and the file lacks or has differently."""
    from runcoach.store.sqlite.migrations import MIGRATIONS, statements

    with closing(connect_in_memory()) as model:
        for step in MIGRATIONS:
            for statement in statements(step.sql):
                model.execute(statement)
        expected = _objects(model)
    actual = _objects(connection)
    return {name: sql for name, sql in expected.items() if actual.get(name) != sql}


def is_index(sql: str) -> bool:
    """Whether a statement creates an index."""
    return re.match(r"CREATE (UNIQUE )?INDEX ", sql) is not None


def make_indexes(connection: sqlite3.Connection) -> list[str]:
    """Create the missing and differing indexes, and return their names; the caller holds the transaction."""
    expected = {name: sql for name, sql in missing_schema(connection).items() if is_index(sql)}
    for name, sql in expected.items():
        connection.execute(f'DROP INDEX IF EXISTS "{name}"')
        connection.execute(sql)
    return sorted(expected)


def optimize(connection: sqlite3.Connection) -> None:
    """Update the statistics by which SQLite chooses indexes."""
    connection.execute("PRAGMA optimize = 0x10002")


def first_athlete(connection: sqlite3.Connection) -> int | None:
    """The athlete of the activities, else of the last login, in a file of any schema version; None if unknown."""
    found: int | None = select_value(connection, "athlete_id", "FROM activity WHERE athlete_id IS NOT NULL LIMIT 1")
    if found is None and has_table(connection, "strava_token"):
        last_login = "FROM strava_token WHERE status <> 'pending' ORDER BY is_active DESC, id DESC LIMIT 1"
        found = select_value(connection, "athlete_id", last_login)
    return found


def has_table(connection: sqlite3.Connection, name: str, database: str = "main") -> bool:
    """Whether a table exists."""
    return has_row(connection, f"FROM {database}.sqlite_schema WHERE type = 'table' AND name = ?", (name,))


def _file_status(connection: sqlite3.Connection, *, thorough: bool) -> FileStatus:
    # Tables before header: another process may create both in one transaction between the two reads.
    tables = count_rows(connection, "FROM sqlite_schema")
    version, application = header(connection)
    if not tables and not application:
        return FileStatus(FileKind.NEW)
    if application != APPLICATION_ID:
        return FileStatus(FileKind.FOREIGN, version)
    if version > SCHEMA_VERSION:
        return FileStatus(FileKind.NEWER, version)
    found = integrity_errors(connection) if thorough else []
    return FileStatus(FileKind.DAMAGED, version, found[0]) if found else FileStatus(FileKind.OURS, version)


def _objects(connection: sqlite3.Connection) -> dict[str, str]:
    found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in found}
