"""The doctor finds what is broken, says what helps, mends what is safe, and never needs a file that can be opened."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from runcoach.config import Config, load
from runcoach.errors import ExitCode
from runcoach.ingest.writer import mark_rankings_stale
from runcoach.sandbox.server import Sandbox
from runcoach.services.auth.credentials import open_secret_stores
from runcoach.services.auth.token_refresh import check_secrets
from runcoach.services.imports.import_files import import_files
from runcoach.services.imports.uploads import uploads_folder
from runcoach.services.maintenance.backups import backup
from runcoach.services.maintenance.checks.findings import Finding, Level
from runcoach.services.maintenance.doctor import DoctorReport, examine
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.store import import_batches, jobs
from runcoach.store.remote import connections, credentials, sync_state
from runcoach.store.remote.credentials import Holder
from runcoach.store.sqlite.connection import APPLICATION_ID, SCHEMA_VERSION, write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.sqlite.schema import foundation


@pytest.fixture
def quiet() -> Config:
    """A configuration without a stand-in for Strava."""
    return load()


@pytest.fixture
def filled(
    quiet: Config,
    fill_once: Callable[[Callable[[], object]], None],
    tmp_path: Path,
    make_fit: Callable[..., bytes],
) -> Config:
    """A profile with one run, and a backup of it."""

    def fill() -> None:
        (tmp_path / "run.fit").write_bytes(make_fit(km=5.2))
        import_files(quiet, [tmp_path / "run.fit"])
        backup(quiet)

    fill_once(fill)
    return quiet


def found(checkup: DoctorReport, check: str) -> Finding:
    """The worst finding of a check."""
    order = list(Level)
    return max((one for one in checkup.findings if one.check == check), key=lambda one: order.index(one.level))


def worse_than_ok(checkup: DoctorReport) -> list[tuple[str, str]]:
    return [(one.check, one.level.value) for one in checkup.findings if one.level is not Level.OK]


def query(config: Config, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute(sql).fetchall()


def damage(path: Path, page: int, pages: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(page * 4096)
        stream.write(b"\xff" * 4096 * pages)


def test_doctor_finds_no_problem_in_a_sound_profile(filled: Config) -> None:
    before = filled.database.read_bytes()
    checkup = examine(filled)
    assert worse_than_ok(checkup) == []
    assert checkup.exit_code is ExitCode.OK
    assert filled.database.read_bytes() == before
    assert {path.name for path in filled.paths.data.iterdir()} == {"default.db", "backups"}


def test_doctor_without_a_database_finds_no_problem_and_creates_nothing(quiet: Config, home: Path) -> None:
    checkup = examine(quiet)
    assert checkup.problems == 0
    assert "does not exist yet" in found(checkup, "database").message
    assert not home.exists()


@pytest.mark.parametrize(("pages", "check"), [(40, "database"), (1, "integrity")])
def test_doctor_names_the_backup_to_restore_for_a_damaged_database(filled: Config, pages: int, check: str) -> None:
    """Be it with the list of its tables, or only the rows of one of them."""
    (sound,) = filled.paths.backups.iterdir()
    ((root,),) = query(filled, "SELECT rootpage FROM sqlite_schema WHERE name = 'activity'")
    damage(filled.database, root - 1, pages)
    checkup = examine(filled, fix=True)
    worst = found(checkup, check)
    assert (worst.level, worst.remedy) == (Level.PROBLEM, f"runcoach restore {sound.name}")
    assert checkup.exit_code is ExitCode.FAILED
    assert found(checkup, "permissions").level is Level.OK  # and everything else is looked at all the same


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"holiday plans, nothing else " * 400, "damaged"), (b"SQLite format 3\0" + b"\xff" * 8000, "damaged")],
)
def test_doctor_reports_a_file_that_is_no_database(quiet: Config, content: bytes, said: str) -> None:
    quiet.database.parent.mkdir(parents=True)
    quiet.database.write_bytes(content)
    worst = found(examine(quiet, fix=True), "database")
    assert worst.level is Level.PROBLEM
    assert said in worst.message
    assert "no backup" in str(worst.remedy)
    assert quiet.database.read_bytes() == content


def test_another_programs_database_is_left_alone(quiet: Config) -> None:
    quiet.database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(quiet.database)) as connection:
        connection.execute("CREATE TABLE photos (id)")
    assert "another program's" in found(examine(quiet, fix=True), "database").message
    assert query(quiet, "SELECT name FROM sqlite_schema") == [("photos",)]


def test_doctor_asks_to_upgrade_for_a_newer_database(filled: Config) -> None:
    with open_database(filled) as connection:
        connection.execute("PRAGMA user_version = 99")
    worst = found(examine(filled, fix=True), "database")
    assert (worst.level, "upgrade" in str(worst.remedy)) == (Level.PROBLEM, True)
    assert query(filled, "PRAGMA user_version") == [(99,)]


def test_doctor_fix_migrates_an_older_database(quiet: Config) -> None:
    quiet.database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(quiet.database)) as connection:
        connection.executescript(foundation.SQL)
        connection.execute("INSERT INTO schema_migration VALUES (1, 'foundation', 0)")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    assert found(examine(quiet), "database").level is Level.NOTE
    assert query(quiet, "PRAGMA user_version") == [(1,)]
    checkup = examine(quiet, fix=True)
    assert found(checkup, "database").done == f"migrated to schema {SCHEMA_VERSION}"
    assert found(checkup, "schema").level is Level.OK


def test_doctor_reports_broken_references(filled: Config) -> None:
    with closing(sqlite3.connect(filled.database)) as connection:
        connection.execute("DELETE FROM activity")
        connection.commit()
    worst = found(examine(filled), "references")
    assert worst.level is Level.PROBLEM
    assert "of activity_stream" in worst.message


def test_doctor_fix_creates_a_missing_index_but_no_missing_table(filled: Config) -> None:
    with open_database(filled) as connection:
        connection.execute("DROP INDEX effort_rank")
        connection.execute("DROP INDEX activity_avg_pace")
        connection.execute("CREATE INDEX activity_avg_pace ON activity (name)")
    assert found(examine(filled), "schema").level is Level.PROBLEM
    assert found(examine(filled, fix=True), "schema").done == "made activity_avg_pace, effort_rank"
    assert found(examine(filled), "schema").level is Level.OK
    with open_database(filled) as connection:
        connection.execute("DROP TABLE gear")
    worst = found(examine(filled, fix=True), "schema")
    assert (worst.level, worst.done) == (Level.PROBLEM, None)


def test_doctor_fix_updates_stale_rankings(filled: Config) -> None:
    with open_database(filled) as connection, write_transaction(connection):
        connection.execute("DELETE FROM best_effort")
        mark_rankings_stale(connection)
    assert found(examine(filled), "ranks").level is Level.NOTE
    assert found(examine(filled, fix=True), "ranks").done == "ranked again"
    assert query(filled, "SELECT count(*) > 0 FROM best_effort") == [(1,)]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_doctor_fix_makes_files_private(filled: Config, mode: int) -> None:
    (copy,) = filled.paths.backups.iterdir()
    for path in (filled.database, copy):
        path.chmod(mode)
    filled.paths.data.chmod(0o755)
    checkup = examine(filled)
    told = [one.message for one in checkup.findings if one.check == "permissions"]
    assert all(any(str(path) in line for line in told) for path in (filled.database, copy, filled.paths.data))
    assert checkup.exit_code is ExitCode.FAILED
    assert examine(filled, fix=True).exit_code is ExitCode.OK
    assert [path.stat().st_mode & 0o777 for path in (filled.database, copy)] == [0o600, 0o600]
    assert filled.paths.data.stat().st_mode & 0o777 == 0o700


def test_doctor_reports_too_little_free_space(filled: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(filled.paths.data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    assert found(examine(filled), "disk").level is Level.PROBLEM


def test_doctor_reports_missing_old_and_broken_backups(filled: Config) -> None:
    (copy,) = filled.paths.backups.iterdir()
    os.utime(copy, (time.time() - 60 * 86_400,) * 2)
    old = found(examine(filled), "backups")
    assert (old.level, old.remedy) == (Level.NOTE, "runcoach backup")
    copy.write_bytes(b"\xff" * 9000)
    assert found(examine(filled), "backups").level is Level.PROBLEM
    copy.unlink()
    assert found(examine(filled), "backups").level is Level.NOTE


def test_doctor_fix_removes_leftovers_of_dead_processes_only(filled: Config) -> None:
    dead, alive = 2**22 + 5, os.getpid()  # no process has a number above 2**22
    data, folder = filled.paths.data, filled.paths.backups
    gone = [
        data / f".default.db.{dead}.partial",
        data / f".default.db.{dead}.partial-journal",
        folder / "default-before-0002-strava.partial",
        filled.paths.config / f".config.toml.{dead}.tmp",
        filled.paths.config / f".config.toml.{dead}.140234567890.tmp",
    ]
    stay = [data / f".default.db.{alive}.partial", folder / "new.partial", data / "notes.txt"]
    filled.paths.config.mkdir(parents=True, exist_ok=True)
    for path in (*gone, *stay):
        path.write_text("half")
    os.utime(gone[2], (time.time() - 7200,) * 2)
    assert found(examine(filled), "leftovers").level is Level.NOTE
    assert found(examine(filled, fix=True), "leftovers").done == "removed 5"
    assert [path.exists() for path in (*gone, *stay)] == [False] * 5 + [True] * 3


def test_an_upload_cut_off_by_a_kill_is_a_leftover(filled: Config) -> None:
    dead, running = (uploads_folder(filled) / f"{pid}.key" for pid in (2**22 + 5, os.getppid()))
    for folder in (dead, running):
        folder.mkdir(parents=True)
        (folder / "run.fit").write_bytes(b"half")
    assert dead.name in found(examine(filled), "leftovers").message
    assert found(examine(filled, fix=True), "leftovers").done == "removed 1"
    assert [folder.exists() for folder in (dead, running)] == [False, True]


@pytest.mark.parametrize("part", ["", "config", "cache", "cache/default", "cache/default/uploads", "state"])
def test_a_folder_open_to_others_is_found(filled: Config, home: Path, part: str) -> None:
    folder = home / part
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (home, *home.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert found(examine(filled), "permissions").level is Level.OK
    folder.chmod(0o777)
    finding = found(examine(filled), "permissions")
    assert (finding.level, str(folder) in finding.message) == (Level.PROBLEM, True)
    if part:
        assert examine(filled, fix=True).exit_code is ExitCode.OK
        assert folder.stat().st_mode & 0o777 == 0o700


def test_doctor_counts_the_jobs_of_sources_with_a_key(quiet: Config) -> None:
    named = {"athlete_id": None, "athlete_name": None, "key_ends_at": None}
    with open_database(quiet) as connection, write_transaction(connection):
        connections.save(connection, "garmin", key_handle="none", token_store="file", **named)
        for remote_id in ("1", "2", "3"):
            jobs.enqueue(connection, "fetch", {"source": "garmin", "remoteId": remote_id, "startTime": 0}, "sync")
        jobs.claim(connection, "fetch:garmin", time.time())
        connection.execute("UPDATE job SET status = 'error' WHERE id = 2")
    checkup = examine(quiet)
    assert found(checkup, "failed jobs").message.startswith("1 job was given up")
    messages = [finding.message for finding in checkup.findings if finding.check == "queue"]
    assert messages[0] == "waiting: 1 activities to fetch from Garmin"
    assert messages[1].startswith("1 jobs were left running")
    examine(quiet, fix=True)
    assert query(quiet, "SELECT status FROM job ORDER BY id") == [("queued",), ("error",), ("queued",)]


def test_doctor_reports_failed_jobs_and_requeues_orphaned_ones(filled: Config) -> None:
    with open_database(filled) as connection, write_transaction(connection):
        for strava_id in (1, 2, 3, 4):
            jobs.enqueue(connection, "fetch", {"stravaId": strava_id, "startTime": strava_id}, "sync")
        connection.execute("UPDATE job SET status = 'running' WHERE strava_id = 1")
        connection.execute("UPDATE job SET status = 'error', last_error = 'odd' WHERE strava_id = 2")
        connection.execute("UPDATE job SET status = 'error', last_error = 'cancelled' WHERE strava_id = 3")
    checkup = examine(filled)
    failed = found(checkup, "failed jobs")
    assert (failed.level, failed.remedy, failed.message[:5]) == (Level.PROBLEM, "runcoach jobs retry", "1 job")
    assert found(checkup, "queue").level is Level.NOTE
    filled.paths.state.mkdir(parents=True, exist_ok=True)
    with FileLock(filled.paths.state / "default.sync.lock"):
        assert found(examine(filled, fix=True), "queue").level is Level.OK  # somebody is at it
        assert query(filled, "SELECT count(*) FROM job WHERE status = 'running'") == [(1,)]
    assert found(examine(filled, fix=True), "failed jobs").level is Level.PROBLEM  # a person decides on those
    assert query(filled, "SELECT status FROM job WHERE strava_id IN (1, 2) ORDER BY strava_id") == [
        ("queued",),
        ("error",),
    ]


def test_doctor_fix_closes_an_interrupted_import(filled: Config) -> None:
    with open_database(filled) as connection, write_transaction(connection):
        number = import_batches.begin(connection, "/media/watch").id
    assert f"import {number} " in found(examine(filled), "imports").message
    assert found(examine(filled, fix=True), "imports").done is not None
    assert found(examine(filled), "imports").level is Level.OK


class TestStrava:
    """The login, the secrets and the clock; Strava is asked for nothing."""

    @pytest.mark.slow
    def test_doctor_checks_a_login_without_a_request(self, connected: Config, sandbox: Sandbox, clock: Any) -> None:
        sync(connected, SyncOptions(), clock=clock)
        backup(connected)
        before = len(sandbox.requests)
        checkup = examine(connected)
        assert worse_than_ok(checkup) == []
        assert len(sandbox.requests) == before
        assert "connected as" in found(checkup, "login").message
        assert "can be read and written" in found(checkup, "secrets").message
        assert "agrees" in found(checkup, "clock").message
        assert "requests left" in found(checkup, "limits").message

    def test_doctor_reports_a_missing_vault_key_and_creates_none(self, connected: Config) -> None:
        key = connected.paths.config / "vault.key"
        key.unlink()
        secrets = found(examine(connected, fix=True), "secrets")
        assert (secrets.level, "missing" in secrets.message) == (Level.PROBLEM, True)
        assert not key.exists()

    def test_doctor_fix_makes_the_vault_key_private_first(self, connected: Config) -> None:
        (connected.paths.config / "vault.key").chmod(0o644)
        assert examine(connected).problems == 2
        assert examine(connected, fix=True).problems == 0

    def test_doctor_reports_lost_tokens(self, connected: Config) -> None:
        (handle,) = query(connected, "SELECT access_token FROM strava_token WHERE is_active = 1")[0]
        open_secret_stores(connected)("file").delete(handle)
        secrets = found(examine(connected, fix=True), "secrets")
        assert (secrets.level, secrets.remedy) == (Level.PROBLEM, "runcoach login")

    def test_doctor_reports_a_refused_login(self, connected: Config) -> None:
        with open_database(connected) as connection, write_transaction(connection):
            row = credentials.current(connection)
            assert row is not None
            credentials.degrade(connection, row["id"], "refused")
        login = found(examine(connected), "login")
        assert (login.level, login.remedy) == (Level.PROBLEM, "runcoach login")

    def test_doctor_fix_completes_an_interrupted_login(self, connected: Config) -> None:
        with open_database(connected) as connection:
            home = credentials.application(connection)
            assert home is not None
            with write_transaction(connection):
                credentials.begin(connection, "token:" + "0" * 32, Holder(athlete_id=1), application=home)
        assert found(examine(connected), "tokens").level is Level.NOTE
        assert found(examine(connected, fix=True), "tokens").done == "completed"
        assert query(connected, "SELECT count(*) FROM strava_token WHERE status = 'pending'") == [(0,)]
        check_secrets(connected)

    @pytest.mark.slow
    def test_doctor_leaves_an_interrupted_renewal_to_the_next_sync(
        self, connected: Config, sandbox: Sandbox, clock: Any
    ) -> None:
        with open_database(connected) as connection:
            row = credentials.current(connection)
            assert row is not None
            with write_transaction(connection):
                credentials.begin(connection, "token:" + "0" * 32, Holder(athlete_id=row["athlete_id"]))
        before = len(sandbox.requests)
        assert "next sync" in str(found(examine(connected, fix=True), "tokens").done)
        assert len(sandbox.requests) == before
        sync(connected, SyncOptions(), clock=clock)
        assert found(examine(connected), "login").level is Level.OK

    @pytest.mark.parametrize(("skew_s", "word"), [(400.0, "slow"), (-400.0, "fast")])
    def test_doctor_reports_a_wrong_clock(self, filled: Config, skew_s: float, word: str) -> None:
        with open_database(filled) as connection, write_transaction(connection):
            sync_state.keep_skew(connection, skew_s)
        clock = found(examine(filled), "clock")
        assert (clock.level, f"400 s {word}" in clock.message) == (Level.PROBLEM, True)

    @pytest.mark.slow
    def test_a_sync_keeps_what_it_learns_of_the_clock(self, connected: Config, clock: Any) -> None:
        sync(connected, SyncOptions(), clock=lambda: clock() - 400)
        assert "400 s slow" in found(examine(connected), "clock").message

    def test_doctor_online_asks_strava_for_the_time_only(self, connected: Config, sandbox: Sandbox, clock: Any) -> None:
        clock.now += 3600
        before = len(sandbox.requests)
        asked = found(examine(connected, online=True), "clock")
        assert asked.level is Level.PROBLEM
        assert "s slow (just now)" in asked.message
        assert len(sandbox.requests) == before + 1
        sandbox.stop()
        assert "cannot be asked" in found(examine(connected, online=True), "clock").message
