"""A made-up runner's Strava on loopback whose clock stands still at noon, and homes that are logged in to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from killing import environment

from runcoach.config import Config, load
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.strava.api import Limits
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.api_key import connect
from runcoach.services.auth.login import LoginOptions, login

#: Nothing here is about Strava's limits.
UNLIMITED = Limits(read_quarter=10**6, read_day=10**6, quarter=10**6, day=10**6)


#: The browser waits this long at most; only a fault ever takes so long.
PATIENCE_S = 60.0


def noon() -> float:
    """Today's noon in UTC: no day, and no window of the limits, ends while a test runs."""
    return float(time.time() // 86_400 * 86_400 + 12 * 3600 + 60)


@dataclass
class Clock:
    """Seconds since 1970 that stand still until someone moves them."""

    now: float

    def __call__(self) -> float:
        return self.now


@dataclass
class StandIn:
    """A sandbox that is running, and the time there."""

    sandbox: Sandbox
    clock: Clock

    @property
    def addresses(self) -> dict[str, str]:
        """The variables that point runcoach at it."""
        return {
            "RUNCOACH_STRAVA_OAUTH_URL": self.sandbox.oauth_url,
            "RUNCOACH_STRAVA_API_URL": self.sandbox.api_url,
            "GARMIN_PERSONAL_API_BASE_URL": self.sandbox.garmin_url,
            "RUNCOACH_TOKEN_STORE": "file",
        }

    def environment(self, home: Path) -> dict[str, str]:
        """What a command of this home sees."""
        return environment(home, **self.addresses)

    def config(self, home: Path) -> Config:
        """The configuration of this home, pointed here."""
        found = load(home=home)
        settings = replace(
            found.settings,
            strava_oauth_url=self.sandbox.oauth_url,
            strava_api_url=self.sandbox.api_url,
            garmin_api_url=self.sandbox.garmin_url,
            token_store="file",
        )
        return replace(found, settings=settings)

    def log_in(self, home: Path) -> Config:
        """Connect this home's profile."""
        config = self.config(home)
        login(config, LoginOptions(token_store="file"), _Person(self.sandbox))
        return config

    def connect_garmin(self, home: Path) -> Config:
        """Connect this home's profile with Garmin."""
        config = self.config(home)
        connect(config, "garmin", self.sandbox.garmin.account.key, token_store="file")
        return config


class _Person:
    """Someone who knows the application, and whose browser says yes."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def client_id(self) -> str:
        return str(self._sandbox.client_id)

    def client_secret(self, client_id: str) -> str:  # noqa: ARG002
        return self._sandbox.client_secret

    def visit(self, url: str) -> None:
        how = {"follow_redirects": True, "timeout": PATIENCE_S, "trust_env": False}
        threading.Thread(target=httpx.get, args=(url,), kwargs=how, daemon=True).start()

    def pasted(self) -> str | None:
        return None

    def say(self, message: str) -> None:
        pass


@contextmanager
def standing_in(athlete: SyntheticAthlete | None = None, *, activities: int = 8) -> Iterator[StandIn]:
    """A stand-in for Strava without limits, with so many activities or this runner."""
    clock = Clock(noon())
    runner = athlete or SyntheticAthlete(today=datetime.fromtimestamp(clock.now, UTC).date(), n_activities=activities)
    with Sandbox(athlete=runner, auto_consent=True, limits=UNLIMITED, clock=clock) as sandbox:
        yield StandIn(sandbox, clock)
