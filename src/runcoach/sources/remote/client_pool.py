"""The connections to Strava: how many, what they trust, which proxies they take; two threads never share one."""

from __future__ import annotations

from contextlib import contextmanager
from queue import LifoQueue
from typing import TYPE_CHECKING

import httpx

from runcoach import __version__
from runcoach.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Requests under way at once, over all threads; a further one waits for its turn.
IN_FLIGHT = 4


class ClientPool:
    """The connections, each used by one thread at a time; whoever finds all of them taken waits for one.

    One client for all threads would do, but the pool inside it can close a connection that another thread has just
    begun to use (httpcore issue 1110): a read would be lost, and asked for again.
    """

    def __init__(self) -> None:
        self._free: LifoQueue[httpx.Client] = LifoQueue()  # last in, first out: its connection is still warm
        self._all = _clients(IN_FLIGHT)
        for client in self._all:
            self._free.put(client)

    @contextmanager
    def one(self) -> Iterator[httpx.Client]:
        """A client for this thread alone."""
        client = self._free.get()
        try:
            yield client
        finally:
            self._free.put(client)

    def close(self) -> None:
        """Close all connections."""
        for client in self._all:
            client.close()


def _clients(count: int) -> list[httpx.Client]:
    """Clients with one connection each: certificates checked, proxies as the environment says, but never to ourselves.

    They share what the system trusts, which takes forty milliseconds to load.
    """
    try:
        trusted = httpx.create_ssl_context()
        return [
            httpx.Client(
                verify=trusted,
                headers={"User-Agent": f"runcoach/{__version__}", "Accept": "application/json"},
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=15.0),
                follow_redirects=False,
                mounts={f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")},
            )
            for _ in range(count)
        ]
    except (ImportError, ValueError, OSError):
        pass  # what it says may quote a proxy's password
    raise ConfigError(
        "the proxy or the certificates that the environment names cannot be used",
        hint="look at HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
    )
