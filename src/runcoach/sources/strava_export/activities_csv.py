"""``activities.csv`` as rows of cells, streamed within limits; a malformed row does not affect the others."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, SourceError

if TYPE_CHECKING:
    from runcoach.sources.archive.members import BoundedStream

MAX_ROWS = 500_000

#: A line, and all lines of a row; a single cell ends at :func:`csv.field_size_limit`, 128 KiB.
MAX_LINE_CHARS, MAX_ROW_CHARS = 2**20, 2**21

#: Rows with an unclosed quote before the whole file is rejected.
MAX_BROKEN_ROWS = 100

#: Spreadsheets save with the separator of their locale.
_SEPARATORS = ",;\t"

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SNIFFED_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Cells:
    """One row; ``number`` counts from the header, which is row 1, as in a spreadsheet."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A malformed row and the reason; ``has_id`` says whether it begins with digits, as a row does."""

    number: int
    reason: str
    has_id: bool = True


class ActivitiesCsv:
    """The header, read at once, and an iterator of the rows; the stream is read once.

    Raises SourceError where there is no header or too many rows are malformed, HostileFileError past the limits.
    """

    def __init__(self, stream: BoundedStream) -> None:
        raw = io.BufferedReader(stream, _SNIFFED_BYTES)
        self._lines = _Lines(io.TextIOWrapper(raw, _encoding(raw.peek(1)), errors="replace", newline=""))
        self._cells = csv.reader(self._lines, delimiter=max(_SEPARATORS, key=self._lines.peek().count))
        self._number = 0
        row = self._next()
        if isinstance(row, BrokenRow):
            raise SourceError("activities.csv has an unknown header")
        self.header = row.cells if row else []
        while self.header and not self.header[-1].strip():
            self.header.pop()
        if not self.header:
            raise SourceError("activities.csv is empty")

    def __iter__(self) -> Iterator[Cells | BrokenRow]:
        """Cells for each row with a cell for every column, BrokenRow for each without."""
        broken_rows, in_broken_row = 0, False
        while (row := self._next(len(self.header))) is not None:
            if isinstance(row, Cells):
                in_broken_row = False
                if row.cells:
                    yield row
                continue
            if self._lines.rewind():
                # An unclosed quote includes the rows that follow: they are read again, line by line.
                broken_rows += 1
                if broken_rows > MAX_BROKEN_ROWS:
                    raise SourceError(f"activities.csv falls apart: more than {MAX_BROKEN_ROWS} rows run into others")
            if row.has_id or not in_broken_row:
                yield row
            in_broken_row = in_broken_row or broken_rows > 0

    def _next(self, width: int | None = None) -> Cells | BrokenRow | None:
        self._number += 1
        if self._number > MAX_ROWS:
            raise HostileFileError(f"activities.csv has more than {MAX_ROWS:,} rows, which is all that is read")
        self._lines.begin_row()
        try:
            cells = next(self._cells, None)
        except (csv.Error, _RowTooLongError) as error:
            return BrokenRow(self._number, f"it cannot be split into columns ({error})")
        if cells is None:
            return None
        if not any(cells):
            return Cells(self._number, [])
        if width is None:
            return Cells(self._number, cells)
        if len(cells) < width or any(cells[width:]):  # trailing empty cells do not count
            reason = f"too {'few' if len(cells) < width else 'many'} cells: {len(cells)} where the header has {width}"
            return BrokenRow(self._number, reason, has_id=cells[0].strip().isdigit())
        return Cells(self._number, cells[:width])


class _RowTooLongError(Exception):
    """The lines of one row exceed the limit."""


class _Lines:
    """Lines of limited length for :func:`csv.reader`; those of the current row are kept for :meth:`rewind`."""

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
        if self._row_chars > MAX_ROW_CHARS:
            raise _RowTooLongError(f"it is longer than {MAX_ROW_CHARS >> 20} MiB")
        return line

    def _read(self) -> str:
        line = self._text.readline(MAX_LINE_CHARS + 1)
        if len(line) > MAX_LINE_CHARS:
            raise HostileFileError(f"activities.csv has a line of more than {MAX_LINE_CHARS >> 20} MiB")
        return line

    def peek(self) -> str:
        """The first line, without consuming it."""
        line = self._read()
        if line:
            self._waiting.append(line)
        return line

    def begin_row(self) -> None:
        """Drop the lines of the previous row."""
        self._row.clear()
        self._row_chars = 0

    def rewind(self) -> bool:
        """Put back all lines of this row but the first; False if it had only one."""
        self._waiting.extendleft(reversed(self._row[1:]))
        return len(self._row) > 1


def _encoding(head: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"  # the default of spreadsheets that do not save UTF-8
    return "utf-8"
