"""A runner with a Strava account on loopback: the stand-in for Strava, someone who logs in to it, a profile that is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from runcoach.config import Config, load
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.login import LoginOptions, login
from runcoach.sources.remote.transport import SILENCE_S
from runcoach.sources.strava.limiter import RateLimiter
from runcoach.sources.strava.transport import StravaTransport

#: A browser waits this long at most; only a fault ever takes so long.
PATIENCE_S = 30


class Clock:
    """Seconds since 1970 that stand still until someone moves them; begins now."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The time by Strava's clock, and by this machine's where a test gives it to it."""
    return Clock()


@pytest.fixture
def lifetime_s() -> int:
    """How long an access token lives."""
    return 21_600


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, clock: Clock, lifetime_s: int) -> Iterator[Sandbox]:
    """A stand-in for Strava with a small history, which says yes to every login; runcoach is pointed at it."""
    athlete = SyntheticAthlete(n_activities=8)
    with Sandbox(athlete=athlete, auto_consent=True, clock=clock, access_token_lifetime_s=lifetime_s) as running:
        monkeypatch.setenv("RUNCOACH_STRAVA_OAUTH_URL", running.oauth_url)
        monkeypatch.setenv("RUNCOACH_STRAVA_API_URL", running.api_url)
        monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "file")
        yield running


@pytest.fixture
def config(home: Path, sandbox: Sandbox) -> Config:
    """The configuration of this test's own home, pointed at the stand-in."""
    return load()


def browse(url: str) -> httpx.Response:
    """What a browser does: follow every redirect to its end."""
    return httpx.get(url, follow_redirects=True, timeout=PATIENCE_S, trust_env=False, verify=False)


@dataclass
class Person:
    """Someone at the terminal who knows the application and has a browser; ``go`` is what they do with an address."""

    id: str
    secret: str
    go: Callable[[str], httpx.Response] = browse
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    pastes: list[str] = field(default_factory=list)
    _windows: list[threading.Thread] = field(default_factory=list)
    _pages: list[httpx.Response] = field(default_factory=list)

    def client_id(self) -> str:
        self.asked.append("client id")
        return self.id

    def client_secret(self, client_id: str) -> str:
        self.asked.append(f"client secret of {client_id}")
        return self.secret

    def visit(self, url: str) -> None:
        self.urls.append(url)
        window = threading.Thread(target=lambda: self._pages.append(self.go(url)))
        self._windows.append(window)
        window.start()

    def pasted(self) -> str | None:
        return self.pastes.pop(0) if self.pastes else None

    def say(self, message: str) -> None:
        self.said.append(message)

    @property
    def page(self) -> httpx.Response:
        """The page that the browser ended at."""
        self.close()
        return self._pages[-1]

    def close(self) -> None:
        """Wait for the browser."""
        for window in self._windows:
            window.join(PATIENCE_S)
            assert not window.is_alive()


@pytest.fixture
def person(sandbox: Sandbox) -> Iterator[Person]:
    """Someone who says yes to everything."""
    someone = Person(str(sandbox.client_id), sandbox.client_secret)
    yield someone
    someone.close()


@pytest.fixture
def connected(config: Config, person: Person) -> Config:
    """The configuration of a profile that has just been logged in."""
    login(config, LoginOptions(), person)
    return config


@pytest.fixture
def open_transport(sandbox: Sandbox) -> Iterator[Callable[..., StravaTransport]]:
    """Opens connections to Strava as a new process would: nothing known of its clock, and no pauses between tries."""
    opened: list[StravaTransport] = []

    def open_one(clock: Callable[[], float] = sandbox.clock, silence_s: float = SILENCE_S) -> StravaTransport:
        opened.append(StravaTransport(RateLimiter(clock=clock), sleep=lambda _: None, silence_s=silence_s))
        return opened[-1]

    yield open_one
    for transport in opened:
        transport.close()
