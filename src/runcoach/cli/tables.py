"""The look of a table on a terminal: plain columns, a quiet header, room given to what matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from runcoach.domain import windows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_SHORT = {"day": "d", "week": "w", "month": "mo", "year": "y"}

_BLOCKS = "▁▂▃▄▅▆▇█"


def plain_table(*, header: bool = True, gap: int = 2) -> Table:
    """A table without lines, ``gap`` spaces between columns."""
    return Table(box=None, show_header=header, header_style="dim", pad_edge=False, padding=(0, gap, 0, 0))


def fitted(table: Table, width: int) -> Table:
    """The same table without the last columns that ``width`` has no room for; what is shown is whole.

    The first three always stay, and so does a last column that may be wrapped.
    """
    while len(table.columns) > 3 and table.columns[-1].no_wrap and _needed(table) > width:
        table.columns.pop()
    return table


def _needed(table: Table) -> int:
    """The least cells in which nothing is cut but what gives way (a column with a ``min_width``)."""
    between = table.padding[1] * (len(table.columns) - 1)
    return between + sum(
        column.min_width or max(map(_cells, (column.header, *column.cells))) for column in table.columns
    )


def _cells(cell: object) -> int:
    return cell.cell_len if isinstance(cell, Text) else cell_len(str(cell))


def text(value: object, style: str = "") -> Text:
    """A cell of any value as it is: a title never becomes markup, an escape sequence never reaches the terminal."""
    return Text(
        "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(value)), style
    )


def title(value: object) -> Text:
    """A cell that gives way: where the terminal is narrow it is cut with an ellipsis, and the others stay whole."""
    cell = text(value)
    cell.no_wrap, cell.overflow = True, "ellipsis"
    return cell


def age(day: str, as_of: date) -> str:
    """How long before ``as_of`` a local date (``YYYY-MM-DD``) was: today, 3 d, 5 w, 7 mo, 2 y."""
    number, unit = windows.age(day, as_of)
    return f"{number} {_SHORT[unit]}" if number else "today"


def trend(seconds: Sequence[int | None]) -> str:
    """A small picture of times, oldest first: the higher the faster; a dot where there is none."""
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


def gap(seconds: int) -> str:
    """How much slower than the best: +4 s, +1:02; nothing for the best itself."""
    if seconds <= 0:
        return ""
    return f"+{seconds} s" if seconds < 60 else f"+{seconds // 60}:{seconds % 60:02d}"
