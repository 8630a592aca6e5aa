"""What came from Strava goes to the last byte; what the runner's own files tell stays as if Strava had never been."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sandbox_files import gpx_of, start_of

from runcoach.config import Config
from runcoach.sandbox.server import Sandbox
from runcoach.services.auth.logout import logout
from runcoach.services.imports.duplicates import merge
from runcoach.services.imports.import_files import import_files
from runcoach.services.maintenance.backups import backup, list_backups
from runcoach.services.maintenance.forget import forget, preview_forget
from runcoach.services.maintenance.restore import restore
from runcoach.services.sync.sync import sync as run_sync
from runcoach.services.sync.sync_types import SyncOptions, SyncReport
from runcoach.store.sqlite.connection import connect
from runcoach.store.sqlite.database import open_database

#: A title that stands nowhere else, long enough not to come about by chance.
TITLE = "Zweiundvierzig Kilometer durchs Moor"

#: Everything a history consists of, as the runner sees it.
HISTORY = (
    (
        "SELECT name, sport_type, start_time, distance_m, moving_time_sec, elapsed_time_sec, avg_hr, gear_name,"
        " description, strava_id, has_gps, fastest_pace_sec_per_km, is_private, deleted_at IS NULL, fetched_at,"
        " summary_hash, athlete_id FROM activity ORDER BY start_time"
    ),
    (
        "SELECT start_time, km, s.distance_m, s.elapsed_time_sec, source FROM split AS s JOIN activity AS a"
        " ON a.id = s.activity_id ORDER BY 1, 2"
    ),
    (
        "SELECT start_time, e.distance_m, duration_exact_s, quality FROM effort AS e JOIN activity AS a"
        " ON a.id = e.activity_id ORDER BY 1, 2"
    ),
    "SELECT start_time, channel, n, data FROM activity_stream JOIN activity AS a ON a.id = activity_id ORDER BY 1, 2",
    "SELECT start_time, l.lap_index, l.elapsed_s FROM lap AS l JOIN activity AS a ON a.id = activity_id ORDER BY 1, 2",
    (
        "SELECT b.window, b.distance_m, b.rank, start_time, b.duration_s FROM best_effort AS b JOIN activity AS a"
        " ON a.id = b.activity_id ORDER BY 1, 2, 3"
    ),
    "SELECT kind, format, name, sha256, item, json(account), detached_at IS NULL FROM activity_source ORDER BY 3, 1",
)


@pytest.fixture
def sync(connected: Config, clock: Any) -> Callable[..., SyncReport]:
    return lambda: run_sync(connected, SyncOptions(), clock=clock)


def query(config: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute(sql, values).fetchall()


def history(config: Config) -> list[list[tuple[Any, ...]]]:
    return [query(config, sql) for sql in HISTORY]


def files_with(folder: Path, text: str) -> list[Path]:
    """The files below a folder in whose bytes a text stands."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and text.encode() in path.read_bytes()]


def titled(sandbox: Sandbox) -> int:
    """A run with positions and with the title that is looked for."""
    return sandbox.add_run(name=TITLE, distance_m=12_200, days_ago=200)


@pytest.mark.slow
def test_nothing_of_strava_remains_in_any_byte_below_the_home(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, home: Path
) -> None:
    titled(sandbox)
    sync()
    backup(connected)
    assert len(files_with(home, TITLE)) == 2
    forget(connected, back_up=False, with_backups=True)
    assert files_with(home, TITLE) == []
    for table in ("activity", "activity_payload", "activity_stream", "split", "lap", "effort", "best_effort", "gear"):
        assert query(connected, f"SELECT count(*) FROM {table}") == [(0,)], table
    for table in ("route_track", "route_run", "route_heat"):
        assert query(connected, f"SELECT count(*) FROM {table}") == [(0,)], table
    for table in ("activity_source", "job", "rate_budget", "thumbnail"):
        assert query(connected, f"SELECT count(*) FROM {table}") == [(0,)], table
    assert query(connected, "PRAGMA freelist_count") == [(0,)]
    assert "stravaId" not in str(query(connected, "SELECT meta FROM audit"))
    assert query(connected, "SELECT entity, action FROM audit ORDER BY id DESC LIMIT 1") == [("admin", "delete")]


