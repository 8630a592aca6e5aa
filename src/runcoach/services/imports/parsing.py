"""Reads and builds one item of an import; touches no database, so that it may run in a process of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.activity import SourceRecord
from runcoach.domain.recording import Recording, Totals
from runcoach.domain.streams import Streams
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.ingest.builder import build
from runcoach.sources.file_formats import read_bytes, unpacked
from runcoach.sources.strava_export.export import open_members

if TYPE_CHECKING:
    from pathlib import Path

    from runcoach.domain.activity import BuiltActivity
    from runcoach.services.imports.discovery import ImportItem
    from runcoach.sources.archive.members import ArchiveMembers
    from runcoach.sources.strava_export.row_parser import ExportRow

#: A file larger than this is no recording of a run, and would be read into memory whole.
LARGEST_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """What one item came to: ``groups`` of accounts, each group of one activity; or why it came to nothing.

    ``status`` is ``parsed``, ``skipped`` (sound, but no activity) or ``failed``.
    """

    status: str
    groups: tuple[tuple[BuiltActivity, ...], ...] = ()
    notes: tuple[str, ...] = ()
    reason: str | None = None
    hint: str | None = None


def parse(item: ImportItem, fallback_sport: str | None) -> ParsedItem:
    """Read and build one item; whatever is wrong with it is in the answer."""
    try:
        if item.row is not None:
            return _parse_row(item, item.row, fallback_sport)
        groups, notes = _parse_file(contents(item), item.label, fallback_sport)
        return ParsedItem("parsed", groups, notes)
    except NotAnActivityError as error:
        return ParsedItem("skipped", reason=error.message, hint=error.hint)
    except SourceError as error:
        return ParsedItem("failed", reason=error.message, hint=error.hint)


@lru_cache(maxsize=1)  # asked for twice in a row: whether it is here already, and if not, what it says
def contents(item: ImportItem) -> bytes:
    """The bytes of an item's file, unpacked; SourceError where they cannot be had."""
    if item.member is not None:
        return unpacked(_members(item.path).read(item.member))
    try:
        size = item.path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise SourceError(f"{size / 2**20:.0f} MiB is more than a recording can have")
        return unpacked(item.path.read_bytes())
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", hint="check its permissions") from error


def fingerprint_of(data: bytes) -> str:
    """By what a file is known again, packed or not."""
    return hashlib.sha256(data).hexdigest()


def fingerprint_of_row(row: ExportRow) -> str:
    """By what a row of an archive is known again: everything it says, but not where it or its file stands."""
    filename = None if row.filename is None else row.filename.rsplit("/", 1)[-1]
    return hashlib.sha256(repr(replace(row, row_number=0, notes=(), filename=filename)).encode()).hexdigest()


@lru_cache(maxsize=2)
def _members(path: Path) -> ArchiveMembers:
    """The archive at ``path``, kept open for the next item; a process reads one or two of them."""
    return open_members(path)


def close_archives() -> None:
    """Let go of the archives that are kept open, and of the file read last."""
    _members.cache_clear()
    contents.cache_clear()


def _parse_file(
    data: bytes, label: str, fallback_sport: str | None
) -> tuple[tuple[tuple[BuiltActivity, ...], ...], tuple[str, ...]]:
    """Every activity of a file, and what to know of it; NotAnActivityError where none of its parts is one."""
    name, sha256 = label.rsplit("/", 1)[-1], fingerprint_of(data)
    reading = read_bytes(data, name)
    wholes, notes, empty = [], list(reading.notes), []
    for number, recording in enumerate(reading.recordings):
        source = SourceRecord("file", recording.format, name, Totals(), sha256=sha256, item=number)
        try:
            whole = build(recording, source, fallback_sport=fallback_sport)
        except NotAnActivityError as error:
            empty.append(error)
            continue
        wholes.append(whole)
        notes += [note for note in whole.source.notes if note not in notes]
    if not wholes:
        raise empty[0]
    of_file = [replace(whole, source=replace(whole.source, items=len(wholes))) for whole in wholes]
    return tuple((whole,) for whole in of_file), tuple(notes)


def _parse_row(item: ImportItem, row: ExportRow, fallback_sport: str | None) -> ParsedItem:
    """A row of an archive and the file that it names: two accounts of one activity.

    A file that cannot be read costs its samples, not the row's totals; the note says so.
    """
    of_file, notes = None, list(row.notes)
    if row.filename is not None:
        try:
            groups, file_notes = _parse_file(contents(item), row.filename, fallback_sport or row.sport_type)
            of_file = _nearest([group[0] for group in groups], row)
            notes += file_notes
        except SourceError as error:
            notes.append(f"{row.filename}: {error.message}; the row's totals alone")
    of_row = _account_of_row(row, of_file, fallback_sport)
    group = (of_row,) if of_file is None else (of_file, of_row)
    return ParsedItem("parsed", (group,), tuple(notes))


def _nearest(wholes: list[BuiltActivity], row: ExportRow) -> BuiltActivity:
    """The part of a file that a row means: of a multisport file each session has a row of its own."""
    if row.start_time_s is None or len(wholes) == 1:
        return wholes[0]
    start = row.start_time_s
    return min(wholes, key=lambda whole: abs(whole.activity.start_time - start))


def _account_of_row(row: ExportRow, of_file: BuiltActivity | None, fallback_sport: str | None) -> BuiltActivity:
    """What the row itself says; SourceError where not even a date is known."""
    start = row.start_time_s if of_file is None else of_file.activity.start_time
    if start is None:
        raise SourceError("neither the row nor a file says when it was")
    sport = row.sport_type or (of_file.activity.sport_type if of_file else fallback_sport)
    texts = [text for text in (row.description, row.private_note) if text]
    recording = Recording(
        format="row",
        sport_type=sport,
        start_time_s=float(start),
        streams=Streams(np.empty(0)),
        totals=row.totals,
        name=row.name,
        description="\n\n".join(texts) or None,
        notes=row.notes,
    )
    source = SourceRecord(
        "archive", "row", f"activities.csv, row {row.row_number}", Totals(), sha256=fingerprint_of_row(row)
    )
    built = build(recording, source)
    activity = replace(
        built.activity, strava_id=row.activity_id, gear_name=row.gear_name, workout_type=row.workout_type
    )
    return replace(built, activity=activity)
