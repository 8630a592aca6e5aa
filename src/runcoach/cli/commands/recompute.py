"""``runcoach recompute``: derive splits and efforts again from what was recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    references: Annotated[
        list[str] | None, typer.Argument(help="Activities; all of them if none.", metavar="[ID…]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compute splits, efforts and ranks again from the stored samples, after an update of runcoach.

    Example:

      runcoach recompute
    """
    from runcoach.services.maintenance.recompute import recompute

    current = invocation.of(context)
    report = recompute(current.settings, references or ())
    if as_json:
        from runcoach.cli import output

        output.emit("recompute", report)
    else:
        current.show(f"{report.computed} activities computed again, {len(report.changed)} came out different")
