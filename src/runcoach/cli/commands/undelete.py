"""``runcoach undelete``: restore a deleted activity."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation
from runcoach.cli.options import JsonOption


def command(
    context: typer.Context,
    activity_ref: Annotated[str, typer.Argument(help="An ID from `runcoach activities --deleted`.", metavar="ID")],
    as_json: JsonOption = False,
) -> None:
    """Restore a deleted activity; later syncs keep it even if Strava no longer has it.

    Example:

      runcoach undelete 17
    """
    from runcoach.services.edits import undelete

    current = invocation.of(context)
    activity_id = undelete(current.config, activity_ref)
    if as_json:
        current.emit_json({"id": activity_id})
    else:
        current.say(f"Restored activity {activity_id}.")
