"""Draws the route of an outdoor activity: its line, where it starts and where it ends; the ground stays plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.images.canvas import TILE
from runcoach.images.ends import draw_ends
from runcoach.images.track_geometry import bounds, simplified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcoach.domain.streams import FloatArray
    from runcoach.images.canvas import Canvas, Point

_MARGIN, _WIDTH = 28.0, 5.5

#: A route shorter than this is not blown up to fill the tile.
_LEAST_SPAN_M = 300.0


def draw_route(canvas: Canvas, pieces: Sequence[FloatArray]) -> None:
    """Draw lines in metres (see :mod:`runcoach.images.track_geometry`) as large as the tile allows, north up."""
    placed = _placed(pieces)
    for points in placed:
        canvas.line(simplified(points, spacing=0.75, tolerance=0.2), _WIDTH)
    draw_ends(canvas, _point(placed[0][0]), _point(placed[-1][-1]))


def _placed(pieces: Sequence[FloatArray]) -> list[FloatArray]:
    """The same lines in the tile's units, centred, y downwards."""
    low, high = bounds(pieces)
    scale = (TILE - 2 * _MARGIN) / max(float((high - low).max()), _LEAST_SPAN_M)
    middle = (low + high) / 2
    return [(piece - middle) * (scale, -scale) + TILE / 2 for piece in pieces]


def _point(point: FloatArray) -> Point:
    return (float(point[0]), float(point[1]))
