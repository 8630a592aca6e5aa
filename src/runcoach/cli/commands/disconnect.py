"""``runcoach disconnect``: disconnect a source that uses an API key."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation
from runcoach.cli.options import JsonOption


def command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="garmin, or intervals for intervals.icu.")],
    as_json: JsonOption = False,
) -> None:
    """Delete the key of Garmin or intervals.icu; synced activities are kept.

    Example:

      runcoach disconnect garmin
    """
    from runcoach.services.auth.api_key import disconnect
    from runcoach.services.auth.remote_sources import key_source

    current = invocation.of(context)
    title = key_source(source).title
    ended = disconnect(current.config, source)
    if as_json:
        current.emit_json({"source": source, "disconnected": ended})
        return
    current.say(f"Disconnected from {title}; its activities are kept." if ended else f"{title} was not connected.")