@pytest.mark.slow
def test_forget_removes_values_overwritten_before(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, home: Path
) -> None:
    """An old title stands in the audit trail, in pages that are free by now, and in the log."""
    strava_id = titled(sandbox)
    sync()
    with closing(connect(connected.database)):
        sandbox.athlete.edit(strava_id, name="Renamed")
        sync()
        assert files_with(home, TITLE)
        forget(connected, back_up=False)
        assert files_with(home, TITLE) == []  # while someone has the file open, so that its log is there too
        assert files_with(home, "Renamed") == []


@pytest.mark.slow
def test_sync_after_forget_restores_everything(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    before = history(connected)[:6]
    done = forget(connected)
    assert (done.removed, done.is_connected) == (len(sandbox.athlete), True)
    assert sync().left == 0
    after = history(connected)[:6]
    assert [row[:14] for row in after[0]] == [row[:14] for row in before[0]]
    assert after[1:] == before[1:]


@pytest.mark.slow
@pytest.mark.parametrize("strava_first", [False, True])
def test_forget_leaves_what_files_contain_as_if_strava_had_never_been_synced(
    sync: Callable[..., SyncReport],
    sandbox: Sandbox,
    connected: Config,
    tmp_path: Path,
    home: Path,
    make_fit: Callable[..., bytes],
    strava_first: bool,
) -> None:
    """Also where Strava's samples had taken the place of the file's: importing the file again brings those back."""
    strava_id = titled(sandbox)
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "watch.gpx").write_bytes(gpx_of(sandbox, strava_id))
    (folder / "alone.fit").write_bytes(make_fit(days_ago=400, km=5.3))
    import_files(connected, [folder])
    undisturbed = history(connected)
    if strava_first:
        with open_database(connected) as connection:
            for table in ("audit", "best_effort", "activity_source", "import_batch", "activity"):
                connection.execute(f"DELETE FROM {table}")
        sync()
        import_files(connected, [folder])
    else:
        sync()
    assert query(connected, "SELECT name FROM activity WHERE strava_id = ?", strava_id) == [(TITLE,)]
    assert len(query(connected, "SELECT 1 FROM activity")) == len(sandbox.athlete) + 1
    expected = preview_forget(connected)
    done = forget(connected, back_up=False)
    assert (done.removed, done.kept, done.without_samples) == (len(sandbox.athlete) - 1, 1, 1)
    assert (expected.removed, expected.kept, expected.without_samples) == (done.removed, done.kept, 1)
    assert [row[:10] for row in history(connected)[0]] == [row[:10] for row in undisturbed[0]]
    assert files_with(home, TITLE) == []
    assert query(connected, "SELECT count(*) FROM activity_stream WHERE channel = 'moving'") == [(0,)]
    report = import_files(connected, [folder])
    assert sorted((Path(file.path).name, file.status) for file in report.files) == [
        ("alone.fit", "unchanged"),
        ("watch.gpx", "revived"),
    ]
    assert history(connected) == undisturbed
    again = import_files(connected, [folder])
    assert {file.status for file in again.files} == {"unchanged"}


