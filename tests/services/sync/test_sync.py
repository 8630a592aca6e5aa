"""Strava comes home: as few reads as can be, within the limits, newest first, and nothing lost whatever happens."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from filelock import FileLock
from reading import read

from runcoach.config import Config
from runcoach.domain.filters import ActivityFilter, EffortFilter
from runcoach.domain.sports import is_running
from runcoach.errors import (
    ApiInactiveError,
    DegradedError,
    ExitCode,
    NotConnectedError,
    RemoteUnavailableError,
    StoreError,
    SyncRunningError,
    UsageError,
)
from runcoach.sandbox.server import Sandbox
from runcoach.services import jobs
from runcoach.services.auth.login import LoginOptions, login
from runcoach.services.edits import undelete
from runcoach.services.queries import activities
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.services.sync import sync as syncing
from runcoach.services.sync.sync_types import SyncOptions, SyncProgress, SyncReport
from runcoach.store.sqlite.database import open_database

#: Strava's name of an effort → our label, where both measure the same.
SAME = {"400m": 400, "1K": 1000, "1 mile": 1609, "5K": 5000, "10K": 10000, "Half-Marathon": 21100, "Marathon": 42200}


@pytest.fixture
def sync(connected: Config, clock: Any) -> Callable[..., SyncReport]:
    """Runs a sync by the sandbox's clock; sleeping moves that clock."""

    def run(progress: Callable[[SyncProgress], None] = lambda _: None, **options: Any) -> SyncReport:
        def sleep(seconds: float) -> None:
            clock.now += seconds

        return syncing.sync(connected, SyncOptions(**options), progress=progress, clock=clock, sleep=sleep)

    return run


def running(sandbox: Sandbox) -> list[int]:
    return [i for i in sandbox.athlete.activity_ids if is_running(sandbox.athlete.detail(i)["sport_type"])]


