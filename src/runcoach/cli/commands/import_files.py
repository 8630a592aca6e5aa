"""``runcoach import``: a runner's own files into the runner's own database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcoach.cli.invocation import Invocation
    from runcoach.services.imports.import_files import ImportReport

#: A note that more files than this share is told once for all of them.
MOST_ALIKE = 5


def command(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, folders that are searched for them, or Strava's archive.", metavar="PATH…"),
    ] = None,
    sport: Annotated[
        str | None, typer.Option(help="What files hold that do not say it themselves: Run, TrailRun, Ride …")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    undo: Annotated[
        int | None, typer.Option(help="Take this import back (see `runcoach imports`).", metavar="N")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that read; as many as processors.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> int:
    """Import FIT, GPX and TCX files, also packed as .gz, and Strava's archive, as ZIP or unpacked.

    What is here already stays as it is, also where it came another way. Each file that cannot be read is named with
    its reason, and the others go on (exit code 3).

    Examples:

      runcoach import ~/runs/

      runcoach import export_1234.zip --dry-run

      runcoach import ~/gpx --sport Run

      runcoach import --undo 3
    """
    current = invocation.of(context)
    if undo is not None:
        return _undo(current, undo, paths, as_json=as_json)
    if not paths:
        raise UsageError("nothing to import", hint="name files, folders or Strava's archive")
    from runcoach.services.imports.import_files import import_files

    with _Progress(current, enabled=not as_json) as progress:
        report = import_files(current.settings, paths, sport=sport, dry_run=dry_run, workers=workers, progress=progress)
    if as_json:
        from runcoach.cli import output

        output.emit("import", report)
    else:
        _render(current, report)
    if report.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.PARTLY if report.count("failed") else ExitCode.OK


def _undo(current: Invocation, batch_id: int, paths: list[Path] | None, *, as_json: bool) -> int:
    if paths:
        raise UsageError("--undo takes the number of an import and no files", hint="`runcoach imports` lists them")
    from runcoach.services.imports.batches import undo

    undone = undo(current.settings, batch_id)
    if as_json:
        from runcoach.cli import output

        output.emit("import", undone)
    else:
        current.show(f"import {batch_id} taken back: {_counted(undone.removed, 'activity', 'activities')} removed")
        if undone.kept:
            current.say(f"{undone.kept} stay, because another source has them too")
        current.say("importing the same again brings everything back")
    return ExitCode.OK


class _Progress:
    """A progress bar on stderr where that is a terminal, silence elsewhere."""

    def __init__(self, current: Invocation, *, enabled: bool) -> None:
        self._current = current
        self._enabled = enabled and not current.quiet
        self._show: Callable[[int, int, str], None] | None = None

    def __enter__(self) -> Callable[[int, int, str], None] | None:
        console = self._current.console(stderr=True) if self._enabled else None
        if console is None or not console.is_terminal:
            return None
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from runcoach.cli.tables import text

        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[name]}"))
        self._bar = Progress(*columns, console=console, transient=True)
        task = self._bar.add_task("import", total=None, name="")

        def show(done: int, total: int, name: str) -> None:
            self._bar.start()  # not before the first item: readers are forked while there is one thread
            self._bar.update(task, completed=done, total=total, name=text(name).plain.replace("[", r"\["))

        self._show = show
        return show

    def __exit__(self, *exception: object) -> None:
        if self._show is not None:
            self._bar.stop()


def _render(current: Invocation, report: ImportReport) -> None:
    from runcoach.cli.app import one_line

    for line in _lines(report):
        current.say(one_line(line))
    if not report.files:
        current.say("there are no FIT, GPX or TCX files there, and no archive")
        return
    counts = [
        _counted(report.activities, "new activity", "new activities"),
        *(
            f"{report.count(status)} {status}"
            for status in ("revived", "merged", "unchanged", "skipped", "failed")
            if report.count(status)
        ),
    ]
    files = _counted(len(report.files), "file", "files")
    how = "interrupted after " if report.interrupted else "it would be: " if report.dry_run else ""
    current.show(f"{how}{files}: {', '.join(counts)}")
    if report.activities and not report.dry_run:
        current.say("see `runcoach activities` and `runcoach best`")


def _lines(report: ImportReport) -> Iterator[str]:
    """What to know of single files, in their order; what is to be said of many is said once, with all their names."""
    about: dict[str, list[str]] = {}
    for outcome in report.files:
        for note in outcome.notes:
            about.setdefault(note, []).append(outcome.path)
    common = {note: paths for note, paths in about.items() if len(paths) > MOST_ALIKE}
    for outcome in report.files:
        if outcome.status in {"failed", "skipped"}:
            hint = f" ({outcome.hint})" if outcome.hint else ""
            yield f"{outcome.status}: {outcome.path}: {outcome.reason}{hint}"
        elif own := [note for note in outcome.notes if note not in common]:
            yield f"note: {outcome.path}: {'; '.join(own)}"
    yield from (f"note: {note}: {len(paths)} files, {', '.join(paths)}" for note, paths in common.items())


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
