"""Events become jobs: one an activity, however often and in whatever order they are told, and nothing is believed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.errors import NotConnectedError, VaultError
from runcoach.sandbox.server import Sandbox
from runcoach.services.auth.credentials import open_secret_stores
from runcoach.services.edits import undelete
from runcoach.services.sync import sync as syncing
from runcoach.services.sync import webhook_receiver
from runcoach.services.sync.sync_types import SyncOptions, SyncProgress, SyncReport
from runcoach.services.sync.webhook_receiver import EventResult, WebhookReceiver, read_event
from runcoach.store import jobs
from runcoach.store.remote import webhook_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

SUBSCRIPTION = 131_300


@pytest.fixture
def sync(connected: Config, clock: Any) -> Callable[..., SyncReport]:
    """Runs a sync by the sandbox's clock; sleeping moves that clock."""

    def run(progress: Callable[[SyncProgress], None] = lambda _: None, **options: Any) -> SyncReport:
        def sleep(seconds: float) -> None:
            clock.now += seconds

        return syncing.sync(connected, SyncOptions(**options), progress=progress, clock=clock, sleep=sleep)

    return run


@pytest.fixture
def mailbox(connected: Config, clock: Any) -> WebhookReceiver:
    """The callback of a subscription that is in force."""
    vault = open_secret_stores(connected)("file")
    handle = vault.new_handle("webhook")
    vault.seal_and_put(handle, {"path": "sesame", "verify_token": "word"})
    with open_database(connected) as connection, write_transaction(connection):
        row_id = webhook_state.begin(connection, "https://example.org", handle, "file")
        webhook_state.activate(connection, row_id, SUBSCRIPTION)
    box = WebhookReceiver(connected, clock=clock)
    assert box.is_secret_path("sesame")
    return box


@pytest.fixture
def told(mailbox: WebhookReceiver, sandbox: Sandbox, clock: Any) -> Callable[..., EventResult]:
    """Tells the mailbox of an activity; keywords replace fields of the event."""

    def tell(object_id: int, **fields: Any) -> EventResult:
        event = {
            "object_type": "activity",
            "object_id": object_id,
            "aspect_type": "update",
            "updates": {},
            "owner_id": sandbox.athlete.athlete_id,
            "subscription_id": SUBSCRIPTION,
            "event_time": int(clock.now),
        }
        return mailbox.handle(json.dumps(event | fields).encode())

    return tell


def query(config: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute(sql, values).fetchall()


def fetches(config: Config, strava_id: int) -> list[str]:
    return [
        row[0]
        for row in query(config, "SELECT status FROM job WHERE type = 'fetch' AND strava_id = ? ORDER BY id", strava_id)
    ]


def runs(sandbox: Sandbox) -> list[int]:
    return [i for i in sandbox.athlete.activity_ids if sandbox.athlete.detail(i)["sport_type"] == "Run"]


@pytest.mark.slow
def test_the_same_event_again_makes_no_second_job_before_or_after_the_fetch(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    new = sandbox.add_run()
    assert told(new) is EventResult.QUEUED
    assert told(new) is EventResult.KNOWN
    assert sync(queue_only=True).new == 1
    assert told(new) is EventResult.KNOWN
    assert fetches(connected, new) == ["done"]


@pytest.mark.slow
def test_a_replay_of_an_older_event_tells_nothing_and_a_newer_one_does(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], connected: Config, clock: Any, sandbox: Sandbox
) -> None:
    sync()
    run = runs(sandbox)[0]
    then = int(clock.now)
    clock.now += 100
    assert told(run, updates={"title": "A"}) is EventResult.QUEUED
    sync(queue_only=True)
    assert told(run, event_time=then) is EventResult.KNOWN
    clock.now += 100
    assert told(run, updates={"title": "A"}) is EventResult.QUEUED
    assert fetches(connected, run)[-2:] == ["done", "queued"]


@pytest.mark.slow
def test_two_edits_in_one_second_are_two_events(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], connected: Config, sandbox: Sandbox
) -> None:
    sync()
    run = runs(sandbox)[0]
    assert told(run, updates={"title": "A"}) is EventResult.QUEUED
    sync(queue_only=True)
    assert told(run, updates={"title": "B"}) is EventResult.QUEUED
    assert told(run, updates={"title": "C"}) is EventResult.QUEUED  # the open job does for this one too
    assert [told(run, updates={"title": title}) for title in "ABC"] == [EventResult.KNOWN] * 3
    assert fetches(connected, run)[-1:] == ["queued"]


@pytest.mark.slow
def test_an_event_goes_before_the_backlog_and_joins_a_job_that_is_open(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], connected: Config, sandbox: Sandbox
) -> None:
    sync(limit=1)
    oldest = runs(sandbox)[-1]
    assert told(oldest) is EventResult.QUEUED
    assert fetches(connected, oldest) == ["queued"]
    assert sync(queue_only=True, limit=1).new == 1
    assert fetches(connected, oldest) == ["done"]
    assert query(connected, "SELECT count(*) > 2 FROM job WHERE status = 'queued'") == [(1,)]


