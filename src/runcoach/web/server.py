"""Runs the application on one socket with uvicorn: time and connection limits, no log, clean end on a signal."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from runcoach.errors import UsageError
from runcoach.web.peer_owner import Connection

#: A request must arrive within this time, or at least this many bytes in each such period (large uploads). An idle
#: connection is closed sooner.
MAX_REQUEST_S, PROGRESS_BYTES, IDLE_S = 20.0, 200_000, 15

#: More connections at once are refused.
MAX_CONNECTIONS = 100

#: How long running requests may take after a signal.
GRACE_S = 3


class Protocol(H11Protocol):
    """HTTP/1.1 with a limit on how long a request may take to arrive."""

    _deadline: asyncio.TimerHandle | None = None
    _arrived = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of the first request."""
        super().connection_made(transport)
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self.app_state = {**self.app_state, "connection": Connection(peer[:2], own[:2])}
        self._start()

    def data_received(self, data: bytes) -> None:
        """Start the timer with the first byte of a request and stop it when the request is complete."""
        self._arrived += len(data)
        if self._deadline is None and self._is_between():
            self._start()
        super().data_received(data)
        if not self._is_between() and not self.cycle.more_body:
            self._stop()

    def on_response_complete(self) -> None:
        """Stop the timer; the connection is idle."""
        self._stop()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop()
        super().connection_lost(exc)

    def _is_between(self) -> bool:
        # Despite its annotation, cycle is None before the first request.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _start(self) -> None:
        self._arrived = 0
        self._deadline = self.loop.call_later(MAX_REQUEST_S, self._check_progress)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _check_progress(self) -> None:
        """Restart the timer of a request that makes progress, else close the connection."""
        if self._arrived >= PROGRESS_BYTES:
            self._start()
        else:
            self._deadline = None
            self.transport.abort()


class Server(uvicorn.Server):
    """Ends cleanly on SIGTERM and Ctrl-C; ``was_interrupted`` tells the latter."""

    def __init__(self, app: FastAPI, on_start: Callable[[], None]) -> None:
        settings: dict[str, Any] = {
            "http": Protocol,
            "ws": "none",
            "loop": "asyncio",
            "lifespan": "off",
            "interface": "asgi3",
            "log_config": None,
            "log_level": logging.CRITICAL,
            "access_log": False,
            "server_header": False,
            "proxy_headers": False,
            "timeout_keep_alive": IDLE_S,
            "timeout_graceful_shutdown": GRACE_S,
            "limit_concurrency": MAX_CONNECTIONS,
            "backlog": 128,
        }
        super().__init__(uvicorn.Config(app, **settings))
        self._on_start = on_start
        self.was_interrupted = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Call ``on_start`` once requests are accepted."""
        await super().startup(sockets)
        self._on_start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals without raising them again after the end, as uvicorn does."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Remember an interrupt, then end."""
        self.was_interrupted = self.was_interrupted or sig == signal.SIGINT
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; UsageError where the address is not of this machine or the port is in use."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"{host!r} is not an address of this machine", hint="--host takes a name or an address"
        ) from error
    # asyncio sets TCP_NODELAY only on sockets with this protocol; without it each response takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} is taken", hint="give another --port, or 0 for any free one") from error
        raise UsageError(f"cannot listen on {host} port {port}: {error.strerror}", hint="see --host, --port") from error
    return listener
