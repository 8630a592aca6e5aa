"""HTTP on loopback: requests, replies with Strava's errors, and a keep-alive server with a thread per connection."""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from runcoach.services.loopback_server import LoopbackServer

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"

_MAX_BODY_BYTES = 1_000_000
_LINGER_FORMAT = "hh" if sys.platform == "win32" else "ii"
_ALLOWED_HOSTS = frozenset({"127.0.0.1", "localhost"})


@dataclass(slots=True)
class Request:
    """One HTTP request; ``headers`` by lower-case name.

    ``status`` is that of its reply: None before the reply, 0 where the connection was broken.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int | None = None

    @property
    def form(self) -> dict[str, str]:
        """Form fields, and those of the query for clients that send them in the URL."""
        return self.query | dict(self._pairs())

    def form_values(self, name: str) -> set[str]:
        """Every value of one form field, as check boxes send them."""
        return {value for key, value in self._pairs() if key == name}

    def _pairs(self) -> list[tuple[str, str]]:
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response; ``broken`` is how the connection breaks while it is sent: cut, reset or timeout."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    broken: str | None = None


class HttpError(Exception):
    """An error response in Strava's form; each of ``errors`` is resource, field, code."""

    def __init__(self, status: int, message: str, *errors: tuple[str, str, str]) -> None:
        super().__init__(message)
        details = [{"resource": resource, "field": name, "code": code} for resource, name, code in errors]
        self.reply = json_reply({"message": message, "errors": details}, status)


def encode_json(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def iso(epoch_s: int) -> str:
    """An instant as Strava writes it: ``2026-11-22T07:00:12Z``."""
    return f"{datetime.fromtimestamp(epoch_s, UTC).isoformat()[:19]}Z"


def json_reply(value: Any, status: int = 200) -> Reply:
    """A reply with a JSON body."""
    return Reply(status, encode_json(value))


def bad_request(resource: str, name: str, code: str = "invalid") -> HttpError:
    """400, naming the field."""
    return HttpError(400, "Bad Request", (resource, name, code))


def unauthorized(resource: str, name: str, code: str = "invalid") -> HttpError:
    """401, naming the invalid credential or the missing permission."""
    return HttpError(401, "Authorization Error", (resource, name, code))


def not_found(resource: str, name: str = "id") -> HttpError:
    """404 for a resource that does not exist or that the token may not see."""
    return HttpError(404, "Record Not Found", (resource, name, "invalid"))


def rate_limited(which: str) -> HttpError:
    """429, naming the limit."""
    return HttpError(429, "Rate Limit Exceeded", ("Application", which, "exceeded"))


def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in the body, {} for an empty body; HttpError for anything else."""
    if not request.body.strip():
        return {}
    try:
        value = json.loads(request.body)
    except ValueError:
        raise bad_request("Body", "json") from None
    if not isinstance(value, dict):
        raise bad_request("Body", "json", "not an object")
    return value


def route(routes: Mapping[str, Callable[..., Reply]], request: Request, *arguments: Any) -> Reply | None:
    """The reply of the first route whose pattern, such as ``GET /gear/([a-z]+)``, matches; None where none does.

    Its function is called with the arguments, the request, and the groups of the pattern.
    """
    for pattern, handle in routes.items():
        match = re.fullmatch(pattern, f"{request.method} {request.path}", re.ASCII)
        if match:
            return handle(*arguments, request, *match.groups())
    return None


class RequestLog:
    """Requests in order of arrival; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._open = 0
        self.most_at_once = 0

    def enter(self, request: Request) -> None:
        """Log a request."""
        with self._lock:
            self._requests.append(request)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)

    def leave(self, request: Request, status: int) -> None:
        """Log the status of its reply."""
        with self._lock:
            self._open -= 1
            request.status = status

    @property
    def entries(self) -> list[Request]:
        """A copy of the log."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._requests.clear()
            self.most_at_once = self._open


class HttpServer(LoopbackServer):
    """Replies with ``answer`` on 127.0.0.1 until :meth:`halt`; exceptions of its threads are kept in ``failures``."""

    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Request], Reply], clock: Callable[[], float]) -> None:
        self.answer = answer
        self.clock = clock
        self.failures: list[BaseException] = []
        self._is_stopping = False
        super().__init__(port, _Handler)
        self._listener = threading.Thread(target=self._listen, name="sandbox", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Accept connections until :meth:`halt`; unlike ``serve_forever``, it does not poll."""
        while not self._is_stopping:
            self.handle_request()

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Record an exception; connections closed by the client are not failures."""
        failure = sys.exception()
        if failure is not None and not isinstance(failure, ConnectionError):
            self.failures.append(failure)

    def halt(self) -> None:
        """Stop listening, close open connections and wait for their threads."""
        self._is_stopping = True
        socket.create_connection(("127.0.0.1", self.server_port)).close()  # wakes the listener
        self._listener.join()
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
        try:
            request = self._request()
        except HttpError as error:
            self.close_connection = True
            self._send(error.reply)
        else:
            self._send(cast("HttpServer", self.server).answer(request))

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

    def _send(self, reply: Reply) -> None:
        """Send the reply, or break the connection as it says."""
        self.close_connection |= reply.broken is not None
        if reply.broken == "timeout":
            return
        if reply.broken == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER_FORMAT, 1, 0))
            self.connection.close()  # a reset instead of a FIN, once the base class has closed its two files
            return
        body, length = reply.body, len(reply.body)
        if reply.broken == "cut":
            body, length = body[: length // 2], length or 64
        self.send_response(reply.status, HTTPStatus(reply.status).phrase)
        if reply.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(length))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The ``Date`` header by the sandbox's clock."""
        clock = cast("HttpServer", self.server).clock
        return super().date_time_string(clock() if timestamp is None else timestamp)

    def version_string(self) -> str:
        """The ``Server`` header."""
        return "runcoach-sandbox"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Nothing: the sandbox has its own log of requests."""
