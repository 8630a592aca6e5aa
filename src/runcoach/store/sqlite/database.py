"""Opens a profile's database: connects, then migrates where the schema is older."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from runcoach.config import Config
from runcoach.filesystem import make_folders
from runcoach.store.sqlite.connection import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    connect,
    connect_in_memory,
    connect_read_only,
    explain,
    header,
)


@contextmanager
def open_database(config: Config) -> Iterator[sqlite3.Connection]:
    """Open the profile's database for writing; create and migrate it where needed.

    Raises StoreError, with a hint, for every error of SQLite or the file system, also those raised inside the block.
    """
    path = config.database
    try:
        _create_private(path)
        with closing(connect(path)) as connection:
            if not _is_current(connection):
                _migrate(connection, config.paths.backups)
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise explain(error, path) from error


@contextmanager
def open_reader(config: Config) -> Iterator[sqlite3.Connection]:
    """Open the profile's database read-only, migrated first where its schema is older.

    All reads see one state of the database, that of the first. Where the file does not exist, yields an empty database
    in memory and creates no file. Raises StoreError as :func:`open_database` does.
    """
    path = config.database
    try:
        if not path.exists():
            with closing(connect_in_memory()) as connection:
                _migrate(connection, config.paths.backups)
                connection.execute("PRAGMA query_only = 1")
                yield connection
            return
        with closing(connect_read_only(path)) as connection:
            if _is_current(connection):
                connection.execute("BEGIN")
                yield connection
                return
        with open_database(config), closing(connect_read_only(path)) as connection:
            connection.execute("BEGIN")
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise explain(error, path) from error


def _is_current(connection: sqlite3.Connection) -> bool:
    return header(connection) == (SCHEMA_VERSION, APPLICATION_ID)


def _migrate(connection: sqlite3.Connection, backups_folder: Path) -> None:
    # Not loaded by commands that find the current schema.
    from runcoach.store.sqlite.backups import save_before_migration
    from runcoach.store.sqlite.migrations import migrate

    migrate(connection, partial(save_before_migration, backups_folder))


def _create_private(path: Path) -> None:
    """Create the folder (0700) and the file (0600) where they are missing: the routes tell where the runner lives."""
    make_folders(path.parent)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
