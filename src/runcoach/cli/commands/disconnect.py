"""``runcoach disconnect``: end the connection with a source that is opened by a key."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="garmin, or intervals for intervals.icu.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Remove the key of Garmin or intervals.icu. What was synced stays.

    Example:

      runcoach disconnect garmin
    """
    from runcoach.services.auth.api_key import disconnect
    from runcoach.services.auth.remote_sources import key_source

    current = invocation.of(context)
    title = key_source(source).title
    ended = disconnect(current.settings, source)
    if as_json:
        from runcoach.cli import output

        output.emit("disconnect", {"source": source, "disconnected": ended})
        return
    current.say(f"disconnected from {title}; its activities are kept" if ended else f"{title} was not connected")
