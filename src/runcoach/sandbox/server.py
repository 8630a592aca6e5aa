"""The sandbox as one object: start and stop it, inject faults, inspect its requests."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from runcoach.errors import UsageError
from runcoach.sandbox.control import SWITCHES
from runcoach.sandbox.faults import Faults
from runcoach.sandbox.http_server import SandboxServer
from runcoach.sandbox.intervals import KEY as INTERVALS_KEY
from runcoach.sandbox.state import Consent, LoggedRequest, State
from runcoach.sandbox.strava.limits import STANDARD, Budget, Limits
from runcoach.sandbox.strava.tokens import CLIENT_ID, CLIENT_SECRET, Tokens
from runcoach.sandbox.strava.webhook_sender import Webhooks
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

DEFAULT_PORT = 8642


class Sandbox:
    """A stand-in for Strava on ``127.0.0.1``; a context manager, or :meth:`start` and :meth:`stop`.

    ``port`` 0 takes a free one. ``clock`` gives epoch seconds for tokens, limits and the ``Date`` header.
    ``latency_s`` delays every reply except those of ``/sandbox``. Tests use its parts: ``athlete``, ``tokens``,
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
        self._server: SandboxServer | None = None
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
            self._server = SandboxServer(self.state, self._port)
        except OSError as taken:
            raise UsageError(f"port {self._port} is not free: {taken.strerror}", hint="give another --port") from taken
        self.athlete.on_change.append(self.state.send_webhook)
        self._thread = threading.Thread(target=self._server.listen, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End every thread and connection; RuntimeError if a request failed inside the sandbox."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        self.athlete.on_change.remove(self.state.send_webhook)
        server.halt(self._thread)
        self.webhooks.stop()
        if server.failures:
            raise RuntimeError("the sandbox failed while answering") from server.failures[0]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address, without a trailing slash."""
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
    def requests(self) -> list[LoggedRequest]:
        """Every request so far."""
        return self.log.entries

    @property
    def reads(self) -> int:
        """The number of API reads, failed ones included."""
        return self.log.reads

    def add_run(self, **run: Any) -> int:
        """Upload a run, see :meth:`State.add_run`; its id."""
        return self.state.add_run(**run)

    def revoke(self) -> None:
        """The athlete revokes all access."""
        self.state.revoke_all()


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
    """Run a sandbox until Ctrl-C, or until the event is set; ``say`` prints the instructions."""
    sandbox = Sandbox(port=port, athlete=athlete, auto_consent=auto_consent, limits=limits, latency_s=latency_s)
    with sandbox:
        for line in _instructions(sandbox):
            say(line)
        try:
            (until or threading.Event()).wait()
        except KeyboardInterrupt:
            say("Stopped.")


def _instructions(sandbox: Sandbox) -> list[str]:
    count = len(sandbox.athlete)
    return [
        f"A stand-in for Garmin, Strava and intervals.icu at {sandbox.url}, with a runner who has {count} activities.",
        "",
        "Point runcoach at it:",
        f"  export RUNCOACH_STRAVA_OAUTH_URL={sandbox.oauth_url}",
        f"  export RUNCOACH_STRAVA_API_URL={sandbox.api_url}",
        f"  client id {sandbox.client_id}, client secret {sandbox.client_secret}",
        f"  export GARMIN_PERSONAL_API_BASE_URL={sandbox.garmin_url}",
        f"  export GARMIN_PERSONAL_API_KEY={sandbox.state.garmin.account.key}",
        f"  export RUNCOACH_INTERVALS_API_URL={sandbox.intervals_url}",
        f"  key for intervals.icu {INTERVALS_KEY}",
        "",
        "Make something happen (curl -d '…' from a second terminal):",
        *(f"  {route.replace('POST ', sandbox.url)}  {body}" for route, body in SWITCHES.items()),
        "",
        "Ctrl-C ends it.",
    ]