def test_news_that_comes_while_the_activity_is_fetched_has_it_fetched_again(
    told: Callable[..., EventResult], connected: Config, clock: Any
) -> None:
    told(7)
    with open_database(connected) as connection:
        with write_transaction(connection):
            job = jobs.claim(connection, "fetch", clock.now)
        assert job is not None
        clock.now += 5
        assert told(7) is EventResult.QUEUED
        with write_transaction(connection):
            jobs.finish(connection, job)
        assert fetches(connected, 7) == ["queued"]
        with write_transaction(connection):
            job = jobs.claim(connection, "fetch", clock.now)
            assert job is not None
            jobs.finish(connection, job)
    assert fetches(connected, 7) == ["done"]


@pytest.mark.slow
def test_what_an_event_brought_is_what_the_next_list_expects(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    new, old = sandbox.add_run(), runs(sandbox)[-1]
    sandbox.athlete.edit(old, name="Renamed")
    told(new)
    told(old)
    done = sync(queue_only=True)
    assert (done.new, done.updated) == (1, 1)
    again = sync()
    assert (again.new, again.updated, again.reads) == (0, 0, 1)


@pytest.mark.slow
def test_an_event_is_newer_than_what_the_list_had_told(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], sandbox: Sandbox
) -> None:
    sync(limit=1)
    oldest = runs(sandbox)[-1]
    sandbox.athlete.edit(oldest, name="Renamed")
    told(oldest)
    sync(queue_only=True)
    assert sync().updated == 0


@pytest.mark.slow
def test_another_sport_keeps_its_summary_and_costs_one_read(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    ride = sandbox.add_run(name="Over the hills", distance_m=20_000)
    sandbox.athlete.edit(ride, sport_type="Ride")
    told(ride)
    before = sandbox.reads
    assert sync(queue_only=True).new == 1
    assert sandbox.reads - before == 1
    parts = (
        "(SELECT count(*) FROM split WHERE activity_id = a.id) + (SELECT count(*) FROM lap WHERE activity_id = a.id)"
    )
    row = f"SELECT name, sport_type, fetched_at, {parts} FROM activity AS a WHERE strava_id = ?"
    assert query(connected, row, ride) == [("Over the hills", "Ride", None, 0)]
    again = sync()
    assert (again.new, again.updated, again.reads) == (0, 0, 1)


@pytest.mark.slow
def test_a_deletion_is_believed_only_when_strava_has_the_activity_no_more(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], sandbox: Sandbox, connected: Config, clock: Any
) -> None:
    sync()
    run = runs(sandbox)[0]
    deleted = "SELECT deleted_at IS NOT NULL FROM activity WHERE strava_id = ?"
    assert told(run, aspect_type="delete") is EventResult.QUEUED
    assert sync(queue_only=True).deleted == 0
    assert query(connected, deleted, run) == [(0,)]
    sandbox.athlete.delete(run)
    clock.now += 10
    told(run, aspect_type="delete")
    assert sync(queue_only=True).deleted == 1
    assert query(connected, deleted, run) == [(1,)]


@pytest.mark.slow
def test_what_a_person_brought_back_stays_whatever_is_told(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], sandbox: Sandbox, connected: Config
) -> None:

    sync()
    run = runs(sandbox)[0]
    sandbox.athlete.delete(run)
    sync(full=True)
    undelete(connected, f"strava:{run}")
    told(run, aspect_type="delete")
    assert sync(queue_only=True).deleted == 1
    assert query(connected, "SELECT deleted_at FROM activity WHERE strava_id = ?", run) == [(None,)]


@pytest.mark.slow
def test_access_that_was_taken_back_ends_the_connection_once_strava_refuses_it(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], sandbox: Sandbox, connected: Config
) -> None:
    sync(limit=1)
    here = query(connected, "SELECT count(*) FROM activity")
    athlete = sandbox.athlete.athlete_id
    sandbox.oauth.revoke_all()
    assert told(athlete, object_type="athlete", updates={"authorized": "false"}) is EventResult.QUEUED
    with pytest.raises(NotConnectedError, match="revoked") as ended:
        sync(queue_only=True)
    assert "runcoach forget" in str(ended.value.hint)
    assert query(connected, "SELECT DISTINCT status, is_active FROM strava_token") == [("inactive", 0)]
    assert query(connected, "SELECT count(*) FROM strava_token WHERE revoked_at IS NOT NULL") == [(1,)]
    assert query(connected, "SELECT count(*) FROM activity") == here
    assert query(connected, "SELECT DISTINCT status FROM job WHERE type = 'fetch' AND strava_id IS NULL") == [("done",)]
    assert query(connected, "SELECT count(*) > 0 FROM job WHERE status = 'queued'") == [(1,)]
    assert "token:" not in (connected.paths.state / "vault.json").read_text()
    assert told(runs(sandbox)[0]) is EventResult.FOREIGN  # nobody is connected any more


