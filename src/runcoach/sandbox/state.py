"""The state of one running sandbox, and its log of requests."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from runcoach.sandbox.faults import Faults
from runcoach.sandbox.garmin import GarminApi, PersonalAccount
from runcoach.sandbox.strava.api import Budget, Limits, StravaApi, is_limited
from runcoach.sandbox.strava.oauth import Consent, OAuthServer
from runcoach.sandbox.strava.webhooks import Webhooks
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sandbox.http_server import Request
    from runcoach.sandbox.synthetic.athlete import Change


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
        is_read = request.method == "GET" and is_limited(request)
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


class State:
    """The parts of one sandbox, and the switches that belong to none of them.

    ``port`` 0 takes a free one. ``clock`` gives epoch seconds for tokens, limits and the ``Date`` header.
    ``latency_s`` delays every reply except those of ``/sandbox``; the functions ``before_reply`` are called with each
    request before it is answered.
    """

    def __init__(
        self,
        *,
        athlete: SyntheticAthlete | None = None,
        port: int = 0,
        auto_consent: bool = False,
        limits: Limits | None = None,
        latency_s: float = 0.0,
        clock: Callable[[], float] = time.time,
        faults: Faults | None = None,
        access_token_lifetime_s: int = 21_600,
        webhook_retry_s: float = 1.0,
    ) -> None:
        self.port = port
        self.clock = clock
        self.stopping = threading.Event()  # set while the server stops
        self.latency_s = latency_s
        self.inactive = False
        self.before_reply: list[Callable[[Request], None]] = []
        self.log = RequestLog()
        self.faults = faults or Faults()
        self.athlete = athlete or SyntheticAthlete(today=datetime.fromtimestamp(clock(), UTC).date())
        self.budget = Budget(limits or Limits(), clock)
        self.webhooks = Webhooks(clock, webhook_retry_s)
        self.oauth = OAuthServer(self.athlete, clock, access_token_lifetime_s, self._announce_revocation)
        if auto_consent:
            self.oauth.consent = Consent.ALLOW
        self.strava = StravaApi(self.athlete, self.oauth, self.webhooks)

    @cached_property
    def garmin(self) -> GarminApi:
        """The same runner's account at Garmin, built on first use."""
        return GarminApi(PersonalAccount.of_athlete(self.athlete), self.clock)

    def add_run(self, *, days_ago: float = 0.0, start_time: int | None = None, **run: Any) -> int:
        """Upload a run that ended now, or ``days_ago``; its id. Keywords as ``SyntheticAthlete.add_run``."""
        now = int(self.clock())
        start = now - 3600 - round(86_400 * days_ago) if start_time is None else start_time
        return self.athlete.add_run(start_time=start, uploaded_at=now, **run)

    def revoke(self) -> None:
        """The athlete revokes all access."""
        if self.oauth.revoke_all():
            self._announce_revocation()

    def announce(self, change: Change) -> None:
        """Send the webhook event of a changed activity."""
        self.webhooks.announce(self.athlete.athlete_id, change, self.oauth.live)

    def _announce_revocation(self) -> None:
        owner = self.athlete.athlete_id
        self.webhooks.send(owner, "athlete", owner, "update", {"authorized": "false"})
