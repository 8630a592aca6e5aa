"""A sync never looks done when it is not: limits while listing, unreadable activities, wrong clocks, late streams."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.errors import ExitCode, RemoteUnavailableError
from runcoach.sandbox.http_server import Reply
from runcoach.sandbox.server import Sandbox
from runcoach.services.sync import listing
from runcoach.services.sync import sync as syncing
from runcoach.services.sync.last_sync import LastSync, last_success, last_syncs
from runcoach.services.sync.listing import FULL_EVERY_S
from runcoach.services.sync.missing_streams import PAUSES_S
from runcoach.services.sync.sync_plan import plan_sync
from runcoach.services.sync.sync_types import SyncOptions, SyncReport
from runcoach.services.sync.worker import Worker
from runcoach.sources.strava.client import StravaClient
from runcoach.store.sqlite.database import open_reader

Sync = Callable[..., SyncReport]
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def sync(connected: Config, clock: Any) -> Sync:
    """Runs a sync by the sandbox's clock; sleeping moves that clock."""

    def run(**options: Any) -> SyncReport:
        def sleep(seconds: float) -> None:
            clock.now += seconds

        return syncing.sync(connected, SyncOptions(**options), clock=clock, sleep=sleep)

    return run


@pytest.fixture
def change(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Change], None]:
    """Changes the JSON of one activity, in the list and in detail."""
    changes: dict[int, Change] = {}
    athlete = type(sandbox.athlete)
    summary, detail = athlete._summary, athlete.detail

    def changed_summary(self: Any, activity_id: int) -> bytes:
        payload = json.loads(summary(self, activity_id))
        if activity_id in changes:
            changes[activity_id](payload)
        return json.dumps(payload).encode()

    def changed_detail(self: Any, activity_id: int) -> dict[str, Any]:
        payload = json.loads(json.dumps(detail(self, activity_id)))
        if activity_id in changes:
            changes[activity_id](payload)
        return dict(payload)

    monkeypatch.setattr(athlete, "_summary", changed_summary)
    monkeypatch.setattr(athlete, "detail", changed_detail)
    return changes.__setitem__


