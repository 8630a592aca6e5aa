"""``runcoach serve``: the dashboard, the JSON API and the background worker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.errors import ExitCode


def command(
    current: Invocation,
    port: Annotated[int, typer.Option(help="Port; 0 for any free port.", min=0, max=65535, metavar="N")] = 8765,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than 127.0.0.1 requires a token.")
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Additional host name, for example of a proxy; requires a token.")
    ] = None,
    new_token: Annotated[bool, typer.Option("--new-token", help="Replace the server token.")] = False,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
    sync_every: Annotated[str | None, typer.Option(help="Sync at this interval: 15m, 1h, 1d.")] = None,
    watch: Annotated[
        list[Path] | None,
        typer.Option(help="Import what appears in this folder. Can be repeated.", metavar="FOLDER"),
    ] = None,
    webhook_only: Annotated[
        bool, typer.Option("--webhook-only", help="Serve only the receiver of Strava's webhook events.")
    ] = False,
) -> int:
    """Serve the dashboard and the API until Ctrl-C; by default only this machine can reach them.

    Examples:

      runcoach serve

      runcoach serve --port 9000 --no-open --sync-every 15m

      runcoach serve --watch ~/Sync/runs

      runcoach serve --host 0.0.0.0 --allow-host mybox.local
    """
    from runcoach.services.scheduling.unit_files import parse_every
    from runcoach.web.serve import ServeOptions, serve

    options = ServeOptions(
        port=port,
        host=host,
        allow_hosts=tuple(allow_host or ()),
        new_token=new_token,
        open_browser=open_browser,
        sync_every_s=None if sync_every is None else parse_every(sync_every) * 60.0,
        watch=tuple(watch or ()),
        webhook_only=webhook_only,
    )
    was_interrupted = serve(current.config, options, current)
    return ExitCode.INTERRUPTED if was_interrupted else ExitCode.OK
