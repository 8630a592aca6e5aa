"""Runs that only Strava's API knows end after ``strava_api_retention_days``; what the runner has too stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sandbox_files import gpx_of, start_of

from runcoach.config import Config, checked
from runcoach.errors import ConfigError
from runcoach.sandbox.server import Sandbox
from runcoach.services.imports.import_files import import_files
from runcoach.services.maintenance.doctor import examine
from runcoach.services.maintenance.forget import forget, preview_forget
from runcoach.services.sync.sync import sync as run_sync
from runcoach.services.sync.sync_plan import plan_sync
from runcoach.services.sync.sync_types import SyncOptions, SyncReport

DAY_S = 86_400
TITLE = "Zweiundvierzig Kilometer durchs Moor"


@pytest.fixture
def kept_for(connected: Config) -> Callable[[str], Config]:
    """The configuration with a value of the setting."""

    def with_setting(days: str) -> Config:
        return replace(connected, settings=replace(connected.settings, strava_api_retention_days=days))

    return with_setting


@pytest.fixture
def sync(clock: Any) -> Callable[..., SyncReport]:
    return lambda config, **options: run_sync(config, SyncOptions(**options), clock=clock)


def starts(config: Config) -> list[int]:
    with closing(sqlite3.connect(config.database)) as connection:
        return [row[0] for row in connection.execute("SELECT start_time FROM activity ORDER BY start_time")]


def cutoff(starts_s: list[int], clock: Any) -> tuple[str, int]:
    """A number of days that some of the activities are older than, and how many are not."""
    middle = starts_s[len(starts_s) // 2]
    days = int((clock.now - middle) // DAY_S)
    return str(days), sum(start >= clock.now - days * DAY_S for start in starts_s)


def test_setting_takes_keep_or_days() -> None:
    for value in ("keep", "7", "9999"):
        assert checked("strava_api_retention_days", value, "here") == value
    for value in ("0", "-1", "7d", "", "forever"):
        with pytest.raises(ConfigError, match="keep or a number of days"):
            checked("strava_api_retention_days", value, "here")


@pytest.mark.slow
def test_sync_keeps_everything_by_default(connected: Config, sandbox: Sandbox, sync: Any, clock: Any) -> None:
    assert connected.settings.strava_api_retention_s is None
    sync(connected)
    clock.now += 4000 * DAY_S
    assert sync(connected).expired == 0
    assert len(starts(connected)) == len(sandbox.athlete)


@pytest.mark.slow
def test_sync_removes_what_is_older_and_does_not_fetch_it_again(
    connected: Config, sandbox: Sandbox, kept_for: Any, sync: Any, clock: Any, home: Path
) -> None:
    sandbox.add_run(name=TITLE, distance_m=5000, days_ago=2000)
    sync(connected)
    days, left = cutoff(starts(connected), clock)
    limited = kept_for(days)
    report = sync(limited)
    assert (report.expired, report.new, report.left) == (len(sandbox.athlete) - left, 0, 0)
    assert len(starts(limited)) == left
    assert not any(TITLE.encode() in path.read_bytes() for path in home.rglob("*") if path.is_file())
    again = sync(limited, full=True)
    assert (again.expired, again.new, again.reads) == (0, 0, 2)  # a full list ends with an empty page
    assert plan_sync(limited, SyncOptions(full=True), clock=clock).new == 0
    assert sync(connected, full=True).new == len(sandbox.athlete) - left  # the setting was taken back


@pytest.mark.slow
def test_first_sync_with_a_retention_fetches_the_young_ones_only(
    sandbox: Sandbox, kept_for: Any, sync: Any, clock: Any
) -> None:
    days, left = cutoff(sorted(int(start_of(sandbox, one).timestamp()) for one in sandbox.athlete.activity_ids), clock)
    limited = kept_for(days)
    assert sync(limited).new == left
    clock.now += DAY_S
    assert sync(limited).reads == 1


@pytest.mark.slow
def test_run_that_a_file_has_too_stays_with_all_that_strava_says(
    connected: Config,
    sandbox: Sandbox,
    kept_for: Any,
    sync: Any,
    tmp_path: Path,
) -> None:
    strava_id = sandbox.add_run(name=TITLE, distance_m=12_200, days_ago=200)
    (tmp_path / "watch.gpx").write_bytes(gpx_of(sandbox, strava_id))
    sync(connected)
    import_files(connected, [tmp_path / "watch.gpx"])
    with closing(sqlite3.connect(connected.database)) as connection:
        before = connection.execute("SELECT * FROM activity WHERE strava_id = ?", (strava_id,)).fetchall()
        sync(kept_for("1"))
        assert connection.execute("SELECT * FROM activity WHERE strava_id = ?", (strava_id,)).fetchall() == before
        connection.execute("UPDATE activity_source SET detached_at = 1 WHERE kind = 'file'")
        connection.commit()
    sync(kept_for("1"))
    assert preview_forget(connected).removed == len(starts(connected))


@pytest.mark.slow
def test_command_removes_what_is_older_than_so_many_days(
    connected: Config, sync: Any, clock: Any, runcoach: Callable[..., Any]
) -> None:
    sync(connected)
    days, left = cutoff(starts(connected), clock)
    gone = len(starts(connected)) - left
    assert (
        f"{gone} activities from Strava would be deleted" in runcoach("forget", "--older-than", days, "--dry-run").out
    )
    assert len(starts(connected)) == left + gone
    ended = runcoach("forget", "--older-than", days, "--yes")
    assert f"Deleted {gone} activities" in ended.out
    assert f"strava_api_retention_days {days}" in ended.err
    assert len(starts(connected)) == left
    done = forget(connected, before_s=clock.now - int(days) * DAY_S)
    assert (done.removed, done.is_clean) == (0, True)


@pytest.mark.slow
def test_clock_ahead_of_stravas_removes_nothing(connected: Config, kept_for: Any, sync: Any, clock: Any) -> None:
    sync(connected)
    before = starts(connected)
    days = str(int((clock.now - before[0]) // DAY_S) + 2)
    limited = kept_for(days)
    run_sync(limited, SyncOptions(), clock=lambda: clock.now + 400 * DAY_S)
    assert starts(limited) == before


@pytest.mark.slow
def test_doctor_says_how_long_such_runs_are_kept(connected: Config, kept_for: Any, sync: Any) -> None:
    sync(connected)

    def said(config: Config) -> str:
        return next(finding.message for finding in examine(config).findings if finding.check == "ownership")

    assert "removes" not in said(connected)
    assert "a sync removes them 4000 days after they began" in said(kept_for("4000"))
