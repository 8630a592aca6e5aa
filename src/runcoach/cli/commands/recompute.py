"""``runcoach recompute``: recompute splits and efforts from the stored samples."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import activities
from runcoach.cli.progress import ProgressBar
from runcoach.errors import UsageError


def command(
    current: Invocation,
    activity_refs: Annotated[
        list[str] | None, typer.Argument(help="Activities to recompute; all if none is given.", metavar="[ID…]")
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only analyze activities that have not been analyzed yet.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Recompute splits, best efforts, ranks and analytics from the stored samples, after an update of runcoach.

    Examples:

      runcoach recompute

      runcoach recompute --missing
    """
    from runcoach.services.maintenance.recompute import analyze_missing, recompute

    if missing and activity_refs:
        raise UsageError("--missing is for all activities", hint="leave out the ids")
    if missing:
        with ProgressBar(current, "analyzing") as bar:
            analyzed = analyze_missing(current.config, bar.update)
        if current.answered(analyzed, as_json=as_json):
            return
        current.show(f"{activities(analyzed.computed)} analyzed")
        if analyzed.left or analyzed.failed:
            current.warn(f"{activities(analyzed.left)} could not be analyzed yet; see `runcoach jobs`")
        return
    with ProgressBar(current, "recomputing") as bar:
        report = recompute(current.config, activity_refs or (), bar.update)
    if as_json:
        current.emit_json(report)
    else:
        current.show(f"{activities(report.computed)} recomputed, {len(report.changed)} changed")
