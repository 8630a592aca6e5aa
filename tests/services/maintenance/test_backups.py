"""A backup is one moment of the file, whole and checked; it takes no other file's place, and only old ones go."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from runcoach.config import Config, load
from runcoach.errors import BusyDatabaseError, NewerDatabaseError, NotFoundError, StoreError, UsageError
from runcoach.services.maintenance.backups import backup, backup_files, list_backups, newest_usable
from runcoach.store.sqlite import backups as store
from runcoach.store.sqlite import integrity
from runcoach.store.sqlite.connection import connect, write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.sqlite.integrity import FileKind


@pytest.fixture
def config(home: Path) -> Config:
    return load()


@pytest.fixture
def filled(config: Config, keep: Callable[..., int], whole: Callable[..., Any]) -> Config:
    """A profile with three runs of one athlete."""
    with open_database(config) as connection, write_transaction(connection):
        for number in range(3):
            keep(connection, whole(name=f"Run {number}", start_time=1_760_000_000 + number * 86_400, athlete_id=7))
    return config


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM activity ORDER BY id")]


def add(config: Config, name: str) -> None:
    with closing(connect(config.database)) as connection, write_transaction(connection):
        connection.execute(
            "INSERT INTO activity (name, sport_type, start_time, utc_offset_s, created_at, updated_at)"
            " VALUES (?, 'Run', 0, 0, 0, 0)",
            (name,),
        )


def damage(path: Path) -> None:
    """Overwrite pages in the middle of a file, as a failing disk does."""
    with path.open("r+b") as stream:
        stream.seek(3 * 4096)
        stream.write(b"\xff" * 4096 * (path.stat().st_size // 4096 - 4))


def test_backup_contains_everything_and_is_private(filled: Config) -> None:
    made = backup(filled).backup
    assert names(made.path) == ["Run 0", "Run 1", "Run 2"]
    assert (made.activities, made.athlete_id, made.problem) == (3, 7, None)
    assert (made.first_date, made.last_date) == ("2025-10-09", "2025-10-11")
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]  # nothing half, nothing beside it


def test_backup_needs_no_write_ahead_log(filled: Config, tmp_path: Path) -> None:
    path = backup(filled).backup.path
    header = path.read_bytes()[18:20]
    assert header == b"\x01\x01"  # no write-ahead log belongs to it


def test_backup_contains_what_is_only_in_the_log(filled: Config) -> None:
    with closing(connect(filled.database)) as writer:
        with write_transaction(writer):
            writer.execute("UPDATE activity SET name = 'in the log alone' WHERE id = 1")
        assert filled.database.with_name("default.db-wal").stat().st_size > 0
        assert names(backup(filled).backup.path)[0] == "in the log alone"


@pytest.mark.slow
def test_backup_is_consistent_while_another_process_writes(filled: Config) -> None:
    """A writer adds runs two at a time; no backup may hold an odd one out."""
    code = (
        "import sys\nfrom runcoach.config import load\n"
        "from runcoach.store.sqlite.connection import write_transaction\n"
        "from runcoach.store.sqlite.database import open_database\n"
        "with open_database(load()) as connection:\n"
        "    while True:\n"
        "        with write_transaction(connection):\n"
        "            for name in ('first', 'second'):\n"
        '                connection.execute("INSERT INTO activity (name, sport_type, start_time, utc_offset_s,"\n'
        "                    \" created_at, updated_at) VALUES (?, 'Run', 0, 0, 0, 0)\", (name,))\n"
        "        print('written', flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            held = [names(backup(filled).backup.path) for _ in range(5)]
        finally:
            writer.kill()
    assert all(one.count("first") == one.count("second") for one in held)
    assert len(held[0]) > 3


def test_backup_of_a_damaged_database_fails_and_replaces_nothing(filled: Config, tmp_path: Path) -> None:
    target = tmp_path / "mine.db"
    backup(filled, target)
    before = target.read_bytes()
    damage(filled.database)
    with pytest.raises(StoreError, match="damaged"):
        backup(filled, target)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_backup_finds_a_wrong_index(filled: Config) -> None:
    """An index that does not belong to its table: everything can be read and counted, and some of it is not found."""
    with closing(connect(filled.database)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX activity_sport_type ON activity (name)'"
            " WHERE name = 'activity_sport_type'"
        )
    with pytest.raises(StoreError, match="missing from index"):
        backup(filled)
    assert backup_files(filled) == []


def test_copy_that_differs_is_refused(filled: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = integrity.rows

    def miscounted(connection: sqlite3.Connection) -> dict[str, int]:
        return {**counted(connection), "activity": time.monotonic_ns()}

    monkeypatch.setattr(integrity, "rows", miscounted)
    with pytest.raises(StoreError, match="differs"):
        backup(filled)
    assert backup_files(filled) == []


def test_prune_keeps_the_last_dated_backups_and_every_other_file(filled: Config, tmp_path: Path) -> None:
    folder = filled.paths.backups
    folder.mkdir(mode=0o700)
    others = {
        "default-before-0003-web.db",  # made before a migration
        "default.before-restore.2020-01-01-000000.db",
        "other.2020-01-01-000000.db",  # another profile's
        "mine.db",
    }
    for name in others:
        shutil.copy(filled.database, folder / name)
    (folder / "default.2019-01-01-000000.db").write_text("bears such a name, and is something else")
    config = replace(filled, settings=replace(filled.settings, backups_kept="2"))
    made = []
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        for _ in range(4):
            made.append(backup(config))
            clock.shift(60)
    kept = {path.name for path in folder.iterdir()}
    assert kept == others | {"default.2019-01-01-000000.db"} | {one.backup.path.name for one in made[-2:]}
    assert [path.name for path in made[-1].removed] == [made[1].backup.path.name]


@pytest.mark.parametrize("first", ["400 days ahead", "fourteen hours east"])
def test_a_backup_just_made_is_never_removed_whatever_the_clock_said_before(filled: Config, first: str) -> None:
    config = replace(filled, settings=replace(filled.settings, backups_kept="2"))
    with time_machine.travel("2027-04-05T12:00:00Z" if "ahead" in first else "2026-03-01T12:00:00Z") as clock:
        for _ in range(2):
            backup(config)
            clock.shift(60)
        if "ahead" not in first:
            rename_to_local_time(config, hours=14)
    with time_machine.travel("2026-03-01T13:00:00Z"):
        made = backup(config)
        again = backup(config)
    assert made.backup.path.exists()
    assert again.removed
    assert {path.name for path in (made.backup.path, again.backup.path)} == {
        path.name for path in config.paths.backups.iterdir()
    }


def rename_to_local_time(config: Config, *, hours: int) -> None:
    """Name backups as earlier versions did: by the local time of a zone east of Greenwich."""
    for path in backup_files(config):
        stamp = datetime.strptime(path.name, "default.%Y-%m-%d-%H%M%S.db") + timedelta(hours=hours)  # noqa: DTZ007
        path.rename(path.with_name(f"default.{stamp:%Y-%m-%d-%H%M%S}.db"))


def test_the_oldest_content_is_removed_first_whatever_the_names_and_file_times(filled: Config) -> None:
    config = replace(filled, settings=replace(filled.settings, backups_kept="2"))
    with time_machine.travel("2126-03-01T12:00:00Z", tick=False):
        older = backup(config).backup.path
    with open_database(config) as connection, write_transaction(connection):
        connection.execute("UPDATE activity SET updated_at = updated_at + 5")
    with time_machine.travel("2126-03-01T11:00:00Z", tick=False):  # the clock had been wrong, and was set back
        newer = backup(config).backup.path
        os.utime(older)  # as copying it does
        made = backup(config)
        assert made.removed == (older,)
        assert [one.path for one in list_backups(config)] == [made.backup.path, newer]


def test_names_are_utc(filled: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
            assert backup(filled).backup.path.name == "default.2026-03-01-120000.db"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_backup_fails_where_the_file_is_gone(filled: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcoach.services.maintenance.backups.prune", lambda *_, keep: keep.unlink())
    with pytest.raises(StoreError, match="does not exist"):
        backup(filled)


def test_two_backups_within_a_second_have_two_names(filled: Config) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        first, second = backup(filled).backup.path, backup(filled).backup.path
    assert second.name == f"{first.stem}-2.db"


def test_backups_are_listed_newest_first_with_what_they_hold(filled: Config) -> None:
    first = backup(filled).backup.path
    os.utime(first, (1_700_000_000, 1_700_000_000))
    add(filled, "one more")
    second = backup(filled).backup.path
    (filled.paths.backups / "default.2026-01-01-000000.db").write_bytes(b"not a database" * 100)
    os.utime(filled.paths.backups / "default.2026-01-01-000000.db", (1_600_000_000, 1_600_000_000))
    found = list_backups(filled)
    assert [(one.path, one.activities) for one in found[:2]] == [(second, 4), (first, 3)]
    assert "no database" in str(found[2].problem)
    newest = newest_usable(filled)
    assert newest is not None
    assert newest.path == second


def test_backup_replaces_a_named_file_only_of_the_same_athlete(
    filled: Config, tmp_path: Path, keep: Callable[..., int], whole: Callable[..., Any]
) -> None:
    target = tmp_path / "stick" / "runs.db"
    with pytest.raises(UsageError, match="no folder"):
        backup(filled, target)
    target.parent.mkdir()
    backup(filled, target)
    add(filled, "one more")
    assert len(names(backup(filled, target).backup.path)) == 4
    other = load(profile="other")
    with open_database(other) as connection, write_transaction(connection):
        keep(connection, whole(athlete_id=8))
    with pytest.raises(UsageError, match="athlete 7"):
        backup(other, target)
    target.write_text("holiday plans")
    with pytest.raises(UsageError, match="not a backup"):
        backup(filled, target)
    assert target.read_text() == "holiday plans"
    assert backup(filled, target, force=True).backup.activities == 4


def test_a_folder_gets_a_dated_name(filled: Config, tmp_path: Path) -> None:
    made = backup(filled, tmp_path).backup.path
    assert made.parent == tmp_path
    assert made.name.startswith("default.20")


@pytest.mark.parametrize("force", [False, True])
def test_the_profiles_own_files_are_never_overwritten(filled: Config, tmp_path: Path, force: bool) -> None:
    (tmp_path / "link.db").symlink_to(filled.database)
    for target in (filled.database, filled.paths.data / "sister.db", tmp_path / "link.db"):
        with pytest.raises(UsageError, match="own files"):
            backup(filled, target, force=force)
    assert len(names(filled.database)) == 3


def test_backup_does_not_replace_an_open_file(filled: Config, tmp_path: Path) -> None:
    target = tmp_path / "open.db"
    backup(filled, target)
    with closing(connect(target)) as someone:
        someone.execute("SELECT * FROM activity").fetchone()
        with pytest.raises(UsageError, match="in use"):
            backup(filled, target, force=True)


def test_backup_without_a_database_fails(config: Config) -> None:
    with pytest.raises(NotFoundError, match="nothing to back up"):
        backup(config)
    assert not config.database.exists()


def test_backup_of_a_newer_database_fails(filled: Config) -> None:
    with closing(connect(filled.database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerDatabaseError):
        backup(filled)


def test_a_full_disk_leaves_the_old_backup(filled: Config, tmp_path: Path) -> None:
    target = tmp_path / "mine.db"
    backup(filled, target)
    before = target.read_bytes()
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000));"
        f"import sys; from runcoach.cli.app import run; sys.exit(run(['backup', {str(target)!r}]))"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # it writes, too
    ended = subprocess.run([sys.executable, "-c", code], check=False, env=env, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("runcoach: ")
    assert ended.stderr.count("\n") == 1
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


@pytest.mark.parametrize("step", ["integrity.integrity_errors", "fsync_folder", "_to_disk"])
def test_killed_at_any_step_the_old_backup_or_the_new_one_is_there(filled: Config, tmp_path: Path, step: str) -> None:
    target = tmp_path / "mine.db"
    backup(filled, target)
    add(filled, "one more")
    code = (
        "import os; from pathlib import Path; from runcoach.store.sqlite import backups;"
        "from runcoach.config import load;"
        f"backups.{step} = lambda *_: os.kill(os.getpid(), 9);"
        f"from runcoach.services.maintenance.backups import backup; backup(load(), Path({str(target)!r}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    assert integrity.inspect_file(target, thorough=True).kind is FileKind.OURS
    assert len(names(target)) == (4 if step == "fsync_folder" else 3)


class TestReplacingContent:
    """What a restore stands on: the content of a file in use, replaced as a whole."""

    @pytest.fixture
    def copy(self, filled: Config, tmp_path: Path) -> Path:
        copy = tmp_path / "copy.db"
        with open_database(filled) as connection:
            store.save(connection, copy)
        add(filled, "since then")
        return copy

    def test_keep_saves_exactly_the_content_replaced(self, filled: Config, copy: Path) -> None:
        """From the moment at which the old content is kept, nobody can add to it any more."""
        seen = []

        def keep() -> None:
            seen.append(names(filled.database))
            with closing(connect(filled.database)) as other:
                other.execute("PRAGMA busy_timeout = 0")
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute("BEGIN IMMEDIATE")

        store.replace_content(copy, filled.database, keep)
        assert seen == [["Run 0", "Run 1", "Run 2", "since then"]]
        assert names(filled.database) == ["Run 0", "Run 1", "Run 2"]

    def test_failed_keep_changes_nothing(self, filled: Config, copy: Path) -> None:
        def keep() -> None:
            raise StoreError("no room")

        with pytest.raises(StoreError, match="no room"):
            store.replace_content(copy, filled.database, keep)
        assert len(names(filled.database)) == 4
        add(filled, "and it can be written to")

    @pytest.mark.slow
    def test_a_reader_sees_the_old_content_until_it_asks_again(self, filled: Config, copy: Path) -> None:
        with closing(connect(filled.database)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM activity").fetchone()[0] == 4
            store.replace_content(copy, filled.database, lambda: None)
            assert reader.execute("SELECT count(*) FROM activity").fetchone()[0] == 4
            reader.execute("COMMIT")
            assert reader.execute("SELECT count(*) FROM activity").fetchone()[0] == 3

    def test_replacing_waits_for_a_writer_then_fails(
        self, filled: Config, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("runcoach.store.sqlite.connection.BUSY_TIMEOUT_MS", 50)
        with closing(connect(filled.database)) as writer, write_transaction(writer), pytest.raises(BusyDatabaseError):
            store.replace_content(copy, filled.database, lambda: None)
        assert len(names(filled.database)) == 4

    def test_copy_with_another_page_size_is_converted(self, filled: Config, copy: Path) -> None:
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("VACUUM")
        store.replace_content(copy, filled.database, lambda: None)
        assert len(names(filled.database)) == 3
