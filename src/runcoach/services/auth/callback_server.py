"""Where Strava sends the browser back to: one address on 127.0.0.1 that waits for the answer to one login."""

from __future__ import annotations

import errno
import hmac
import re
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from runcoach.errors import LoginError, UsageError
from runcoach.services.auth import callback_pages as pages

if TYPE_CHECKING:
    from types import TracebackType

    from runcoach.services.auth.callback_pages import Page

PATH = "/callback"

#: How long one connection may be silent, and how long the last page may take to reach the browser.
_SILENCE_S = 10.0

#: Ctrl-C is heard this often while waiting; on Windows a longer wait would not be interrupted.
_HEAR_EVERY_S = 0.5

_CODE = re.compile(r"[\x21-\x7e]{1,512}")
_SCOPE = re.compile(r"[a-z_:, ]{0,200}")
_REASON = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class CallbackParams:
    """What the browser brings back: a ``code`` and the ``scope`` granted, or the ``error`` that ended it."""

    code: str | None = field(default=None, repr=False)
    scope: str | None = None
    error: str | None = None


def redirect_uri(port: int) -> str:
    """The address that is given to Strava."""
    return f"http://127.0.0.1:{port}{PATH}"


def read_callback(address: str, state: str) -> CallbackParams | None:
    """What an address of ours says; None where it does not belong to the login with this ``state``, or makes no sense.

    ``address`` is a whole URL or the part of it from the path on.
    """
    try:
        query = parse_qs(urlsplit(address).query, max_num_fields=20)
    except ValueError:
        return None
    if any(len(values) > 1 for values in query.values()):
        return None
    given = {name: values[0] for name, values in query.items()}
    if not hmac.compare_digest(given.get("state", "").encode(errors="replace"), state.encode()):
        return None
    code, error, scope = given.get("code", ""), given.get("error", ""), given.get("scope", "")
    if error:
        return CallbackParams(error=error if _REASON.fullmatch(error) else "an error without a name")
    if not _CODE.fullmatch(code):
        return None
    return CallbackParams(code, scope if scope and _SCOPE.fullmatch(scope) else None)


class CallbackServer:
    """A little server that waits for one redirect, then shows the browser how the login ended; a context manager.

    ``port`` 0 takes a free one; UsageError where another program has it. Whatever else comes to the address is turned
    away and changes nothing.
    """

    def __init__(self, state: str, port: int = 0) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._decided = threading.Event()
        self._shown = threading.Event()
        self._redirect: CallbackParams | None = None
        self._page = pages.called_off()
        try:
            self._server = _Server(self, port)
        except OSError as error:
            raise _not_free(port, error) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="login", daemon=True
        )

    @property
    def redirect_uri(self) -> str:
        """The address that is given to Strava."""
        return redirect_uri(self._server.server_port)

    def __enter__(self) -> CallbackServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the browser its last page, if one is waiting for it, and close everything."""
        self._decided.set()
        if self._arrived.is_set():
            self._shown.wait(_SILENCE_S)
        self._server.shutdown()
        self._thread.join()
        self._server.close()
        if self._server.failures and error is None:
            raise RuntimeError(f"the login page failed: {', '.join(self._server.failures)}")

    def wait(self, timeout_s: float) -> CallbackParams:
        """The redirect of this login; LoginError where none comes in time."""
        until = time.monotonic() + timeout_s
        while not self._arrived.wait(min(_HEAR_EVERY_S, max(0.0, until - time.monotonic()))):
            if time.monotonic() >= until:
                raise LoginError(
                    f"nobody came back from Strava within {timeout_s:.0f} s",
                    hint="run `runcoach login` again; with the browser on another machine: `runcoach login --paste`;"
                    " where Strava's page says Bad Request, the client id or the callback domain (localhost) is wrong",
                )
        if self._redirect is None:
            raise RuntimeError("a redirect was announced that is not there")
        return self._redirect

    def show(self, page: Page) -> None:
        """How the login ended, for the browser that waits to be told."""
        self._page = page
        self._decided.set()

    def answer(self, address: str) -> Page:
        """The page for an address below ``/callback``: the first right one waits until the login has ended."""
        redirect = read_callback(address, self._state)
        if redirect is None:
            return pages.stranger()
        with self._lock:
            if self._redirect is not None:
                return pages.used()
            self._redirect = redirect
        self._arrived.set()
        self._decided.wait()
        return self._page

    def shown(self, page: Page) -> None:
        """A page has been sent, or its browser has gone."""
        if page is self._page:
            self._shown.set()


class _Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1; every connection is closed at the end, also those that browsers open ahead of need."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, loopback: CallbackServer, port: int) -> None:
        self.loopback = loopback
        self.failures: list[str] = []
        self._connections: dict[Any, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server what 127.0.0.1 is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for each connection, both remembered for the end."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._guard:
            self._connections[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._connections.pop(request, None)

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A browser that goes away is no error; anything else would be a bug, noted without what was sent."""
        problem = sys.exception()
        if not isinstance(problem, OSError):
            self.failures.append(type(problem).__name__)

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.server_close()
        with self._guard:
            left = dict(self._connections)
        for connection, thread in left.items():
            _shut(connection)
            thread.join(_SILENCE_S)


class _Handler(BaseHTTPRequestHandler):
    """One connection, one request; nothing of it is logged, for its address may hold the code."""

    timeout = _SILENCE_S
    server_version, sys_version = "runcoach", ""

    def do_GET(self) -> None:
        """The callback, or nothing."""
        if self.path.partition("?")[0] != PATH:
            self._send(pages.refused(404))
            return
        loopback = cast("_Server", self.server).loopback
        page = loopback.answer(self.path)
        try:
            self._send(page)
        finally:
            loopback.shown(page)

    def send_error(self, code: int, *_: str | None, **__: str | None) -> None:
        """What the base class turns away, with a page of ours; a method it does not know is 405, not 501."""
        self.close_connection = True
        self._send(pages.refused(405 if code == 501 else code))

    def _send(self, page: Page) -> None:
        body = page.html()
        self.send_response(page.status)
        for name, value in pages.headers().items():
            self.send_header(name, value)
        if page.status == 405:
            self.send_header("Allow", "GET")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Nothing."""


def _not_free(port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        said = f"port {port} of this machine is in use by another program"
    else:
        said = f"port {port} of this machine cannot be used: {error.strerror or error}"
    return UsageError(said, hint="choose another with --port, or leave it out: then a free one is taken")


def _shut(connection: socket.socket) -> None:
    """Wake the thread that waits for a connection to say something."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was gone already
