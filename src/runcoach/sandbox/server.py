"""The sandbox as one object: start and stop it, inject faults, inspect its requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from runcoach.errors import UsageError
from runcoach.sandbox.faults import FaultKind, faulty_reply
from runcoach.sandbox.garmin import PREFIX as GARMIN_PREFIX
from runcoach.sandbox.http_server import HTML, HttpError, HttpServer, Reply, Request, not_found, rate_limited
from runcoach.sandbox.intervals import KEY as INTERVALS_KEY
from runcoach.sandbox.intervals import PREFIX as INTERVALS_PREFIX
from runcoach.sandbox.intervals import intervals_reply
from runcoach.sandbox.state import State, examples, switch_reply
from runcoach.sandbox.strava.api import is_api_call, is_limited
from runcoach.sandbox.strava.oauth import CLIENT_ID, CLIENT_SECRET

if TYPE_CHECKING:
    from types import TracebackType

    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete


class Sandbox(State):
    """A stand-in for Strava, Garmin and intervals.icu on ``127.0.0.1``; a context manager, or start and stop it."""

    client_id = CLIENT_ID
    client_secret = CLIENT_SECRET
    _server: HttpServer | None = None

    def start(self) -> Self:
        """Listen; UsageError where the port is taken."""
        self.stopping.clear()
        try:
            self._server = HttpServer(self.port, self._answer, self.clock)
        except OSError as taken:
            raise UsageError(f"port {self.port} is not free: {taken.strerror}", hint="give another --port") from taken
        self.athlete.on_change.append(self.announce)
        return self

    def stop(self) -> None:
        """End every thread and connection; RuntimeError if a request failed inside the sandbox."""
        server, self._server = self._server, None
        if server is None:
            return
        self.athlete.on_change.remove(self.announce)
        self.stopping.set()
        self.faults.release()
        server.halt()
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
        return f"{self.url}{GARMIN_PREFIX}"

    @property
    def intervals_url(self) -> str:
        """For ``RUNCOACH_INTERVALS_API_URL``."""
        return f"{self.url}{INTERVALS_PREFIX}"

    def _answer(self, request: Request) -> Reply:
        """The reply to a request, and its entry in the log."""
        self.log.enter(request)
        status = 0
        try:
            is_switch = request.path == "/sandbox" or request.path.startswith("/sandbox/")
            reply = self._route(request) if is_switch else self._reply(request)
            status = 0 if reply.broken else reply.status
        finally:
            self.log.leave(request, status)
        if reply.broken == FaultKind.TIMEOUT:
            self.faults.hold(self.stopping)
        return reply

    def _reply(self, request: Request) -> Reply:
        """The reply after latency, rate limits and faults."""
        for hook in self.before_reply:
            hook(request)
        if self.latency_s > 0:
            self.stopping.wait(self.latency_s)
        if not is_api_call(request):
            return self._reply_with_fault(request)
        limit = self.budget.spend(reading=request.method == "GET") if is_limited(request) else None
        if limit is not None:
            reply = rate_limited(limit).reply
        elif self.inactive:
            reply = HttpError(403, "Forbidden", ("Application", "Status", "Inactive")).reply
        else:
            reply = self._reply_with_fault(request)
        return replace(reply, headers=self.budget.headers() | reply.headers)

    def _reply_with_fault(self, request: Request) -> Reply:
        fault = self.faults.next_for(request.path)
        return self._route(request) if fault is None else faulty_reply(fault, lambda: self._route(request))

    def _route(self, request: Request) -> Reply:
        try:
            for prefix, reply in _ROUTES.items():
                if request.path.startswith(prefix):
                    return reply(self, request)
            if (request.method, request.path) == ("GET", "/"):
                return Reply(200, _FRONT_PAGE.replace("{}", str(len(self.athlete))).encode(), HTML)
            raise not_found("Path")
        except HttpError as error:
            return error.reply


_ROUTES: dict[str, Callable[[State, Request], Reply]] = {
    "/api/v3/": lambda state, request: state.strava.reply(request),
    "/oauth/": lambda state, request: state.oauth.reply(request),
    "/sandbox": switch_reply,
    f"{GARMIN_PREFIX}/": lambda state, request: state.garmin.reply(request),
    f"{INTERVALS_PREFIX}/": lambda state, request: intervals_reply(state.garmin.account, request),
}

_FRONT_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>runcoach sandbox</title></head><body>
<h1>runcoach sandbox</h1>
<p>A stand-in for Strava on this machine, with a synthetic runner who has {} activities.</p>
<p>Its switches: <code>GET /sandbox</code>.</p>
</body></html>
"""


def serve(
    *,
    port: int,
    athlete: SyntheticAthlete | None = None,
    auto_consent: bool = False,
    latency_s: float = 0.0,
    say: Callable[[str], None],
    until: threading.Event | None = None,
) -> None:
    """Run a sandbox until Ctrl-C, or until the event is set; ``say`` prints the instructions."""
    with Sandbox(port=port, athlete=athlete, auto_consent=auto_consent, latency_s=latency_s) as sandbox:
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
        f"  export GARMIN_PERSONAL_API_KEY={sandbox.garmin.account.key}",
        f"  export RUNCOACH_INTERVALS_API_URL={sandbox.intervals_url}",
        f"  key for intervals.icu {INTERVALS_KEY}",
        "",
        "Make something happen (curl -d '…' from a second terminal):",
        *(f"  {route.replace('POST ', sandbox.url)}  {body}" for route, body in examples().items()),
        "",
        "Ctrl-C ends it.",
    ]
