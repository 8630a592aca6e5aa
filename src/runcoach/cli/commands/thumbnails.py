"""``runcoach thumbnails``: the pictures of activities, drawn now instead of in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.thumbnails import DrawReport


def command(
    context: typer.Context,
    reference: Annotated[
        str | None,
        typer.Argument(help="One activity, drawn anew; all that wait for a picture if none.", metavar="[ID]"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Draw all of them anew.")] = False,
    size: Annotated[int, typer.Option(help="256 or 512 pixels, for --output.")] = 512,
    output: Annotated[Path | None, typer.Option(help="Write the picture of ID to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Draw the pictures that are queued: the route, without what lies near its start and finish.

    The setting thumbnail_hidden_m says how many metres are left out; when it changes, all pictures are drawn anew. An
    activity without a route to show becomes a profile of its pace or its heart rate.

    Examples:

      runcoach thumbnails

      runcoach thumbnails 17 --output run.png

      runcoach config set thumbnail_hidden_m 500
    """
    current = invocation.of(context)
    if reference is not None:
        if everything:
            raise UsageError("either one activity or --all")
        _draw_one(current, reference, size, output, as_json=as_json)
        return ExitCode.OK
    if output is not None:
        raise UsageError("--output wants the picture of one activity", hint="runcoach thumbnails ID --output FILE")
    report = draw(current, redraw_all=everything)
    if as_json:
        from runcoach.cli import output as jsonform

        jsonform.emit("thumbnails", report)
    else:
        current.show(f"{_pictures(report.drawn)} drawn" if report.drawn else "nothing to draw")
    return report.exit_code


def draw(current: Invocation, *, redraw_all: bool = False) -> DrawReport:
    """Draw what is queued, with a bar on a terminal; whatever is wrong is said."""
    from runcoach.services.thumbnails import draw_queued

    if not current.is_watched:
        report = draw_queued(current.settings, redraw_all=redraw_all)
    else:
        from rich.progress import Progress

        with Progress(console=current.console(stderr=True), transient=True) as bar:
            task = bar.add_task("drawing", total=None)
            report = draw_queued(
                current.settings,
                redraw_all=redraw_all,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    if report.failed:
        current.warn(f"{_pictures(report.failed)} could not be drawn; `runcoach jobs` says why")
    if report.problem is not None:
        current.warn(f"the large pictures cannot be kept and are drawn when asked for: {report.problem}")
    return report


def _draw_one(current: Invocation, reference: str, size: int, output: Path | None, *, as_json: bool) -> None:
    from runcoach.services import thumbnails

    thumbnails.check_size(size)
    activity_id = thumbnails.redraw(current.settings, reference)
    if output is not None:
        thumbnails.save(current.settings, str(activity_id), size, output)
    found = thumbnails.list_thumbnails(current.settings, str(activity_id))
    if as_json:
        from runcoach.cli import output as jsonform

        file = None if output is None else str(output)
        jsonform.emit("thumbnails", {"activity_id": activity_id, "thumbnails": found, "file": file})
    elif output is not None:
        current.show(f"{output}: {size} × {size} pixels")
    else:
        current.show(f"drawn: {', '.join(str(row['width']) + ' pixels' for row in found)}")


def _pictures(number: int) -> str:
    return "1 picture" if number == 1 else f"{number} pictures"
