"""One subscription an application: asked for, taken up after a break, replaced, listed, ended; its secret stays one."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from runcoach.config import Config
from runcoach.errors import NotConnectedError, NotFoundError, RemoteRefusedError, RemoteUnavailableError, UsageError
from runcoach.sandbox.server import Sandbox
from runcoach.services.sync.webhook_receiver import WebhookReceiver
from runcoach.services.sync.webhook_subscription import checked_base, delete, listed, subscribe


@pytest.fixture
def base(httpserver: HTTPServer, connected: Config) -> str:
    """Where a tunnel begins; behind it another process answers from the file and the vault alone."""

    def answer(request: Request) -> Response:
        mailbox = WebhookReceiver(connected)
        if not mailbox.is_secret_path(request.path.removeprefix("/webhook/")):
            return Response("", 404)
        asked = {name: values[0] for name, values in parse_qs(request.query_string.decode()).items()}
        challenge = mailbox.answer_challenge(asked)
        return Response("", 403) if challenge is None else Response(json.dumps({"hub.challenge": challenge}), 200)

    httpserver.expect_request(re.compile("^/webhook/"), method="GET").respond_with_handler(answer)
    return httpserver.url_for("").rstrip("/")


def rows(config: Config) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute("SELECT strava_id, callback_base, status FROM webhook_subscription").fetchall()


def messages(config: Config) -> list[str]:
    with closing(sqlite3.connect(config.database)) as connection:
        found = connection.execute("SELECT message FROM audit WHERE entity = 'admin' ORDER BY id").fetchall()
        return [message for (message,) in found]


def secrets_kept(config: Config) -> int:
    return (config.paths.state / "vault.json").read_text().count('"webhook:')


def test_a_subscription_is_in_force_and_its_secret_nowhere_to_be_read(
    connected: Config, base: str, sandbox: Sandbox
) -> None:
    done = subscribe(connected, base)
    theirs = sandbox.webhooks.subscription
    assert theirs is not None
    assert done.is_new
    assert (done.subscription.subscription_id, done.subscription.status) == (theirs.subscription_id, "active")
    secret = theirs.callback_url.removeprefix(f"{base}/webhook/")
    assert len(secret) >= 43  # 32 bytes of chance
    assert rows(connected) == [(theirs.subscription_id, base, "active")]
    assert secret not in repr(done)
    with closing(sqlite3.connect(connected.database)) as connection:
        assert secret not in "\n".join(connection.iterdump())
    assert secret not in (connected.paths.state / "vault.json").read_text()


def test_asking_again_changes_nothing(connected: Config, base: str, sandbox: Sandbox) -> None:
    first = subscribe(connected, base)
    again = subscribe(connected, f"{base}/")
    assert (again.subscription, again.is_new) == (first.subscription, False)
    assert secrets_kept(connected) == 1


def test_another_address_replaces_the_one_before(
    connected: Config, base: str, sandbox: Sandbox, httpserver: HTTPServer
) -> None:
    subscribe(connected, base)
    moved = base.replace("localhost", "127.0.0.1")
    done = subscribe(connected, moved)
    assert done.is_new
    assert rows(connected) == [(done.subscription.subscription_id, moved, "active")]
    assert secrets_kept(connected) == 1


def test_where_the_secret_is_lost_another_is_made(connected: Config, base: str) -> None:
    first = subscribe(connected, base)
    vault = connected.paths.state / "vault.json"
    content = json.loads(vault.read_text())
    content["entries"] = {name: value for name, value in content["entries"].items() if not name.startswith("webhook")}
    vault.write_text(json.dumps(content))
    done = subscribe(connected, base)
    assert done.is_new
    assert done.subscription.subscription_id != first.subscription.subscription_id
    assert secrets_kept(connected) == 1


@pytest.fixture
def elsewhere(httpserver: HTTPServer, sandbox: Sandbox) -> int:
    """A subscription of the same application that somebody else has made."""

    def verify(request: Request) -> Response:
        return Response(json.dumps({"hub.challenge": request.args["hub.challenge"]}), 200)

    httpserver.expect_request("/their/secret").respond_with_handler(verify)
    return sandbox.webhooks.subscribe(httpserver.url_for("/their/secret"), "hush").subscription_id


@pytest.mark.slow
def test_one_that_was_made_elsewhere_is_left_alone_until_it_is_named(
    connected: Config, elsewhere: int, base: str, sandbox: Sandbox
) -> None:
    with pytest.raises(UsageError, match=str(elsewhere)) as refused:
        subscribe(connected, base)
    assert f"webhook delete --id {elsewhere}" in str(refused.value.hint)
    assert "secret" not in refused.value.message
    (row,) = listed(connected)
    assert (row.subscription_id, row.status) == (elsewhere, "elsewhere")
    assert row.callback_url.endswith("/…")
    with pytest.raises(UsageError, match="not made here"):
        delete(connected)
    assert sandbox.webhooks.subscription is not None
    ended = delete(connected, elsewhere)
    assert ended is not None
    assert (ended.subscription_id, ended.status) == (elsewhere, "gone")
    assert sandbox.webhooks.subscription is None
    assert subscribe(connected, base).is_new


def test_ending_it_leaves_nothing_but_the_audit(connected: Config, base: str, sandbox: Sandbox) -> None:
    made = subscribe(connected, base).subscription
    ended = delete(connected)
    assert ended is not None
    assert (ended.subscription_id, sandbox.webhooks.subscription, rows(connected)) == (made.subscription_id, None, [])
    assert secrets_kept(connected) == 0
    assert messages(connected)[-2:] == [
        f"subscribed to Strava's events ({made.subscription_id})",
        "unsubscribed from Strava's events",
    ]
    assert delete(connected) is None
    with pytest.raises(NotFoundError):
        delete(connected, 999)


@pytest.mark.slow
def test_one_that_strava_has_forgotten_is_listed_as_lost_and_ends_all_the_same(
    connected: Config, base: str, sandbox: Sandbox
) -> None:
    made = subscribe(connected, base).subscription
    assert made.subscription_id is not None
    assert [row.status for row in listed(connected)] == ["active"]
    sandbox.webhooks.unsubscribe(made.subscription_id)
    assert [row.status for row in listed(connected)] == ["lost"]
    assert delete(connected) is not None
    assert listed(connected) == []


def test_where_nobody_answers_at_the_address_nothing_is_left(connected: Config, sandbox: Sandbox) -> None:
    with pytest.raises(RemoteRefusedError, match="no answer at the callback address") as refused:
        subscribe(connected, "http://127.0.0.1:9")
    assert "`runcoach serve` must be running" in str(refused.value.hint)
    assert rows(connected) == []
    assert secrets_kept(connected) == 0


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets Strava's answer to the wish for a subscription be lost, after it was made or before."""
    from runcoach.sources.strava.client import PushSubscriptions

    really = PushSubscriptions.create

    def lose(made: str) -> None:
        def create(self: PushSubscriptions, callback_url: str, verify_token: str) -> int:
            if made == "made":
                really(self, callback_url, verify_token)
            raise RemoteUnavailableError("Strava did not answer in time")

        monkeypatch.setattr(PushSubscriptions, "create", create)

    return lose


