"""Opens a bulk export, or any ZIP of activity files: its rows one by one, its files by name, nothing on disk."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.archive.bounds import LARGEST_TABLE_BYTES
from runcoach.sources.archive.folder_members import FolderMembers
from runcoach.sources.archive.member_names import TABLE, cleaned, is_activity, shown
from runcoach.sources.archive.zip_members import ZipMembers, is_zip
from runcoach.sources.strava_export.activities_csv import BrokenRow, Cells, Table
from runcoach.sources.strava_export.columns import find_columns
from runcoach.sources.strava_export.row_parser import InvalidRow, RowReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from runcoach.sources.archive.members import ArchiveMembers, Refused
    from runcoach.sources.strava_export.row_parser import ExportRow

#: Rows that are looked at before it is settled which column holds what.
_SAMPLE = 50


def is_archive(path: Path) -> bool:
    """Whether :func:`open_export` is the one to read this: any ZIP, or a folder with ``activities.csv``.

    The table may stand in the folder itself or in one directly inside.
    """
    if path.is_dir():
        return _has_table(path)
    return path.is_file() and is_zip(path)


def open_members(path: Path) -> ArchiveMembers:
    """The files of an archive alone, for a process that reads some of them by name; use it in a ``with``.

    SourceError where it cannot be read, HostileFileError past the bounds.
    """
    return FolderMembers(path) if path.is_dir() else ZipMembers(path)


def open_export(path: Path) -> StravaExport:
    """A bulk export, as ZIP or folder, or a ZIP of activity files without a table; use it in a ``with``.

    SourceError where it cannot be read or has two tables, NotAnActivityError where it holds nothing of the kind,
    HostileFileError past the bounds.
    """
    members = open_members(path)
    try:
        return StravaExport(members)
    except BaseException:
        members.close()
        raise


class StravaExport:
    """An archive that is open. ``notes`` are what a person should know of it as a whole, one clause each."""

    def __init__(self, members: ArchiveMembers) -> None:
        self._members = members
        self.path = members.path
        self._table = _table(members)
        self._base = self._table[: -len(TABLE)] if self._table else ""
        self.files = tuple(name for name in members.names if is_activity(name))
        self._by_name = {name.casefold(): name for name in (*members.refused, *reversed(members.names))}
        self.notes: tuple[str, ...] = ()
        if self._table is None:
            if not self.files and not self.refused:
                raise NotAnActivityError(f"{self.path.name} holds neither {TABLE} nor a FIT, GPX or TCX file")
            self.notes = (f"no {TABLE} in it: files alone, without names, notes and gear",)

    @property
    def has_table(self) -> bool:
        """Whether this is a bulk export, with a row for every activity; else it is a bundle of files."""
        return self._table is not None

    @property
    def refused(self) -> tuple[Refused, ...]:
        """The members that could have mattered and are not read: activity files, archives and whatever is hostile."""
        return tuple(self._members.refused.values())

    def rows(self) -> Iterator[ExportRow | InvalidRow]:
        """The rows in their order, read as they are asked for; may be asked for again.

        SourceError where the table has a header in no known form or falls apart, HostileFileError past the bounds,
        NotAnActivityError where neither a row nor a file is there.
        """
        if self._table is None:
            return
        with self._members.open(self._table, LARGEST_TABLE_BYTES) as stream:
            table = Table(stream)
            rows = iter(table)
            begin = list(islice(rows, _SAMPLE))
            if not begin and not self.files:
                raise NotAnActivityError(f"{self.path.name} has no activity in it: {TABLE} has no rows")
            sample = [row.cells for row in begin if isinstance(row, Cells)]
            reader = RowReader(find_columns(table.header, sample), self._member)
            for row in chain(begin, rows):
                if isinstance(row, BrokenRow):
                    yield InvalidRow(row.number, row.reason)
                else:
                    yield reader.read(row.number, row.cells)

    def files_without_row(self) -> tuple[str, ...]:
        """The activity files that no row names, in the archive's order; reads all rows to know."""
        named = {row.filename for row in self.rows() if not isinstance(row, InvalidRow)}
        return tuple(name for name in self.files if name not in named)

    def read(self, name: str) -> bytes:
        """The bytes of a member, whole. SourceError where it is missing or damaged, HostileFileError where refused."""
        return self._members.read(name)

    def _member(self, filename: str) -> str | None:
        """The member that a row's file name means, packed with gzip or by now unpacked; one refused is a member too."""
        wanted = f"{self._base}{cleaned(filename)}".casefold()
        other = wanted[: -len(".gz")] if wanted.endswith(".gz") else f"{wanted}.gz"
        return self._by_name.get(wanted) or self._by_name.get(other)

    def close(self) -> None:
        """Let go of the file."""
        self._members.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _table(members: ArchiveMembers) -> str | None:
    """The member that is the table, at the top or in one folder; SourceError where there are two or it is refused."""
    found = [name for name in chain(members.names, members.refused) if _is_table(name)]
    if len(found) > 1:
        places = " and ".join(shown(name) for name in found[:2])
        raise SourceError(
            f"{members.path.name} holds {len(found)} tables, {places}: which one is meant cannot be told",
            hint="import the folder or ZIP of one export at a time",
        )
    if found and found[0] in members.refused:
        raise HostileFileError(str(members.refused[found[0]]))
    return found[0] if found else None


def _is_table(name: str) -> bool:
    """Whether a member is ``activities.csv``, not deeper than in one folder. Garmin's is called Activities.csv."""
    folder, _, last = name.rpartition("/")
    return last == TABLE and "/" not in folder


def _has_table(folder: Path) -> bool:
    try:
        inside = [path for path in folder.iterdir() if not path.name.startswith(".") and not path.is_symlink()]
    except OSError:
        return False
    return any(_is_file(path / TABLE) for path in (folder, *inside))


def _is_file(path: Path) -> bool:
    """``path.is_file()``, which before Python 3.14 raises where one may not look."""
    try:
        return path.is_file()
    except OSError:
        return False
