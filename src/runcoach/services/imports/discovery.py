"""Discovery: expands files, folders and archives into a flat list of items in a fixed order."""

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
    """One unit of an import: a file; a ``member`` of the archive at ``path``; a ``row`` of its table.

    A row may name a member. ``label`` is the name in messages.
    """

    label: str
    path: Path
    member: str | None = None
    row: ExportRow | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be imported, and the reason."""

    label: str
    reason: str
    hint: str | None = None


def discover(paths: Iterable[Path], *, base: Path | None = None) -> Iterator[ImportItem | Problem]:
    """Yield the items of ``paths`` and the problems met; labels are relative to ``base``."""
    for path in paths:
        if is_archive(path):
            yield from _discover_archive(path, _label(path, base))
        else:
            yield from (ImportItem(_label(file, base), file) for file in activity_files([path]))


def _label(path: Path, base: Path | None) -> str:
    return str(path) if base is None else path.relative_to(base).as_posix()


def _discover_archive(path: Path, label: str) -> Iterator[ImportItem | Problem]:
    """Yield the rows with their files, then the files without a row."""
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
            yield from (ImportItem(f"{label}: {name}", path, name) for name in archive.files if name not in named)
    except SourceError as error:
        yield Problem(label, error.message, error.hint)
