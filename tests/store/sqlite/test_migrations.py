"""Files fresh, old, half-migrated, newer and foreign: brought up to date or left exactly as they are."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from runcoach.config import Config
from runcoach.errors import NewerDatabaseError, StoreError
from runcoach.store.sqlite import integrity
from runcoach.store.sqlite.backups import save_before_migration
from runcoach.store.sqlite.connection import SCHEMA_VERSION, connect
from runcoach.store.sqlite.database import open_database
from runcoach.store.sqlite.migrations import MIGRATIONS, Migration, migrate, statements

NEXT = len(MIGRATIONS) + 1
ADD = Migration(NEXT, "shoes", "CREATE TABLE shoe (id INTEGER PRIMARY KEY) STRICT;")
BREAKS = Migration(NEXT, "breaks", "CREATE TABLE shoe (id INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);")


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_engine_knows_the_newest_migration() -> None:
    assert MIGRATIONS[-1].version == SCHEMA_VERSION


def test_a_new_file_gets_every_migration_and_a_record_of_each(connection: sqlite3.Connection) -> None:
    assert version(connection) == len(MIGRATIONS)
    recorded = connection.execute("SELECT version, name FROM schema_migration ORDER BY version").fetchall()
    assert [tuple(row) for row in recorded] == [(step.version, step.name) for step in MIGRATIONS]


def test_the_file_and_its_folder_are_the_owners_alone(connection: sqlite3.Connection, config: Config) -> None:
    assert config.database.stat().st_mode & 0o777 == 0o600
    assert config.database.parent.stat().st_mode & 0o777 == 0o700


def test_clean_efforts_migration_keeps_efforts_and_their_ignoring(config: Config) -> None:
    config.database.parent.mkdir(parents=True)
    with closing(connect(config.database)) as old:
        migrate(old, None, MIGRATIONS[:4])
        old.execute(
            "INSERT INTO activity (name, sport_type, start_time, utc_offset_s, created_at, updated_at)"
            " VALUES ('Run', 'Run', 1700000000, 0, 0, 0)"
        )
        for distance_m, quality, ignored_at in ((400, "ok", None), (1000, "suspect", None), (5000, "check", 7)):
            old.execute(
                "INSERT INTO effort VALUES (1, ?, ?, 99, 98.5, 1.0, 99.5, ?, 'why', ?, NULL)",
                (distance_m, distance_m, quality, ignored_at),
            )
        before = [tuple(row) for row in old.execute("SELECT * FROM effort ORDER BY distance_m")]
    with open_database(config) as connection:
        assert [tuple(row)[:11] for row in connection.execute("SELECT * FROM effort ORDER BY distance_m")] == before
        assert connection.execute("SELECT is_undated FROM activity").fetchone()[0] == 0
        connection.execute(
            "INSERT INTO effort (activity_id, distance_m, length_m, duration_s, duration_exact_s, start_s, end_s,"
            " quality) VALUES (1, 400, 400, 90, 90, 200, 290, 'suspect')"
        )
        connection.execute("DELETE FROM activity")
        assert connection.execute("SELECT count(*) FROM effort").fetchone()[0] == 0


def test_a_later_migration_is_preceded_by_a_checked_backup(connection: sqlite3.Connection, config: Config) -> None:
    connection.execute("INSERT INTO audit VALUES (1, 'admin', 0, 'create', 'kept', '{}', 0)")
    migrate(connection, partial(save_before_migration, config.paths.backups), (*MIGRATIONS, ADD))
    assert version(connection) == NEXT
    (backup,) = config.paths.backups.iterdir()
    assert backup.name == f"default-before-{NEXT:04d}-shoes.db"
    assert backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(backup)) as copy:
        assert version(copy) == NEXT - 1
        assert copy.execute("SELECT message FROM audit").fetchone()[0] == "kept"


def test_a_migration_that_breaks_leaves_the_version_before_it_whole(
    connection: sqlite3.Connection, config: Config
) -> None:
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection, partial(save_before_migration, config.paths.backups), (*MIGRATIONS, BREAKS))
    assert version(connection) == NEXT - 1
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'shoe'").fetchone()[0] == 0
    assert connection.execute("SELECT count(*) FROM schema_migration").fetchone()[0] == len(MIGRATIONS)


def test_no_backup_no_migration(connection: sqlite3.Connection, config: Config) -> None:
    config.paths.backups.mkdir(parents=True)
    target = config.paths.backups / f".default-before-{NEXT:04d}-shoes.db.{os.getpid()}.partial"
    target.mkdir()  # whatever keeps the copy from being written
    with pytest.raises((StoreError, OSError)):
        migrate(connection, partial(save_before_migration, config.paths.backups), (*MIGRATIONS, ADD))
    assert version(connection) == NEXT - 1


def test_the_copy_of_a_migration_that_was_killed_is_removed_by_the_next_one(
    connection: sqlite3.Connection, config: Config
) -> None:
    config.paths.backups.mkdir(parents=True)
    name = f"default-before-{NEXT:04d}-shoes.db"
    for suffix in (".partial", ".partial-journal"):
        (config.paths.backups / f".{name}.{2**22 + 5}{suffix}").write_bytes(b"half")  # no process has such an id
    (config.paths.backups / f".{name}.{os.getppid()}.partial").write_bytes(b"of a running process")
    migrate(connection, partial(save_before_migration, config.paths.backups), (*MIGRATIONS, ADD))
    assert sorted(path.name for path in config.paths.backups.iterdir()) == [f".{name}.{os.getppid()}.partial", name]


def test_a_file_of_a_newer_version_is_refused_and_unharmed(config: Config) -> None:
    with open_database(config) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = digest(config.database)
    with pytest.raises(NewerDatabaseError, match="newer runcoach") as refused, open_database(config):
        pass
    assert refused.value.hint is not None
    assert digest(config.database) == before


def test_another_programs_database_is_left_alone(config: Config) -> None:
    config.database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(config.database)) as foreign:
        foreign.execute("CREATE TABLE photos (id)")
        foreign.commit()
    with pytest.raises(StoreError, match="another program's database"), open_database(config):
        pass
    with closing(sqlite3.connect(config.database)) as foreign:
        assert [row[0] for row in foreign.execute("SELECT name FROM sqlite_schema")] == ["photos"]


def test_a_file_that_is_no_database_is_named_as_such(config: Config) -> None:
    config.database.parent.mkdir(parents=True)
    config.database.write_bytes(b"this is a shopping list, not a database" * 40)
    with pytest.raises(StoreError, match="not a SQLite database"), open_database(config):
        pass


def test_two_processes_migrating_at_once_apply_each_step_once(config: Config) -> None:
    with open_database(config):
        pass
    with closing(connect(config.database)) as one, closing(connect(config.database)) as other:
        steps = (*MIGRATIONS, ADD)
        migrate(one, partial(save_before_migration, config.paths.backups), steps)
        migrate(other, partial(save_before_migration, config.paths.backups), steps)
        assert version(other) == NEXT


@pytest.mark.slow
@pytest.mark.parametrize("journal_mode", ["WAL", "DELETE"])
def test_commands_at_once_on_an_older_file_migrate_once_and_all_succeed(config: Config, journal_mode: str) -> None:
    config.database.parent.mkdir(parents=True)
    with closing(connect(config.database)) as connection:
        migrate(connection, None, MIGRATIONS[:1])
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
    code = (
        "import sys; from runcoach.config import load; from runcoach.store.sqlite.database import open_reader;"
        "from runcoach.store.sqlite import backups, migrations; print(flush=True); sys.stdin.read(1)\n"
        "with open_reader(load()): pass"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) for _ in range(6)]  # type: ignore[call-overload]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("x")
        process.stdin.flush()
    ended = [(process.communicate()[1], process.returncode) for process in processes]
    assert ended == [("", 0)] * 6
    made = sorted(config.paths.backups.iterdir())
    assert [path.name for path in made] == [
        f"default-before-{step.version:04d}-{step.name}.db" for step in MIGRATIONS[1:]
    ]
    for step, path in zip(MIGRATIONS[1:], made, strict=True):
        with closing(sqlite3.connect(path)) as copy:
            assert version(copy) == step.version - 1


def test_a_migration_that_ends_in_the_middle_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="middle of a statement"):
        statements("CREATE TABLE a (id);\nCREATE TABLE b (")


def test_a_file_that_another_process_makes_at_this_moment_is_not_taken_for_anothers(config: Config) -> None:
    """Between two looks at an empty file it gets its tables; whichever look comes first, it is runcoach's."""
    config.database.parent.mkdir(parents=True)
    config.database.touch()
    looks = []

    class Slow(sqlite3.Connection):
        def execute(self, *statement: object) -> sqlite3.Cursor:
            looks.append(statement[0])
            cursor = super().execute(*statement)  # type: ignore[arg-type]
            found = cursor.fetchall()
            if len(looks) == 2:  # the application id or the tables, after the version
                with closing(connect(config.database)) as other:
                    migrate(other, partial(save_before_migration, config.paths.backups))
            return _Fetched(found)  # type: ignore[return-value]

    with closing(sqlite3.connect(config.database, isolation_level=None, factory=Slow)) as one:
        migrate(one, partial(save_before_migration, config.paths.backups))
        assert version(one) == SCHEMA_VERSION


