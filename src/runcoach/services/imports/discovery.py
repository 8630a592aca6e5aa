"""Discovery: expands files, folders and archives into a flat list of items in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.activity_summary import ActivitySummary, InvalidRow
from runcoach.sources.apple_health.export_file import archive_of, is_apple_export
from runcoach.sources.archive.folder_files import folder_files
from runcoach.sources.archive.member_names import is_activity, replace_surrogates
from runcoach.sources.archive.members import Refused
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.garmin_export.export import (
    activity_files,
    is_garmin_export,
    race_prediction_files,
    read_export_summaries,
    wellness_files,
)
from runcoach.sources.runkeeper_export.export import is_runkeeper_export, read_rows
from runcoach.sources.strava_export.export import is_archive, open_export

if TYPE_CHECKING:
    from runcoach.domain.wellness import WellnessValue
    from runcoach.sources.apple_health.export import ExportedWorkout
    from runcoach.sources.strava_export.row_parser import ExportRow

    OnRead = Callable[[int, int, str], None]


class Content(StrEnum):
    """What an item holds."""

    ACTIVITIES = "activities"
    RACE_PREDICTIONS = "race predictions"
    WELLNESS = "daily values"


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One unit of an import: a file; a ``member`` of the archive at ``path``; a ``row`` of its table.

    A row may name a member. ``summary`` is a row of another service's export, ``workout`` a workout of Apple Health's.
    ``values`` are daily values that were read with the list of items. ``label`` is the name in messages.
    """

    label: str
    path: Path
    member: str | None = None
    row: ExportRow | None = None
    summary: ActivitySummary | None = None
    content: Content = Content.ACTIVITIES
    workout: ExportedWorkout | None = None
    values: tuple[WellnessValue, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 that recognizes a row, a summary or a workout; None for a file."""
        listed = self.workout or self.summary or self.row
        return None if listed is None else listed.fingerprint


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be imported, and the reason; ``is_failure`` False: it holds nothing to import."""

    label: str
    reason: str
    hint: str | None = None
    is_failure: bool = True


def discover(
    paths: Iterable[Path], scratch: Path, *, base: Path | None = None, progress: OnRead | None = None
) -> Iterator[ImportItem | Problem]:
    """Yield the items of ``paths`` and the problems met; labels are relative to ``base``.

    ZIP files inside an archive are copied to the folder ``scratch``, which has to last as long as the items.
    ``progress`` is called with (MiB read, MiB in all, label) while an export of Apple Health is read.
    """
    for path in paths:
        label = _label(path, base)
        if (export := _discover_export(path, label, scratch, progress)) is not None:
            yield from _reported(export, label)
        elif is_archive(path):
            yield from _reported(_discover_archive(path, label), label)
        elif _is_folder(path):
            yield from _discover_folder(path, base, scratch, progress)
        else:
            yield ImportItem(label, path)


def _reported(
    items: Iterator[ImportItem | Problem], label: str, *, is_requested: bool = True
) -> Iterator[ImportItem | Problem]:
    """The items of an export or an archive; an error that ends them is a problem.

    An archive without activities is a failure only if its import was requested.
    """
    try:
        yield from items
    except SourceError as error:
        is_failure = is_requested or not isinstance(error, NotAnActivityError)
        yield Problem(label, error.message, error.hint, is_failure=is_failure)


def _discover_export(
    path: Path, label: str, scratch: Path, progress: OnRead | None
) -> Iterator[ImportItem | Problem] | None:
    """The items of another service's export, recognized by what is inside; None for anything else."""
    if is_garmin_export(path):
        return _discover_garmin_export(path, label, scratch)
    if is_runkeeper_export(path):
        return _discover_runkeeper_export(path, label)
    if is_apple_export(archive := archive_of(path)):
        return _discover_apple_export(archive, label, progress)
    return None


def _discover_garmin_export(path: Path, label: str, scratch: Path) -> Iterator[ImportItem | Problem]:
    """Yield the activity files with their summaries, then the activities without a file, then race predictions."""
    summaries = read_export_summaries(path)
    for file in activity_files(path, Path(mkdtemp(dir=scratch))):
        summary = None if file.created_s is None else summaries.take(file.created_s)
        yield ImportItem(_inside(label, file.member), file.archive, file.member, summary=summary)
    for summary in summaries.left:
        yield ImportItem(f"{label}: activity {summary.activity_id}", path, summary=summary)
    for name in race_prediction_files(path):
        yield ImportItem(_inside(label, name), path, name, content=Content.RACE_PREDICTIONS)
    for name in wellness_files(path):
        yield ImportItem(_inside(label, name), path, name, content=Content.WELLNESS)


def _discover_runkeeper_export(path: Path, label: str) -> Iterator[ImportItem | Problem]:
    """Yield the rows with their files, then the files without a row."""
    with open_archive(path) as members:
        yield from _refused(members.refused.values(), label)
        named = set()
        for row in read_rows(members):
            if isinstance(row, InvalidRow):
                yield Problem(label, str(row))
                continue
            named.add(row.filename)
            yield ImportItem(f"{label}: row {row.row_number}", path, row.filename, summary=row.summary)
        for name in members.names:
            if is_activity(name) and name not in named:
                yield ImportItem(_inside(label, name), path, name)


def _refused(members: Iterable[Refused], label: str) -> Iterator[Problem]:
    for refused in members:
        yield Problem(_inside(label, refused.member), refused.reason)


def _inside(label: str, member: str) -> str:
    """The name of an archive's member in messages."""
    return replace_surrogates(f"{label}: {member}")


def _discover_apple_export(path: Path, label: str, progress: OnRead | None) -> Iterator[ImportItem | Problem]:
    """Read the whole export, then yield its workouts with their readings and routes, and its daily values."""
    from runcoach.sources.apple_health.export import read_export

    export = read_export(
        path,
        lambda done, total: progress(done >> 20, total >> 20, f"reading {label} (MB)") if progress else None,
    )
    if export.problem is not None:
        yield Problem(label, export.problem, "export it again on the phone, then import that too")
    if not export.workouts and not export.values and export.problem is None:
        yield Problem(label, "this export of Apple Health holds no workouts", is_failure=False)
        return
    for number, each in enumerate(export.workouts, start=1):
        start = datetime.fromtimestamp(each.workout.start_s + each.workout.utc_offset_s, UTC)
        yield ImportItem(f"{label}: workout {number}, {start:%Y-%m-%d %H:%M}", path, workout=each)
    if export.values or export.notes:
        name = f"{label}: daily values"
        yield ImportItem(name, path, content=Content.WELLNESS, values=export.values, notes=export.notes)


def _is_folder(path: Path) -> bool:
    """``path.is_dir()``, which before Python 3.14 raises PermissionError."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _label(path: Path, base: Path | None) -> str:
    """The path in messages; bytes that are not UTF-8 are replaced."""
    return replace_surrogates(str(path) if base is None else path.relative_to(base).as_posix())


def _discover_folder(
    folder: Path, base: Path | None, scratch: Path, progress: OnRead | None
) -> Iterator[ImportItem | Problem]:
    for found in folder_files(folder, is_apple_export):
        if isinstance(found, Refused):
            yield Problem(_label(Path(found.member), base), found.reason)
        elif found.suffix.casefold() == ".zip" or found.is_dir():
            label = _label(found, base)
            export = _discover_export(found, label, scratch, progress)
            yield from _reported(export or _discover_archive(found, label), label, is_requested=export is not None)
        else:
            yield ImportItem(_label(found, base), found)


def _discover_archive(path: Path, label: str) -> Iterator[ImportItem | Problem]:
    """Yield the rows with their files, then the files without a row."""
    with open_export(path) as archive:
        yield from _refused(archive.refused, label)
        named = set()
        for row in archive.rows():
            if isinstance(row, InvalidRow):
                yield Problem(label, str(row))
                continue
            named.add(row.filename)
            yield ImportItem(f"{label}: row {row.row_number}", path, row.filename, row)
        for name in archive.files:
            if name not in named:
                yield ImportItem(_inside(label, name), path, name)
