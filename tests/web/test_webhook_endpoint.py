"""Events over real sockets: Strava's become runs in the file, everybody else's become nothing, whatever they send."""

from __future__ import annotations

import http.client
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from runcoach.cli.commands.demo import _SyntheticUser
from runcoach.cli.invocation import Invocation
from runcoach.config import Config, load
from runcoach.errors import RemoteRefusedError
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.credentials import open_secret_stores
from runcoach.services.auth.login import LoginOptions, login
from runcoach.services.sync import webhook_receiver, webhook_subscription
from runcoach.services.sync.webhook_receiver import MAX_BYTES
from runcoach.services.sync.worker import Worker
from runcoach.store.remote import webhook_state
from runcoach.store.sqlite.database import open_database
from runcoach.web import webhook_endpoint
from runcoach.web.app import create_app
from runcoach.web.security import allow
from runcoach.web.server import Server, listen

PATIENCE_S = 30


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A stand-in for Strava with a few runs; runcoach is pointed at it."""
    athlete = SyntheticAthlete(runs=3)
    with Sandbox(athlete=athlete, auto_consent=True, webhook_retry_s=0.05) as running:
        monkeypatch.setenv("RUNCOACH_STRAVA_OAUTH_URL", running.oauth_url)
        monkeypatch.setenv("RUNCOACH_STRAVA_API_URL", running.api_url)
        monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "file")
        yield running


@pytest.fixture
def connected(sandbox: Sandbox) -> Config:
    """The configuration of a profile that has just logged in."""
    config = load()
    login(config, LoginOptions(), _SyntheticUser(Invocation(quiet=True), sandbox))
    return config


class Bell:
    """In the worker's place: counts how often it is woken."""

    def __init__(self) -> None:
        self.rung = 0

    def wake(self) -> None:
        self.rung += 1


@contextmanager
def served(config: Config, worker: Any) -> Iterator[str]:
    """The receiver behind a socket of its own; its address."""
    listener = listen("127.0.0.1", 0)
    ready = threading.Event()
    app = create_app(config, access=allow([]), worker=worker, webhook_only=True)
    server = Server(app, ready.set)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listener.close()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def base(connected: Config, bell: Bell) -> Iterator[str]:
    """The address of a running receiver."""
    with served(connected, bell) as url:
        yield url


@pytest.fixture
def callback(connected: Config, base: str) -> str:
    """The whole secret address of a subscription that is in force."""
    webhook_subscription.subscribe(connected, base)
    with open_database(connected) as connection:
        stored = webhook_state.subscription(connection)
    assert stored is not None
    secret = open_secret_stores(connected)(stored.token_store).get(stored.secret_handle)
    assert secret is not None
    return f"{base}{webhook_subscription.RECEIVER_PATH}{secret['path']}"


