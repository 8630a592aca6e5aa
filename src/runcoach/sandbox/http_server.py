"""The HTTP server itself: keep-alive on loopback, a thread a connection, and answers that break on purpose."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from runcoach.sandbox.faults import Trouble
from runcoach.sandbox.messages import Refusal, Reply, Request
from runcoach.sandbox.strava.dispatch import DispatchResult, outcome_of

if TYPE_CHECKING:
    from runcoach.sandbox.state import State

_LARGEST_BODY = 1_000_000
_LINGER_FORMAT = "hh" if sys.platform == "win32" else "ii"
_ALLOWED_HOSTS = frozenset({"127.0.0.1", "localhost"})


class LoopbackServer(ThreadingHTTPServer):
    """Answers on 127.0.0.1 until :meth:`halt`; what went wrong in a thread is kept in ``failures``."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, state: State, port: int) -> None:
        self.state = state
        self.failures: list[BaseException] = []
        self.stopping = threading.Event()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server what 127.0.0.1 is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def listen(self) -> None:
        """Accept connections until :meth:`halt`; without a poll, so that starting and stopping cost nothing."""
        while not self.stopping.is_set():
            self.handle_request()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start the thread of a connection, and remember both for the end."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self._connections[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.pop(request, None)

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Keep what broke; a client that went away is no failure of ours."""
        failure = sys.exception()
        if failure is not None and not isinstance(failure, ConnectionError):
            self.failures.append(failure)

    def halt(self, listener: threading.Thread) -> None:
        """Stop the thread that listens, close what is open and wait until every other thread has ended."""
        self.stopping.set()
        socket.create_connection(("127.0.0.1", self.server_port)).close()  # wakes listen()
        listener.join()
        self.server_close()
        self.state.faults.release()
        with self._lock:
            left = dict(self._connections)
        for connection, thread in left.items():
            _shut(connection)
            thread.join(timeout=10)
            if thread.is_alive():
                self.failures.append(RuntimeError("a connection did not end"))


class _Handler(BaseHTTPRequestHandler):
    """One connection: requests one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def handle_one_request(self) -> None:
        """As the base class does, but a broken connection ends quietly."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class looks for these names

    def _answer(self) -> None:
        server = cast("LoopbackServer", self.server)
        state = server.state
        try:
            request = self._request()
        except Refusal as refusal:
            self.close_connection = True
            self._send(refusal.reply)
            return
        place, status = state.log.enter(request), 0
        try:
            outcome = outcome_of(state, request, server.stopping)
            status = 0 if outcome.trouble else outcome.reply.status
        finally:
            state.log.leave(place, status)
        self._carry_out(outcome, server)

    def _request(self) -> Request:
        """The request, with its body; Refusal where it is too large or not meant for loopback."""
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if urlsplit(f"//{headers.get('host', '')}").hostname not in _ALLOWED_HOSTS:
            raise Refusal(421, "Misdirected Request", ("Sandbox", "Host", "foreign"))
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal() or int(length) > _LARGEST_BODY:
            raise Refusal(413, "Content Too Large", ("Sandbox", "body", "too large"))
        body = self.rfile.read(int(length))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(self.command, parts.path, query, headers, body)

    def _carry_out(self, outcome: DispatchResult, server: LoopbackServer) -> None:
        """Send the answer, or break it as the fault wants."""
        if outcome.trouble is Trouble.TIMEOUT:
            self.close_connection = True
            if not server.stopping.is_set():
                server.state.faults.hold(outcome.released)
        elif outcome.trouble is Trouble.RESET:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER_FORMAT, 1, 0))
            self.connection.close()  # takes effect when the base class closes its two files: a reset, not an end
        else:
            self._send(outcome.reply, cut=outcome.trouble is Trouble.CUT)

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
        """The ``Date`` header goes by the sandbox's clock, which may be wrong on purpose."""
        clock = cast("LoopbackServer", self.server).state.clock
        return super().date_time_string(clock() if timestamp is None else timestamp)

    def version_string(self) -> str:
        """The ``Server`` header."""
        return "runcoach-sandbox"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Nothing: the log is in ``State``."""


def _shut(connection: socket.socket) -> None:
    """Wake the thread that waits for the next request of a connection."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was gone already