def query(config: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with open_reader(config) as connection:
        return [tuple(row) for row in connection.execute(sql, values)]


def last(config: Config) -> LastSync:
    with open_reader(config) as connection:
        (entry,) = last_syncs(connection)
        return entry


@pytest.mark.slow
def test_sync_exits_5_when_limit_is_reached_while_listing_with_an_empty_queue(
    sync: Sync, sandbox: Sandbox, connected: Config, clock: Any
) -> None:
    sync()
    clock.now = clock.now // 86_400 * 86_400 + 86_400 + 60
    sandbox.budget.change(read_quarter=1)
    sync()  # learns the new limit and uses it up
    reads = sandbox.reads
    report = sync()
    assert (report.exit_code, report.list_read, report.left) == (ExitCode.LIMIT, False, 0)
    assert (report.reads, sandbox.reads) == (0, reads)
    assert report.limit_until is not None
    assert last(connected).error == "a rate limit kept the list from being read"
    plan = plan_sync(connected, SyncOptions(), clock=clock)
    assert plan.limit == "quarter"


@pytest.mark.slow
@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Limit": "0,0", "X-ReadRateLimit-Limit": "0,0"}])
def test_429_without_usable_limits_pauses_until_the_next_quarter_also_for_the_next_process(
    sync: Sync, sandbox: Sandbox, clock: Any, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(sandbox.budget), "spend", lambda *_, **__: "quarter")
        patch.setattr(type(sandbox.budget), "headers", lambda *_: headers)
        first = sync()
        asked = len(sandbox.requests)
        second = sync()
        assert (first.exit_code, second.exit_code) == (ExitCode.LIMIT, ExitCode.LIMIT)
        assert len(sandbox.requests) == asked, "the pause holds for the next process"
    assert first.limit_until is not None
    clock.now = first.limit_until + 1
    assert sync().exit_code == ExitCode.OK


@pytest.mark.slow
@pytest.mark.parametrize("year", [1984, 1969, 1901])
def test_manual_activities_of_any_date_since_1900_are_kept(
    sync: Sync, sandbox: Sandbox, change: Callable[[int, Change], None], connected: Config, year: int
) -> None:
    race = sandbox.add_run()
    date = f"{year}-06-01T08:00:00Z"
    change(race, lambda payload: payload.update(start_date=date, start_date_local=date, manual=True))
    report = sync()
    assert (report.exit_code, report.listed) == (ExitCode.OK, len(sandbox.athlete))
    ((found,),) = query(connected, "SELECT datetime(start_time, 'unixepoch') FROM activity WHERE strava_id = ?", race)
    assert found == f"{year}-06-01 08:00:00"


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [
        {"gear_id": 12},
        {"start_date": "9999-12-31T23:59:59Z"},
        {"start_date": "0001-01-01T00:00:00Z"},
        {"distance": "far"},
        {"elapsed_time": 1e19},
    ],
)
def test_one_unreadable_activity_becomes_a_failed_job_and_the_rest_is_synced(
    sync: Sync,
    sandbox: Sandbox,
    change: Callable[[int, Change], None],
    connected: Config,
    broken: dict[str, Any],
) -> None:
    bad = sandbox.add_run()
    change(bad, lambda payload: payload.update(broken))
    report = sync()
    assert report.exit_code == ExitCode.PARTLY
    assert report.open_trouble == 1
    failed = query(connected, "SELECT strava_id FROM job WHERE status IN ('error', 'retry') AND type = 'fetch'")
    assert failed == [(bad,)]
    rest = query(connected, "SELECT count(*) FROM activity WHERE strava_id <> ?", bad)
    assert rest == [(len(sandbox.athlete) - 1,)]
    sync()
    assert len(query(connected, "SELECT 1 FROM job WHERE strava_id = ?", bad)) == 1, "it fails once, not every time"