@pytest.mark.slow
def test_samples_of_a_file_stay_where_strava_had_none(
    sync: Callable[..., SyncReport],
    sandbox: Sandbox,
    connected: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strava_id = titled(sandbox)
    path = tmp_path / "watch.gpx"
    path.write_bytes(gpx_of(sandbox, strava_id))
    import_files(connected, [path])
    undisturbed = history(connected)
    answer = sandbox.athlete.streams
    monkeypatch.setattr(
        sandbox.athlete, "streams", lambda number, keys: None if number == strava_id else answer(number, keys)
    )
    sync()
    assert query(connected, "SELECT name FROM activity WHERE strava_id = ?", strava_id) == [(TITLE,)]
    done = forget(connected, back_up=False)
    assert (done.kept, done.without_samples) == (1, 0)
    assert history(connected) == undisturbed


@pytest.mark.slow
def test_forget_keeps_the_texts_of_an_export(
    sync: Callable[..., SyncReport],
    sandbox: Sandbox,
    connected: Config,
    tmp_path: Path,
    export_maker: ModuleType,
) -> None:
    """The archive is the runner's own copy, also of titles; only what the API told goes."""
    strava_id = titled(sandbox)
    run = export_maker.Run(
        strava_id,
        int(start_of(sandbox, strava_id).timestamp()),
        name="As in the archive",
        ending=None,
        distance_m=12_200.0,
    )
    archive = tmp_path / "export_1.zip"
    export_maker.write_export(archive, [run])
    import_files(connected, [archive])
    undisturbed = history(connected)
    sync()
    forget(connected, back_up=False)
    assert history(connected) == undisturbed
    assert query(connected, "SELECT name, strava_id FROM activity") == [("As in the archive", strava_id)]


@pytest.mark.slow
def test_forget_restores_samples_of_a_merged_activity(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, tmp_path: Path, make_fit: Callable[..., bytes]
) -> None:
    strava_id = titled(sandbox)
    sync()
    (tmp_path / "mine.fit").write_bytes(make_fit(days_ago=300, km=5.3))
    (mine,) = import_files(connected, [tmp_path / "mine.fit"]).files[0].activity_ids
    samples = query(connected, "SELECT channel, n, data FROM activity_stream WHERE activity_id = ? ORDER BY 1", mine)
    merge(connected, f"strava:{strava_id}", str(mine))
    done = forget(connected, back_up=False)
    assert (done.kept, done.without_samples) == (1, 0)
    ((kept,),) = query(connected, "SELECT id FROM activity WHERE deleted_at IS NULL")
    assert query(connected, "SELECT channel, n, data FROM activity_stream WHERE activity_id = ? ORDER BY 1", kept) == (
        samples
    )


@pytest.mark.slow
def test_forget_deletes_a_merged_strava_activity(
    sync: Callable[..., SyncReport],
    sandbox: Sandbox,
    connected: Config,
    tmp_path: Path,
    home: Path,
    make_fit: Callable[..., bytes],
) -> None:
    strava_id = titled(sandbox)
    sync()
    (tmp_path / "mine.fit").write_bytes(make_fit(days_ago=300, km=5.3))
    (mine,) = import_files(connected, [tmp_path / "mine.fit"]).files[0].activity_ids
    merge(connected, str(mine), f"strava:{strava_id}")
    forget(connected, back_up=False)
    assert query(connected, "SELECT id, strava_id FROM activity") == [(mine, None)]
    assert files_with(home, TITLE) == []


@pytest.mark.slow
def test_forget_keeps_ignored_efforts_and_own_deletions(
    sync: Callable[..., SyncReport], connected: Config, tmp_path: Path, make_fit: Callable[..., bytes]
) -> None:
    (tmp_path / "mine.fit").write_bytes(make_fit(days_ago=300, km=5.3))
    import_files(connected, [tmp_path / "mine.fit"])
    with open_database(connected) as connection:
        connection.execute("UPDATE effort SET ignored_at = 1, ignored_reason = 'wind' WHERE distance_m = 400")
        connection.execute("UPDATE activity SET deleted_at = 5")
    sync()
    forget(connected, back_up=False)
    assert query(connected, "SELECT ignored_reason FROM effort WHERE distance_m = 400") == [("wind",)]
    assert query(connected, "SELECT deleted_at FROM activity") == [(5,)]


@pytest.mark.slow
def test_a_backup_is_made_first_and_brings_everything_back(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, home: Path
) -> None:
    titled(sandbox)
    sync()
    before = history(connected)
    old = backup(connected).backup.path
    done = forget(connected, with_backups=True)
    assert done.backup is not None
    assert (done.backups_left, done.backups_removed) == ((done.backup,), 1)
    assert not old.exists()
    assert files_with(home, TITLE) == [done.backup]
    restore(connected, done.backup)
    assert history(connected) == before


@pytest.mark.slow
def test_forget_does_nothing_where_no_backup_can_be_made(sync: Callable[..., SyncReport], connected: Config) -> None:
    sync()
    connected.paths.backups.mkdir(parents=True, exist_ok=True)
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000));"
        "import sys; from runcoach.cli.app import run; sys.exit(run(['forget', '--yes']))"
    )
    before = history(connected)
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # it writes, too
    ended = subprocess.run([sys.executable, "-c", code], check=False, env=env, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert history(connected) == before


@pytest.mark.slow
def test_a_name_in_the_audit_and_ended_logins_go_and_the_one_in_force_stays(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, home: Path
) -> None:
    sync()
    name = query(connected, "SELECT athlete_name FROM strava_token")[0][0]
    forget(connected, back_up=False)
    assert query(connected, "SELECT status FROM strava_token") == [("active",)]
    assert name not in str(query(connected, "SELECT message FROM audit"))
    logout(connected)
    forget(connected, back_up=False)
    assert query(connected, "SELECT count(*) FROM strava_token") == [(0,)]
    assert files_with(home, name) == []


@pytest.mark.slow
def test_forget_reports_a_reader_that_keeps_the_log(
    sync: Callable[..., SyncReport], connected: Config, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runcoach.store.sqlite.connection.BUSY_TIMEOUT_MS", 50)
    sync()
    with closing(connect(connected.database)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM activity").fetchone()
        assert not forget(connected, back_up=False).is_clean
        reader.execute("COMMIT")
        assert forget(connected, back_up=False).is_clean


@pytest.mark.slow
def test_a_disk_too_full_to_rewrite_the_file_is_told_and_what_was_deleted_stays_deleted(
    sync: Callable[..., SyncReport], connected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()

    def fail(connection: sqlite3.Connection) -> bool:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA temp.max_page_count = 1")
        connection.execute("CREATE TEMP TABLE full AS SELECT * FROM sqlite_schema")
        raise AssertionError

    monkeypatch.setattr("runcoach.services.maintenance.forget.api_data.vacuum_securely", fail)
    done = forget(connected, back_up=False)
    assert (done.is_clean, done.problem) == (False, "the disk is too full to rewrite the file: free some space")
    assert query(connected, "SELECT count(*) FROM activity") == [(0,)]


@pytest.mark.slow
def test_forget_removes_only_thumbnails_of_this_profile(sync: Callable[..., SyncReport], connected: Config) -> None:
    sync()
    pictures = [connected.paths.cache / profile / "thumbnails" / "1.png" for profile in ("default", "other")]
    for picture in pictures:
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(b"png")
    forget(connected, back_up=False)
    assert [picture.exists() for picture in pictures] == [False, True]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["_erase", "update_rankings", "api_data.vacuum_securely", "_remove_cache"])
def test_killed_at_any_step_it_can_be_run_again(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, home: Path, step: str
) -> None:
    titled(sandbox)
    sync()
    before = history(connected)
    code = (
        "import os; from runcoach.config import load; from runcoach.services.maintenance import forget;"
        f"forget.{step} = lambda *_: os.kill(os.getpid(), 9); forget.forget(load(), back_up=False)"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, env=os.environ, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert history(connected) == before or query(connected, "SELECT count(*) FROM activity") == [(0,)]
    forget(connected, back_up=False)
    assert files_with(home, TITLE) == []


def test_forget_without_a_database_does_nothing(config: Config) -> None:
    assert forget(config).removed == 0
    assert preview_forget(config).removed == 0
    assert not config.database.exists()
    assert list_backups(config) == []
