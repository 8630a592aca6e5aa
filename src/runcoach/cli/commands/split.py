"""``runcoach split``: a merge taken back."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="The activity that the other became part of.", metavar="ID")],
    other: Annotated[str, typer.Argument(help="The other one, by its old id.", metavar="OTHER")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make two activities of one that were merged; they are never taken for one again.

    Example:

      runcoach split 17 42
    """
    from runcoach.services.imports.duplicates import split

    current = invocation.of(context)
    ids = split(current.settings, reference, other)
    if as_json:
        from runcoach.cli import output

        output.emit("split", {"ids": ids})
    else:
        current.say(f"{reference} and {other} are two again, and stay two")
