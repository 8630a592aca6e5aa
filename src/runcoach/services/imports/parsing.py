"""Parses and builds one item of an import. Uses no database, so that it can run in another process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.recording import Recording, Totals
from runcoach.domain.streams import Streams
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.ingest.builder import build
from runcoach.services.imports.discovery import Content, ImportItem
from runcoach.sources.archive.member_names import replace_surrogates
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.file_formats import decompress, read_bytes, read_file
from runcoach.sources.garmin_export.daily_files import read_race_predictions, read_wellness

if TYPE_CHECKING:
    from runcoach.domain.race_prediction import RacePrediction
    from runcoach.domain.wellness import WellnessValue
    from runcoach.sources.activity_summary import ActivitySummary
    from runcoach.sources.apple_health.export import ExportedWorkout
    from runcoach.sources.archive.members import ArchiveMembers
    from runcoach.sources.strava_export.row_parser import ExportRow

#: Larger files are refused: no recording of a run needs more, and a file is read into memory whole.
MAX_FILE_BYTES = 512 * 1024 * 1024


class ImportStatus(StrEnum):
    """The result of one item."""

    IMPORTED = "imported"  # at least one new activity
    REVIVED = "revived"  # a source that had been undone is back
    MERGED = "merged"  # another source of a known activity
    UNCHANGED = "unchanged"  # all of it was known
    SKIPPED = "skipped"  # valid, but not an activity
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """The activities of one item, each as a group of its sources; or ``failure`` (skipped or failed) and ``reason``.

    ``race_predictions`` and daily ``values`` are those of an item that holds them and no activity.
    """

    groups: tuple[tuple[BuiltActivity, ...], ...] = ()
    notes: tuple[str, ...] = ()
    race_predictions: tuple[RacePrediction, ...] = ()
    values: tuple[WellnessValue, ...] = ()
    failure: ImportStatus | None = None
    reason: str | None = None
    hint: str | None = None


def parse(item: ImportItem, fallback_sport: str | None, *, keep_originals: bool = False) -> ParsedItem:
    """Parse and build one item; errors are part of the result. ``keep_originals``: files go with their sources."""
    parsed = _parse(item, fallback_sport)
    return _with_originals(item, parsed) if keep_originals else parsed


def _parse(item: ImportItem, fallback_sport: str | None) -> ParsedItem:
    try:
        if item.content is not Content.ACTIVITIES:
            return _parse_values(item)
        if item.row is not None:
            return _parse_row(item, item.row, fallback_sport)
        if item.workout is not None:
            return _parse_workout(item, item.workout, fallback_sport)
        if item.summary is not None:
            return _parse_summary(item, item.summary, fallback_sport)
        name = replace_surrogates(item.path.name if item.member is None else PurePosixPath(item.member).name)
        activities, notes = _parse_file(read_item(item), name, fallback_sport)
        return ParsedItem(tuple((activity,) for activity in activities), notes)
    except SourceError as error:
        failure = ImportStatus.SKIPPED if isinstance(error, NotAnActivityError) else ImportStatus.FAILED
        return ParsedItem(failure=failure, reason=error.message, hint=error.hint)


def _with_originals(item: ImportItem, parsed: ParsedItem) -> ParsedItem:
    """The item with its file in the sources that were read from it."""
    if not any(built.source.kind == "file" for group in parsed.groups for built in group):
        return parsed
    content = read_item(item)
    groups = tuple(
        tuple(
            replace(built, source=replace(built.source, original=content)) if built.source.kind == "file" else built
            for built in group
        )
        for group in parsed.groups
    )
    return replace(parsed, groups=groups)


def _parse_values(item: ImportItem) -> ParsedItem:
    """An item that holds no activities."""
    if item.content is Content.RACE_PREDICTIONS:
        return ParsedItem(race_predictions=tuple(read_race_predictions(read_item(item))))
    values = item.values if item.member is None else tuple(read_wellness(read_item(item)))
    return ParsedItem(values=values, notes=item.notes)


@lru_cache(maxsize=1)  # read twice in a row: to look up its fingerprint, then to parse it
def read_item(item: ImportItem) -> bytes:
    """The decompressed bytes of an item's file; SourceError where it cannot be read."""
    if item.member is not None:
        return decompress(_open_archive(item.path).read(item.member))
    return decompress(read_file(item.path, MAX_FILE_BYTES))


def file_fingerprint(data: bytes) -> str:
    """SHA-256 of a file's decompressed bytes."""
    return hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=2)
def _open_archive(path: Path) -> ArchiveMembers:
    """The archive at ``path``, kept open for the next item."""
    return open_archive(path)


def close_archives() -> None:
    """Close the archives kept open, and drop the file read last."""
    _open_archive.cache_clear()
    read_item.cache_clear()


def _parse_file(
    data: bytes, name: str, fallback_sport: str | None, *, sport: str | None = None, has_title: bool = True
) -> tuple[tuple[BuiltActivity, ...], tuple[str, ...]]:
    """The activities of a file and its notes; NotAnActivityError where it has none.

    ``sport`` is what a row or summary states, which precedes the file; not for the parts of a multisport file.
    ``has_title`` False: the title in the file is made up by the service that wrote it, and is left out.
    """
    sha256 = file_fingerprint(data)
    parsed = read_bytes(data, name)
    activities, notes, errors = [], list(parsed.notes), []
    sport = sport if len(parsed.recordings) == 1 else None
    for number, recording in enumerate(parsed.recordings):
        source = SourceRecord("file", recording.format, name, Totals(), sha256=sha256, item=number)
        titled = recording if has_title else replace(recording, name=None)
        try:
            activity = build(titled, source, sport=sport, fallback_sport=fallback_sport)
        except NotAnActivityError as error:
            errors.append(error)
            continue
        activities.append(activity)
        notes += [note for note in activity.source.notes if note not in notes]
    if not activities:
        raise errors[0]
    count = len(activities)
    return tuple(replace(one, source=replace(one.source, items=count)) for one in activities), tuple(notes)


