"""Formatting of command output: the JSON envelope, plain tables, and small text helpers.

Rich is imported where it is used: ``--json`` and errors do without it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar

from runcoach.domain import windows

if TYPE_CHECKING:
    from rich.console import Console
    from rich.style import StyleType
    from rich.table import Column, Table
    from rich.text import Text

    from runcoach.errors import RuncoachError

Row = TypeVar("Row")

JSON_VERSION = 1

#: Tables with more rows are printed row by row, this many at once.
LONG_TABLE, _ROWS_AT_ONCE = 100, 100

#: Characters from which on a text is printed without being wrapped.
LONG_TEXT = 20_000

_SHORT_UNITS = {"day": "d", "week": "w", "month": "mo", "year": "y"}
_BLOCKS = "▁▂▃▄▅▆▇█"


def emit_json_error(command: str, error: RuncoachError) -> None:
    """Write an error as JSON to stdout."""
    problem = {"code": error.code, "message": error.message, "hint": error.hint}
    write_envelope(command, {"error": problem})


def write_envelope(command: str, members: dict[str, object]) -> None:
    """Write the versioned JSON of a result or an error to stdout."""
    envelope = {"command": command, "version": JSON_VERSION, **members}
    is_utf_8 = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    json.dump(envelope, sys.stdout, ensure_ascii=not is_utf_8, indent=2 if sys.stdout.isatty() else None)
    sys.stdout.write("\n")


def plain_table(*columns: Column | str, header: bool = True, gap: int = 2) -> Table:
    """A borderless table with ``gap`` spaces between columns; a string is a left-aligned column that never wraps."""
    from rich.table import Column, Table

    return Table(
        *(Column(column, no_wrap=True) if isinstance(column, str) else column for column in columns),
        box=None,
        show_header=header,
        header_style="dim",
        pad_edge=False,
        padding=(0, gap, 0, 0),
    )


def table_of(rows: Iterable[Row], *columns: tuple[Column | str, Callable[[Row], object]]) -> Table:
    """A :func:`plain_table` of ``rows``: each column is its header and what writes a row's cell, None as an en dash."""
    from rich.text import Text

    table = plain_table(*(column for column, _ in columns))
    for row in rows:
        cells = (write(row) for _, write in columns)
        table.add_row(*(cell if isinstance(cell, Text) else text("–" if cell is None else cell) for cell in cells))
    return table


def right(header: str, style: str = "") -> Column:
    """A right-aligned column that never wraps."""
    from rich.table import Column

    return Column(header, justify="right", no_wrap=True, style=style)


def flexible(header: str) -> Column:
    """A column that is cut first where the terminal is narrow; its cells come from :func:`title`."""
    from rich.table import Column

    return Column(header, min_width=8)


def folded(header: str) -> Column:
    """A column for paths and addresses: broken anywhere where the terminal is narrow, never cut."""
    from rich.table import Column

    return Column(header, overflow="fold")


def wrapped(header: str = "") -> Column:
    """A column that takes the remaining width and wraps."""
    from rich.table import Column

    return Column(header, ratio=1, overflow="fold")


def fit_columns(table: Table, width: int) -> Table:
    """Drop the last columns that do not fit into ``width``; the first three stay, and so does one that wraps."""
    while len(table.columns) > 3 and table.columns[-1].no_wrap and _min_width(table) > width:
        table.columns.pop()
    return table


def print_rows(console: Console, table: Table) -> None:
    """Print a long table as it is rendered: rich would measure and lay out all of it before the first row."""
    from rich.text import Text

    widths, between = _fixed_widths(table, console.width), Text(" " * table.padding[1])

    def line(cells: Iterable[object], header_style: StyleType = "") -> Text:
        parts = []
        for cell, column, width in zip(cells, table.columns, widths, strict=True):
            part = cell.copy() if isinstance(cell, Text) else Text(str(cell))
            part.stylize(header_style or column.style)
            part.truncate(width, overflow="ellipsis")
            part.align("right" if column.justify == "right" else "left", width)
            parts.append(part)
        return between.join(parts)

    rows = [line((column.header for column in table.columns), table.header_style)] if table.show_header else []
    for cells in zip(*(list(column.cells) for column in table.columns), strict=True):
        rows.append(line(cells))
        if len(rows) >= _ROWS_AT_ONCE:
            console.print(Text("\n").join(rows), soft_wrap=True)
            rows = []
    if rows:
        console.print(Text("\n").join(rows), soft_wrap=True)


