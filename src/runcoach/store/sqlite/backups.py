"""Copies a database while others write to it, and replaces a database's content by a copy's; names come from callers.

A copy is a consistent snapshot: written to a temporary file in its folder, checked, synced and renamed. It has
no companion files. Content is replaced in one transaction, so that other processes, also after a crash, see the old
content or the new one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from runcoach.errors import BusyDatabaseError, StoreError
from runcoach.filesystem import fsync_folder, is_process_alive, make_private_folder
from runcoach.store.sqlite import integrity
from runcoach.store.sqlite.connection import (
    CheckedConnection,
    connect,
    error_text,
    explain,
    header,
    open_connection,
    set_busy_timeout,
)
from runcoach.store.sqlite.statements import select_value

#: Suffixes of the files that SQLite keeps with a database; a replaced file must not inherit them.
COMPANIONS = ("-wal", "-shm", "-journal")

#: Table → column by which the last change of a file is found.
_CHANGED_AT = {
    "activity": "updated_at",
    "activity_source": "created_at",
    "import_batch": "started_at",
    "audit": "created_at",
    "job": "updated_at",
}


#: Tables that belong to this installation, not to the runner's history: a backup's logins and limits are outdated.
_INSTALLATION_TABLES = ("strava_token", "webhook_subscription", "rate_budget", "remote_connection")

#: Keys of ``sync_state`` that do.
_INSTALLATION_KEYS = (
    "strava_application",
    "strava_login_under_way",
    "vault_leftovers",
    "serve_access",
    "worker",
    "clock",
)

_PLACEHOLDERS = ", ".join("?" * len(_INSTALLATION_KEYS))


@dataclass(frozen=True, slots=True)
class Contents:
    """Contents of a database of any schema version; dates are local."""

    schema_version: int
    athlete_id: int | None
    activities: int
    first_date: str | None
    last_date: str | None


def contents(connection: sqlite3.Connection) -> Contents:
    """Contents of the open file."""
    row = connection.execute(
        "SELECT count(*) AS activities, min(local_date) AS first_date, max(local_date) AS last_date"
        " FROM activity WHERE deleted_at IS NULL"
    ).fetchone()
    return Contents(header(connection)[0], integrity.first_athlete(connection), *row)


def last_change(connection: sqlite3.Connection, now: int) -> int:
    """The latest time recorded in the open file, in seconds since 1970, without those after ``now``; 0 without any."""
    times = [
        select_value(connection, f"max({column})", f"FROM {table} WHERE {column} <= ?", (now,))
        for table, column in _CHANGED_AT.items()
        if integrity.has_table(connection, table)
    ]
    return max((int(time) for time in times if time is not None), default=0)


def partial(path: Path) -> Path:
    """The temporary name of a file; holds the process id, so that leftovers can be recognised."""
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def save(connection: sqlite3.Connection, target: Path) -> None:
    """A checked copy of the file as it is at this moment at ``target``, in place of what is there; 0600.

    StoreError where it cannot be made, or where the copy shows that the file is damaged: then ``target`` is as it was.
    """
    with staged(connection, target) as temporary:
        _to_disk(temporary)
        temporary.replace(target)
        _names_to_disk(target.parent)


def save_before_migration(folder: Path, live: Path, step: str) -> None:
    """Save the file ``live``, whose write lock the caller holds, in ``folder`` as ``PROFILE-before-STEP.db``."""
    make_private_folder(folder)
    with integrity.open_unmigrated(live, live=True) as connection:
        save(connection, folder / f"{live.stem}-before-{step}.db")


@contextmanager
def staged(connection: sqlite3.Connection, target: Path, what: str = "the database") -> Iterator[Path]:
    """A checked copy next to ``target``, under another name; gone at the end of the block unless it was renamed.

    ``what`` is copied, for messages. StoreError where it is damaged or cannot be copied.
    """
    temporary = partial(target)
    _discard_abandoned(target)
    try:
        discard(temporary)
        try:
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            _copy(connection, temporary, what)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.Error) and integrity.is_damage(error):
                raise _damaged(what, error_text(error)) from error
            raise explain(error, target) from error
        yield temporary
    finally:
        discard(temporary)


def _discard_abandoned(target: Path) -> None:
    """Remove the copies for ``target`` of processes that were killed."""
    prefix = f".{target.name}."
    with suppress(OSError):  # a folder that may be written to, but not listed
        for path in target.parent.iterdir():
            pid = path.name.removeprefix(prefix).partition(".partial")[0]
            if path.name.startswith(prefix) and pid.isdecimal() and not is_process_alive(int(pid)):
                path.unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Remove a file that is not open and its companions; a missing file is not an error."""
    for companion in ("", *COMPANIONS):
        path.with_name(path.name + companion).unlink(missing_ok=True)


