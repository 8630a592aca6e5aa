"""Sport icons, and the markers of start and finish."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from runcoach.domain.sports import FAMILIES
from runcoach.images.canvas import TILE, Canvas, Point

_WIDTH = 11.0
_MIDDLE = TILE / 2

#: The inks of the markers; see the palettes of :mod:`runcoach.images.thumbnail`.
START_INK, FINISH_INK = 1, 2

_DOT, _RING, _HOLE, _HALO = 5.0, 10.0, 7.0, 2.5

#: Start and finish nearer to each other than this share one place: the dot is drawn inside the ring.
_SAME_PLACE = 10.0


def draw_markers(canvas: Canvas, start: Point, finish: Point) -> None:
    """Mark the start with a dot and the finish with a ring, each on bare ground."""
    if math.dist(start, finish) < _SAME_PLACE:
        start = finish = ((start[0] + finish[0]) / 2, (start[1] + finish[1]) / 2)
    canvas.clear(finish, _RING + _HALO)
    canvas.ring(finish, _RING, _HOLE, FINISH_INK)
    if start != finish:
        canvas.clear(start, _DOT + _HALO)
    canvas.disc(start, _DOT, START_INK)


def draw_sport_icon(canvas: Canvas, sport_type: str) -> None:
    """Draw the icon of a sport in the middle of the tile; sports without one of their own get a pulse."""
    _ICONS.get(sport_type, _pulse)(canvas)


def _strokes(canvas: Canvas, *lines: Sequence[Point], width: float = _WIDTH) -> None:
    for points in lines:
        canvas.line(points, width)


def _runner(canvas: Canvas) -> None:
    canvas.disc((152.0, 62.0), 14.0)
    _strokes(
        canvas,
        ((136.0, 92.0), (116.0, 140.0)),  # trunk
        ((134.0, 96.0), (104.0, 92.0), (88.0, 116.0)),  # arm behind
        ((136.0, 94.0), (152.0, 120.0), (178.0, 112.0)),  # arm in front
        ((116.0, 140.0), (146.0, 160.0), (138.0, 200.0)),  # leg in front
        ((116.0, 140.0), (100.0, 174.0), (64.0, 178.0)),  # leg behind
    )


def _walker(canvas: Canvas) -> None:
    canvas.disc((134.0, 58.0), 14.0)
    _strokes(
        canvas,
        ((130.0, 88.0), (124.0, 140.0)),
        ((130.0, 92.0), (104.0, 110.0), (102.0, 134.0)),
        ((130.0, 92.0), (148.0, 114.0), (168.0, 124.0)),
        ((124.0, 140.0), (144.0, 166.0), (152.0, 202.0)),
        ((124.0, 140.0), (114.0, 172.0), (92.0, 202.0)),
    )


def _bicycle(canvas: Canvas) -> None:
    back, front, pedals = (80.0, 154.0), (176.0, 154.0), (122.0, 154.0)
    saddle, head = (106.0, 104.0), (158.0, 104.0)
    for hub in (back, front):
        canvas.ring(hub, 36.0, 27.0)
    _strokes(
        canvas, (back, saddle, head, pedals, back), (saddle, pedals), (front, (152.0, 84.0), (172.0, 80.0)), width=8
    )
    _strokes(canvas, ((100.0, 88.0), (106.0, 104.0)), ((90.0, 86.0), (112.0, 86.0)), width=8)


def _waves(canvas: Canvas) -> None:
    canvas.disc((172.0, 88.0), 15.0)
    _strokes(canvas, ((84.0, 124.0), (112.0, 84.0), (146.0, 120.0)))
    for y in (148.0, 178.0):
        _strokes(canvas, [(52.0 + x, y + 8.0 * math.sin(x / 50.0 * math.tau)) for x in range(0, 153, 3)])


def _mountain(canvas: Canvas) -> None:
    _strokes(
        canvas,
        ((44.0, 188.0), (110.0, 76.0), (164.0, 168.0)),
        ((142.0, 130.0), (164.0, 102.0), (214.0, 188.0), (44.0, 188.0)),
        ((92.0, 107.0), (110.0, 122.0), (128.0, 107.0)),
    )


def _dumbbell(canvas: Canvas) -> None:
    _strokes(canvas, ((64.0, 128.0), (192.0, 128.0)))
    for x, reach in ((64.0, 22.0), (84.0, 40.0), (172.0, 40.0), (192.0, 22.0)):
        _strokes(canvas, ((x, 128.0 - reach), (x, 128.0 + reach)), width=14)


def _pulse(canvas: Canvas) -> None:
    beat = ((92.0, _MIDDLE), (106.0, 104.0), (126.0, 176.0), (148.0, 76.0), (162.0, _MIDDLE))
    _strokes(canvas, ((44.0, _MIDDLE), *beat, (212.0, _MIDDLE)))


_ICONS: dict[str, Callable[[Canvas], None]] = {
    **dict.fromkeys(FAMILIES["running"], _runner),
    "Walk": _walker,
    **dict.fromkeys(
        ("Hike", "Snowshoe", "RockClimbing", "AlpineSki", "BackcountrySki", "NordicSki", "Snowboard"), _mountain
    ),
    **dict.fromkeys((*FAMILIES["cycling"], "Velomobile", "Handcycle"), _bicycle),
    **dict.fromkeys(("Swim", "Rowing", "VirtualRow", "Kayaking", "Canoeing", "StandUpPaddling", "Surfing"), _waves),
    **dict.fromkeys(("WeightTraining", "Crossfit"), _dumbbell),
}
