"""``runcoach recompute``: recompute splits and efforts from the stored samples."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import activities


def command(
    context: typer.Context,
    activity_refs: Annotated[
        list[str] | None, typer.Argument(help="Activities to recompute; all if none is given.", metavar="[ID…]")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute splits, best efforts and ranks from the stored samples, for example after an update of runcoach.

    Example:

      runcoach recompute
    """
    from runcoach.services.maintenance.recompute import recompute

    current = invocation.of(context)
    report = recompute(current.config, activity_refs or ())
    if as_json:
        current.emit_json(report)
    else:
        current.show(f"{activities(report.computed)} recomputed, {len(report.changed)} changed")