@contextmanager
def for_changes(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a staged copy for changes that need not survive a crash; leaves no companion files."""
    with closing(open_connection(path.absolute().as_uri(), CheckedConnection, uri=True)) as connection:
        connection.execute("PRAGMA foreign_keys = 1")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        yield connection


def replace_content(copy: Path, live: Path, keep: Callable[[], None]) -> None:
    """Replace the content of ``live``, which others may have open, by that of ``copy``, in one transaction.

    ``keep`` is called under the write lock and before any change, to save what is replaced; where it raises, nothing
    changes. Raises BusyDatabaseError where another process writes.
    """
    with closing(connect(live)) as target:
        target.execute("PRAGMA synchronous = FULL")
        _same_page_size(copy, target)
        with integrity.open_unmigrated(copy) as source:
            pages = source.execute("PRAGMA page_count").fetchone()[0]
            source.backup(target, pages=max(1, pages // 4), progress=_Steps(live, keep), sleep=0.0)
        set_busy_timeout(target, 200)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # stays where another process still reads


class _Steps:
    """Progress handler of SQLite's backup: the first step takes the lock and copies only a part."""

    def __init__(self, live: Path, keep: Callable[[], None]) -> None:
        self._live = live
        self._keep = keep
        self._kept = False

    def __call__(self, status: int, *_: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:  # the busy timeout has passed
            raise BusyDatabaseError(
                f"another process is writing to {self._live}", hint="try again when it has finished"
            )
        if not self._kept:
            self._kept = True
            self._keep()


def replace_file(copy: Path, live: Path, aside: Path) -> None:
    """Replace a damaged file by ``copy`` and keep it as ``aside`` with its log; a file exists at every moment."""
    try:
        for companion in ("", "-wal"):
            _also_named(live.with_name(live.name + companion), aside.with_name(aside.name + companion))
        _to_disk(copy)
        for companion in COMPANIONS:  # another file's log would be played into the copy
            live.with_name(live.name + companion).unlink(missing_ok=True)
        copy.replace(live)
        _names_to_disk(live.parent)
    except OSError as error:
        raise explain(error, live) from error


def _copy(connection: sqlite3.Connection, temporary: Path, what: str) -> None:
    """Copy a snapshot of the file and compare its row counts with those of the original."""
    owns_transaction = not connection.in_transaction
    if owns_transaction:
        connection.execute("BEGIN")
    try:
        expected = (header(connection), integrity.rows(connection))
        with closing(open_connection(temporary, CheckedConnection)) as copy:
            copy.execute("PRAGMA synchronous = OFF")
            copy.execute("PRAGMA journal_mode = OFF")
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # a WAL file cannot be read on a read-only disk
    finally:
        if owns_transaction:
            connection.execute("ROLLBACK")
    with integrity.open_unmigrated(temporary) as written:
        faults = integrity.integrity_errors(written)
        if faults:
            raise _damaged(what, faults[0])
        if (header(written), integrity.rows(written)) != expected:
            raise StoreError(f"the copy of {what} differs from it", hint="try again; the disk may be failing")


def copy_installation_state(connection: sqlite3.Connection, present: Path) -> None:
    """Replace the open file's logins and limits by those of the file at ``present``, of any schema version.

    The open file has the current schema; the caller holds no transaction.
    """
    connection.execute("ATTACH ? AS present", (f"{present.absolute().as_uri()}?mode=ro",))
    try:
        connection.execute("BEGIN IMMEDIATE")
        for table in _INSTALLATION_TABLES:
            connection.execute(f"DELETE FROM main.{table}")  # noqa: S608
            _copy_rows(connection, table)
        connection.execute(f"DELETE FROM main.sync_state WHERE key IN ({_PLACEHOLDERS})", _INSTALLATION_KEYS)  # noqa: S608
        _copy_rows(connection, "sync_state", f" WHERE key IN ({_PLACEHOLDERS})", _INSTALLATION_KEYS)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        with suppress(sqlite3.OperationalError):  # a statement that failed halfway still reads it
            connection.execute("DETACH present")


def _copy_rows(connection: sqlite3.Connection, table: str, where: str = "", values: tuple[str, ...] = ()) -> None:
    """Copy the rows of a table in the columns that both files have."""
    if not integrity.has_table(connection, table, "present"):
        return
    there = {row["name"] for row in connection.execute(f"PRAGMA present.table_info({table})")}
    both = ", ".join(
        row["name"] for row in connection.execute(f"PRAGMA main.table_info({table})") if row["name"] in there
    )
    connection.execute(
        f"INSERT INTO main.{table} ({both}) SELECT {both} FROM present.{table}{where}",  # noqa: S608
        values,
    )


def _damaged(what: str, fault: str) -> StoreError:
    return StoreError(f"{what} is damaged: {fault}", hint="`runcoach doctor` says what can be done")


def _same_page_size(copy: Path, target: sqlite3.Connection) -> None:
    """Give ``copy`` the page size of ``target``, as SQLite requires to replace its content."""
    size = target.execute("PRAGMA page_size").fetchone()[0]
    with for_changes(copy) as source:
        if source.execute("PRAGMA page_size").fetchone()[0] != size:
            source.execute(f"PRAGMA page_size = {size}")
            source.execute("VACUUM")


def _also_named(path: Path, other: Path) -> None:
    """Hard-link a file, or copy it where the disk has no links; a missing file is not an error."""
    if not path.exists():
        return
    try:
        other.hardlink_to(path)
    except OSError:
        shutil.copy2(path, other)


def _to_disk(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _names_to_disk(folder: Path) -> None:
    with suppress(OSError):  # memory sticks and network folders that cannot: the file itself is safe
        fsync_folder(folder)
