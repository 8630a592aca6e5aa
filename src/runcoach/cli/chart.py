"""A chart of daily values for the terminal: one filled series, and a second one as points over it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from runcoach.cli.output import text

if TYPE_CHECKING:
    from rich.text import Text

_EIGHTHS = " ▁▂▃▄▅▆▇█"

#: The point of the second series.
POINT = "•"


def chart(filled: Sequence[float], points: Sequence[float], *, width: int, height: int) -> list[Text]:
    """Lines of a chart from 0 to the highest value, ``width`` cells wide with the axis on the left.

    Both series have the same length; where they are longer than the chart, each cell shows the mean of some values.
    """
    top = max(*filled, *points, 1.0)
    label = len(f"{top:.0f}")
    cells = max(1, min(width - label - 1, len(filled)))
    columns, marks = _means(filled, cells), _means(points, cells)
    lines = []
    for row in range(height, 0, -1):
        line = text(f"{_label(row, height, top):>{label}} ", "dim")
        cells_of_row = (
            (POINT, "yellow") if _row(mark, top, height) == row else (_block(value / top * height - row + 1), "cyan")
            for value, mark in zip(columns, marks, strict=True)
        )
        for style, group in groupby(cells_of_row, key=lambda cell: cell[1]):
            line.append("".join(character for character, _ in group), style)
        lines.append(line)
    return lines


def axis(first: str, last: str, *, label: int, cells: int) -> Text:
    """The line below a chart: what its first and its last cell are."""
    gap = max(1, cells - len(first) - len(last))
    return text(f"{'':{label + 1}}{first}{'':{gap}}{last}", "dim")


def _label(row: int, height: int, top: float) -> str:
    """The value at the upper edge of the highest row, the middle one, and 0 beside the lowest."""
    if row == height:
        return f"{top:.0f}"
    if row == 1:
        return "0"
    return f"{top / 2:.0f}" if row == height // 2 else ""


def _block(fill: float) -> str:
    return _EIGHTHS[max(0, min(8, round(fill * 8)))]


def _row(value: float, top: float, height: int) -> int:
    """The row of a point, 1 the lowest; 0 for one that is as good as 0."""
    return min(height, int(value / top * height) + 1) if value > 0.01 * top else 0


def _means(values: Sequence[float], cells: int) -> list[float]:
    """The means of ``cells`` consecutive parts."""
    edges = [number * len(values) // cells for number in range(cells + 1)]
    return [sum(values[low:high]) / (high - low) for low, high in pairwise(edges)]
