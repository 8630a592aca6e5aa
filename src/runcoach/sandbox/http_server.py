"""The sandbox's HTTP server: keep-alive on loopback, a thread per connection, latency, limits, faults, routes."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from runcoach.sandbox.control import control_reply, front_page
from runcoach.sandbox.faults import FaultKind, apply_distortion, replacement_reply
from runcoach.sandbox.garmin import api as garmin
from runcoach.sandbox.intervals import PREFIX as INTERVALS_PREFIX
from runcoach.sandbox.intervals import intervals_reply
from runcoach.sandbox.messages import HTML, HttpError, Reply, Request, not_found, rate_limited
from runcoach.sandbox.strava.api import api_reply
from runcoach.sandbox.strava.oauth_server import oauth_reply
from runcoach.services.loopback_server import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sandbox.state import State

_MAX_BODY_BYTES = 1_000_000
_LINGER_FORMAT = "hh" if sys.platform == "win32" else "ii"
_ALLOWED_HOSTS = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True)
class DispatchResult:
    """A reply, and the fault of the connection while sending it, if any; ``released`` ends a time-out."""

    reply: Reply
    fault: FaultKind | None = None
    released: threading.Event = field(default_factory=threading.Event)


def dispatch(state: State, request: Request, stopping: threading.Event) -> DispatchResult:
    """The reply to a request after latency, rate limits and faults."""
    if request.path == "/sandbox" or request.path.startswith("/sandbox/"):
        return DispatchResult(_route(state, request))
    for hook in state.before_reply:
        hook(request)
    if state.latency_s > 0:
        stopping.wait(state.latency_s)
    limit = state.budget.spend(reading=request.method == "GET") if request.is_limited else None
    if limit is not None:
        result = DispatchResult(rate_limited(limit).reply)
    elif request.is_api and state.inactive:
        result = DispatchResult(HttpError(403, "Forbidden", ("Application", "Status", "Inactive")).reply)
    else:
        result = _with_fault(state, request)
    if request.is_api:
        headers = state.budget.headers() | result.reply.headers
        return replace(result, reply=replace(result.reply, headers=headers))
    return result


def _with_fault(state: State, request: Request) -> DispatchResult:
    """The route's reply with the next fault applied; a request without a reply changes nothing."""
    fault = state.faults.next_for(request.path)
    if fault is None:
        return DispatchResult(_route(state, request))
    replacement = replacement_reply(fault.kind)
    if replacement is not None:
        return DispatchResult(replacement)
    if fault.kind in {FaultKind.TIMEOUT, FaultKind.RESET}:
        return DispatchResult(Reply(503), fault.kind, state.faults.released)
    reply = apply_distortion(fault, _route(state, request))
    return DispatchResult(reply, fault.kind if fault.kind is FaultKind.CUT else None)


def _route(state: State, request: Request) -> Reply:
    try:
        for prefix, route in _ROUTES:
            if request.path.startswith(prefix):
                return route(state, request)
        if request.path == "/" and request.method == "GET":
            return Reply(200, front_page(len(state.athlete)), HTML)
        raise not_found("Path")
    except HttpError as error:
        return error.reply


_ROUTES: tuple[tuple[str, Callable[[State, Request], Reply]], ...] = (
    ("/api/v3/", api_reply),
    ("/oauth/", oauth_reply),
    ("/sandbox", control_reply),
    (f"{garmin.PREFIX}/", lambda state, request: state.garmin.reply(request)),
    (f"{INTERVALS_PREFIX}/", lambda state, request: intervals_reply(state.garmin.account, request)),
)


class SandboxServer(LoopbackServer):
    """Serves on 127.0.0.1 until :meth:`halt`; exceptions of its threads are kept in ``failures``."""

    request_queue_size = 128

    def __init__(self, state: State, port: int) -> None:
        self.state = state
        self.failures: list[BaseException] = []
        self.stopping = threading.Event()
        super().__init__(port, _Handler)

    def listen(self) -> None:
        """Accept connections until :meth:`halt`; unlike ``serve_forever``, it does not poll."""
        while not self.stopping.is_set():
            self.handle_request()

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Record an exception; connections closed by the client are not failures."""
        failure = sys.exception()
        if failure is not None and not isinstance(failure, ConnectionError):
            self.failures.append(failure)

    def halt(self, listener: threading.Thread) -> None:
        """Stop the listening thread, close open connections and wait for their threads."""
        self.stopping.set()
        socket.create_connection(("127.0.0.1", self.server_port)).close()  # wakes listen()
        listener.join()
        self.state.faults.release()
        if not self.end_connections(timeout_s=10):
            self.failures.append(RuntimeError("a connection did not end"))


class _Handler(BaseHTTPRequestHandler):
    """One connection: requests one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def handle_one_request(self) -> None:
        """As the base class, but a broken connection ends without an error."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        server = cast("SandboxServer", self.server)
        log = server.state.log
        try:
            request = self._request()
        except HttpError as error:
            self.close_connection = True
            self._send(error.reply)
            return
        key, status = log.enter(request), 0
        try:
            result = dispatch(server.state, request, server.stopping)
            status = 0 if result.fault else result.reply.status
        finally:
            log.leave(key, status)
        self._send_result(result, server)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - names required by the base class

    def _request(self) -> Request:
        """The request with its body; HttpError for a body that is too large or a host other than loopback."""
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if urlsplit(f"//{headers.get('host', '')}").hostname not in _ALLOWED_HOSTS:
            raise HttpError(421, "Misdirected Request", ("Sandbox", "Host", "foreign"))
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal() or int(length) > _MAX_BODY_BYTES:
            raise HttpError(413, "Content Too Large", ("Sandbox", "body", "too large"))
        body = self.rfile.read(int(length))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(self.command, parts.path, query, headers, body)

    def _send_result(self, result: DispatchResult, server: SandboxServer) -> None:
        """Send the reply, or break the connection as the fault says."""
        if result.fault is FaultKind.TIMEOUT:
            self.close_connection = True
            if not server.stopping.is_set():
                server.state.faults.hold(result.released)
        elif result.fault is FaultKind.RESET:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER_FORMAT, 1, 0))
            self.connection.close()  # a reset instead of a FIN, once the base class has closed its two files
        else:
            self._send(result.reply, cut=result.fault is FaultKind.CUT)

    def _send(self, reply: Reply, *, cut: bool = False) -> None:
        self.send_response(reply.status, HTTPStatus(reply.status).phrase)
        if reply.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body) + (64 if cut and not reply.body else 0)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if cut or self.close_connection:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The ``Date`` header by the sandbox's clock."""
        clock = cast("SandboxServer", self.server).state.clock
        return super().date_time_string(clock() if timestamp is None else timestamp)

    def version_string(self) -> str:
        """The ``Server`` header."""
        return "runcoach-sandbox"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Nothing: requests are logged in ``State``."""
