"""Checks of the database: kind of file, integrity, schema, rankings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from runcoach.config import Config
from runcoach.errors import StoreError
from runcoach.ingest.writer import rankings_are_stale, update_rankings
from runcoach.services.maintenance.backups import newest_usable
from runcoach.services.maintenance.checks.findings import CheckResult, note, ok, problem
from runcoach.store.sqlite import integrity
from runcoach.store.sqlite.connection import DAMAGE_HINT, SCHEMA_VERSION, write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.sqlite.integrity import FileKind, FileStatus


def check_kind(config: Config, status: FileStatus) -> CheckResult:
    """What kind of file the database is."""
    path = config.database
    if status.kind in {FileKind.MISSING, FileKind.NEW}:
        return ok("database", f"{path} does not exist yet; start with `runcoach import` or `runcoach login`")
    if status.kind is FileKind.FOREIGN:
        return problem("database", f"{path} is another program's database", "name another --profile or --home")
    if status.kind is FileKind.NEWER:
        message = f"{path} was written by a newer runcoach (schema {status.version}, this one knows {SCHEMA_VERSION})"
        return problem("database", message, "upgrade runcoach; the file is left as it is")
    if status.kind is FileKind.DAMAGED:
        return problem("database", f"{path} is damaged: {status.damage}", restore_remedy(config))
    if status.version < SCHEMA_VERSION:
        message = f"{path} has schema {status.version}; the next command brings it to {SCHEMA_VERSION}, after a backup"
        return note("database", message, repair=lambda: _migrate(config))
    return ok("database", f"{path}, schema {status.version}, {path.stat().st_size / 2**20:.1f} MiB")


def check_content(config: Config, connection: sqlite3.Connection) -> Iterator[CheckResult]:
    """Check every page, reference, table and index of a current database; damage is the first result."""
    errors = integrity.integrity_errors(connection)
    if errors:
        yield problem("integrity", f"the file is damaged: {'; '.join(errors[:3])}", restore_remedy(config))
        return
    yield ok("integrity", "every page and index is sound", repair=lambda: _optimize(config))
    orphans = integrity.orphans(connection)
    if orphans:
        counts = ", ".join(f"{count} of {table}" for table, count in orphans.items())
        yield problem("references", f"rows refer to rows that do not exist: {counts}", restore_remedy(config))
    else:
        yield ok("references", "every row that another one refers to exists")
    missing = integrity.missing_schema(connection)
    names = ", ".join(sorted(missing))
    if not missing:
        yield ok("schema", "all tables and indexes exist")
    elif all(map(integrity.is_index, missing.values())):
        yield problem("schema", f"indexes are missing or differ: {names}", repair=lambda: _create_indexes(config))
    else:
        yield problem("schema", f"tables are missing or differ: {names}", restore_remedy(config))
    if rankings_are_stale(connection):
        yield note("ranks", "efforts have changed since they were ranked last", repair=lambda: _rank(config))


def find_damage(config: Config) -> StoreError | None:
    """The error that explains an unexpected failure by a damaged database, all of which is read; None if it is sound.

    Values in a damaged file can be of any type, so that any code that uses them can fail in any way.
    """
    path = config.database
    try:
        status = integrity.inspect_file(path, thorough=True, live=True)
        damage = status.damage
        if status.kind is FileKind.OURS and status.version == SCHEMA_VERSION:
            with integrity.open_unmigrated(path, live=True) as connection:
                missing = [
                    name for name, sql in integrity.missing_schema(connection).items() if not integrity.is_index(sql)
                ]
            damage = f"tables are missing or differ: {', '.join(sorted(missing))}" if missing else None
    except (StoreError, sqlite3.Error):
        return None
    return None if damage is None else StoreError(f"{path} is damaged: {damage}", hint=DAMAGE_HINT)


def restore_remedy(config: Config) -> str:
    """How to recover from a damaged database."""
    backup = newest_usable(config)
    if backup is not None:
        return f"runcoach restore {backup.path.name}"
    return "no backup is here: move the file away, then import your files and sync again"


def _migrate(config: Config) -> str:
    with open_database(config):
        return f"migrated to schema {SCHEMA_VERSION}"


def _rank(config: Config) -> str:
    with open_database(config) as connection, write_transaction(connection):
        update_rankings(connection)
    return "ranked again"


def _create_indexes(config: Config) -> str:
    with open_database(config) as connection, write_transaction(connection):
        created = integrity.make_indexes(connection)
    return f"made {', '.join(created)}"


def _optimize(config: Config) -> str:
    with open_database(config) as connection:
        integrity.optimize(connection)
    return "statistics updated"
