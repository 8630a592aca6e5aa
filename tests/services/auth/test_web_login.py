"""Logins that begin and end on a page: each address is good once, not for long, and for the one that began it."""

from __future__ import annotations

import httpx
import pytest
from reading import read

from runcoach.config import Config
from runcoach.errors import LoginError, UsageError
from runcoach.sandbox.server import Sandbox
from runcoach.services.auth.connection_state import connection_state
from runcoach.services.auth.web_login import MAX_PENDING, VALID_FOR_S, WebLoginOptions, WebLogins

BACK = "http://127.0.0.1:8765/connection/callback"


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wishes(sandbox: Sandbox) -> WebLoginOptions:
    return WebLoginOptions(str(sandbox.client_id), sandbox.client_secret, "file")


def answered(asked: str) -> str:
    """The address that the browser is sent back to."""
    answer = httpx.get(asked, trust_env=False, verify=False, timeout=30)
    assert answer.status_code == 302
    return answer.headers["location"]


@pytest.mark.slow
def test_a_login_connects_and_the_next_needs_no_secret(
    config: Config, sandbox: Sandbox, wishes: WebLoginOptions
) -> None:
    logins = WebLogins(config)
    back = answered(logins.begin(wishes, BACK))
    assert back.startswith(f"{BACK}?")
    assert logins.finish(back).athlete_id == sandbox.athlete.athlete_id
    assert read(connection_state, config).state == "connected"
    assert logins.finish(answered(logins.begin(WebLoginOptions(), BACK))).token_store == "file"


def test_an_address_is_good_once(config: Config, wishes: WebLoginOptions) -> None:
    logins = WebLogins(config)
    back = answered(logins.begin(wishes, BACK))
    logins.finish(back)
    with pytest.raises(LoginError, match="no pending login"):
        logins.finish(back)


def test_an_address_is_good_for_ten_minutes(config: Config, wishes: WebLoginOptions) -> None:
    clock = Clock()
    logins = WebLogins(config, clock=clock)
    back = answered(logins.begin(wishes, BACK))
    clock.now = VALID_FOR_S
    with pytest.raises(LoginError, match="no pending login"):
        logins.finish(back)
    assert read(connection_state, config).state == "never"


@pytest.mark.parametrize("spoilt", ["state=x", "state=&x="])
def test_another_state_is_turned_away_and_the_login_goes_on_waiting(
    config: Config, wishes: WebLoginOptions, spoilt: str
) -> None:
    logins = WebLogins(config)
    back = answered(logins.begin(wishes, BACK))
    with pytest.raises(LoginError, match="no pending login"):
        logins.finish(back.replace("state=", spoilt))
    logins.finish(back)


@pytest.mark.slow
def test_only_a_few_wait_at_once(config: Config, wishes: WebLoginOptions) -> None:
    logins = WebLogins(config)
    first, *others = [answered(logins.begin(wishes, BACK)) for _ in range(MAX_PENDING + 1)]
    with pytest.raises(LoginError):
        logins.finish(first)
    for back in others:
        logins.finish(back)


def test_no_on_strava_ends_the_login_in_words_of_the_page(config: Config, wishes: WebLoginOptions) -> None:
    logins = WebLogins(config)
    state = httpx.URL(logins.begin(wishes, BACK)).params["state"]
    with pytest.raises(LoginError) as caught:
        logins.finish(f"{BACK}?state={state}&error=access_denied")
    assert "Connect" in (caught.value.hint or "")
    assert "runcoach login" not in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (WebLoginOptions(), "a client id and its secret are needed"),
        (WebLoginOptions("abc", "0" * 40), "a client id is a number"),
        (WebLoginOptions("123", "short"), "not a valid client secret"),
        (WebLoginOptions("123"), "not a valid client secret"),
    ],
)
def test_what_is_no_application_is_said(config: Config, given: WebLoginOptions, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        WebLogins(config).begin(given, BACK)


def test_the_secret_is_not_in_the_repr(wishes: WebLoginOptions, sandbox: Sandbox) -> None:
    assert sandbox.client_secret not in repr(wishes)
