"""The thumbnail of an activity: its route, else an area chart, else the icon of its sport."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.domain import sports
from runcoach.images.area_chart import CHANNELS as CHART_CHANNELS
from runcoach.images.area_chart import Base, chart_heights, draw_area_chart
from runcoach.images.canvas import Canvas, Palette, note_of, png
from runcoach.images.icons import draw_sport_icon
from runcoach.images.route import draw_route
from runcoach.images.track_geometry import visible_pieces

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams

#: Edge lengths in pixels.
SMALL, LARGE = 256, 512

#: Increment when drawings change, so that stored ones are redrawn.
VERSION = 1

#: The channels of a track, and all that :func:`draw` reads.
TRACK_CHANNELS = ("lat_deg", "lng_deg")
CHANNELS = (*TRACK_CHANNELS, "time_s", *CHART_CHANNELS)

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
    palette = _paint(canvas, streams, sport_type, hidden_m)
    large, small = canvas.layers(LARGE, SMALL)
    small_png = png(small, SMALL, palette)
    return Drawing(small_png, png(large, LARGE, palette, digest(small_png)))


def digest(data: bytes) -> str:
    """32 hexadecimal digits of the SHA-256 of an image."""
    return hashlib.sha256(data).hexdigest()[:32]


def belongs_to(large: bytes, small: bytes) -> bool:
    """Whether a large image is complete and was drawn together with ``small``."""
    return note_of(large) == digest(small)


def _paint(canvas: Canvas, streams: Streams | None, sport_type: str, hidden_m: float) -> Palette:
    lat_deg, lng_deg = (None, None) if streams is None else (streams.get(name) for name in TRACK_CHANNELS)
    has_track = lat_deg is not None and lng_deg is not None
    pieces = [] if lat_deg is None or lng_deg is None else visible_pieces(lat_deg, lng_deg, hidden_m)
    palette = OUTDOORS if has_track else INDOORS
    heights = None if pieces or streams is None else chart_heights(streams)
    if pieces:
        draw_route(canvas, pieces)
    elif heights is not None:
        draw_area_chart(canvas, heights, _base(sport_type, has_track=has_track))
    else:
        draw_sport_icon(canvas, sport_type)
    return palette


def _base(sport_type: str, *, has_track: bool) -> Base:
    if has_track:
        return Base.ROAD
    return Base.TREADMILL if sports.is_running(sport_type) else Base.FLOOR
