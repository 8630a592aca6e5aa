"""The thumbnail of an activity: its route, else an area chart, else the icon of its sport."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from runcoach.domain import sports
from runcoach.domain.streams import FloatArray, Streams
from runcoach.images.area_chart import CHANNELS as CHART_CHANNELS
from runcoach.images.area_chart import Base, chart_heights, draw_area_chart
from runcoach.images.canvas import TILE, Canvas, Palette, note_of, png
from runcoach.images.icons import draw_markers, draw_sport_icon
from runcoach.images.track_geometry import bounds, simplify, visible_pieces

#: Edge lengths in pixels.
SMALL, LARGE = 256, 512

#: Increment when drawings change, so that stored ones are redrawn.
VERSION = 1

#: The channels of a track, and all that :func:`draw` reads.
TRACK_CHANNELS = ("lat_deg", "lng_deg")
CHANNELS = (*TRACK_CHANNELS, "time_s", *CHART_CHANNELS)

_ROUTE_MARGIN, _ROUTE_WIDTH = 28.0, 5.5

#: A route with a smaller extent is not enlarged to fill the tile.
_MIN_EXTENT_M = 300.0

_GROUND, _START, _FINISH = (22, 38, 36), (236, 194, 87), (255, 255, 255)

#: Bright lines on a dark ground are visible on light and on dark pages; their contrast is over 5 : 1.
OUTDOORS = Palette(_GROUND, ((92, 205, 191), _START, _FINISH))
INDOORS = Palette(_GROUND, ((150, 160, 255), _START, _FINISH))


@dataclass(frozen=True, slots=True)
class Drawing:
    """A thumbnail in both sizes, as PNGs; the note of ``large`` is the digest of ``small``."""

    small: bytes
    large: bytes


def draw(streams: Streams | None, sport_type: str, hidden_m: float) -> Drawing:
    """Draw an activity. The route is hidden within ``hidden_m`` metres of its start and finish.

    The same streams, sport and metres give the same bytes.
    """
    canvas = Canvas()
    has_track = _paint(canvas, streams, sport_type, hidden_m)
    palette = OUTDOORS if has_track else INDOORS
    large, small = canvas.layers(LARGE, SMALL)
    small_png = png(small, SMALL, palette)
    return Drawing(small_png, png(large, LARGE, palette, digest(small_png)))


def digest(data: bytes) -> str:
    """32 hexadecimal digits of the SHA-256 of an image."""
    return hashlib.sha256(data).hexdigest()[:32]


def belongs_to(large: bytes, small: bytes) -> bool:
    """Whether a large image is complete and was drawn together with ``small``."""
    return note_of(large) == digest(small)


def _paint(canvas: Canvas, streams: Streams | None, sport_type: str, hidden_m: float) -> bool:
    """Draw the best picture that there is; whether the activity has a track, shown or not."""
    lat_deg, lng_deg = (None, None) if streams is None else (streams.get(name) for name in TRACK_CHANNELS)
    has_track = lat_deg is not None and lng_deg is not None
    pieces = [] if lat_deg is None or lng_deg is None else visible_pieces(lat_deg, lng_deg, hidden_m)
    heights = None if pieces or streams is None else chart_heights(streams)
    if pieces:
        _draw_route(canvas, pieces)
    elif heights is not None:
        indoors = Base.TREADMILL if sports.is_running(sport_type) else Base.FLOOR
        draw_area_chart(canvas, heights, Base.ROAD if has_track else indoors)
    else:
        draw_sport_icon(canvas, sport_type)
    return has_track


def _draw_route(canvas: Canvas, pieces: Sequence[FloatArray]) -> None:
    """Draw lines in metres (see :mod:`runcoach.images.track_geometry`) as large as the tile allows, north up."""
    low, high = bounds(pieces)
    scale = (TILE - 2 * _ROUTE_MARGIN) / max(float((high - low).max()), _MIN_EXTENT_M)
    middle = (low + high) / 2
    lines = [(piece - middle) * (scale, -scale) + TILE / 2 for piece in pieces]
    for points in lines:
        canvas.line(simplify(points, spacing=0.75, tolerance=0.2), _ROUTE_WIDTH)
    (start_x, start_y), (finish_x, finish_y) = lines[0][0].tolist(), lines[-1][-1].tolist()
    draw_markers(canvas, (start_x, start_y), (finish_x, finish_y))
