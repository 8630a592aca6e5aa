"""Area chart of speed, or of another channel, over time: the thumbnail of an activity without a route to show."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np

from runcoach.domain.streams import FloatArray, Streams
from runcoach.images.canvas import Canvas
from runcoach.images.icons import draw_markers

#: Columns of the chart; each is the mean of its share of the time, smoothed over its neighbours.
COLUMNS = 64
_KERNEL = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0

#: Channel → the smallest range of values that fills the height, in order of preference.
_MIN_RANGE = {"speed_ms": 1.2, "heart_rate_bpm": 40.0, "power_w": 120.0, "cadence_spm": 40.0, "altitude_m": 60.0}
_OTHERS = tuple(_MIN_RANGE)[1:]

#: The channels that :func:`chart_heights` reads.
CHANNELS = ("distance_m", *_MIN_RANGE)

#: Fewer samples than this are not charted.
_MIN_SAMPLES = 20

#: Speed is charted where its range is at least this share of its median; otherwise another channel shows more.
_VARIED_SPEED = 0.12

#: Position of the area and of the belt or road under it, and the strength of their inks.
_LEFT, _RIGHT, _TOP, _BOTTOM, _FLOOR = 30.0, 226.0, 58.0, 172.0, 182.0
_GROUND_Y, _ROLLER, _WIDTH = 204.0, 9.0, 4.5
_FAINT, _SOFT = 0.36, 0.7


class Base(Enum):
    """What is drawn below the area."""

    TREADMILL = auto()
    ROAD = auto()  # outdoors: a line with markers of start and finish, without the route
    FLOOR = auto()


def chart_heights(streams: Streams) -> FloatArray | None:
    """:data:`COLUMNS` heights from 0 to 1 over the time of an activity; None where no channel can be drawn."""
    speed = _columns(streams, "speed_ms")
    if speed is not None and np.ptp(speed) >= _VARIED_SPEED * float(np.median(speed)):
        return _heights(speed, _MIN_RANGE["speed_ms"])
    for channel in (*_OTHERS, "speed_ms"):
        columns = speed if channel == "speed_ms" else _columns(streams, channel)
        if columns is not None and np.ptp(columns) > 0:
            return _heights(columns, _MIN_RANGE[channel])
    return None


def draw_area_chart(canvas: Canvas, heights: FloatArray, base: Base) -> None:
    """Draw heights as an area above a base."""
    xs = np.linspace(_LEFT, _RIGHT, heights.shape[0])
    top = np.column_stack([xs, _BOTTOM - heights * (_BOTTOM - _TOP)])
    canvas.area([(_LEFT, _FLOOR), *((float(x), float(y)) for x, y in top), (_RIGHT, _FLOOR)], strength=_FAINT)
    canvas.line(top, _WIDTH)
    if base is Base.TREADMILL:  # from the side: a belt around two rollers
        rollers = [(_LEFT + _ROLLER, _GROUND_Y), (_RIGHT - _ROLLER, _GROUND_Y)]
        canvas.line(rollers, 2 * _ROLLER, strength=_SOFT)
        canvas.line(rollers, _ROLLER, strength=0.0)
        for roller in rollers:
            canvas.disc(roller, _ROLLER * 0.28, strength=_SOFT)
    else:
        canvas.line([(_LEFT, _GROUND_Y), (_RIGHT, _GROUND_Y)], _WIDTH, strength=_SOFT)
    if base is Base.ROAD:
        draw_markers(canvas, (_LEFT, _GROUND_Y), (_RIGHT, _GROUND_Y))


def _columns(streams: Streams, channel: str) -> FloatArray | None:
    """The mean of a channel in each of :data:`COLUMNS` equal times, smoothed; None with too few samples."""
    values = _speed(streams) if channel == "speed_ms" else streams.get(channel)
    if values is None:
        return None
    known = np.isfinite(values)
    if np.count_nonzero(known) < _MIN_SAMPLES or np.ptp(streams.time_s) <= 0:
        return None
    begin, end = float(streams.time_s.min()), float(streams.time_s.max())
    column = ((streams.time_s[known] - begin) / (end - begin) * COLUMNS).astype(np.intp).clip(0, COLUMNS - 1)
    count = np.bincount(column, minlength=COLUMNS)
    total = np.bincount(column, weights=values[known], minlength=COLUMNS)
    filled = np.flatnonzero(count)
    means = np.interp(np.arange(COLUMNS), filled, total[filled] / count[filled])
    smoothed: FloatArray = np.convolve(np.pad(means, 2, mode="edge"), _KERNEL, mode="valid")
    return smoothed


def _speed(streams: Streams) -> FloatArray | None:
    """Speed in m/s: as recorded, else from distance over time."""
    recorded, distance = streams.get("speed_ms"), streams.get("distance_m")
    if recorded is not None or distance is None or len(streams) < 2:
        return recorded
    passed = np.diff(streams.time_s, prepend=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed: FloatArray = np.where(passed > 0, np.diff(distance, prepend=np.nan) / passed, np.nan)
    return speed


def _heights(columns: FloatArray, min_range: float) -> FloatArray:
    """Scale to 0 … 1 by the range of values, or by ``min_range`` if that is larger, so that noise is not magnified."""
    low, high = float(columns.min()), float(columns.max())
    middle, span = (low + high) / 2, max(high - low, min_range)
    heights: FloatArray = (columns - middle) / span + 0.5
    return heights
