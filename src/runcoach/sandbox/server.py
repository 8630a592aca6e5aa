"""The sandbox as one object: start it, point runcoach at it, make it misbehave, look at what was asked of it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from runcoach.errors import UsageError
from runcoach.sandbox.control import SWITCHES
from runcoach.sandbox.faults import Faults
from runcoach.sandbox.http_server import LoopbackServer
from runcoach.sandbox.state import Consent, Logged, State
from runcoach.sandbox.strava.limits import STANDARD, Budget, Limits
from runcoach.sandbox.strava.oauth_server import CLIENT_ID, CLIENT_SECRET, Tokens
from runcoach.sandbox.strava.webhook_sender import Webhooks
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sandbox.synthetic.plan import RunKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

DEFAULT_PORT = 8642


class Sandbox:
    """A stand-in for Strava on ``127.0.0.1``; a context manager, or :meth:`start` and :meth:`stop`.

    ``port`` 0 takes a free one. ``clock`` gives epoch seconds and rules tokens, limits and the ``Date`` header.
    ``latency_s`` delays every answer but those of ``/sandbox``. Its parts are open for tests: ``athlete``, ``tokens``,
    ``budget``, ``faults``, ``webhooks``, ``log``, and ``state`` for the switches.
    """

    client_id = CLIENT_ID
    client_secret = CLIENT_SECRET

    def __init__(
        self,
        *,
        athlete: SyntheticAthlete | None = None,
        port: int = 0,
        auto_consent: bool = False,
        limits: Limits = STANDARD,
        latency_s: float = 0.0,
        clock: Callable[[], float] = time.time,
        faults: Faults | None = None,
        access_token_lifetime_s: int = 21_600,
        webhook_retry_s: float = 1.0,
    ) -> None:
        self._port = port
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None
        self.state = State(
            athlete=athlete or SyntheticAthlete(today=datetime.fromtimestamp(clock(), UTC).date()),
            tokens=Tokens(clock, access_token_lifetime_s),
            budget=Budget(limits, clock),
            faults=faults or Faults(),
            webhooks=Webhooks(clock, webhook_retry_s),
            clock=clock,
            consent=Consent.ALLOW if auto_consent else Consent.ASK,
            latency_s=latency_s,
        )
        self.athlete = self.state.athlete
        self.tokens = self.state.tokens
        self.budget = self.state.budget
        self.faults = self.state.faults
        self.webhooks = self.state.webhooks
        self.log = self.state.log

    def start(self) -> Self:
        """Listen; UsageError where the port is taken."""
        try:
            self._server = LoopbackServer(self.state, self._port)
        except OSError as taken:
            raise UsageError(f"port {self._port} is not free: {taken.strerror}", hint="give another --port") from taken
        self.athlete.on_change.append(self.state.announce)
        self._thread = threading.Thread(target=self._server.listen, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End every thread and close every connection; RuntimeError where answering failed on the way."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        self.athlete.on_change.remove(self.state.announce)
        server.halt(self._thread)
        self.webhooks.stop()
        if server.failures:
            raise RuntimeError("the sandbox failed while it answered") from server.failures[0]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def oauth_url(self) -> str:
        """For ``RUNCOACH_STRAVA_OAUTH_URL``: the base, without ``/oauth``."""
        return self.url

    @property
    def api_url(self) -> str:
        """For ``RUNCOACH_STRAVA_API_URL``."""
        return f"{self.url}/api/v3"

    @property
    def garmin_url(self) -> str:
        """For ``GARMIN_PERSONAL_API_BASE_URL``."""
        return f"{self.url}/garmin"

    @property
    def intervals_url(self) -> str:
        """For ``RUNCOACH_INTERVALS_API_URL``."""
        return f"{self.url}/intervals/api/v1"

    @property
    def requests(self) -> list[Logged]:
        """Every request so far."""
        return self.log.entries

    @property
    def reads(self) -> int:
        """How many reading calls of the API there were, refused and broken ones included."""
        return sum(entry.is_read for entry in self.log.entries)

    def add_run(self, *, days_ago: float = 0.0, kind: RunKind = RunKind.EASY, **run: Any) -> int:
        """The athlete uploads a run that ended just now, or ``days_ago``: its id. Keywords as ``athlete.add_run``."""
        now = int(self.state.clock())
        start = now - 3600 - round(86_400 * days_ago)
        return self.athlete.add_run(start_time=start, uploaded_at=now, kind=kind, **run)

    def revoke(self) -> None:
        """The athlete takes all access back."""
        if self.tokens.revoke_all():
            self.state.deauthorized()


def serve(
    *,
    port: int = DEFAULT_PORT,
    athlete: SyntheticAthlete | None = None,
    auto_consent: bool = False,
    limits: Limits = STANDARD,
    latency_s: float = 0.0,
    say: Callable[[str], None],
    until: threading.Event | None = None,
) -> None:
    """Run a sandbox until Ctrl-C, or until the event is set; ``say`` gets the lines a person needs to use it."""
    sandbox = Sandbox(port=port, athlete=athlete, auto_consent=auto_consent, limits=limits, latency_s=latency_s)
    with sandbox:
        for line in _introduction(sandbox):
            say(line)
        try:
            (until or threading.Event()).wait()
        except KeyboardInterrupt:
            say("Stopped.")


def _introduction(sandbox: Sandbox) -> list[str]:
    return [
        f"A stand-in for Strava at {sandbox.url}, with a runner who has {len(sandbox.athlete)} activities.",
        "",
        "Point runcoach at it:",
        f"  export RUNCOACH_STRAVA_OAUTH_URL={sandbox.oauth_url}",
        f"  export RUNCOACH_STRAVA_API_URL={sandbox.api_url}",
        f"  client id {sandbox.client_id}, client secret {sandbox.client_secret}",
        "",
        "Make something happen (curl -d '…' from a second terminal):",
        *(f"  {route.replace('POST ', sandbox.url)}  {body}" for route, body in SWITCHES.items()),
        "",
        "Ctrl-C ends it.",
    ]