def query(config: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute(sql, values).fetchall()


def content(config: Config) -> dict[str, list[tuple[Any, ...]]]:
    """What a history consists of, without internal numbers and times of writing."""
    activity = (
        "strava_id, name, sport_type, start_time, utc_offset_s, timezone, distance_m, moving_time_sec,"
        " elapsed_time_sec, avg_hr, avg_cadence, gear_name, description, is_private, workout_type, trainer,"
        " has_gps, deleted_at IS NULL"
    )
    return {
        "activity": query(config, f"SELECT {activity} FROM activity ORDER BY strava_id"),
        "split": query(config, "SELECT strava_id, split.* FROM split JOIN activity ON id = activity_id ORDER BY 1, km"),
        "effort": query(
            config,
            "SELECT strava_id, e.distance_m, duration_exact_s, quality FROM effort AS e"
            " JOIN activity ON id = activity_id ORDER BY 1, 2",
        ),
        "stream": query(
            config,
            "SELECT strava_id, channel, n, data FROM activity_stream JOIN activity ON id = activity_id ORDER BY 1, 2",
        ),
        "lap": query(
            config, "SELECT strava_id, lap.* FROM lap JOIN activity ON id = activity_id ORDER BY 1, lap_index"
        ),
        "rank": query(
            config,
            "SELECT b.window, b.distance_m, b.rank, strava_id, b.duration_s FROM best_effort AS b"
            " JOIN activity AS a ON a.id = b.activity_id ORDER BY 1, 2, 3",
        ),
        "job": query(config, "SELECT count(*) FROM job WHERE type = 'fetch' AND status != 'done'"),
    }


def without_ids(content: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Internal ids depend on the order in which things came home."""
    for name in ("split", "lap"):
        content[name] = [(row[0], *row[2:]) for row in content[name]]
    return content


@pytest.mark.slow
def test_the_first_sync_brings_everything_home_in_as_few_reads_as_can_be(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    runs = running(sandbox)
    manual = sum(sandbox.athlete.detail(i).get("manual", False) for i in runs)
    report = sync()
    assert (report.listed, report.new, report.left, report.exit_code) == (
        len(sandbox.athlete),
        len(runs),
        0,
        ExitCode.OK,
    )
    assert report.reads == sandbox.reads == 2 + 2 * len(runs) - manual  # one page, the empty one, two a run
    assert len(query(connected, "SELECT 1 FROM activity")) == len(sandbox.athlete)


@pytest.mark.slow
def test_with_nothing_new_one_read_tells_so(sync: Callable[..., SyncReport], sandbox: Sandbox) -> None:
    sync()
    before = sandbox.reads
    report = sync()
    assert (sandbox.reads - before, report.new, report.updated) == (1, 0, 0)


@pytest.mark.slow
def test_a_new_run_costs_three_reads(sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config) -> None:
    sync()
    before = sandbox.reads
    new = sandbox.add_run(name="Evening Run", distance_m=6200)
    assert sync().new == 1
    assert sandbox.reads - before == 3
    assert query(connected, "SELECT name, fetched_at IS NOT NULL FROM activity WHERE strava_id = ?", new) == [
        ("Evening Run", 1)
    ]


@pytest.mark.slow
def test_splits_are_exactly_as_reported_and_efforts_equal_to_the_second(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    compared = 0
    for strava_id in running(sandbox):
        detail = sandbox.athlete.detail(strava_id)
        reported = [
            (split["split"], split["distance"], split["moving_time"], split["elapsed_time"], split["average_speed"])
            for split in detail.get("splits_metric") or []
        ]
        kept = query(
            connected,
            "SELECT km, s.distance_m, s.moving_time_sec, s.elapsed_time_sec, avg_speed_ms FROM split AS s"
            " JOIN activity AS a ON a.id = s.activity_id WHERE strava_id = ? AND source = 'strava' ORDER BY km",
            strava_id,
        )
        assert kept == reported
        ours = dict(
            query(
                connected,
                # Strava reports the fastest stretch, suspect or not.
                "SELECT e.distance_m, min(duration_s) FROM effort AS e JOIN activity AS a ON a.id = e.activity_id"
                " WHERE strava_id = ? GROUP BY e.distance_m",
                strava_id,
            )
        )
        for effort in detail.get("best_efforts") or []:
            if effort["name"] in SAME and SAME[effort["name"]] in ours:
                assert ours[SAME[effort["name"]]] == effort["elapsed_time"], (strava_id, effort["name"])
                compared += 1
    assert compared > 10


@pytest.mark.slow
def test_other_sports_keep_their_summary_unless_all_are_wanted(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    ride = sandbox.add_run(distance_m=20_000)
    sandbox.athlete.edit(ride, sport_type="Ride")
    sync()
    fetched = "SELECT fetched_at IS NOT NULL, distance_m > 0 FROM activity WHERE strava_id = ?"
    assert query(connected, fetched, ride) == [(0, 1)]
    sync(all_sports=True)
    assert query(connected, fetched, ride) == [(1, 1)]


@pytest.mark.slow
def test_what_was_edited_is_fetched_again(sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config) -> None:
    sync()
    edited = running(sandbox)[-1]
    sandbox.athlete.edit(edited, name="Renamed", private=True)
    assert sync().updated == 1
    assert query(connected, "SELECT name, is_private FROM activity WHERE strava_id = ?", edited) == [("Renamed", 1)]
    assert sync().updated == 0


@pytest.mark.slow
def test_since_and_limit_bound_what_is_fetched(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    report = sync(limit=2)
    assert report.new == 2
    assert report.left == len(running(sandbox)) - 2
    newest = [
        row[0]
        for row in query(
            connected, "SELECT strava_id FROM activity WHERE fetched_at IS NOT NULL ORDER BY start_time DESC"
        )
    ]
    assert newest == running(sandbox)[:2]
    assert sync().left == 0


@pytest.mark.slow
def test_at_the_quarters_limit_the_rest_stays_queued_and_comes_later(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, clock: Any
) -> None:
    sandbox.budget.change(read_quarter=7)
    report = sync()
    assert report.exit_code is ExitCode.LIMIT
    assert report.limit == "quarter"
    assert report.left > 0
    assert sandbox.reads <= 7
    assert report.limit_until is not None
    assert report.done_at is not None
    assert clock() < report.limit_until <= report.done_at
    assert read(fastest_efforts, connected, EffortFilter()).rows  # whatever has arrived is there to be looked at
    again = sync()
    assert again.exit_code is ExitCode.LIMIT
    assert sandbox.reads <= 7  # the budget is remembered across runs: not one read too many
    while report.left:
        clock.now = report.limit_until
        report = sync()
    assert content(connected)["job"] == [(0,)]


@pytest.mark.slow
def test_with_wait_it_sleeps_through_the_limit(sync: Callable[..., SyncReport], sandbox: Sandbox) -> None:
    sandbox.budget.change(read_quarter=7)
    moments: list[SyncProgress] = []
    report = sync(progress=moments.append, wait=True)
    assert (report.left, report.exit_code) == (0, ExitCode.OK)
    assert any(moment.stage == "wait" and moment.wait_s > 0 for moment in moments)
    assert not any(entry.status == 429 for entry in sandbox.requests)


@pytest.mark.slow
def test_at_the_days_limit_even_waiting_stops(sync: Callable[..., SyncReport], sandbox: Sandbox) -> None:
    sandbox.budget.change(read_day=6)
    report = sync(wait=True)
    assert (report.limit, report.exit_code) == ("day", ExitCode.LIMIT)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["500", "502", "503", "429", "reset", "cut", "html"])
def test_a_passing_trouble_costs_another_try_and_nothing_else(
    sync: Callable[..., SyncReport], sandbox: Sandbox, trouble: str
) -> None:
    sandbox.faults.add(trouble, times=2, path="/streams")
    report = sync()
    assert (report.failed, report.left, report.exit_code) == (0, 0, ExitCode.OK)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["500", "cut", "html", "missing_fields", "nulls", "unknown_fields"])
def test_a_lasting_trouble_leaves_jobs_for_later_and_they_come_home_then(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, clock: Any, trouble: str
) -> None:
    sandbox.faults.add(trouble, times=None, path="/activities/")
    try:
        report = sync()
        assert report.exit_code in {ExitCode.PARTLY, ExitCode.OK}
    except RemoteUnavailableError:
        pytest.fail("one activity that cannot be fetched must not end the sync")
    sandbox.faults.clear()
    for _ in range(6):
        clock.now += 1000
        sync()
    assert query(connected, "SELECT count(*) FROM activity WHERE sport_type LIKE '%Run' AND fetched_at IS NULL") == [
        (0,)
    ]


@pytest.mark.slow
def test_a_job_that_fails_for_good_is_told_and_can_be_tried_again(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, clock: Any
) -> None:
    newest = running(sandbox)[0]
    sandbox.faults.add("500", times=None, path=f"/activities/{newest}")
    for _ in range(6):
        report = sync()
        clock.now += 2000
    assert (report.open_trouble, report.exit_code) == (1, ExitCode.PARTLY)
    (job,) = read(jobs.listed, connected, status="error")
    assert job["strava_id"] == newest
    assert job["last_error"]
    assert sync().reads == 1  # given up: not asked for again by itself
    sandbox.faults.clear()
    assert jobs.retry(connected, None) == 1
    report = sync(queue_only=True)
    assert (report.new, report.reads, report.exit_code) == (1, 2, ExitCode.OK)


@pytest.mark.slow
def test_what_is_gone_from_strava_leaves_the_lists_and_is_kept(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    sandbox.budget.change(read_quarter=3)
    sync()
    gone = running(sandbox)[0]
    sandbox.athlete.delete(gone)
    sandbox.budget.change(read_quarter=100)
    with open_database(connected) as connection:
        connection.execute("DELETE FROM rate_budget")
    assert sync(queue_only=True).deleted == 1
    assert query(connected, "SELECT deleted_at IS NOT NULL FROM activity WHERE strava_id = ?", gone) == [(1,)]


@pytest.mark.slow
def test_what_was_deleted_on_strava_leaves_the_lists_after_a_whole_list_and_comes_back_by_hand(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, clock: Any
) -> None:
    sync()
    gone = running(sandbox)[2]
    sandbox.athlete.delete(gone)
    assert sync().deleted == 1
    state = "SELECT deleted_at IS NOT NULL, (SELECT count(*) FROM activity_stream WHERE activity_id = a.id) > 0"
    assert query(connected, f"{state} FROM activity AS a WHERE strava_id = ?", gone) == [(1, 1)]
    assert query(connected, "SELECT count(*) FROM audit WHERE action = 'delete' AND message = 'gone from Strava'") == [
        (1,)
    ]
    assert len(read(activities.activities, connected, ActivityFilter(deleted=True)).rows) == 1
    undelete(connected, f"strava:{gone}")
    clock.now += 8 * 86_400
    assert sync(full=True).deleted == 0
    assert query(connected, "SELECT deleted_at IS NULL FROM activity WHERE strava_id = ?", gone) == [(1,)]
    with pytest.raises(UsageError, match="not deleted"):
        undelete(connected, f"strava:{gone}")


@pytest.mark.slow
def test_many_missing_at_once_are_not_believed_without_a_persons_word(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    for strava_id in sandbox.athlete.activity_ids[:7]:
        sandbox.athlete.delete(strava_id)
    report = sync(full=True)
    assert (report.withheld, report.deleted) == (7, 0)
    assert query(connected, "SELECT count(*) FROM activity WHERE deleted_at IS NOT NULL") == [(0,)]
    assert sync(full=True, accept_deletions=True).deleted == 7


@pytest.mark.slow
def test_a_run_deleted_while_the_list_is_paged_costs_no_other_its_place(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    monkeypatch.setattr("runcoach.sources.strava.client.PER_PAGE", 3)
    monkeypatch.setattr(
        "runcoach.sources.strava.client.StravaClient.list_activities.__kwdefaults__",
        {"before": None, "after": None, "per_page": 3},
    )
    newest = sandbox.athlete.activity_ids[0]

    def delete_after_the_first_page(moment: SyncProgress) -> None:
        if moment.stage == "list" and newest in sandbox.athlete.activity_ids:
            sandbox.athlete.delete(newest)

    report = sync(progress=delete_after_the_first_page, full=True)
    assert report.deleted <= 1
    standing = {row[0] for row in query(connected, "SELECT strava_id FROM activity WHERE deleted_at IS NULL")}
    assert standing >= set(sandbox.athlete.activity_ids)


@pytest.mark.slow
def test_an_edit_leaves_the_old_and_the_new_value_in_the_audit(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    edited = running(sandbox)[0]
    before = query(connected, "SELECT name FROM activity WHERE strava_id = ?", edited)[0][0]
    sandbox.athlete.edit(edited, name="Renamed")
    sync()
    ((meta,),) = query(connected, "SELECT meta FROM audit ORDER BY id DESC LIMIT 1")
    assert json.loads(meta)["changed"]["name"] == [before, "Renamed"]


@pytest.mark.slow
def test_a_late_upload_of_an_old_run_is_found_by_a_whole_list(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    late = sandbox.add_run(days_ago=400, name="Found on an old watch")
    assert sync(full=True).new == 1
    assert query(connected, "SELECT name FROM activity WHERE strava_id = ?", late) == [("Found on an old watch",)]


@pytest.mark.slow
def test_revoked_in_the_middle_ends_degraded_and_a_new_login_goes_on(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, person: Any
) -> None:
    def revoke(moment: SyncProgress) -> None:
        if moment.done:
            sandbox.oauth.revoke_all()

    with pytest.raises(DegradedError):
        sync(progress=revoke)
    assert query(connected, "SELECT count(*) > 0 FROM job WHERE status = 'queued'") == [(1,)]
    with pytest.raises(DegradedError):
        sync()
    login(connected, LoginOptions(), person)
    assert sync().left == 0


@pytest.mark.slow
def test_a_paused_application_keeps_the_queue_and_burns_no_attempts(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    sync(limit=1)
    sandbox.inactive = True
    with pytest.raises(ApiInactiveError) as refused:
        sync()
    assert refused.value.exit_code is ExitCode.NOT_CONNECTED
    assert query(connected, "SELECT DISTINCT status, attempts FROM job WHERE status != 'done'") == [("queued", 0)]
    sandbox.inactive = False
    assert sync().left == 0


def test_without_a_login_it_says_so(config: Config) -> None:
    with pytest.raises(NotConnectedError) as refused:
        syncing.sync(config, SyncOptions())
    assert "runcoach login" in str(refused.value.hint)


def test_one_process_syncs_and_a_second_one_is_told(sync: Callable[..., SyncReport], connected: Config) -> None:
    connected.paths.state.mkdir(parents=True, exist_ok=True)
    with FileLock(connected.paths.state / "default.sync.lock"), pytest.raises(SyncRunningError) as refused:
        sync()
    assert refused.value.exit_code is ExitCode.BUSY


@pytest.mark.slow
def test_strava_out_of_reach_is_said_and_loses_nothing(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config
) -> None:
    sync(limit=1)
    before = without_ids(content(connected))
    sandbox.faults.add("503", times=None)
    with pytest.raises(RemoteUnavailableError):
        sync()
    assert without_ids(content(connected)) == before


@pytest.mark.slow
def test_a_full_disk_stops_it_and_the_next_one_goes_on(
    sync: Callable[..., SyncReport], connected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bounded(path: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = really_connect(path, *args, **kwargs)
        connection.execute(f"PRAGMA max_page_count = {most_pages}")
        return connection

    really_connect = sqlite3.connect
    most_pages = query(connected, "PRAGMA page_count")[0][0] + 12
    monkeypatch.setattr(sqlite3, "connect", bounded)
    with pytest.raises(StoreError, match="disk is full"):
        sync()
    monkeypatch.undo()
    os.environ["NO_COLOR"] = "1"
    assert query(connected, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.slow
@pytest.mark.parametrize("die_at", [1, 3, 5])
def test_killed_in_the_middle_the_next_one_goes_on_to_the_same_end(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, die_at: int
) -> None:
    code = (
        "import os, sys; from runcoach.config import load; from runcoach.services.sync.sync import sync;"
        "from runcoach.services.sync.sync_types import SyncOptions;"
        f"sync(load(), SyncOptions(), progress=lambda m: os.kill(os.getpid(), 9) if m.done >= {die_at} else None)"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    sync()
    assert content(connected)["job"] == [(0,)]
    killed = without_ids(content(connected))
    with open_database(connected) as connection:  # and now undisturbed, from nothing
        connection.execute("DELETE FROM job")
        connection.execute("DELETE FROM sync_state WHERE key = 'last_full_list_at'")
        connection.execute("DELETE FROM best_effort")
        connection.execute("DELETE FROM activity")
    sync()
    assert without_ids(content(connected)) == killed


@pytest.mark.slow
def test_without_activity_read_all_private_runs_are_missing_and_it_is_said(
    config: Config, sandbox: Sandbox, person: Any, clock: Any
) -> None:
    private = sandbox.add_run(name="Secret", distance_m=5000, private=True)
    visit = person.go
    person.go = lambda url: visit(url.replace("activity%3Aread_all", "activity%3Aread"))  # the other box unticked
    login(config, LoginOptions(), person)
    report = syncing.sync(config, SyncOptions(), clock=clock)
    assert report.missing_scopes == ("activity:read_all",)
    assert query(config, "SELECT 1 FROM activity WHERE strava_id = ?", private) == []