@pytest.mark.slow
def test_a_lone_surrogate_in_a_title_is_replaced(
    sync: Sync,
    sandbox: Sandbox,
    change: Callable[[int, Change], None],
    connected: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runcoach.sandbox.strava.api.json_reply", lambda value: Reply(200, json.dumps(value).encode()))
    run = sandbox.add_run()
    change(run, lambda payload: payload.update(name="Half \ud83d a runner"))
    assert sync().exit_code == ExitCode.OK
    assert query(connected, "SELECT name FROM activity WHERE strava_id = ?", run) == [("Half ? a runner",)]


@pytest.mark.slow
def test_a_detail_with_another_id_is_not_stored(
    sync: Sync, sandbox: Sandbox, connected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, other = sandbox.add_run(), sandbox.athlete.activity_ids[-1]
    athlete = type(sandbox.athlete)
    detail = athlete.detail
    monkeypatch.setattr(athlete, "detail", lambda self, number: detail(self, other if number == run else number))
    assert sync().exit_code == ExitCode.PARTLY
    assert query(connected, "SELECT fetched_at FROM activity WHERE strava_id = ?", run) == [(None,)]
    ((message,),) = query(connected, "SELECT last_error FROM job WHERE strava_id = ? AND status = 'retry'", run)
    assert "another activity" in message


@pytest.mark.slow
def test_streams_that_were_not_ready_are_asked_for_again(
    sync: Sync, sandbox: Sandbox, connected: Config, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sandbox.add_run()
    athlete = type(sandbox.athlete)
    streams = athlete.streams
    is_ready = False

    def late(self: Any, number: int, keys: Any) -> Any:
        return streams(self, number, keys) if is_ready or number != run else None

    monkeypatch.setattr(athlete, "streams", late)

    def asks() -> int:
        return sum(f"/activities/{run}/streams" in request.path for request in sandbox.requests)

    assert sync().exit_code == ExitCode.OK
    assert asks() == 1
    for attempt, pause_s in enumerate(PAUSES_S, start=2):
        clock.now += pause_s - 60
        sync(queue_only=True)
        assert asks() == attempt - 1, "not before its time"
        clock.now += 120
        sync(queue_only=True)
        assert asks() == attempt
    clock.now += FULL_EVERY_S
    is_ready = True
    sync()  # the full list is due
    assert query(connected, "SELECT count(*) > 0 FROM activity_stream JOIN activity ON id = activity_id"
                            " WHERE strava_id = ?", run) == [(1,)]  # fmt: skip
    reads = asks()
    clock.now += FULL_EVERY_S
    sync()
    assert asks() == reads, "what has come is not asked for again"


@pytest.mark.slow
def test_streams_are_not_asked_for_after_30_days(
    sync: Sync, sandbox: Sandbox, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sandbox.add_run()
    monkeypatch.setattr(type(sandbox.athlete), "streams", lambda *_: None)
    sync()
    clock.now += 31 * 86_400
    sync(full=True)
    assert sum(f"/activities/{run}/streams" in request.path for request in sandbox.requests) == 1


@pytest.mark.slow
def test_last_try_and_last_success_are_kept_apart(sync: Sync, sandbox: Sandbox, connected: Config, clock: Any) -> None:
    sync()
    good_at = int(clock.now)
    clock.now += 3_600
    sandbox.stop()
    with pytest.raises(RemoteUnavailableError):
        sync()
    entry = last(connected)
    assert (entry.succeeded_at, entry.tried_at) == (good_at, good_at + 3_600)
    assert entry.error is not None
    assert entry.result["new"] > 0
    worker = Worker(connected, sync_every_s=86_400, clock=clock)
    worker._load_last_sync()
    assert worker.state().last_sync_at == good_at


@pytest.mark.slow
def test_a_time_in_the_future_is_never_the_last_sync(sync: Sync, connected: Config, clock: Any) -> None:
    now = clock.now
    clock.now += 400 * 86_400
    sync()
    clock.now = now + 60
    with open_reader(connected) as connection:
        assert last_success(connection, clock.now) is None
    worker = Worker(connected, sync_every_s=3_600, clock=clock)
    worker._load_last_sync()
    assert worker.state().next_sync_at == clock.now, "a restarted server syncs at once"
    clock.now += 400 * 86_400
    worker._set_next(clock.now)
    clock.now = now + 120
    assert worker._is_time(clock.now), "so does one that was running"


@pytest.mark.slow
def test_a_list_that_repeats_a_page_ends(
    sync: Sync, sandbox: Sandbox, connected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    athlete = type(sandbox.athlete)
    page = athlete.page
    monkeypatch.setattr(athlete, "page", lambda self, **params: page(self, **(params | {"page": 1})))
    sync(limit=1)
    lists = sum(request.path.endswith("/athlete/activities") for request in sandbox.requests)
    assert lists == 2
    assert query(connected, "SELECT 1 FROM activity WHERE deleted_at IS NOT NULL") == []


@pytest.mark.slow
def test_full_list_finds_a_deletion_after_seven_days_and_not_before(
    sync: Sync, sandbox: Sandbox, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_activities = StravaClient.list_activities
    monkeypatch.setattr(listing, "PER_PAGE", 5)
    monkeypatch.setattr(
        StravaClient, "list_activities", lambda self, **params: list_activities(self, per_page=5, **params)
    )
    sync()
    sync()  # the first list had more than one page of new activities, so the full list is read twice
    oldest = min(sandbox.athlete.activity_ids, key=lambda number: sandbox.athlete.plan(number).start_time)
    sandbox.athlete.delete(oldest)
    clock.now += 6.9 * 86_400
    assert sync().deleted == 0  # the first page has not changed
    clock.now += 0.2 * 86_400
    assert sync().deleted == 1
