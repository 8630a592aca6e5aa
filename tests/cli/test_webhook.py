"""``webhook``: messages and JSON, neither with the secret path."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runcoach.cli.commands.demo import _SyntheticUser
from runcoach.cli.invocation import Invocation
from runcoach.config import load
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.login import LoginOptions, login
from runcoach.web.app import create_app
from runcoach.web.security import allow
from runcoach.web.server import Server, listen

Run = Callable[..., Any]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A stand-in for Strava, with someone who has logged in to it."""
    with Sandbox(athlete=SyntheticAthlete(runs=2), auto_consent=True) as running:
        monkeypatch.setenv("RUNCOACH_STRAVA_OAUTH_URL", running.oauth_url)
        monkeypatch.setenv("RUNCOACH_STRAVA_API_URL", running.api_url)
        monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "file")
        login(load(), LoginOptions(), _SyntheticUser(Invocation(quiet=True), running))
        yield running


@pytest.fixture
def base(sandbox: Sandbox) -> Iterator[str]:
    """A server that runs, as `runcoach serve --webhook-only` would."""
    listener = listen("127.0.0.1", 0)
    ready = threading.Event()
    server = Server(create_app(load(), access=allow([]), worker=None, webhook_only=True), ready.set)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    assert ready.wait(30)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(30)
    listener.close()


@pytest.mark.slow
def test_webhook_subscribe_list_and_delete(runcoach: Run, base: str, sandbox: Sandbox) -> None:
    nothing = runcoach("webhook", "list")
    assert (nothing.code, nothing.out) == (0, "")
    assert "webhook subscribe" in nothing.err
    made = runcoach("webhook", "subscribe", "--callback-url", base)
    assert (made.code, made.err) == (0, "")
    assert made.out == f"Subscribed: Strava sends events to {base}/webhook/…\n"
    assert runcoach("webhook", "subscribe", "--callback-url", base).out.startswith("Subscribed already: ")
    theirs = sandbox.webhooks.subscription
    assert theirs is not None
    listed = runcoach("webhook", "list")
    assert str(theirs.subscription_id) in listed.out
    assert "active" in listed.out
    ended = runcoach("webhook", "delete")
    assert (ended.code, sandbox.webhooks.subscription) == (0, None)
    assert runcoach("webhook", "delete").err == "There was no subscription.\n"
    secret = theirs.callback_url.rpartition("/")[2]
    said = [each.out + each.err for each in (made, listed, ended, runcoach("audit"), runcoach("audit", "--json"))]
    assert not any(secret in each for each in said)


@pytest.mark.slow
def test_webhook_json(runcoach: Run, base: str, sandbox: Sandbox) -> None:
    made = runcoach("webhook", "subscribe", "--callback-url", base, "--json").json
    theirs = sandbox.webhooks.subscription
    assert theirs is not None
    row = {"subscriptionId": theirs.subscription_id, "callbackUrl": f"{base}/webhook/…", "status": "active"}
    assert made == {"command": "webhook", "version": 1, "data": {"subscription": row, "isNew": True}}
    assert runcoach("webhook", "list", "--json").json["data"] == [row]
    assert runcoach("webhook", "delete", "--json").json["data"] == row | {"status": "gone"}
    assert runcoach("webhook", "delete", "--json").json["data"] is None


def test_webhook_errors_are_one_line_with_a_hint(runcoach: Run, sandbox: Sandbox) -> None:
    unreached = runcoach("webhook", "subscribe", "--callback-url", "http://127.0.0.1:9")
    assert (unreached.code, unreached.out, unreached.err.count("\n")) == (1, "", 1)
    assert "`runcoach serve` must be running" in unreached.err
    assert runcoach("webhook", "subscribe", "--callback-url", "http://name.tunnel.example").code == 2
    nobody = runcoach("--profile", "other", "webhook", "list", "--json")
    assert nobody.code == 4
    assert json.loads(nobody.out)["error"]["code"] == "not_connected"
