"""``runcoach merge``: two activities that are one run."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    kept: Annotated[str, typer.Argument(help="The activity that stays.", metavar="ID")],
    other: Annotated[str, typer.Argument(help="The one that becomes part of it.", metavar="OTHER")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make two activities one, with the sources of both; nothing is lost, `split` takes it back.

    Example:

      runcoach merge 17 42
    """
    from runcoach.services.imports.duplicates import merge

    current = invocation.of(context)
    activity_id = merge(current.settings, kept, other)
    if as_json:
        from runcoach.cli import output

        output.emit("merge", {"id": activity_id})
    else:
        current.say(f"{other} is part of {kept} now; `runcoach split {kept} {other}` takes it back")
