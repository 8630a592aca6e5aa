"""A Strava bulk export, or any ZIP of activity files: rows in order, files by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.activity_summary import InvalidRow
from runcoach.sources.archive.member_names import TABLE, is_activity, normalized, printable
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.archive.zip_members import is_zip
from runcoach.sources.strava_export.activities_csv import ActivitiesCsv, BrokenRow, Cells
from runcoach.sources.strava_export.columns import find_columns
from runcoach.sources.strava_export.row_parser import ExportRow, RowParser

if TYPE_CHECKING:
    from runcoach.sources.archive.members import ArchiveMembers, Refused

#: Bytes of the table; it is streamed, so this limits time, not memory.
_MAX_TABLE_BYTES = 256 * 2**20

#: Rows that may be needed to find the columns.
_SAMPLE_ROWS = 50


def is_archive(path: Path) -> bool:
    """Whether :func:`open_export` reads this path: any ZIP, or a folder with ``activities.csv``.

    The table may be in the folder itself or in a folder directly inside.
    """
    try:
        if not path.is_dir():
            return path.is_file() and is_zip(path)
        folders = [path, *(each for each in path.iterdir() if not each.name.startswith(".") and not each.is_symlink())]
    except OSError:  # before Python 3.14 a PermissionError
        return False
    return any(_is_file(folder / TABLE) for folder in folders)


@contextmanager
def open_export(path: Path) -> Iterator[StravaExport]:
    """A bulk export, as ZIP or folder, or a ZIP of activity files without a table; closed at the end of the ``with``.

    Raises SourceError where it cannot be read or has two tables, NotAnActivityError where it holds neither a table nor
    activity files, HostileFileError past the limits.
    """
    with open_archive(path) as members:
        yield StravaExport(members)


class StravaExport:
    """An open archive; ``table`` is the member with a row for every activity, ``files`` the names of activity files."""

    def __init__(self, members: ArchiveMembers) -> None:
        self.members = members
        self.table = _find_table(members)
        self._base = self.table[: -len(TABLE)] if self.table else ""
        self.files = tuple(name for name in members.names if is_activity(name))
        self._by_name = {name.casefold(): name for name in (*members.refused, *reversed(members.names))}
        if self.table is None and not self.files and not self.refused:
            raise NotAnActivityError(f"{self.members.path.name} holds neither {TABLE} nor a FIT, GPX or TCX file")

    @property
    def refused(self) -> tuple[Refused, ...]:
        """The members that are not read: hostile members, archives, and activity files that cannot be unpacked."""
        return tuple(self.members.refused.values())

    def rows(self) -> Iterator[ExportRow | InvalidRow]:
        """The rows in order, read lazily; may be called again.

        Raises SourceError where the table has an unknown header or too many malformed rows, HostileFileError past the
        limits, NotAnActivityError where there is neither a row nor a file.
        """
        if self.table is None:
            return
        with self.members.open(self.table, _MAX_TABLE_BYTES) as stream:
            table = ActivitiesCsv(stream)
            rows = iter(table)
            first_rows = list(islice(rows, _SAMPLE_ROWS))
            if not first_rows and not self.files:
                raise NotAnActivityError(f"{self.members.path.name} has no activity in it: {TABLE} has no rows")
            sample = [row.cells for row in first_rows if isinstance(row, Cells)]
            parser = RowParser(find_columns(table.header, sample), self._find_member)
            for row in chain(first_rows, rows):
                if isinstance(row, BrokenRow):
                    yield InvalidRow(TABLE, row.number, row.reason)
                else:
                    yield parser.parse(row.number, row.cells)

    def _find_member(self, filename: str) -> str | None:
        """The member that a row's file name refers to, gzipped or not; possibly a refused one."""
        name = f"{self._base}{normalized(filename)}".casefold()
        other = name[: -len(".gz")] if name.endswith(".gz") else f"{name}.gz"
        return self._by_name.get(name) or self._by_name.get(other)


def _find_table(members: ArchiveMembers) -> str | None:
    """The member that is the table, at the top or in one folder. Raises SourceError if two, or one that is refused."""
    names = [name for name in chain(members.names, members.refused) if name.count("/") <= 1]
    found = [name for name in names if name.rpartition("/")[2] == TABLE]  # Garmin's is named Activities.csv
    if len(found) > 1:
        two = " and ".join(printable(name) for name in found[:2])
        raise SourceError(
            f"{members.path.name} holds {len(found)} tables, {two}: it is unclear which one to use",
            hint="import the folder or ZIP of one export at a time",
        )
    if found and found[0] in members.refused:
        raise HostileFileError(str(members.refused[found[0]]))
    return found[0] if found else None


def _is_file(path: Path) -> bool:
    """``path.is_file()``, which before Python 3.14 raises PermissionError."""
    try:
        return path.is_file()
    except OSError:
        return False
