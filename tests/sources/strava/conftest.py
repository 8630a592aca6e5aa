"""A Strava that does as it is told: a real server on loopback that answers from a script, well or badly."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from runcoach.sources.strava.client import StravaClient
from runcoach.sources.strava.limiter import RateLimiter
from runcoach.sources.strava.transport import StravaTransport

ACCESS_TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"

#: Monday 23 November 2026, 14:05:00 UTC: five minutes into a quarter.
NOW = 1_795_442_700.0


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Script:
    """What the server does next, one entry a request, and what it was asked; after the last entry it asks ``then``."""

    url: str = ""
    requests: list[Received] = field(default_factory=list)
    then: Callable[[Received], bytes | None] | None = None
    over: threading.Event = field(default_factory=threading.Event)
    _next: deque[Callable[[socket.socket], bool]] = field(default_factory=deque)

    def answers(
        self, status: int = 200, data: Any = None, *, raw: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Script:
        """Answer properly: ``data`` as JSON, or ``raw`` as it is."""
        return self.sends(whole(status, data, raw=raw, headers=headers), keep=True)

    def sends(self, data: bytes, *, keep: bool = False) -> Script:
        """Send these bytes and close the connection, or keep it."""

        def act(connection: socket.socket) -> bool:
            connection.sendall(data)
            return keep

        self._next.append(act)
        return self

    def hangs(self) -> Script:
        """Say nothing until the test is over."""

        def act(_: socket.socket) -> bool:
            self.over.wait(30)
            return False

        self._next.append(act)
        return self

    def resets(self) -> Script:
        """Slam the door: a TCP reset."""

        def act(connection: socket.socket) -> bool:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False

        self._next.append(act)
        return self

    def serve(self, connection: socket.socket) -> None:
        """Answer requests on one connection until either side has had enough."""
        with connection, connection.makefile("rb") as reader:
            while True:
                try:
                    request = _read(reader)
                    if request is None:
                        return
                    self.requests.append(request)
                    if self._next:
                        if not self._next.popleft()(connection):
                            return
                    elif self.then is not None and (reply := self.then(request)) is not None:
                        connection.sendall(reply)
                    else:
                        return
                except OSError:
                    return


def whole(
    status: int = 200, data: Any = None, *, raw: bytes | None = None, headers: dict[str, str] | None = None
) -> bytes:
    """A complete HTTP answer, compressed as Strava's are."""
    body = gzip.compress(json.dumps(data).encode() if raw is None else raw, 1)
    lines = {"Content-Type": "application/json; charset=utf-8", "Content-Encoding": "gzip", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Said So\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _read(reader: Any) -> Received | None:
    line = reader.readline().decode()
    if not line:
        return None
    method, target, _ = line.split(" ", 2)
    headers: dict[str, str] = {}
    while (line := reader.readline().decode().strip()) != "":
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0"))).decode()
    split = urlsplit(target)
    return Received(method, split.path, dict(parse_qsl(split.query)), headers, dict(parse_qsl(body)))


@pytest.fixture
def strava() -> Iterator[Script]:
    """The server, listening; ``url`` is its base."""
    script = Script()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        script.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def accept() -> None:
            while not script.over.is_set():
                connection, _ = listener.accept()
                thread = threading.Thread(target=script.serve, args=(connection,), daemon=True)
                threads.append(thread)
                thread.start()

        threads.append(threading.Thread(target=accept, daemon=True))
        threads[0].start()
        yield script
        script.over.set()
        socket.create_connection(listener.getsockname()).close()
        for thread in threads:
            thread.join(10)


class Clock:
    """Seconds since 1970 that stand still until someone moves them."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that were made between tries, none of them slept."""
    return []


@pytest.fixture
def transport(strava: Script, clock: Clock, pauses: list[float]) -> Iterator[StravaTransport]:
    """A transport that never sleeps and whose patience is short; it is closed before the server stops."""
    with StravaTransport(RateLimiter(clock=clock), sleep=pauses.append, silence_s=5.0) as opened:
        yield opened


@pytest.fixture
def impatient(strava: Script, clock: Clock, pauses: list[float]) -> Iterator[StravaTransport]:
    """A transport that gives a silent server a twentieth of a second."""
    with StravaTransport(RateLimiter(clock=clock), sleep=pauses.append, silence_s=0.05) as opened:
        yield opened


@pytest.fixture
def client(strava: Script, transport: StravaTransport) -> StravaClient:
    return StravaClient(transport, f"{strava.url}/api/v3", lambda: ACCESS_TOKEN)
