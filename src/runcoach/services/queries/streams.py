"""The samples of one activity as a page draws them: channels downsampled out together, and the way that was run."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runcoach.domain.json_format import camel_case
from runcoach.domain.streams import RESOLUTION, FloatArray, Streams
from runcoach.errors import UsageError

#: Channels by their JSON name.
CHANNELS = {camel_case(channel): channel for channel in RESOLUTION}

#: Decimals of each channel, no more than its recorded resolution.
_DIGITS = {"time_s": 3, "distance_m": 1, "lat_deg": 6, "lng_deg": 6, "altitude_m": 1, "speed_ms": 2}


@dataclass(frozen=True, slots=True)
class StreamView:
    """``returned`` of the recorded ``samples``: channels of one length by JSON name, None where a value is missing.

    ``timeS`` (seconds since the start) is always present; channels that were not recorded are absent.
    """

    activity_id: int
    samples: int
    returned: int
    channels: dict[str, list[float | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """The route of an activity: ``points`` of (latitude, longitude) in degrees, and their encoded ``polyline``.

    ``bounds`` are west, south, east, north. Without GPS ``points`` is empty and the others are None.
    """

    activity_id: int
    name: str
    sport_type: str
    points: tuple[tuple[float, float], ...]
    polyline: str | None
    bounds: tuple[float, float, float, float] | None


def stream_view(
    connection: sqlite3.Connection, activity_id: int, *, channels: Sequence[str] = (), max_points: int | None = None
) -> StreamView:
    """The recorded samples of an activity: all of them, or ``max_points`` that keep the shape of every channel.

    ``channels`` are JSON names, every recorded channel where empty; UsageError for an unknown one. Without streams the
    result has no channels.
    """
    unknown = [name for name in channels if name not in CHANNELS]
    if unknown:
        raise UsageError(f"unknown channel {unknown[0]!r}", hint=f"channels: {', '.join(CHANNELS)}")
    requested = {"time_s", *(CHANNELS[name] for name in channels)} if channels else set(RESOLUTION)
    streams = _read(connection, activity_id, requested)
    if streams is None:
        return StreamView(activity_id, 0, 0, {})
    downsampled = _downsample(streams, max_points)
    columns = {"time_s": downsampled.time_s, **downsampled.channels}
    order = [CHANNELS[name] for name in channels if name != "timeS"] or list(RESOLUTION)
    shown = {
        camel_case(name): _plain(name, columns[name]) for name in dict.fromkeys(("time_s", *order)) if name in columns
    }
    return StreamView(activity_id, len(streams), len(downsampled), shown)


def route(connection: sqlite3.Connection, activity: dict[str, Any], *, max_points: int | None = None) -> Route:
    """The route of an activity, given its columns: all points, or ``max_points`` that keep its shape."""
    import numpy as np
    import polyline

    about = (activity["id"], activity["name"], activity["sport_type"])
    streams = _read(connection, activity["id"], {"time_s", "lat_deg", "lng_deg"})
    lat, lng = (None, None) if streams is None else (streams.get("lat_deg"), streams.get("lng_deg"))
    if streams is None or lat is None or lng is None or not (seen := ~(np.isnan(lat) | np.isnan(lng))).any():
        return Route(*about, (), None, None)
    downsampled = _downsample(streams.take(seen), max_points)
    lat, lng = downsampled.channels["lat_deg"], downsampled.channels["lng_deg"]
    points = list(zip(np.round(lat, 6).tolist(), np.round(lng, 6).tolist(), strict=True))
    bounds = (float(lng.min()), float(lat.min()), float(lng.max()), float(lat.max()))
    return Route(*about, tuple(points), polyline.encode(points), bounds)


def _read(connection: sqlite3.Connection, activity_id: int, channels: set[str]) -> Streams | None:
    from runcoach.store.activities import read_streams  # numpy is slow to import

    return read_streams(connection, activity_id, only=channels)


def _downsample(streams: Streams, max_points: int | None) -> Streams:
    """The samples that the channels need; time is not one of them, as it goes on evenly."""
    from runcoach.analysis.downsampling import downsample

    if max_points is None or len(streams) <= max_points:
        return streams
    return streams.take(downsample(list(streams.channels.values()), len(streams), max_points))


def _plain(name: str, values: FloatArray) -> list[float | None]:
    """A channel as plain numbers, rounded to its recorded resolution, None where a sample is missing."""
    import numpy as np

    listed: list[float | None] = np.round(values, _DIGITS.get(name, 1)).tolist()
    if np.isnan(values).any():
        return [None if value != value else value for value in listed]  # noqa: PLR0124  (NaN is not itself)
    return listed
