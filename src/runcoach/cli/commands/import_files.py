"""``runcoach import`` and ``imports``: import activity files and exports of services, and list the imports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, LimitOption
from runcoach.cli.output import activities, counted, flexible, local_minute, plain_table, right, text, title
from runcoach.cli.progress import ProgressBar
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from runcoach.services.imports.import_files import ImportReport


def command(
    current: Invocation,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, folders, or an export of Strava, Garmin or Apple Health.", metavar="PATH…"),
    ] = None,
    sport: Annotated[
        str | None, typer.Option(help="Sport of files that do not state one: Run, TrailRun, Ride …")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be imported; change nothing.")] = False,
    undo: Annotated[
        int | None, typer.Option(help="Undo import number N (see `runcoach imports`).", metavar="N")
    ] = None,
    watch: Annotated[
        Path | None, typer.Option(help="Import what appears in this folder until Ctrl-C.", metavar="FOLDER")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Number of reader processes; one per processor by default.", min=1, metavar="N")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Import FIT, GPX and TCX files (also as .gz) and exports of Apple Health, Strava, Garmin, Polar and Runkeeper.

    Exports are imported as the ZIP that you got, or unpacked.

    Files that were imported before change nothing. Files that cannot be read are listed with the reason, and the
    others are imported (exit code 3).

    Examples:

      runcoach import ~/runs/

      runcoach import export_1234.zip --dry-run

      runcoach import ~/gpx --sport Run

      runcoach import ~/Downloads/export.zip

      runcoach import --watch ~/Sync/watch

      runcoach import --undo 3
    """
    if undo is not None:
        return _undo(current, undo, paths, as_json=as_json)
    if watch is not None:
        return _watch(current, watch, sport, as_json=as_json, has_others=bool(paths or dry_run))
    if not paths:
        raise UsageError("nothing to import", hint="give files, folders or an export")
    from runcoach.services.imports.import_files import import_files

    # The pool of readers is forked before the bar's thread starts.
    with ProgressBar(current, start=False) as bar:
        report = import_files(current.config, paths, sport=sport, dry_run=dry_run, workers=workers, progress=bar.update)
    if as_json:
        current.emit_json(report)
    else:
        _render(current, report)
    if report.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.PARTLY if report.count("failed") else ExitCode.OK


def imports(current: Invocation, limit: LimitOption = 20, as_json: JsonOption = False) -> None:
    """List imports, newest first; `runcoach import --undo N` undoes one.

    Example:

      runcoach imports
    """
    from runcoach.services.imports import batches

    with current.reader() as connection:
        rows = batches.list_batches(connection, limit or None)
    if current.answered(rows, as_json=as_json, empty="No imports yet. Start with `runcoach import FOLDER`."):
        return
    table = plain_table(right("Import"), "Time", right("New"), right("Merged"), right("Failed"), flexible("Source"))
    for row in rows:
        state = "undone: " if row["undone_at"] else "" if row["finished_at"] else "interrupted: "
        names = ", ".join(Path(origin).name or origin for origin in row["origin"].split(", "))
        table.add_row(
            str(row["id"]),
            text(local_minute(row["started_at"]), "dim"),
            *(str(row[name]) for name in ("created", "updated", "failed")),
            title(state + names),
        )
    current.show(table)


def _watch(current: Invocation, folder: Path, sport: str | None, *, as_json: bool, has_others: bool) -> int:
    """Print the report of each import until Ctrl-C."""
    if has_others:
        raise UsageError("--watch takes one folder and no other files")
    from runcoach.services.imports.watch import check_folder, watch

    check_folder(folder)
    current.say(f"Watching {folder}; Ctrl-C ends it.")
    try:
        watch(
            current.config,
            folder,
            sport=sport,
            on_report=current.emit_json if as_json else lambda report: _render(current, report),
        )
    except KeyboardInterrupt:
        current.say("Stopped.")
    return ExitCode.OK


def _undo(current: Invocation, batch_id: int, paths: list[Path] | None, *, as_json: bool) -> int:
    if paths:
        raise UsageError("--undo cannot be combined with files", hint="`runcoach imports` lists them")
    from runcoach.services.imports.batches import undo

    undone = undo(current.config, batch_id)
    if as_json:
        current.emit_json(undone)
    else:
        values = f" and {counted(undone.daily_values, 'daily value')}" if undone.daily_values else ""
        current.show(f"Undid import {batch_id}: removed {activities(undone.removed)}{values}")
        if undone.kept:
            current.say(f"{undone.kept} are kept because they have another source.")
        current.say("To redo it, import the same files again.")
    return ExitCode.OK


def _render(current: Invocation, report: ImportReport) -> None:
    for line in _messages(report):
        current.say(line)
    if not report.files:
        current.say("No FIT, GPX or TCX files and no export found.")
        return
    counts = [
        counted(report.activities, "new activity", "new activities"),
        *(
            f"{report.count(status)} {status}"
            for status in ("revived", "merged", "unchanged", "skipped", "failed")
            if report.count(status)
        ),
    ]
    prefix = "interrupted after " if report.interrupted else "dry run, nothing changed: " if report.dry_run else ""
    current.show(f"{prefix}{counted(len(report.files), 'file')}: {', '.join(counts)}")
    if report.originals:
        current.say(f"Kept {counted(report.originals, 'original file')}.")
    if report.activities and not report.dry_run:
        current.say("Next: `runcoach activities` or `runcoach best`")


def _messages(report: ImportReport) -> Iterator[str]:
    """A line per failed or skipped file, in order, then a line per note with the names of its files."""
    names_by_note: dict[str, list[str]] = {}
    for outcome in report.files:
        if outcome.status in {"failed", "skipped"}:
            hint = f" ({outcome.hint})" if outcome.hint else ""
            yield f"{outcome.status}: {outcome.path}: {outcome.reason}{hint}"
        else:
            for note in outcome.notes:
                names_by_note.setdefault(note, []).append(PurePath(outcome.path).name)
    for note, names in names_by_note.items():
        number = f"{len(names)} files, " if len(names) > 1 else ""
        yield f"note: {note}: {number}{', '.join(names)}"
