"""Runs the server: access, background worker, socket, browser, end."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runcoach.config import Config
from runcoach.filesystem import make_private_folder, write_atomically
from runcoach.services.imports.import_files import ImportReport
from runcoach.services.sync.worker import Worker
from runcoach.web import peer_owner, security
from runcoach.web.security import Access

#: Seconds after which a computing thread lets another one run: requests are answered while the worker computes.
_SWITCH_INTERVAL_S = 0.001

#: How long the end waits for an import of a watched folder: for its current file.
_STOP_TIMEOUT_S = 15.0

LOOPBACK = "127.0.0.1"
_WILDCARDS = ("0.0.0.0", "::", "")  # noqa: S104  (compared, not bound)


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Options of ``runcoach serve``; ``sync_every_s`` None: sync on request only; ``watch`` are folders."""

    port: int = 8765
    host: str = LOOPBACK
    allow_hosts: tuple[str, ...] = ()
    new_token: bool = False
    open_browser: bool = True
    sync_every_s: float | None = None
    watch: tuple[Path, ...] = ()
    webhook_only: bool = False


class ServerOutput(Protocol):
    """Where the server prints."""

    def say(self, message: str) -> None:
        """A message, left out with ``--quiet``."""

    def warn(self, message: str) -> None:
        """A message that is always printed."""

    def print(self, line: str) -> None:
        """Data: the URL, where the port was not chosen."""


def serve(config: Config, options: ServeOptions, output: ServerOutput) -> bool:
    """Serve until a signal; returns whether it was Ctrl-C.

    UsageError where the address is not available, or something to watch is not a folder.
    """
    from runcoach.services.imports.watch import check_folder
    from runcoach.web.app import create_app
    from runcoach.web.server import Server, listen

    for folder in options.watch:
        check_folder(folder)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    listener = listen(options.host, options.port)
    try:
        url = address(options.host, listener.getsockname()[1])
        with _access(config, options, url, output) as (access, page_url):
            worker = Worker(config, sync_every_s=options.sync_every_s)
            app = create_app(config, access=access, worker=worker, webhook_only=options.webhook_only)
            server = Server(app, lambda: _started(options, url, page_url, output))
            worker.start()
            try:
                with _watching(config, options.watch, worker, output):
                    server.run([listener])
            finally:
                worker.stop()
            return server.was_interrupted
    finally:
        listener.close()


@contextmanager
def _watching(config: Config, folders: tuple[Path, ...], worker: Worker, output: ServerOutput) -> Iterator[None]:
    """Import what appears in the folders; the worker then draws its thumbnails."""
    from runcoach.services.imports.watch import WatchThread

    def start(folder: Path) -> WatchThread:
        def imported(report: ImportReport) -> None:
            noun = "activity" if report.activities == 1 else "activities"
            failed = report.count("failed")
            remark = f", {failed} of {len(report.files)} files failed" if failed else ""
            output.say(f"{folder}: imported {report.activities} new {noun}{remark}")
            worker.wake()

        thread = WatchThread(
            config, folder, on_report=imported, on_problem=lambda problem: output.warn(f"{folder}: {problem}")
        )
        thread.start()
        return thread

    watches = [start(folder) for folder in folders]
    try:
        yield
    finally:
        for watch in watches:
            watch.stop(_STOP_TIMEOUT_S)


def address(host: str, port: int) -> str:
    """The URL at which a server that listens on ``host`` is reached from this machine."""
    name = LOOPBACK if host in _WILDCARDS else host.strip("[]")
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


@contextmanager
def _access(config: Config, options: ServeOptions, url: str, output: ServerOutput) -> Iterator[tuple[Access, str]]:
    """Who may use the server, and the URL to open in a browser.

    A server that only this machine can reach is for the user who started it: on Linux by the owner of each connection,
    elsewhere by a token. One that others can reach requires the stored server token.
    """
    names = (options.host, *options.allow_hosts)
    if options.webhook_only:
        yield security.allow(names), url
    elif not all(security.is_loopback(name) for name in names):
        yield _exposed(config, options, url, output), url
    elif peer_owner.can_find_owner():
        yield security.allow(names, only_user=os.getuid()), url
    else:
        token = secrets.token_urlsafe(32)
        digest = hashlib.sha256(token.encode()).digest()
        # The header that a script needs, readable by this user only, while the server runs.
        path = config.paths.state / f"{config.profile}.serve-header"
        make_private_folder(path.parent)
        write_atomically(path, f"Authorization: Bearer {token}\n".encode(), mode=0o600)
        output.say(f"scripts send the header in {path}, as in `curl -H @FILE`")
        try:
            yield security.allow(names, digest, token_in_url=True), f"{url}/?token={token}"
        finally:
            path.unlink(missing_ok=True)


def _exposed(config: Config, options: ServeOptions, url: str, output: ServerOutput) -> Access:
    """Access with the stored server token, by the names and addresses of this machine."""
    from runcoach.services.server_token import ended_sessions, ensure_server_token

    token = ensure_server_token(config, renew=options.new_token)
    if token.token is not None:
        output.warn(f"the access token of this server, shown this once: {token.token}")
    output.say("others can reach this server: it asks for its access token (--new-token makes another)")
    own = () if security.is_loopback(options.host) else own_names()
    if options.host in _WILDCARDS and own:
        port = int(url.rpartition(":")[2])
        output.say("reach it at " + ", ".join(address(name, port) for name in own))
    names = (options.host, *options.allow_hosts, *own)
    return security.allow(names, token.digest, any_address=options.host in _WILDCARDS, ended=ended_sessions(config))


def own_names() -> tuple[str, ...]:
    """The names and addresses by which other machines may reach this one."""
    name = socket.gethostname()
    found = [name, f"{name.partition('.')[0]}.local", socket.getfqdn()]
    with suppress(OSError):
        found += [str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(name, None)]
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))  # sends nothing; chooses the address of the default route
            found.append(probe.getsockname()[0])
    return tuple(dict.fromkeys(name for name in found if name and not security.is_loopback(name)))


def _started(options: ServeOptions, url: str, page_url: str, output: ServerOutput) -> None:
    output.say(f"Serving at {url} (Ctrl-C to stop)")
    if options.port == 0:
        output.print(url)
    if page_url != url:
        output.say(f"open {page_url}")
    if options.open_browser and not options.webhook_only:
        import webbrowser

        # Some browsers block the process that starts them.
        threading.Thread(target=webbrowser.open, args=(page_url,), daemon=True).start()
