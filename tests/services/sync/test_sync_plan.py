"""A plan says what the sync then does: the same activities, the same reads, window by window; and changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from reading import read

from runcoach.config import Config
from runcoach.domain.sports import is_running
from runcoach.errors import DegradedError, NotConnectedError, RemoteUnavailableError
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.plan import RunKind
from runcoach.services.queries.status import status
from runcoach.services.sync import sync as syncing
from runcoach.services.sync.sync_plan import SyncPlan, plan_sync
from runcoach.services.sync.sync_types import SyncOptions, SyncReport


@pytest.fixture
def early(clock: Any) -> Any:
    """The sandbox's clock, a minute after Strava's day has begun: no window ends while a test runs."""
    clock.now = clock.now // 86_400 * 86_400 + 60
    return clock


@pytest.fixture
def sync(connected: Config, early: Any) -> Callable[..., SyncReport]:
    return lambda **options: syncing.sync(connected, SyncOptions(**options), clock=early)


@pytest.fixture
def ahead(connected: Config, early: Any) -> Callable[..., SyncPlan]:
    return lambda **options: plan_sync(connected, SyncOptions(**options), clock=early)


def running(sandbox: Sandbox) -> list[int]:
    return [i for i in sandbox.athlete.activity_ids if is_running(sandbox.athlete.detail(i)["sport_type"])]


def kept(config: Config) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but the two that any talk with Strava touches."""
    with closing(sqlite3.connect(config.database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()
            for name in tables
            if name not in {"rate_budget", "strava_token"}
        }


def counts(outlook: SyncPlan) -> tuple[int, int, int, int, int]:
    return outlook.new, outlook.changed, outlook.queued, outlook.missing, outlook.withheld


@pytest.mark.slow
def test_the_first_sync_costs_what_the_plan_says(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], sandbox: Sandbox, connected: Config
) -> None:
    before = kept(connected)
    outlook = ahead()
    assert kept(connected) == before
    assert sandbox.reads == outlook.list_reads == 2
    assert counts(outlook) == (len(running(sandbox)), 0, 0, 0, 0)
    assert outlook.plan.activities == len(running(sandbox))
    report = sync()
    assert (report.new, report.reads) == (outlook.plan.activities, outlook.plan.reads + outlook.list_reads)


@pytest.mark.slow
def test_one_typed_in_by_hand_costs_one_read(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], sandbox: Sandbox
) -> None:
    sync()
    sandbox.add_run(kind=RunKind.MANUAL, distance_m=5000)
    outlook = ahead()
    assert (outlook.new, outlook.plan.reads) == (1, 1)
    assert sync().reads == 2


@pytest.mark.slow
def test_with_nothing_new_there_is_nothing_to_fetch(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], early: Any
) -> None:
    sync()
    outlook = ahead()
    assert (counts(outlook), outlook.list_reads, outlook.plan.windows) == ((0, 0, 0, 0, 0), 1, ())
    assert outlook.plan.done_at == early.now


@pytest.mark.slow
def test_as_many_come_home_in_each_window_as_the_plan_says(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], sandbox: Sandbox, early: Any
) -> None:
    sandbox.budget.change(read_quarter=9)
    outlook = ahead()
    assert len(outlook.plan.windows) > 1
    assert outlook.plan.windows[0] == outlook.plan.this_quarter
    for number, window in enumerate(outlook.plan.windows):
        early.now = max(early.now, window.opens_at + 3)
        report = sync(queue_only=number > 0)
        assert report.new == window.activities, window
    assert report.left == 0
    assert outlook.plan.done_at == outlook.plan.windows[-1].opens_at + 2


@pytest.mark.slow
def test_new_changed_queued_and_missing_are_told_apart(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], sandbox: Sandbox
) -> None:
    sync(limit=5)
    fetched, waiting = running(sandbox)[:5], running(sandbox)[5:]
    assert counts(ahead()) == (0, 0, len(waiting), 0, 0)
    sandbox.athlete.edit(fetched[0], name="Renamed")
    sandbox.athlete.delete(fetched[1])
    sandbox.add_run(name="Evening Run", distance_m=6200)
    outlook = ahead(full=True)
    assert counts(outlook) == (1, 1, len(waiting), 1, 0)
    assert outlook.plan.activities == len(waiting) + 3
    report = sync(full=True)
    assert (report.new, report.updated, report.deleted) == (1 + len(waiting), 1, 1)
    assert report.reads == outlook.plan.reads + outlook.list_reads


