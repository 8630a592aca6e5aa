"""Everything the sandbox knows while it runs, and its log of requests; routes and sockets are elsewhere."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from runcoach.sandbox.garmin.account import PersonalAccount
from runcoach.sandbox.garmin.api import GarminApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sandbox.faults import Faults
    from runcoach.sandbox.messages import Request
    from runcoach.sandbox.strava.limits import Budget
    from runcoach.sandbox.strava.oauth_server import Tokens
    from runcoach.sandbox.strava.webhook_sender import Webhooks
    from runcoach.sandbox.synthetic.athlete import Change, SyntheticAthlete


class Consent(StrEnum):
    """What the athlete does when an app asks for access."""

    ASK = "ask"  # a page with boxes and buttons
    ALLOW = "allow"  # yes at once
    DENY = "deny"  # no at once


@dataclass(frozen=True, slots=True)
class Logged:
    """One request and the status it was answered with: None while it is not, 0 where the connection was broken."""

    method: str
    path: str
    query: dict[str, str]
    status: int | None = None

    @property
    def is_read(self) -> bool:
        """Whether it is a reading call of the API, which is what the limits are about."""
        return self.method == "GET" and self.path.startswith("/api/v3/") and "push_subscriptions" not in self.path


class RequestLog:
    """Requests in the order in which they came; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Logged] = []
        self._open = 0
        self._cleared = 0
        self.most_at_once = 0

    def enter(self, request: Request) -> tuple[int, int]:
        """Note a request; its place for :meth:`leave`."""
        with self._lock:
            self._entries.append(Logged(request.method, request.path, dict(request.query)))
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            return self._cleared, len(self._entries) - 1

    def leave(self, place: tuple[int, int], status: int) -> None:
        """Note how it ended, unless the log was cleared in between."""
        cleared, number = place
        with self._lock:
            self._open -= 1
            if cleared == self._cleared:
                self._entries[number] = replace(self._entries[number], status=status)

    @property
    def entries(self) -> list[Logged]:
        """A copy of the log."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Start over."""
        with self._lock:
            self._entries.clear()
            self._cleared += 1
            self.most_at_once = self._open


@dataclass
class State:
    """The parts of one sandbox and its switches."""

    athlete: SyntheticAthlete
    tokens: Tokens
    budget: Budget
    faults: Faults
    webhooks: Webhooks
    clock: Callable[[], float]
    consent: Consent = Consent.ASK
    unticked: frozenset[str] = frozenset()
    inactive: bool = False
    latency_s: float = 0.0
    log: RequestLog = field(default_factory=RequestLog)
    before_answer: list[Callable[[Request], None]] = field(default_factory=list)

    @cached_property
    def garmin(self) -> GarminApi:
        """The same runner's account at Garmin; built when it is first asked for."""
        return GarminApi(PersonalAccount.of_athlete(self.athlete), self.clock)

    def announce(self, change: Change) -> None:
        """Tell the callback of a change, as far as the app may see the activity.

        To an app without ``activity:read_all``, an activity that turns private looks deleted, and one that turns
        public looks new.
        """
        grants = self.tokens.live
        if not any(grant.reads_activities for grant in grants):
            return
        aspect, updates = change.aspect, change.updates
        if not any(grant.may("activity:read_all") for grant in grants):
            turned = updates.get("private")
            if change.private and turned is None:
                return
            if turned is not None:
                aspect, updates = ("delete" if change.private else "create"), {}
        self.webhooks.send(self.athlete.athlete_id, "activity", change.activity_id, aspect, updates)

    def deauthorized(self) -> None:
        """Tell the callback that access was taken back."""
        owner = self.athlete.athlete_id
        self.webhooks.send(owner, "athlete", owner, "update", {"authorized": "false"})
