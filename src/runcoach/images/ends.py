"""The marks of a start and a finish, told apart by their shape as well as by their colour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.images.canvas import Canvas, Point

#: The inks of the two marks, whatever the line's; see the palettes of :mod:`runcoach.images.thumbnail`.
START, FINISH = 1, 2

_DOT, _RING, _HOLE, _HALO = 5.0, 10.0, 7.0, 2.5

#: Nearer than this, both marks stand in one place: the dot in the ring.
_SAME_PLACE = 10.0


def draw_ends(canvas: Canvas, start: Point, finish: Point) -> None:
    """Mark the start with a dot and the finish with a ring, each on bare ground."""
    if math.dist(start, finish) < _SAME_PLACE:
        start = finish = ((start[0] + finish[0]) / 2, (start[1] + finish[1]) / 2)
    canvas.clear(finish, _RING + _HALO)
    canvas.ring(finish, _RING, _HOLE, FINISH)
    if start != finish:
        canvas.clear(start, _DOT + _HALO)
    canvas.disc(start, _DOT, START)
