"""The schedule over days: due or not, what it reports and how often, and a week with everything going wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.errors import DegradedError, ExitCode, RemoteUnavailableError, RuncoachError, SyncRunningError
from runcoach.sandbox.faults import FaultKind
from runcoach.sandbox.server import Sandbox
from runcoach.services.auth.login import LoginOptions, login
from runcoach.services.sync import sync as syncing
from runcoach.services.sync.all_sources import SourceResult
from runcoach.services.sync.scheduled_run import ScheduledRun, run_schedule
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.store.sqlite.database import open_database, open_reader

HOUR_S = 3_600


def failing(error: RuncoachError) -> Callable[..., tuple[SourceResult, ...]]:
    def fail(*_: Any) -> tuple[SourceResult, ...]:
        raise error

    return fail


@pytest.fixture
def run(config: Config, clock: Any) -> Callable[..., ScheduledRun]:
    """One run, by the sandbox's clock."""
    with open_database(config):
        pass

    def one(sync: Callable[..., tuple[SourceResult, ...]] | None = None, every_s: float = HOUR_S) -> ScheduledRun:
        def real(config: Config, options: SyncOptions) -> tuple[SourceResult, ...]:
            return (SourceResult("strava", syncing.sync(config, options, clock=clock, sleep=lambda _: None)),)

        return run_schedule(config, every_s, clock=clock, sync=sync or real)

    return one


@pytest.mark.slow
def test_a_run_syncs_only_when_the_interval_has_passed(
    run: Callable[..., ScheduledRun], connected: Config, sandbox: Sandbox, clock: Any
) -> None:
    assert run().was_due
    reads = sandbox.reads
    clock.now += 60
    assert not run().was_due
    assert sandbox.reads == reads
    clock.now += HOUR_S - 120  # schedulers start a little early or late
    assert run().was_due
    clock.now -= 400 * 86_400  # the clock was ahead
    assert run().was_due


def test_a_refused_login_is_reported_once_a_day_with_the_whole_command(
    run: Callable[..., ScheduledRun], clock: Any, config: Config
) -> None:
    refused = failing(DegradedError("Strava no longer accepts the login", hint="run `runcoach login`"))
    results = []
    for _ in range(48):
        results.append(run(refused))
        clock.now += HOUR_S
    messages = [result.message for result in results if result.message]
    assert len(messages) == 2
    assert f"`runcoach --home {config.paths.config.parent} login`" in messages[0]
    assert {result.exit_code for result in results} == {ExitCode.NOT_CONNECTED}


@pytest.mark.slow
def test_passing_failures_and_another_sync_are_never_reported(
    run: Callable[..., ScheduledRun], connected: Config, clock: Any
) -> None:
    assert run().message is None
    for error, code in (
        (RemoteUnavailableError("Strava has trouble of its own (503)"), ExitCode.FAILED),
        (SyncRunningError("another sync is running"), ExitCode.BUSY),
    ):
        clock.now += HOUR_S
        result = run(failing(error))
        assert (result.exit_code, result.message) == (code, None)


@pytest.mark.slow
def test_a_day_without_success_is_reported(run: Callable[..., ScheduledRun], connected: Config, clock: Any) -> None:
    run()
    clock.now += 86_400 + 60
    assert run(failing(RemoteUnavailableError("Strava has trouble of its own (503)"))).message is not None


@pytest.mark.slow
def test_a_week_of_trouble_ends_with_every_activity_and_three_messages_at_most(
    run: Callable[..., ScheduledRun], connected: Config, sandbox: Sandbox, clock: Any, person: Any
) -> None:
    """Strava fails at random, the laptop sleeps at night and for a day, and the login is revoked on the fifth day."""
    chance = random.Random(7)
    clock.now = clock.now // 86_400 * 86_400 + 6 * HOUR_S
    messages = []
    for hour in range(7 * 24):
        day, hour_of_day = divmod(hour + 6, 24)
        clock.now += HOUR_S
        if hour_of_day == 7:
            sandbox.add_run()
        if (day, hour_of_day) == (4, 9):
            sandbox.revoke()
        if (day, hour_of_day) == (5, 20):
            person.close()
            login(connected, LoginOptions(), person)
        if day == 2 or not 7 <= hour_of_day < 22 or hour_of_day % 2:
            continue  # asleep, or not at the minute of the schedule
        sandbox.faults.clear()
        kind = chance.choice([FaultKind.UNAVAILABLE, FaultKind.RESET, FaultKind.LIMITED, FaultKind.HTML])
        sandbox.faults.add(kind, times=None, rate=chance.choice([0.0, 0.2, 0.7]))
        result = run()
        messages += [result.message] if result.message else []
    sandbox.faults.clear()
    clock.now += 3 * HOUR_S
    run()
    with open_reader(connected) as connection:
        home = {row[0] for row in connection.execute("SELECT strava_id FROM activity WHERE deleted_at IS NULL")}
        fetched = connection.execute("SELECT count(*) FROM activity WHERE fetched_at IS NOT NULL").fetchone()[0]
        failed = connection.execute("SELECT count(*) FROM job WHERE type = 'fetch' AND status <> 'done'").fetchone()[0]
    assert home == set(sandbox.athlete.activity_ids)
    assert (failed, fetched > 7) == (0, True)
    assert len(messages) <= 3, messages
    assert any("login" in message for message in messages)