def ask(method: str, url: str, body: bytes | None = None, query: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body of the answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
    with closing(connection):
        connection.request(method, f"{parts.path}?{urlencode(query)}" if query else parts.path, body)
        response = connection.getresponse()
        return response.status, response.read()


def post(url: str, event: Any) -> int:
    return ask("POST", url, json.dumps(event).encode())[0]


@pytest.fixture
def event(sandbox: Sandbox, callback: str) -> dict[str, Any]:
    """An event that Strava might send."""
    assert sandbox.webhooks.subscription is not None
    return {
        "object_type": "activity",
        "object_id": 4711,
        "aspect_type": "create",
        "updates": {},
        "owner_id": sandbox.athlete.athlete_id,
        "subscription_id": sandbox.webhooks.subscription.subscription_id,
        "event_time": int(time.time()),
    }


def query(config: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute(sql, values).fetchall()


def open_jobs(config: Config) -> list[tuple[Any, ...]]:
    return query(
        config, "SELECT strava_id, reason, status FROM job WHERE type = 'fetch' AND status != 'done' ORDER BY id"
    )


@pytest.mark.slow
def test_a_run_on_strava_is_stored_within_30_seconds(connected: Config, sandbox: Sandbox) -> None:
    worker = Worker(connected)
    fetched = threading.Event()
    sync = worker._sync

    def synced(*args: Any, **more: Any) -> None:
        sync(*args, **more)
        fetched.set()

    worker._sync = synced  # type: ignore[method-assign]
    with served(connected, worker) as base:
        worker.start()
        try:
            webhook_subscription.subscribe(connected, base)
            added = sandbox.add_run(name="Straight from the watch", distance_m=7000)
            assert fetched.wait(30)
            row = "SELECT name, fetched_at IS NOT NULL, deleted_at IS NULL FROM activity WHERE strava_id = ?"
            assert query(connected, row, added) == [("Straight from the watch", 1, 1)]
            fetched.clear()
            sandbox.athlete.edit(added, name="Renamed")
            assert fetched.wait(30)
            assert query(connected, row, added) == [("Renamed", 1, 1)]
            fetched.clear()
            sandbox.athlete.delete(added)
            assert fetched.wait(30)
            assert query(connected, row, added) == [("Renamed", 1, 0)]
        finally:
            worker.stop()
    assert {delivery.status for delivery in sandbox.webhooks.deliveries} == {200}
    assert not worker.state().is_running


@pytest.mark.slow
def test_subscribing_is_verified_by_the_running_receiver(connected: Config, base: str, sandbox: Sandbox) -> None:
    done = webhook_subscription.subscribe(connected, base)
    assert done.is_new
    assert sandbox.webhooks.subscription is not None
    assert sandbox.webhooks.subscription.callback_url.startswith(f"{base}/webhook/")


@pytest.mark.slow
def test_without_a_receiver_subscribing_says_what_is_missing_and_leaves_nothing(
    connected: Config, sandbox: Sandbox
) -> None:
    with served(connected, None) as gone:
        pass
    with pytest.raises(RemoteRefusedError, match="no answer at the callback address") as refused:
        webhook_subscription.subscribe(connected, gone)
    assert "runcoach serve" in str(refused.value.hint)
    assert query(connected, "SELECT * FROM webhook_subscription") == []
    assert "webhook" not in (connected.paths.state / "vault.json").read_text()


@pytest.mark.slow
def test_webhook_verification_needs_token_mode_and_challenge(connected: Config, callback: str) -> None:
    with open_database(connected) as connection:
        stored = webhook_state.subscription(connection)
    assert stored is not None
    secret = open_secret_stores(connected)(stored.token_store).get(stored.secret_handle)
    assert secret is not None
    good = {"hub.mode": "subscribe", "hub.challenge": "15f7d1a91c1f40f8", "hub.verify_token": secret["verify_token"]}
    status, body = ask("GET", callback, query=good)
    assert (status, json.loads(body)) == (200, {"hub.challenge": "15f7d1a91c1f40f8"})
    for wrong in ({"hub.verify_token": "guess"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""}):
        assert ask("GET", callback, query=good | wrong)[0] == 403
    assert ask("GET", callback, query=good | {"hub.challenge": "x" * 300})[0] == 403
    assert ask("GET", f"{callback}x", query=good)[0] == 404


@pytest.mark.slow
def test_an_event_becomes_one_job_and_wakes_the_worker(
    connected: Config, callback: str, event: dict[str, Any], bell: Bell
) -> None:
    assert post(callback, event) == 200
    assert open_jobs(connected) == [(4711, "webhook", "queued")]
    assert bell.rung == 1
    assert post(callback, event) == 200  # told twice: no second job, nobody is woken
    assert (len(open_jobs(connected)), bell.rung) == (1, 1)


@pytest.mark.slow
def test_a_wrong_webhook_path_is_answered_as_any_unknown_path(
    base: str, callback: str, event: dict[str, Any], connected: Config
) -> None:
    nowhere = ask("GET", f"{base}/nothing")
    assert nowhere[0] == 404
    for path in ("/webhook/", "/webhook/guess", f"/webhook/{'x' * 2000}", "/webhook/%ff%00", "/webhook/a/b"):
        assert ask("GET", f"{base}{path}") == nowhere
        assert ask("POST", f"{base}{path}", json.dumps(event).encode()) == nowhere
    assert open_jobs(connected) == []


@pytest.mark.slow
def test_without_a_subscription_no_path_is_the_right_one(base: str) -> None:
    assert ask("POST", f"{base}/webhook/", b"{}")[0] == 404
    assert ask("POST", f"{base}/webhook/x", b"{}")[0] == 404


@pytest.mark.slow
def test_events_of_another_owner_are_refused_and_audited_once(
    connected: Config, callback: str, event: dict[str, Any], bell: Bell
) -> None:
    for change in ({"owner_id": 1}, {"subscription_id": 1}, {"owner_id": 1, "object_type": "athlete"}) * 3:
        assert post(callback, event | change) == 403
    assert open_jobs(connected) == []
    assert bell.rung == 0
    assert query(connected, "SELECT count(*) FROM audit WHERE action = 'skip' AND message LIKE '%refused'") == [(1,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"object_id": "4711"},
        {"object_id": True},
        {"object_id": 0},
        {"object_id": -1},
        {"object_id": 2**63},
        {"object_id": 1.5},
        {"object_id": None},
        {"object_type": "segment"},
        {"object_type": None},
        {"aspect_type": ["create"]},
        {"aspect_type": "explode"},
        {"updates": "title"},
        {"event_time": None},
        {"event_time": 99_999_999_999},
        {"subscription_id": "131300"},
        {"owner_id": {}},
    ],
    ids=str,
)
def test_an_invalid_webhook_event_is_refused(
    connected: Config, callback: str, event: dict[str, Any], change: dict[str, Any]
) -> None:
    assert post(callback, event | change) == 400
    assert open_jobs(connected) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"object_id": ' + b"9" * 5000 + b"}", b"NaN"],
    ids=lambda body: repr(body[:12]),
)
def test_broken_json_is_refused(connected: Config, callback: str, body: bytes) -> None:
    assert ask("POST", callback, body)[0] == 400
    assert open_jobs(connected) == []


