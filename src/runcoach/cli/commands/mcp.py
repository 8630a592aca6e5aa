"""``runcoach mcp``: a server for AI assistants on standard input and output."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.errors import UsageError


def command(
    current: Invocation,
    include_strava_api: Annotated[
        bool,
        typer.Option(
            "--include-strava-api",
            help="Include activities known through Strava's API alone. Its policy forbids their use by an AI.",
        ),
    ] = False,
) -> None:
    """Serve figures to an AI assistant (Model Context Protocol) on standard input and output; read-only.

    Needs `pip install 'runcoach[mcp]'`. The assistant starts this command itself; see the README.

    Examples:

      runcoach mcp

      runcoach --profile anna mcp
    """
    try:
        from runcoach.mcp_server.server import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "mcp":
            raise
        raise UsageError("the MCP SDK is not installed", hint="pip install 'runcoach[mcp]'") from error
    if include_strava_api:
        current.warn("Activities known through Strava's API alone are included; its policy forbids their use by an AI.")
    run(current.config, include_strava_api=include_strava_api)