def test_where_the_answer_is_lost_strava_is_asked_what_became_of_it(
    connected: Config, base: str, silent: Callable[[str], None], sandbox: Sandbox
) -> None:
    silent("made")
    done = subscribe(connected, base)
    assert sandbox.webhooks.subscription is not None
    assert rows(connected) == [(sandbox.webhooks.subscription.subscription_id, base, "active")]
    assert done.subscription.status == "active"


def test_where_nobody_knows_the_next_one_takes_it_up(
    connected: Config, base: str, silent: Callable[[str], None], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent("not made")
    with pytest.raises(RemoteUnavailableError):
        subscribe(connected, base)
    assert [row.status for row in listed(connected)] == ["unfinished"]
    with closing(sqlite3.connect(connected.database)) as connection:
        (handle,) = connection.execute("SELECT secret_handle FROM webhook_subscription").fetchone()
    from runcoach.services.auth.credentials import open_secret_stores

    secret = open_secret_stores(connected)("file").get(handle)
    assert secret is not None
    late = sandbox.webhooks.subscribe(f"{base}/webhook/{secret['path']}", secret["verify_token"])
    done = subscribe(connected, base)
    assert (done.is_new, done.subscription.subscription_id) == (False, late.subscription_id)
    assert rows(connected) == [(late.subscription_id, base, "active")]


def test_without_a_login_there_is_no_application_to_subscribe(config: Config) -> None:
    for call in (lambda: subscribe(config, "https://example.org"), lambda: listed(config), lambda: delete(config)):
        with pytest.raises(NotConnectedError):
            call()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://name.tunnel.example", "https://name.tunnel.example"),
        ("https://name.tunnel.example/", "https://name.tunnel.example"),
        ("https://name.tunnel.example:8443/coach/", "https://name.tunnel.example:8443/coach"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://localhost:8765/", "http://localhost:8765"),
        ("http://[::1]:8765/", "http://[::1]:8765"),
    ],
)
def test_an_address_is_taken_with_or_without_a_path(given: str, kept: str) -> None:
    assert checked_base(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "name.tunnel.example",
        "http://name.tunnel.example",
        "http://127.0.0.1.example.org",
        "ftp://name.tunnel.example",
        "https://",
        "https://user:word@name.tunnel.example",
        "https://name.tunnel.example/?a=b",
        "https://name.tunnel.example/#a",
        "https://name.tunnel.example/webhook/abc",
        "https://name.tunnel.example:port",
        "https://[::1",
        "https://a b",
        "https://name.tunnel.example/a\nb",
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(UsageError):
        checked_base(given)
