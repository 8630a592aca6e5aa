"""A running sandbox with a small history, an app that is logged in to it, and a clock that tests can turn.

Clients are told not to verify certificates only because reading the certificates of the world takes longer than most of
these tests; there is no TLS on loopback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

TODAY = date(2026, 11, 23)
ALL = "read,activity:read_all"

LogIn = Callable[..., str]


class Clock:
    """Seconds since 1970 that stand still until they are turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, 7, 30, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture(scope="session")
def history() -> SyntheticAthlete:
    """Three years of running that no test may change."""
    return SyntheticAthlete(7, TODAY)


@pytest.fixture(scope="session")
def details(history: SyntheticAthlete) -> dict[int, dict[str, Any]]:
    """Every activity of that history in full."""
    return {activity: history.detail(activity) for activity in history.activity_ids}


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(7, TODAY, runs=40), clock=clock) as running:
        yield running


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client without credentials that follows no redirect."""
    with httpx.Client(base_url=sandbox.url, trust_env=False, verify=False) as client:
        yield client


@pytest.fixture
def log_in(sandbox: Sandbox, browser: httpx.Client) -> LogIn:
    """Log an app in through the consent page; the access token. ``scope`` is asked for, ``tick`` is granted."""

    def through_the_page(scope: str = ALL, tick: str | None = None) -> str:
        ask = {"client_id": str(sandbox.client_id), "redirect_uri": "http://localhost:9/callback"}
        ask |= {"response_type": "code", "scope": scope, "approval_prompt": "force"}
        page = browser.get("/oauth/authorize", params=ask)
        handle = page.text.split('name="request" value="')[1].split('"')[0]
        form = {"request": handle, "decision": "allow", "scope": (tick or scope).split(",")}
        back = browser.post("/oauth/accept_application", data=form)
        code = httpx.URL(back.headers["location"]).params["code"]
        app = {"client_id": str(sandbox.client_id), "client_secret": sandbox.client_secret}
        answer = browser.post("/oauth/token", data=app | {"code": code, "grant_type": "authorization_code"})
        return str(answer.json()["access_token"])

    return through_the_page


@pytest.fixture
def app(sandbox: Sandbox, log_in: LogIn) -> Iterator[httpx.Client]:
    """A client that is logged in with everything that runcoach asks for."""
    headers = {"Authorization": f"Bearer {log_in()}"}
    with httpx.Client(base_url=sandbox.api_url, headers=headers, trust_env=False, verify=False, timeout=10) as client:
        sandbox.log.clear()
        yield client
