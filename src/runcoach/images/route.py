"""The route of an outdoor activity: a line with markers of start and finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.images.canvas import TILE
from runcoach.images.icons import draw_markers
from runcoach.images.track_geometry import bounds, simplify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcoach.domain.streams import FloatArray
    from runcoach.images.canvas import Canvas, Point

_MARGIN, _WIDTH = 28.0, 5.5

#: A route with a smaller extent is not enlarged to fill the tile.
_MIN_EXTENT_M = 300.0


def draw_route(canvas: Canvas, pieces: Sequence[FloatArray]) -> None:
    """Draw lines in metres (see :mod:`runcoach.images.track_geometry`) as large as the tile allows, north up."""
    lines = _fitted(pieces)
    for points in lines:
        canvas.line(simplify(points, spacing=0.75, tolerance=0.2), _WIDTH)
    draw_markers(canvas, _point(lines[0][0]), _point(lines[-1][-1]))


def _fitted(pieces: Sequence[FloatArray]) -> list[FloatArray]:
    """The lines in units of the tile, centred, y down."""
    low, high = bounds(pieces)
    scale = (TILE - 2 * _MARGIN) / max(float((high - low).max()), _MIN_EXTENT_M)
    middle = (low + high) / 2
    return [(piece - middle) * (scale, -scale) + TILE / 2 for piece in pieces]


def _point(point: FloatArray) -> Point:
    return (float(point[0]), float(point[1]))