def _fixed_widths(table: Table, width: int) -> list[int]:
    """The width of each column; columns with a ``min_width`` give way where the terminal is narrow."""
    widths = [
        max((_cell_width(cell) for cell in (column.header, *column.cells)), default=0) for column in table.columns
    ]
    excess = sum(widths) + table.padding[1] * (len(widths) - 1) - width
    for index, column in enumerate(table.columns):
        if column.min_width and excess > 0:
            cut = min(excess, widths[index] - column.min_width)
            widths[index], excess = widths[index] - max(cut, 0), excess - max(cut, 0)
    return widths


def _min_width(table: Table) -> int:
    """The width at which no cell is cut, except in columns with a ``min_width``."""
    gaps = table.padding[1] * (len(table.columns) - 1)
    return gaps + sum(
        column.min_width or max(_cell_width(cell) for cell in (column.header, *column.cells))
        for column in table.columns
    )


def _cell_width(cell: object) -> int:
    from rich.cells import cell_len
    from rich.text import Text

    return cell.cell_len if isinstance(cell, Text) else cell_len(str(cell))


def text(value: object, style: str = "") -> Text:
    """Text of any origin as a cell or line: no markup, control characters replaced."""
    from rich.text import Text

    return Text(printable(str(value)), style)


def printable(value: str) -> str:
    """The same text with control characters replaced; the joiners of emoji are left out.

    Terminals disagree about the width of joined emoji, and columns would not align.
    """
    if value.isprintable():
        return value
    value = value.replace("\N{ZERO WIDTH JOINER}", "")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value)


def title(value: object) -> Text:
    """A cell for a :func:`flexible` column, cut with an ellipsis where the terminal is narrow."""
    cell = text(value)
    cell.no_wrap, cell.overflow = True, "ellipsis"
    return cell


def one_line(value: str) -> str:
    """The same text on one line, with control characters escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in " ".join(value.split("\n")))


def counted(number: int | None, one: str, many: str | None = None) -> str:
    """A number and its noun: ``1 run``, ``3 runs``; ``many`` is ``one`` plus s by default."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def amounts(parts: Iterable[tuple[int, str]]) -> str:
    """Numbers with their words, without those that are 0: ``3 new, 1 failed``."""
    return ", ".join(f"{number} {word}" for number, word in parts if number)


def activities(number: int | None) -> str:
    """``1 activity``, ``3 activities``."""
    return counted(number, "activity", "activities")


def local_minute(timestamp: float) -> str:
    """A Unix time as local date and time, ``2026-11-23 10:15``."""
    return f"{datetime.fromtimestamp(timestamp).astimezone():%Y-%m-%d %H:%M}"


def clock(timestamp: float) -> str:
    """A Unix time as local time with its zone (``10:15 CET``), with the date unless that is today."""
    local = datetime.fromtimestamp(timestamp).astimezone()
    is_today = local.date() == datetime.now().astimezone().date()
    return f"{local:%H:%M %Z}" if is_today else f"{local:%Y-%m-%d %H:%M %Z}"


def age(day: str, as_of: date) -> str:
    """How long before ``as_of`` a local date (``YYYY-MM-DD``) was: today, 3 d, 5 w, 7 mo, 2 y."""
    number, unit = windows.age(day, as_of)
    return f"{number} {_SHORT_UNITS[unit]}" if number else "today"


def trend(seconds: Sequence[int | None]) -> str:
    """A sparkline of times, oldest first: higher is faster; a dot for None."""
    known = [value for value in seconds if value is not None]
    if not known:
        return ""
    fastest, slowest = min(known), max(known)
    span = max(slowest - fastest, 1)

    def block(value: int | None) -> str:
        if value is None:
            return "·"
        return _BLOCKS[round((slowest - value) / span * (len(_BLOCKS) - 1))] if slowest > fastest else _BLOCKS[-1]

    return "".join(block(value) for value in seconds)


def bar(share: float, width: int) -> str:
    """A bar of ``width`` cells, filled to ``share`` (0 to 1) in eighths of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")


def difference(seconds: int | None) -> str:
    """A difference of times: +4 s, −1:02; empty for None and 0."""
    if not seconds:
        return ""
    size = abs(seconds)
    return f"{'+' if seconds > 0 else '−'}{f'{size} s' if size < 60 else f'{size // 60}:{size % 60:02d}'}"
