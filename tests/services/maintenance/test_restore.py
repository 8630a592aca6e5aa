"""A restore replaces everything or nothing, keeps what was here, and leaves the login of this installation alone."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from runcoach.config import Config, load
from runcoach.errors import NewerDatabaseError, NotFoundError, StoreError, SyncRunningError, UsageError
from runcoach.sandbox.server import Sandbox
from runcoach.services.auth.logout import logout
from runcoach.services.auth.token_refresh import check_secrets
from runcoach.services.imports.import_files import import_files
from runcoach.services.maintenance.backups import backup, list_backups
from runcoach.services.maintenance.restore import restore
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.store import import_batches
from runcoach.store.remote import credentials
from runcoach.store.sqlite import integrity
from runcoach.store.sqlite.connection import APPLICATION_ID, SCHEMA_VERSION, connect, write_transaction
from runcoach.store.sqlite.database import open_database, open_reader
from runcoach.store.sqlite.integrity import FileKind
from runcoach.store.sqlite.schema import foundation


@pytest.fixture
def quiet() -> Config:
    """A configuration without a stand-in for Strava."""
    return load()


@pytest.fixture
def put(keep: Callable[..., int], whole: Callable[..., Any]) -> Callable[..., None]:
    """Writes runs of these names."""

    def write_runs(config: Config, *names: str, athlete_id: int | None = 7) -> None:
        with open_database(config) as connection, write_transaction(connection):
            for number, name in enumerate(names):
                keep(connection, whole(name=name, start_time=1_760_000_000 + number * 86_400, athlete_id=athlete_id))

    return write_runs


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM activity ORDER BY id")]


def query(config: Config, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute(sql).fetchall()


def damage(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(3 * 4096)
        stream.write(b"\xff" * 4096 * (path.stat().st_size // 4096 - 4))


def test_restore_replaces_everything_and_can_be_undone(quiet: Config, put: Callable[..., None]) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    put(quiet, "since")
    done = restore(quiet, made)
    assert names(quiet.database) == ["then"]
    assert done.kept is not None
    assert names(done.kept) == ["then", "since"]
    undone = restore(quiet, Path(done.kept.name))  # its name alone will do
    assert names(quiet.database) == ["then", "since"]
    assert undone.kept is not None
    assert names(undone.kept) == ["then"]


def test_ranks_and_audit_follow(quiet: Config, put: Callable[..., None]) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    restore(quiet, made)
    assert query(quiet, "SELECT message FROM audit ORDER BY id DESC LIMIT 1") == [(f"restored from {made.name}",)]


def test_a_process_that_has_the_file_open_goes_on_with_the_new_content(quiet: Config, put: Callable[..., None]) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    put(quiet, "since")
    code = (
        "from runcoach.config import load\n"
        "from runcoach.store.sqlite.connection import write_transaction\n"
        "from runcoach.store.sqlite.database import open_database\n"
        "with open_database(load()) as connection:\n"
        "    names = lambda: [row[0] for row in connection.execute('SELECT name FROM activity ORDER BY id')]\n"
        "    print(names(), flush=True)\n"
        "    input()\n"
        "    print(names(), flush=True)\n"
        "    with write_transaction(connection):\n"
        "        connection.execute(\"UPDATE activity SET name = 'renamed'\")\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdin is not None
        assert it.stdout is not None
        assert it.stdout.readline() == "['then', 'since']\n"
        restore(quiet, made)
        it.stdin.write("\n")
        it.stdin.flush()
        assert it.stdout.readline() == "['then']\n"
    assert it.returncode == 0
    assert names(quiet.database) == ["renamed"]
    assert integrity.inspect_file(quiet.database, thorough=True).kind is FileKind.OURS


def test_restore_of_a_missing_database_with_leftover_companions(quiet: Config, put: Callable[..., None]) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    with closing(connect(quiet.database)) as connection, write_transaction(connection):
        connection.execute("UPDATE activity SET name = 'in the log'")
        shutil.copy(quiet.database.with_name("default.db-wal"), quiet.paths.data / "log")
    quiet.database.unlink()
    shutil.move(quiet.paths.data / "log", quiet.database.with_name("default.db-wal"))
    done = restore(quiet, made)
    assert (done.kept, done.aside, done.login_kept) == (None, None, False)
    assert names(quiet.database) == ["then"]
    assert integrity.inspect_file(quiet.database, thorough=True).kind is FileKind.OURS


def test_a_damaged_file_is_put_aside_with_its_log_and_replaced(quiet: Config, put: Callable[..., None]) -> None:
    put(quiet, "then", "and then")
    made = backup(quiet).backup.path
    with closing(connect(quiet.database)) as connection:
        with write_transaction(connection):
            connection.execute("UPDATE activity SET name = 'in the log'")
        log = quiet.database.with_name("default.db-wal").read_bytes()
    damage(quiet.database)
    quiet.database.with_name("default.db-wal").write_bytes(log)
    broken = quiet.database.read_bytes()
    done = restore(quiet, made)
    assert done.aside is not None
    assert done.kept is None
    assert done.aside.read_bytes() == broken
    assert done.aside.with_name(f"{done.aside.name}-wal").read_bytes() == log
    assert names(quiet.database) == ["then", "and then"]
    assert quiet.database.stat().st_mode & 0o777 == 0o600
    assert "damaged" in {one.kind for one in list_backups(quiet)}


def test_restore_moves_a_text_file_aside(quiet: Config, put: Callable[..., None]) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    quiet.database.write_text("a shopping list\n" * 500)
    done = restore(quiet, made)
    assert done.aside is not None
    assert done.aside.read_text().startswith("a shopping list")
    assert names(quiet.database) == ["then"]


def test_restore_of_an_unusable_file_changes_nothing(quiet: Config, put: Callable[..., None], tmp_path: Path) -> None:
    put(quiet, "here")
    sound = backup(quiet).backup.path
    for name in ("newer", "damaged"):
        shutil.copy(sound, tmp_path / f"{name}.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    damage(tmp_path / "damaged.db")
    (tmp_path / "text.db").write_text("not a database at all" * 300)
    (tmp_path / "empty.db").touch()
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as connection:
        connection.execute("CREATE TABLE photos (id)")
    cases = {
        "none.db": (NotFoundError, "no file"),
        "newer.db": (NewerDatabaseError, "newer runcoach"),
        "damaged.db": (StoreError, "damaged"),
        "text.db": (StoreError, "no database"),
        "empty.db": (StoreError, "empty"),
        "foreign.db": (StoreError, "another program's"),
    }
    before = quiet.database.read_bytes()
    for name, (error, said) in cases.items():
        with pytest.raises(error, match=said):
            restore(quiet, tmp_path / name)
    with pytest.raises(UsageError, match="present file itself"):
        restore(quiet, quiet.database)
    assert quiet.database.read_bytes() == before
    assert {path.name for path in quiet.paths.data.iterdir()} == {"default.db", "backups"}
    assert [one.path for one in list_backups(quiet)] == [sound]


def test_another_programs_database_is_not_replaced(quiet: Config, put: Callable[..., None], tmp_path: Path) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    quiet.database.unlink()
    with closing(sqlite3.connect(quiet.database)) as connection:
        connection.execute("CREATE TABLE photos (id)")
    with pytest.raises(StoreError, match="another program's"):
        restore(quiet, made)
    assert query(quiet, "SELECT name FROM sqlite_schema") == [("photos",)]


def test_a_backup_of_an_older_version_is_brought_to_this_one(
    quiet: Config, put: Callable[..., None], tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(foundation.SQL)
        connection.execute("INSERT INTO schema_migration VALUES (1, 'foundation', 0)")
        connection.execute(
            "INSERT INTO activity (name, sport_type, start_time, utc_offset_s, created_at, updated_at)"
            " VALUES ('years ago', 'Run', 0, 0, 0, 0)"
        )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    put(quiet, "here")
    before = old.read_bytes()
    restore(quiet, old)
    assert names(quiet.database) == ["years ago"]
    assert query(quiet, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert old.read_bytes() == before
    assert not list(quiet.paths.backups.glob("*before-000*"))


def test_restore_replaces_a_newer_database_after_a_backup(quiet: Config, put: Callable[..., None]) -> None:
    """The way back after trying a newer runcoach."""
    put(quiet, "then")
    made = backup(quiet).backup.path
    with closing(connect(quiet.database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    done = restore(quiet, made)
    assert names(quiet.database) == ["then"]
    assert done.kept is not None
    with closing(sqlite3.connect(done.kept)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)


def test_restore_of_another_athlete_needs_a_flag(quiet: Config, put: Callable[..., None]) -> None:
    put(load(profile="other"), "hers", athlete_id=8)
    hers = backup(load(profile="other")).backup.path
    put(quiet, "his")
    with pytest.raises(UsageError, match="of athlete 8"):
        restore(quiet, hers)
    assert names(quiet.database) == ["his"]
    restore(quiet, hers, other_athlete=True)
    assert names(quiet.database) == ["hers"]


@pytest.mark.parametrize("last", ["a run", "no run"])
def test_restore_during_an_import_ends_the_import(
    last: str, quiet: Config, put: Callable[..., None], make_fit: Callable[..., bytes], tmp_path: Path
) -> None:
    """Also where the backup knows an import of the same number: nothing is ever put down to that one."""
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.fit").write_bytes(make_fit(days_ago=30 + number, km=1.0))
    if last == "no run":
        (folder / "2.fit").write_bytes(b"nothing")
    put(quiet, "then")
    with open_database(quiet) as connection, write_transaction(connection):
        assert import_batches.begin(connection, "elsewhere").id == 1
    made = backup(quiet).backup.path
    with open_database(quiet) as connection, write_transaction(connection):
        connection.execute("DELETE FROM import_batch")

    def meddle(done: int, total: int, label: str) -> None:
        if done == 2:
            restore(quiet, made)

    with pytest.raises(StoreError, match="replaced while this import was running"):
        import_files(quiet, [folder], progress=meddle)
    assert names(quiet.database) == ["then"]
    assert query(quiet, "SELECT origin, created FROM import_batch") == [("elsewhere", 0)]
    assert query(quiet, "SELECT count(*) FROM activity_source") == [(0,)]
    assert import_files(quiet, [folder]).activities == (3 if last == "a run" else 2)


def test_no_restore_while_a_sync_runs(quiet: Config, put: Callable[..., None]) -> None:
    put(quiet, "here")
    made = backup(quiet).backup.path
    quiet.paths.state.mkdir(parents=True, exist_ok=True)
    with FileLock(quiet.paths.state / "default.sync.lock"), pytest.raises(SyncRunningError):
        restore(quiet, made)


class TestTheLogin:
    """The tokens belong to the installation: a backup knows handles of pairs that have been replaced since."""

    @pytest.mark.slow
    def test_a_pair_renewed_since_the_backup_stays_in_force(
        self, connected: Config, sandbox: Sandbox, clock: Any
    ) -> None:
        sync(connected, SyncOptions(), clock=clock)
        made = backup(connected).backup.path
        clock.now += 21_600  # the access token ends, and the refresh token is replaced with it
        sync(connected, SyncOptions(), clock=clock)
        handle = query(connected, "SELECT access_token FROM strava_token WHERE is_active = 1")
        done = restore(connected, made)
        assert done.login_kept
        assert query(connected, "SELECT access_token FROM strava_token WHERE is_active = 1") == handle
        check_secrets(connected)
        assert sync(connected, SyncOptions(), clock=clock).listed == len(sandbox.athlete)

    @pytest.mark.slow
    def test_restore_does_not_log_in_again(self, connected: Config, clock: Any) -> None:
        sync(connected, SyncOptions(), clock=clock)
        made = backup(connected).backup.path
        logout(connected, forget_app=True)
        restore(connected, made)
        with open_database(connected) as connection:
            assert credentials.current(connection) is None
            assert credentials.application(connection) is None

    @pytest.mark.slow
    def test_restore_after_a_loss_uses_the_login_of_the_backup(
        self, connected: Config, sandbox: Sandbox, clock: Any
    ) -> None:
        sync(connected, SyncOptions(), clock=clock)
        made = backup(connected).backup.path
        damage(connected.database)
        assert not restore(connected, made).login_kept
        assert sync(connected, SyncOptions(), clock=clock).listed == len(sandbox.athlete)

    @pytest.mark.slow
    def test_the_next_sync_reads_the_whole_list(self, connected: Config, clock: Any) -> None:
        """What was renamed between the backup and now is found, however old it is."""
        sync(connected, SyncOptions(), clock=clock)
        made = backup(connected).backup.path
        restore(connected, made)
        assert query(connected, "SELECT * FROM sync_state WHERE key = 'last_full_list_at'") == []

    def test_the_next_sync_of_every_other_source_reads_the_whole_list(self, connected: Config) -> None:
        with open_database(connected) as connection, write_transaction(connection):
            connection.execute(
                "INSERT INTO remote_connection (source, status, key_handle, token_store, connected_at, last_full_at,"
                " updated_at) VALUES ('garmin', 'active', 'key', 'file', 0, 5, 0)"
            )
        made = backup(connected).backup.path
        with open_database(connected) as connection, write_transaction(connection):
            connection.execute("UPDATE remote_connection SET key_handle = 'another key'")
        restore(connected, made)
        assert query(connected, "SELECT key_handle, last_full_at FROM remote_connection") == [("another key", None)]


@pytest.mark.slow
def test_a_request_under_way_reads_one_state_whatever_is_restored_meanwhile(
    quiet: Config, put: Callable[..., None]
) -> None:
    """A list and its total come from two queries."""
    put(quiet, "then")
    made = backup(quiet).backup.path
    put(quiet, "since")
    with open_reader(quiet) as reader:
        total = reader.execute("SELECT count(*) FROM activity").fetchone()[0]
        restore(quiet, made)
        assert len(reader.execute("SELECT id FROM activity").fetchall()) == total == 2
    with open_reader(quiet) as reader:
        assert reader.execute("SELECT count(*) FROM activity").fetchone()[0] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "is_new"),
    [
        ("backups.copy_installation_state", False),
        ("backups.replace_content", False),
        ("backups.save", False),
        ("prune", True),
    ],
)
def test_killed_at_any_step_the_old_file_or_the_new_one_is_there(
    quiet: Config, put: Callable[..., None], step: str, is_new: bool
) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    put(quiet, "since")
    _killed(f"restore.{step} = lambda *_, **__: os.kill(os.getpid(), 9)", made)
    assert integrity.inspect_file(quiet.database, thorough=True).kind is FileKind.OURS
    assert names(quiet.database) == (["then"] if is_new else ["then", "since"])
    restore(quiet, made)
    assert names(quiet.database) == ["then"]


@pytest.mark.slow
def test_killed_halfway_through_the_pages_the_old_file_is_whole(quiet: Config, put: Callable[..., None]) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    put(quiet, "since")
    _killed(
        "from runcoach.store.sqlite import backups;"
        "backups._Steps.__call__ = lambda _, __, left, total: left > total / 2 or os.kill(os.getpid(), 9)",
        made,
    )
    assert names(quiet.database) == ["then", "since"]
    assert integrity.inspect_file(quiet.database, thorough=True).kind is FileKind.OURS


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_killed_while_a_damaged_file_is_replaced_nothing_is_lost(
    quiet: Config, put: Callable[..., None], after: int
) -> None:
    put(quiet, "then")
    made = backup(quiet).backup.path
    damage(quiet.database)
    broken = quiet.database.read_bytes()
    die = "os.kill(os.getpid(), 9)"
    steps = (
        f"backups._also_named = lambda *_: {die}",
        f"backups._to_disk = lambda *_: {die}",
        f"backups.Path.replace = lambda *_: {die}",
        f"backups._names_to_disk = lambda *_: {die}",
    )
    _killed(
        f"from pathlib import Path; from runcoach.store.sqlite import backups; backups.Path = Path; {steps[after]}",
        made,
    )
    if after < 3:
        assert quiet.database.read_bytes() == broken
    restore(quiet, made)
    assert names(quiet.database) == ["then"]
    assert all(path.read_bytes() == broken for path in quiet.paths.backups.glob("*.damaged.*.db"))


def _killed(how: str, made: Path) -> None:
    code = (
        "import os; from pathlib import Path; from runcoach.config import load;"
        "from runcoach.services.maintenance import restore;"
        f"{how}; restore.restore(load(), Path({str(made)!r}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, env=os.environ, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