def test_the_newest_comes_first(ahead: Callable[..., SyncPlan], sandbox: Sandbox) -> None:
    sandbox.budget.change(read_quarter=6)
    starts = [sandbox.athlete.plan(strava_id).start_time for strava_id in running(sandbox)]
    windows = ahead().plan.windows
    fetched = 0
    for window in windows:
        fetched += window.activities
        assert window.back_to == starts[fetched - 1]
    assert fetched == len(starts)


@pytest.mark.slow
def test_many_missing_at_once_are_said_and_not_planned_for(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], sandbox: Sandbox
) -> None:
    sync()
    for strava_id in sandbox.athlete.activity_ids[:7]:
        sandbox.athlete.delete(strava_id)
    assert counts(ahead(full=True)) == (0, 0, 0, 0, 7)
    assert counts(ahead(full=True, accept_deletions=True)) == (0, 0, 0, 7, 0)


@pytest.mark.slow
def test_what_was_given_up_is_not_planned_for(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], connected: Config
) -> None:
    from runcoach.services import jobs

    sync(limit=1)
    cancelled = jobs.cancel(connected, None)
    assert cancelled > 1
    assert counts(ahead(full=True)) == (0, 0, 0, 0, 0)


@pytest.mark.slow
def test_other_sports_count_where_all_are_wanted(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], sandbox: Sandbox
) -> None:
    ride = sandbox.add_run(distance_m=20_000)
    sandbox.athlete.edit(ride, sport_type="Ride")
    runs = len(running(sandbox))
    assert ahead().new == runs
    assert ahead(all_sports=True).new == len(sandbox.athlete)


def test_since_a_day(ahead: Callable[..., SyncPlan], sandbox: Sandbox) -> None:
    from datetime import datetime

    newest = sandbox.athlete.plan(running(sandbox)[0]).start_time
    assert ahead(since=datetime.fromtimestamp(newest).astimezone().date()).new == 1


@pytest.mark.slow
def test_a_limit_leaves_the_queue_to_be_planned(
    sync: Callable[..., SyncReport], ahead: Callable[..., SyncPlan], sandbox: Sandbox, connected: Config
) -> None:
    sandbox.budget.change(read_quarter=6)
    left = sync().left
    before = sandbox.reads
    outlook = ahead()
    assert (outlook.limit, outlook.queued, outlook.list_reads) == ("quarter", left, 0)
    assert outlook.limit_until is not None
    assert outlook.plan.this_quarter.activities == 0
    assert sandbox.reads == before


def test_the_limits_that_were_seen_are_remembered(
    ahead: Callable[..., SyncPlan], sandbox: Sandbox, connected: Config
) -> None:
    ahead()
    with closing(sqlite3.connect(connected.database)) as connection:
        assert connection.execute("SELECT read_quarter_used FROM rate_budget").fetchone() == (2,)


@pytest.mark.slow
def test_status_says_the_same_of_the_queue_without_asking(
    sync: Callable[..., SyncReport], sandbox: Sandbox, connected: Config, early: Any
) -> None:
    assert read(status, connected, connected, clock=early).backfill is None
    sandbox.budget.change(read_quarter=6, read_day=9)
    report = sync()
    before = sandbox.reads
    plan = read(status, connected, connected, clock=early).backfill
    assert sandbox.reads == before
    assert plan is not None
    assert (plan.activities, plan.done_at) == (report.left, report.done_at)
    assert plan.today.reads == 2  # of the three that the day has left
    early.now = plan.done_at
    sandbox.budget.change(read_quarter=100, read_day=1000)
    assert sync(queue_only=True).left == 0
    assert read(status, connected, connected, clock=early).backfill is None


def test_without_a_login_it_says_so(config: Config) -> None:
    with pytest.raises(NotConnectedError):
        plan_sync(config, SyncOptions())


@pytest.mark.slow
def test_a_refused_login_and_a_strava_out_of_reach_are_what_they_are_to_a_sync(
    ahead: Callable[..., SyncPlan], sandbox: Sandbox
) -> None:
    sandbox.faults.add("503", times=None)
    with pytest.raises(RemoteUnavailableError):
        ahead()
    sandbox.faults.clear()
    sandbox.oauth.revoke_all()
    with pytest.raises(DegradedError):
        ahead()
