"""``activities.csv`` as rows of cells, streamed within bounds; what falls apart costs its own rows, not the rest."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.bounds import LONGEST_LINE_CHARS, LONGEST_ROW_CHARS, MOST_BROKEN_ROWS, MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcoach.sources.archive.members import Bounded

#: Spreadsheets save with the separator of their own country.
_SEPARATORS = ",;\t"

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SNIFFED_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Cells:
    """One row; ``number`` counts as a spreadsheet does, where the header is row 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that is no row, and why; ``begins`` tells whether it begins with an id, as rows do."""

    number: int
    reason: str
    begins: bool = True


class Table:
    """The header at once, then the rows; the stream is read once.

    SourceError where there is no header or too many rows fall apart, HostileFileError past the bounds.
    """

    def __init__(self, stream: Bounded) -> None:
        raw = io.BufferedReader(stream, _SNIFFED_BYTES)
        # Characters that cannot be read cost themselves alone.
        self._lines = _Lines(io.TextIOWrapper(raw, _encoding(raw.peek(1)), errors="replace", newline=""))
        self._cells = csv.reader(self._lines, delimiter=_separator(self._lines.peek()))
        self._number = 0
        self.header = self._read_header()

    def _read_header(self) -> list[str]:
        row = self._next()
        header = row.cells if isinstance(row, Cells) else []
        while header and not header[-1].strip():
            header.pop()
        if isinstance(row, BrokenRow):
            raise SourceError("activities.csv has a header in no known form: its names cannot be told apart")
        if not header:
            raise SourceError("activities.csv is empty")
        return header

    def __iter__(self) -> Iterator[Cells | BrokenRow]:
        """The rows that have a cell for every column, and a BrokenRow for each that has not."""
        torn, mending = 0, False
        while (row := self._next(len(self.header))) is not None:
            if isinstance(row, Cells):
                mending = False
                if row.cells:
                    yield row
                continue
            if self._lines.rewind():
                # A quote that is never closed swallows the rows behind it: they are read again, line by line.
                torn += 1
                if torn > MOST_BROKEN_ROWS:
                    raise SourceError(f"activities.csv falls apart: more than {MOST_BROKEN_ROWS} rows run into others")
            if row.begins or not mending:
                yield row
            mending = mending or torn > 0

    def _next(self, width: int | None = None) -> Cells | BrokenRow | None:
        self._number += 1
        if self._number > MOST_ROWS:
            raise HostileFileError(f"activities.csv has more than {MOST_ROWS:,} rows, which is all that is read")
        self._lines.begin_row()
        try:
            cells = next(self._cells, None)
        except (csv.Error, _RowTooLongError) as error:
            return BrokenRow(self._number, f"its cells cannot be told apart ({error})")
        if cells is None:
            return None
        if not any(cells):
            return Cells(self._number, [])
        if width is not None and (reason := _misfit(cells, width)):
            return BrokenRow(self._number, reason, begins=cells[0].strip().isdigit())
        return Cells(self._number, cells if width is None else cells[:width])


class _RowTooLongError(Exception):
    """The lines of one row grow past all bounds."""


class _Lines:
    """Lines of bounded length for :func:`csv.reader`; those of the current row are kept to be read again."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self._row: list[str] = []
        self._row_chars = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._read()
        if not line:
            raise StopIteration
        self._row.append(line)
        self._row_chars += len(line)
        if self._row_chars > LONGEST_ROW_CHARS:
            raise _RowTooLongError(f"it is longer than {LONGEST_ROW_CHARS >> 20} MiB")
        return line

    def _read(self) -> str:
        line = self._text.readline(LONGEST_LINE_CHARS + 1)
        if len(line) > LONGEST_LINE_CHARS:
            raise HostileFileError(f"activities.csv has a line of more than {LONGEST_LINE_CHARS >> 20} MiB")
        return line

    def peek(self) -> str:
        """The first line, which is read again afterwards."""
        line = self._read()
        if line:
            self._waiting.append(line)
        return line

    def begin_row(self) -> None:
        """Forget the lines of the row before."""
        self._row.clear()
        self._row_chars = 0

    def rewind(self) -> bool:
        """Read the lines of this row again, but for its first; False where it had no more than that one."""
        self._waiting.extendleft(reversed(self._row[1:]))
        return len(self._row) > 1


def _encoding(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"  # what spreadsheets save with where they do not say UTF-8
    return "utf-8"


def _separator(first_line: str) -> str:
    return max(_SEPARATORS, key=first_line.count)


def _misfit(cells: list[str], width: int) -> str | None:
    """Why a row does not fit its header; empty cells behind the last column are nothing."""
    if len(cells) < width:
        return f"too few cells: {len(cells)} where the header has {width}"
    if any(cells[width:]):
        return f"too many cells: {len(cells)} where the header has {width}"
    return None
