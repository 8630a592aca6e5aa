"""The database file: whether it is one, whole, of this version, and complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.ingest.writer import rankings_are_stale, update_rankings
from runcoach.services.maintenance.backups import newest_sound
from runcoach.services.maintenance.checks.findings import fine, note, problem
from runcoach.store.sqlite import integrity
from runcoach.store.sqlite.connection import SCHEMA_VERSION, write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.sqlite.integrity import FileKind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from runcoach.config import Config
    from runcoach.services.maintenance.checks.findings import Observation
    from runcoach.store.sqlite.integrity import FileStatus


def look_at_kind(config: Config, nature: FileStatus) -> Observation:
    """What lies where the profile's file should."""
    path = config.database
    if nature.kind in {FileKind.MISSING, FileKind.NEW}:
        return fine("database", f"{path} is not there yet; `runcoach import` or `runcoach login` makes a beginning")
    if nature.kind is FileKind.FOREIGN:
        return problem("database", f"{path} is another program's database", "name another --profile or --home")
    if nature.kind is FileKind.NEWER:
        said = f"{path} was written by a newer runcoach (schema {nature.version}, this one knows {SCHEMA_VERSION})"
        return problem("database", said, "upgrade runcoach; the file is left as it is")
    if nature.kind is FileKind.DAMAGED:
        return problem("database", f"{path} is damaged: {nature.damage}", _way_back(config))
    if nature.version < SCHEMA_VERSION:
        said = f"{path} has schema {nature.version}; the next command brings it to {SCHEMA_VERSION}, after a backup"
        return note("database", said, mend=lambda: _migrate(config))
    return fine("database", f"{path}, schema {nature.version}, {path.stat().st_size / 2**20:.1f} MiB")


def look_inside(config: Config, connection: sqlite3.Connection) -> Iterator[Observation]:
    """A file of this version, open for reading: every page, every reference, every table and index."""
    faults = integrity.integrity_errors(connection)
    if faults:
        yield problem("integrity", f"the file is damaged: {'; '.join(faults[:3])}", _way_back(config))
        return
    yield fine("integrity", "every page and index is sound", mend=lambda: _optimize(config))
    orphans = integrity.orphans(connection)
    if orphans:
        named = ", ".join(f"{count} of {table}" for table, count in orphans.items())
        yield problem("references", f"rows point to rows that are not there: {named}", _way_back(config))
    else:
        yield fine("references", "every row that another one names is there")
    yield _complete(config, connection)
    if rankings_are_stale(connection):
        yield note("ranks", "efforts have changed since they were ranked last", mend=lambda: _rank(config))


def _complete(config: Config, connection: sqlite3.Connection) -> Observation:
    lacks = integrity.missing_schema(connection)
    if not lacks:
        return fine("schema", "all tables and indexes are there")
    names = ", ".join(sorted(lacks))
    if all(integrity.is_index(sql) for sql in lacks.values()):
        return problem("schema", f"indexes are missing or differ: {names}", mend=lambda: _index(config))
    return problem("schema", f"tables are missing or differ: {names}", _way_back(config))


def _way_back(config: Config) -> str:
    """What helps where the file itself is broken."""
    backup = newest_sound(config)
    if backup is not None:
        return f"runcoach restore {backup.path.name}"
    return "no backup is here: move the file away, then import your files and sync again"


def _migrate(config: Config) -> str:
    with open_database(config):
        return f"brought to schema {SCHEMA_VERSION}"


def _rank(config: Config) -> str:
    with open_database(config) as connection, write_transaction(connection):
        update_rankings(connection)
    return "ranked again"


def _index(config: Config) -> str:
    with open_database(config) as connection, write_transaction(connection):
        made = integrity.make_indexes(connection)
    return f"made {', '.join(made)}"


def _optimize(config: Config) -> str:
    with open_database(config) as connection:
        integrity.optimize(connection)
    return "statistics brought up to date"