def _parse_row(item: ImportItem, row: ExportRow, fallback_sport: str | None) -> ParsedItem:
    """A row of an archive and the file that it names: two sources of one activity.

    Where the file cannot be read, the row's totals are imported alone, with a note.
    """
    of_file, notes = None, list(row.notes)
    if row.filename is not None:
        name = PurePosixPath(row.filename).name
        try:
            activities, file_notes = _parse_file(
                read_item(item), name, fallback_sport or row.sport_type, sport=row.sport_type
            )
            of_file = _closest(activities, row)
            notes += file_notes
        except SourceError as error:
            notes.append(f"{row.filename}: {error.message}; only the totals of the row are imported")
    of_row = _build_from_row(row, of_file, fallback_sport)
    group = (of_row,) if of_file is None else (of_file, of_row)
    return ParsedItem((group,), tuple(notes))


def _parse_summary(item: ImportItem, summary: ActivitySummary, fallback_sport: str | None) -> ParsedItem:
    """A summary of another service's export and its file: two sources of one activity.

    The parts of a multisport file are activities of their own, without the title of the whole. Where the file cannot be
    read, the summary's totals are imported alone, with a note.
    """
    of_file, notes = None, list(summary.notes)
    if item.member is not None:
        name = PurePosixPath(item.member).name
        try:
            activities, file_notes = _parse_file(
                read_item(item),
                name,
                fallback_sport or summary.sport_type,
                sport=summary.sport_type,
                has_title=summary.has_file_title,
            )
        except SourceError as error:
            notes.append(f"{name}: {error.message}; only the totals of the summary are imported")
        else:
            notes += file_notes
            if len(activities) > 1:
                return ParsedItem(tuple((activity,) for activity in activities), tuple(notes))
            of_file = activities[0]
    of_summary = _build_from_summary(summary, of_file, fallback_sport)
    notes += [note for note in of_summary.source.notes if note not in notes]
    group = (of_summary,) if of_file is None else (of_file, of_summary)
    return ParsedItem((group,), tuple(notes))


def _parse_workout(item: ImportItem, exported: ExportedWorkout, fallback_sport: str | None) -> ParsedItem:
    """A workout of Apple Health with its routes; one without a readable route keeps its sensor readings and totals."""
    from runcoach.sources.apple_health.export import recording_of

    routes: dict[str, bytes | None] = {}
    for name in exported.routes:
        try:
            routes[name] = _open_archive(item.path).read(name)
        except SourceError:
            routes[name] = None
    recording = recording_of(exported, routes)
    name = f"workout from {exported.workout.source}"
    source = SourceRecord("apple_health", recording.format, name, Totals(), sha256=exported.fingerprint)
    built = build(recording, source, fallback_sport=fallback_sport)
    return ParsedItem(((built,),), built.source.notes)


def _build_from_summary(
    summary: ActivitySummary, of_file: BuiltActivity | None, fallback_sport: str | None
) -> BuiltActivity:
    """The activity that a summary describes; its start is the file's where there is one."""
    recording = Recording(
        format="summary",
        sport_type=summary.sport_type or (of_file.activity.sport_type if of_file else fallback_sport),
        start_time_s=float(summary.start_time_s if of_file is None else of_file.activity.start_time),
        streams=Streams(np.empty(0)),
        totals=summary.totals,
        indoor=summary.indoor,
        name=summary.name,
        description=summary.description,
        is_zoneless=summary.is_zoneless and of_file is None,
    )
    name = f"activity {summary.activity_id}"
    built = build(recording, SourceRecord(summary.kind, "summary", name, Totals(), sha256=summary.fingerprint))
    return replace(built, activity=replace(built.activity, workout_type=1 if summary.is_race else None))


def _closest(activities: tuple[BuiltActivity, ...], row: ExportRow) -> BuiltActivity:
    """The activity of a multisport file that a row describes: each session has its own row."""
    if row.start_time_s is None or len(activities) == 1:
        return activities[0]
    start = row.start_time_s
    return min(activities, key=lambda one: abs(one.activity.start_time - start))


def _build_from_row(row: ExportRow, of_file: BuiltActivity | None, fallback_sport: str | None) -> BuiltActivity:
    """The activity that a row describes; SourceError without a date."""
    start = row.start_time_s if of_file is None else of_file.activity.start_time
    if start is None:
        raise SourceError("neither the row nor a file says when it was")
    sport = row.sport_type or (of_file.activity.sport_type if of_file else fallback_sport)
    recording = Recording(
        format="row",
        sport_type=sport,
        start_time_s=float(start),
        streams=Streams(np.empty(0)),
        totals=row.totals,
        name=row.name,
        description="\n\n".join(text for text in (row.description, row.private_note) if text) or None,
        notes=row.notes,
    )
    name = f"activities.csv, row {row.row_number}"
    built = build(recording, SourceRecord("archive", "row", name, Totals(), sha256=row.fingerprint))
    activity = replace(
        built.activity, strava_id=row.activity_id, gear_name=row.gear_name, workout_type=row.workout_type
    )
    return replace(built, activity=activity)
