"""Opens a bulk export, or any ZIP of activity files: its rows one by one, its files by name, nothing unpacked to disk."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.archive.bounds import LARGEST_TABLE_BYTES
from runcoach.sources.archive.columns import find_columns
from runcoach.sources.archive.folder_members import FolderMembers
from runcoach.sources.archive.members import read_member
from runcoach.sources.archive.names import TABLE, cleaned, is_activity, is_litter, is_packed, shown, unsafe
from runcoach.sources.archive.rows import BadRow, RowReader
from runcoach.sources.archive.table import BrokenRow, Cells, Table
from runcoach.sources.archive.zip_members import ZipMembers, is_zip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from runcoach.sources.archive.members import Members, Refused
    from runcoach.sources.archive.rows import Row

#: Rows that are looked at before it is settled which column holds what.
_SAMPLE = 50


def is_archive(path: Path) -> bool:
    """Whether :func:`open_archive` is the one to read this: any ZIP, or a folder with ``activities.csv``.

    The table may stand in the folder itself or in one directly inside.
    """
    if path.is_dir():
        return bool(_tables_below(path))
    return path.is_file() and is_zip(path)


def open_members(path: Path) -> Members:
    """The files of an archive alone, for a process that reads some of them by name. Close it after use.

    SourceError where it cannot be read, HostileFileError past the bounds.
    """
    return FolderMembers(path) if path.is_dir() else ZipMembers(path)


def open_archive(path: Path) -> Archive:
    """A bulk export, as ZIP or folder, or a ZIP of activity files without a table; use it in a ``with``.

    SourceError where it cannot be read or has two tables, NotAnActivityError where it holds nothing of the kind,
    HostileFileError past the bounds.
    """
    members = open_members(path)
    try:
        return Archive(members)
    except BaseException:
        members.close()
        raise


class Archive:
    """An archive that is open. ``notes`` are what a person should know of it as a whole, one clause each."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self.path = members.path
        self._table = _table(members)
        self._base = self._table[: -len(TABLE)] if self._table else ""
        self.files = tuple(name for name in members.names if is_activity(name))
        self._by_name = {name.casefold(): name for name in reversed((*members.refused, *self.files))}
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

    def rows(self) -> Iterator[Row | BadRow]:
        """The rows in their order, read as they are asked for; may be asked for again.

        SourceError where the table has a header in no known form or falls apart, HostileFileError past the bounds,
        NotAnActivityError where neither a row nor a file is there.
        """
        if self._table is None:
            return
        with self._members.open(self._table, LARGEST_TABLE_BYTES) as stream:
            table = Table(stream)
            begin = list(islice(iter_rows := iter(table), _SAMPLE))
            if not begin and not self.files:
                raise NotAnActivityError(f"{self.path.name} has no activity in it: {TABLE} has no rows")
            sample = [row.cells for row in begin if isinstance(row, Cells)]
            reader = RowReader(find_columns(table.header, sample), self._member)
            yield from _read(reader, chain(begin, iter_rows))

    def files_without_row(self) -> tuple[str, ...]:
        """The activity files that no row names, in the archive's order; reads all rows to know."""
        named = {row.filename for row in self.rows() if not isinstance(row, BadRow)}
        return tuple(name for name in self.files if name not in named)

    def read(self, name: str) -> bytes:
        """The bytes of a member, whole. SourceError where it is missing or damaged, HostileFileError where refused."""
        return read_member(self._members, name)

    def _member(self, filename: str) -> str | None:
        """The member that a row's file name means, packed with gzip or by now unpacked."""
        path = cleaned(filename)
        if unsafe(path):
            return None
        wanted = f"{self._base}{path}".casefold()
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
