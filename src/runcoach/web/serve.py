"""One run of the server from the first line to the last: access, worker, socket, browser, and the end."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from runcoach.web import security

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.web.security import Access

#: A thread that computes gives way after so long.
_TURN_S = 0.001

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What a person asks of the server; ``sync_every_s`` None: only when told to."""

    port: int = 8765
    host: str = LOOPBACK
    allow_hosts: tuple[str, ...] = ()
    new_token: bool = False
    open_browser: bool = True
    sync_every_s: float | None = None
    webhook_only: bool = False


class ServerOutput(Protocol):
    """How the server tells what it does."""

    def say(self, message: str) -> None:
        """A line for a person."""

    def warn(self, message: str) -> None:
        """A line that a person must not miss."""

    def announce(self, url: str) -> None:
        """The address, once it answers."""


def serve(config: Config, wishes: ServeOptions, talk: ServerOutput) -> bool:
    """Serve until a signal; whether it was Ctrl-C. UsageError where the address cannot be had."""
    from runcoach.services.sync.worker import Worker
    from runcoach.web.app import create_app
    from runcoach.web.server import Server, listen

    # The worker computes for long; a request must not wait for its turn.
    sys.setswitchinterval(_TURN_S)
    listener = listen(wishes.host, wishes.port)
    try:
        access = _access(config, wishes, talk)
        worker = Worker(config, sync_every_s=wishes.sync_every_s)
        app = create_app(config, access=access, worker=worker, webhook_only=wishes.webhook_only)
        url = address(wishes.host, listener.getsockname()[1])
        server = Server(app, lambda: _started(wishes, url, talk))
        worker.start()
        try:
            server.run([listener])
        finally:
            worker.stop()
        return server.was_interrupted
    finally:
        listener.close()


def address(host: str, port: int) -> str:
    """The URL at which a server that listens on ``host`` is reached from this machine."""
    name = LOOPBACK if host in {"0.0.0.0", "::", ""} else host.strip("[]")  # noqa: S104  (compared, not bound)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def _access(config: Config, wishes: ServeOptions, talk: ServerOutput) -> Access:
    """Who may ask: anyone on this machine; as soon as others can reach it, those who have the token."""
    names = (wishes.host, *wishes.allow_hosts)
    if wishes.webhook_only or all(security.is_loopback(name) for name in names):
        return security.allow(names)
    from runcoach.services.server_token import ensure_server_token

    grant = ensure_server_token(config, renew=wishes.new_token)
    if grant.token is not None:
        talk.warn(f"the access token of this server, shown this once: {grant.token}")
    talk.say("others can reach this server: it asks for its access token (--new-token makes another)")
    return security.allow(names, grant.digest)


def _started(wishes: ServeOptions, url: str, talk: ServerOutput) -> None:
    talk.announce(url)
    if wishes.open_browser and not wishes.webhook_only:
        import webbrowser

        # Some browsers keep whoever starts them waiting.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
