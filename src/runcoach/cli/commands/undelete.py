"""``runcoach undelete``: an activity back into the lists."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="An id from `runcoach activities --deleted`.", metavar="ID")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring back an activity that left the lists, for good even if Strava has it no more.

    Example:

      runcoach undelete 17
    """
    from runcoach.services.edits import undelete

    current = invocation.of(context)
    activity_id = undelete(current.settings, reference)
    if as_json:
        from runcoach.cli import output

        output.emit("undelete", {"id": activity_id})
    else:
        current.say(f"activity {activity_id} is back")
