"""A loopback HTTP server that receives the OAuth redirect of one login."""

from __future__ import annotations

import errno
import hmac
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import parse_qs, urlsplit

from runcoach.errors import LoginError, UsageError
from runcoach.services.auth import callback_pages as pages
from runcoach.services.loopback_server import LoopbackServer

if TYPE_CHECKING:
    from types import TracebackType

PATH = "/callback"

#: How long one connection may be idle, and how long the last page may take to reach the browser.
_IDLE_TIMEOUT_S = 10.0

#: The interval at which waiting checks for Ctrl-C, which does not interrupt a longer wait on Windows.
_POLL_S = 0.5

_CODE = re.compile(r"[\x21-\x7e]{1,512}")
_SCOPE = re.compile(r"[a-z_:, ]{0,200}")
_REASON = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class CallbackParams:
    """Query parameters of the redirect: a ``code`` and the granted ``scope``, or an ``error``."""

    code: str | None = field(default=None, repr=False)
    scope: str | None = None
    error: str | None = None


def redirect_uri(port: int) -> str:
    """The redirect URI to give to Strava."""
    return f"http://127.0.0.1:{port}{PATH}"


def read_callback(address: str, state: str) -> CallbackParams | None:
    """Parse a redirect; None where its ``state`` is another one or it is malformed.

    ``address`` is a whole URL, or its path and query.
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


class CallbackServer(LoopbackServer):
    """A server that waits for one redirect, then shows the browser how the login ended; a context manager.

    ``port`` 0 takes a free one; UsageError where it cannot be used. Other requests get an error page.
    """

    def __init__(self, state: str, port: int = 0) -> None:
        self._state = state
        self._one_answer = threading.Lock()
        self._received = threading.Event()
        self._decided = threading.Event()
        self._shown = threading.Event()
        self._params: CallbackParams | None = None
        self._page = pages.CANCELLED
        self._failures: list[str] = []
        try:
            super().__init__(port, _Handler)
        except OSError as error:
            is_taken = error.errno == errno.EADDRINUSE
            reason = "is in use by another program" if is_taken else f"cannot be used: {error.strerror or error}"
            hint = "choose another with --port, or leave it out to take a free one"
            raise UsageError(f"port {port} of this machine {reason}", hint=hint) from None
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, name="login", daemon=True
        )

    @property
    def redirect_uri(self) -> str:
        """The redirect URI to give to Strava."""
        return redirect_uri(self.server_port)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let a waiting browser receive its page, then close all connections."""
        self._decided.set()
        if self._received.is_set():
            self._shown.wait(_IDLE_TIMEOUT_S)
        self.shutdown()
        self._thread.join()
        self.end_connections(_IDLE_TIMEOUT_S)
        if self._failures and error is None:
            raise RuntimeError(f"the login page failed: {', '.join(self._failures)}")

    def wait(self, timeout_s: float) -> CallbackParams:
        """The redirect of this login; LoginError where none arrives within ``timeout_s``."""
        until = time.monotonic() + timeout_s
        while not self._received.wait(min(_POLL_S, max(0.0, until - time.monotonic()))):
            if time.monotonic() >= until:
                raise LoginError(
                    f"no answer from Strava within {timeout_s:.0f} s",
                    hint="run `runcoach login` again; with the browser on another machine: `runcoach login --paste`;"
                    " where Strava's page says Bad Request, the client id or the callback domain (localhost) is wrong",
                )
        if self._params is None:
            raise RuntimeError("the redirect was signalled but not stored")
        return self._params

    def show(self, page: pages.Page) -> None:
        """Answer the waiting browser with this page."""
        self._page = page
        self._decided.set()

    def answer(self, address: str) -> pages.Page:
        """The page for a request to ``/callback``; the first valid one blocks until :meth:`show` is called."""
        params = read_callback(address, self._state)
        if params is None:
            return pages.UNKNOWN_LOGIN
        with self._one_answer:
            if self._params is not None:
                return pages.ALREADY_USED
            self._params = params
        self._received.set()
        self._decided.wait()
        return self._page

    def shown(self, page: pages.Page) -> None:
        """Note that a page was sent, or that its browser has disconnected."""
        if page is self._page:
            self._shown.set()

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Ignore a browser that disconnects; note the type of any other error, never what was sent."""
        problem = sys.exception()
        if not isinstance(problem, OSError):
            self._failures.append(type(problem).__name__)


class _Handler(BaseHTTPRequestHandler):
    """One request a connection; nothing is logged, because the URL may hold the code."""

    timeout = _IDLE_TIMEOUT_S
    server_version, sys_version = "runcoach", ""

    def do_GET(self) -> None:
        """Answer the callback; 404 for any other path."""
        if self.path.partition("?")[0] != PATH:
            self._send(pages.error_page(404))
            return
        callback = cast("CallbackServer", self.server)
        page = callback.answer(self.path)
        try:
            self._send(page)
        finally:
            callback.shown(page)

    def send_error(self, code: int, *_: str | None, **__: str | None) -> None:
        """Answer what the base class refuses with an error page; an unknown method is 405, not 501."""
        self.close_connection = True
        self._send(pages.error_page(405 if code == 501 else code))

    def _send(self, page: pages.Page) -> None:
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
        """Log nothing."""
