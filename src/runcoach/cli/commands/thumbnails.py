"""``runcoach thumbnails``: draw thumbnails now instead of in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import counted, one_line
from runcoach.cli.progress import ProgressBar
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from runcoach.services.thumbnails import DrawReport


def command(
    current: Invocation,
    activity_ref: Annotated[
        str | None, typer.Argument(help="Redraw this activity; by default all that are queued.", metavar="[ID]")
    ] = None,
    redraw_all: Annotated[bool, typer.Option("--all", help="Redraw all.")] = False,
    size: Annotated[int, typer.Option(help="256 or 512 pixels, for --output.", metavar="N")] = 512,
    output: Annotated[Path | None, typer.Option(help="Write the thumbnail of ID to this PNG file.")] = None,
    as_json: JsonOption = False,
) -> int:
    """Draw the queued thumbnails: the route, without the parts close to its start and finish.

    The setting thumbnail_hidden_m is the length of the hidden part in meters; a change redraws all thumbnails. An
    activity without a route gets a chart of its pace or heart rate.

    Examples:

      runcoach thumbnails

      runcoach thumbnails 17 --output run.png

      runcoach config set thumbnail_hidden_m 500
    """
    if activity_ref is not None:
        if redraw_all:
            raise UsageError("ID and --all cannot be combined")
        _draw_one(current, activity_ref, size, output, as_json=as_json)
        return ExitCode.OK
    if output is not None:
        raise UsageError("--output needs an activity", hint="runcoach thumbnails ID --output FILE")
    report = draw(current, redraw_all=redraw_all)
    if as_json:
        current.emit_json(report)
    else:
        current.show(f"{counted(report.drawn, 'thumbnail')} drawn" if report.drawn else "No thumbnails to draw.")
    return report.exit_code


def draw(current: Invocation, *, redraw_all: bool = False) -> DrawReport:
    """Draw the queued thumbnails with a progress bar and print what failed."""
    from runcoach.services.thumbnails import draw_queued

    with ProgressBar(current, "drawing") as bar:
        report = draw_queued(current.config, redraw_all=redraw_all, progress=bar.update)
    if report.failed:
        current.warn(f"{counted(report.failed, 'thumbnail')} could not be drawn; see `runcoach jobs`")
    if report.problem is not None:
        current.warn(f"large thumbnails cannot be cached and are drawn on demand: {report.problem}")
    return report


def _draw_one(current: Invocation, activity_ref: str, size: int, output: Path | None, *, as_json: bool) -> None:
    from runcoach.services import thumbnails

    thumbnails.check_size(size)
    activity_id = thumbnails.redraw(current.config, activity_ref)
    if output is not None:
        thumbnails.save(current.config, str(activity_id), size, output)
    drawn = thumbnails.list_thumbnails(current.config, str(activity_id))
    if as_json:
        file = None if output is None else str(output)
        current.emit_json({"activity_id": activity_id, "thumbnails": drawn, "file": file})
    elif output is not None:
        current.print(one_line(f"{output}: {size} × {size} pixels"))
    else:
        current.show(f"drawn: {', '.join(str(row['width']) + ' pixels' for row in drawn)}")