class _Fetched:
    """Rows that were fetched before somebody asks for them."""

    def __init__(self, rows: list[object]) -> None:
        self._rows = rows

    def fetchone(self) -> object:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[object]:
        return self._rows


@pytest.mark.parametrize("old", range(1, len(MIGRATIONS)))
def test_a_file_of_every_older_version_becomes_current_and_keeps_its_rows(config: Config, old: int) -> None:
    config.database.parent.mkdir(parents=True)
    with closing(connect(config.database)) as connection:
        migrate(connection, None, MIGRATIONS[:old])
        connection.execute(
            "INSERT INTO activity (id, name, sport_type, start_time, utc_offset_s, created_at, updated_at)"
            " VALUES (1, 'Run', 'Run', 1700000000, 0, 1, 1)"
        )
        connection.execute(
            "INSERT INTO effort (activity_id, distance_m, length_m, duration_s, duration_exact_s, start_s, end_s,"
            " quality) VALUES (1, 5000, 5000.0, 1200, 1199.5, 0.0, 1199.5, 'ok')"
        )
    with open_database(config) as connection:
        assert version(connection) == SCHEMA_VERSION
        row = connection.execute("SELECT duration_exact_s, is_official, is_superseded FROM effort").fetchone()
        assert tuple(row) == (1199.5, 0, 0)
        assert connection.execute("SELECT count(*) FROM activity_edit").fetchone()[0] == 0
        assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
        assert integrity.missing_schema(connection) == {}


@pytest.mark.parametrize("statement", range(len(statements(MIGRATIONS[-1].sql))))
def test_a_migration_interrupted_after_any_statement_is_repeated(config: Config, statement: int) -> None:
    broken = "\n".join([*statements(MIGRATIONS[-1].sql)[: statement + 1], "INSERT INTO nowhere VALUES (1);"])
    config.database.parent.mkdir(parents=True)
    with closing(connect(config.database)) as connection:
        steps = (*MIGRATIONS[:-1], Migration(SCHEMA_VERSION, MIGRATIONS[-1].name, broken))
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(connection, None, steps)
        assert version(connection) == SCHEMA_VERSION - 1
    with open_database(config) as connection:
        assert version(connection) == SCHEMA_VERSION
        assert integrity.missing_schema(connection) == {}