@pytest.mark.slow
def test_large_bodies_are_not_read(callback: str, base: str) -> None:
    assert ask("POST", callback, b" " * (MAX_BYTES + 1))[0] == 413
    parts = urlsplit(callback)
    for path in (parts.path, "/webhook/guess"):
        with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S) as client:
            client.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n".encode())
            assert client.recv(64).split()[1] in {b"413", b"404"}  # not one byte of the 10 MB was waited for


@pytest.mark.slow
def test_a_webhook_body_that_never_arrives_times_out(callback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_endpoint, "MAX_BODY_S", 0.05)
    parts = urlsplit(callback)
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S) as client:
        client.sendall(f"POST {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert client.recv(64).split()[1] == b"408"
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S) as client:
        client.sendall(f"POST {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
    assert ask("GET", callback)[0] == 403  # still there


@pytest.mark.slow
def test_the_webhook_receiver_answers_to_any_host(callback: str, event: dict[str, Any]) -> None:
    parts = urlsplit(callback)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)) as connection:
        connection.request("POST", parts.path, json.dumps(event), {"Host": "name.tunnel.example"})
        assert connection.getresponse().status == 200


@pytest.mark.slow
def test_a_busy_database_is_503_for_the_webhook(
    connected: Config, callback: str, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_receiver, "BUSY_TIMEOUT_MS", 20)
    with closing(sqlite3.connect(connected.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert post(callback, event) == 503
        other.execute("ROLLBACK")
    assert open_jobs(connected) == []  # nothing was promised
    assert post(callback, event) == 200
    assert len(open_jobs(connected)) == 1


@pytest.mark.slow
def test_an_event_before_the_subscription_is_active_is_503(
    connected: Config, callback: str, event: dict[str, Any]
) -> None:
    with open_database(connected) as connection:
        connection.execute("UPDATE webhook_subscription SET strava_id = NULL, status = 'pending'")
    assert post(callback, event) == 503
    assert open_jobs(connected) == []


@pytest.mark.slow
def test_a_locked_vault_is_503_for_the_webhook(connected: Config, base: str, callback: str, bell: Bell) -> None:
    (connected.paths.state / "vault.json").write_text("damaged")
    with served(connected, bell) as fresh:
        path = urlsplit(callback).path
        assert ask("POST", f"{fresh}{path}", b"{}")[0] == 503
        assert ask("POST", f"{fresh}{path}", b"{}")[0] == 503
    assert ask("POST", callback, b"{}")[0] == 400  # a secret that has been read once is remembered


@pytest.mark.slow
def test_the_webhook_path_of_a_deleted_subscription_is_404(
    connected: Config, callback: str, event: dict[str, Any], sandbox: Sandbox
) -> None:
    webhook_subscription.delete(connected)
    assert sandbox.webhooks.subscription is None
    assert post(callback, event) == 404


@pytest.mark.slow
def test_every_event_answered_with_200_has_its_job_under_load(
    connected: Config, callback: str, event: dict[str, Any]
) -> None:
    def send(number: int) -> None:
        answers.append(post(callback, event | {"object_id": 1000 + number % 10}))

    answers: list[int] = []
    senders = [threading.Thread(target=send, args=(number,)) for number in range(30)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(PATIENCE_S)
    assert answers == [200] * 30
    assert sorted(row[0] for row in open_jobs(connected)) == list(range(1000, 1010))
