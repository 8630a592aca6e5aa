"""A pool of HTTP clients, each used by one thread at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue

import httpx

from runcoach import __version__
from runcoach.errors import ConfigError

#: Concurrent requests of all threads; others wait.
IN_FLIGHT = 4


class ClientPool:
    """HTTP clients with one connection each; a thread waits until one is free.

    Not one client for all threads, because its pool can close a connection that another thread has just begun to use
    (httpcore issue 1110), which costs a read.
    """

    def __init__(self) -> None:
        self._free: LifoQueue[httpx.Client] = LifoQueue()  # last in, first out: its connection is open
        self._all = _clients()
        for client in self._all:
            self._free.put(client)

    @contextmanager
    def one(self) -> Iterator[httpx.Client]:
        """A client for the current thread."""
        client = self._free.get()
        try:
            yield client
        finally:
            self._free.put(client)

    def close(self) -> None:
        """Close all connections."""
        for client in self._all:
            client.close()


def _clients() -> list[httpx.Client]:
    """Clients with one connection each, with certificate checks and the environment's proxies, except to loopback.

    They share the trusted certificates, which take 40 ms to load.
    """
    try:
        ssl_context = httpx.create_ssl_context()
        return [
            httpx.Client(
                verify=ssl_context,
                headers={"User-Agent": f"runcoach/{__version__}", "Accept": "application/json"},
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=15.0),
                follow_redirects=False,
                mounts={f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")},
            )
            for _ in range(IN_FLIGHT)
        ]
    except (ImportError, ValueError, OSError):
        pass  # the message may quote a proxy's password
    raise ConfigError(
        "the proxy or the certificates that the environment names cannot be used",
        hint="look at HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
    )
