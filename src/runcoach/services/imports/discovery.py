"""What an import has to read: files, folders and archives become a flat list of items, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import SourceError
from runcoach.sources.file_formats import activity_files
from runcoach.sources.strava_export.export import is_archive, open_export
from runcoach.sources.strava_export.row_parser import InvalidRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from runcoach.sources.strava_export.row_parser import ExportRow


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One thing to read: a file; a ``member`` of the archive at ``path``; a ``row`` of its table, with or without one.

    ``label`` is what a person calls it.
    """

    label: str
    path: Path
    member: str | None = None
    row: ExportRow | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that will not be read, and why."""

    label: str
    reason: str
    hint: str | None = None


def discover(paths: Iterable[Path], *, below: Path | None = None) -> Iterator[ImportItem | Problem]:
    """Everything there is to read below ``paths``, and what cannot be read; labels leave the folder ``below`` out."""
    for path in paths:
        if is_archive(path):
            yield from _of_archive(path, _label(path, below))
        else:
            yield from (ImportItem(_label(file, below), file) for file in activity_files([path]))


def _label(path: Path, below: Path | None) -> str:
    return str(path if below is None else path.relative_to(below))


def _of_archive(path: Path, label: str) -> Iterator[ImportItem | Problem]:
    """The rows with their files, then the files without a row; one line for whatever is wrong."""
    try:
        with open_export(path) as archive:
            yield from (Problem(f"{label}: {refused.member}", refused.reason) for refused in archive.refused)
            named = set()
            for row in archive.rows():
                if isinstance(row, InvalidRow):
                    yield Problem(label, str(row))
                    continue
                named.add(row.filename)
                yield ImportItem(f"{label}: row {row.row_number}", path, row.filename, row)
            for name in archive.files:
                if name not in named:
                    yield ImportItem(f"{label}: {name}", path, name)
    except SourceError as error:
        yield Problem(label, error.message, error.hint)
