"""The state of one running sandbox, and its log of requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from runcoach.sandbox.garmin.account import PersonalAccount
from runcoach.sandbox.garmin.api import GarminApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sandbox.faults import Faults
    from runcoach.sandbox.messages import Request
    from runcoach.sandbox.strava.limits import Budget
    from runcoach.sandbox.strava.tokens import Tokens
    from runcoach.sandbox.strava.webhook_sender import Webhooks
    from runcoach.sandbox.synthetic.athlete import Change, SyntheticAthlete


class Consent(StrEnum):
    """How the athlete answers an app that asks for access."""

    ASK = "ask"  # on the consent page
    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request and its status: None before the reply, 0 where the connection was broken."""

    method: str
    path: str
    query: dict[str, str]
    is_read: bool  # counts against the read limits
    status: int | None = None


class RequestLog:
    """Requests in order of arrival; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[LoggedRequest] = []
        self._open = 0
        self._cleared = 0
        self.most_at_once = 0

    def enter(self, request: Request) -> tuple[int, int]:
        """Log a request; returns its key for :meth:`leave`."""
        is_read = request.method == "GET" and request.is_limited
        with self._lock:
            self._entries.append(LoggedRequest(request.method, request.path, dict(request.query), is_read))
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            return self._cleared, len(self._entries) - 1

    def leave(self, key: tuple[int, int], status: int) -> None:
        """Log the status of a request, unless the log was cleared in between."""
        cleared, index = key
        with self._lock:
            self._open -= 1
            if cleared == self._cleared:
                self._entries[index] = replace(self._entries[index], status=status)

    @property
    def entries(self) -> list[LoggedRequest]:
        """A copy of the log."""
        with self._lock:
            return list(self._entries)

    @property
    def reads(self) -> int:
        """The number of API reads, failed ones included."""
        return sum(entry.is_read for entry in self.entries)

    def clear(self) -> None:
        """Remove all entries."""
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
    before_reply: list[Callable[[Request], None]] = field(default_factory=list)

    @cached_property
    def garmin(self) -> GarminApi:
        """The same runner's account at Garmin, built on first use."""
        return GarminApi(PersonalAccount.of_athlete(self.athlete), self.clock)

    def add_run(self, *, days_ago: float = 0.0, start_time: int | None = None, **run: Any) -> int:
        """Upload a run that ended now, or ``days_ago``; its id. Keywords as ``SyntheticAthlete.add_run``."""
        now = int(self.clock())
        start = now - 3600 - round(86_400 * days_ago) if start_time is None else start_time
        return self.athlete.add_run(start_time=start, uploaded_at=now, **run)

    def send_webhook(self, change: Change) -> None:
        """Send the webhook event of a change, if the app may see the activity.

        To an app without ``activity:read_all``, an activity that becomes private is deleted, and one that becomes
        public is created.
        """
        grants = self.tokens.live
        if not any(grant.reads_activities for grant in grants):
            return
        aspect, updates = change.aspect, change.updates
        if not any(grant.may("activity:read_all") for grant in grants):
            privacy = updates.get("private")
            if change.private and privacy is None:
                return
            if privacy is not None:
                aspect, updates = ("delete" if change.private else "create"), {}
        self.webhooks.send(self.athlete.athlete_id, "activity", change.activity_id, aspect, updates)

    def revoke_all(self) -> bool:
        """The athlete revokes all access; returns whether there was any."""
        had_any = self.tokens.revoke_all()
        if had_any:
            self.send_deauthorization()
        return had_any

    def send_deauthorization(self) -> None:
        """Send the webhook event of revoked access."""
        owner = self.athlete.athlete_id
        self.webhooks.send(owner, "athlete", owner, "update", {"authorized": "false"})
