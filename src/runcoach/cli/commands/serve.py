"""``runcoach serve``: the dashboard and the JSON API on this machine, and the work that goes on in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.errors import ExitCode

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation


def command(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8765,
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine it asks for a token.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Another name it is reached by, as behind a proxy; asks for a token.")
    ] = None,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make another access token; the old one ends.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")] = True,
    sync_every: Annotated[str | None, typer.Option(help="Also sync so often: 15m, 1h, 1d.")] = None,
    webhook_only: Annotated[
        bool, typer.Option("--webhook-only", help="Nothing but the secret path that Strava's events come to.")
    ] = False,
) -> int:
    """Serve the dashboard and the API until Ctrl-C; nobody but this machine can reach it unless told otherwise.

    Examples:

      runcoach serve

      runcoach serve --port 9000 --no-open --sync-every 15m

      runcoach serve --host 0.0.0.0 --allow-host mybox.local
    """
    from runcoach.services.scheduling.unit_files import parse_every
    from runcoach.web.serve import ServeOptions, serve

    current = invocation.of(context)
    wishes = ServeOptions(
        port=port,
        host=host,
        allow_hosts=tuple(allow_host or ()),
        new_token=new_token,
        open_browser=open_browser,
        sync_every_s=None if sync_every is None else parse_every(sync_every) * 60.0,
        webhook_only=webhook_only,
    )
    was_interrupted = serve(current.settings, wishes, _Terminal(current, is_port_chosen=port != 0))
    return ExitCode.INTERRUPTED if was_interrupted else ExitCode.OK


class _Terminal:
    """Talk goes to stderr; where the port was left open, the address is data too: alone on a line of stdout."""

    def __init__(self, current: Invocation, *, is_port_chosen: bool) -> None:
        self._current = current
        self._is_port_chosen = is_port_chosen

    def say(self, message: str) -> None:
        self._current.say(message)

    def warn(self, message: str) -> None:
        self._current.warn(message)

    def announce(self, url: str) -> None:
        self._current.say(f"runcoach answers at {url} (Ctrl-C ends it)")
        if not self._is_port_chosen:
            self._current.print(url)