@pytest.mark.slow
def test_access_that_only_an_event_says_was_taken_back_stands(
    sync: Callable[..., SyncReport], told: Callable[..., EventResult], sandbox: Sandbox, connected: Config
) -> None:
    sync()
    athlete = sandbox.athlete.athlete_id
    claim = {"object_type": "athlete", "updates": {"authorized": "false"}}
    assert told(athlete, **claim) is EventResult.QUEUED
    assert told(athlete, **claim) is EventResult.KNOWN
    before = sandbox.reads
    sync(queue_only=True)
    assert sandbox.reads - before == 1
    assert query(connected, "SELECT status FROM strava_token WHERE is_active") == [("active",)]
    assert told(athlete, **claim) is EventResult.KNOWN
    assert query(connected, "SELECT count(*) FROM audit WHERE message LIKE 'said to be revoked%'") == [(1,)]


def test_an_athlete_who_changes_something_else_is_no_concern(
    told: Callable[..., EventResult], sandbox: Sandbox, connected: Config
) -> None:
    athlete = sandbox.athlete.athlete_id
    for updates in ({}, {"weight": "70"}, {"authorized": "true"}):
        assert told(athlete, object_type="athlete", updates=updates) is EventResult.IRRELEVANT
    assert query(connected, "SELECT * FROM job") == []


def test_another_athlete_and_another_subscription_are_foreign(
    told: Callable[..., EventResult], connected: Config
) -> None:
    assert told(1, owner_id=1) is EventResult.FOREIGN
    assert told(1, subscription_id=1) is EventResult.FOREIGN
    assert query(connected, "SELECT * FROM job") == []


def test_refused_events_are_audited_once_an_hour_with_their_number(mailbox: WebhookReceiver, connected: Config) -> None:
    hours = iter([0.0, 10.0, 20.0, 4000.0, 4000.0])
    mailbox._ticks = lambda: next(hours)
    for _ in range(4):
        mailbox.handle(b"{}")
    metas = query(connected, "SELECT meta FROM audit WHERE action = 'skip' ORDER BY id")
    assert [json.loads(meta)["events"] for (meta,) in metas] == [1, 3]


def test_a_vault_that_fails_is_left_alone_for_a_while(mailbox: WebhookReceiver, connected: Config) -> None:
    def opened(store: str) -> Any:
        asked.append(store)
        raise VaultError("locked")

    asked: list[str] = []
    now = [0.0]
    box = WebhookReceiver(connected, secret_stores=opened, ticks=lambda: now[0])
    for _ in range(3):
        with pytest.raises(VaultError):
            box.is_secret_path("sesame")
    assert asked == ["file"]
    now[0] = webhook_receiver.VAULT_PAUSE_S + 1
    with pytest.raises(VaultError):
        box.is_secret_path("sesame")
    assert len(asked) == 2


def test_a_new_subscription_has_its_own_secret_at_once(mailbox: WebhookReceiver, connected: Config) -> None:
    vault = open_secret_stores(connected)("file")
    handle = vault.new_handle("webhook")
    vault.seal_and_put(handle, {"path": "another", "verify_token": "word"})
    with open_database(connected) as connection, write_transaction(connection):
        old = webhook_state.subscription(connection)
        assert old is not None
        webhook_state.remove(connection, old, "replaced")
        webhook_state.begin(connection, "https://example.org", handle, "file")
    assert mailbox.handle(b"{}") is EventResult.CLOSED
    assert mailbox.is_secret_path("another")
    assert not mailbox.is_secret_path("sesame")
    assert not mailbox.is_cached_path("sesame")


@pytest.mark.parametrize("updates", [None, {}, {"private": "true"}, {"title": "😀" * 100}])
def test_an_event_is_read_whatever_it_says_was_changed(updates: dict[str, str] | None) -> None:
    told = {"object_type": "activity", "object_id": 5, "aspect_type": "update", "owner_id": 6, "subscription_id": 7}
    event = read_event(json.dumps(told | {"event_time": 8, "updates": updates, "more": [1]}).encode(), now=9.0)
    assert event is not None
    assert (event.object_id, event.owner_id, event.subscription_id, event.event_time) == (5, 6, 7, 8)
    assert not event.revokes


@pytest.mark.corpus
def test_the_documented_events_are_read(corpus: Any) -> None:
    documented = json.loads((corpus / "api/webhook_events/events.json").read_text())
    assert all(read_event(json.dumps(each).encode(), now=4e9) is not None for each in documented)
