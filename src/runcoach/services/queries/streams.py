"""The samples of one activity as a page draws them: channels thinned out together, and the way that was run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.domain.json_format import camel_case
from runcoach.domain.streams import RESOLUTION
from runcoach.errors import UsageError
from runcoach.store import activity_queries
from runcoach.store.sqlite.database import open_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcoach.config import Config
    from runcoach.domain.streams import FloatArray, Streams

#: Channels by their JSON name.
CHANNELS = {camel_case(channel): channel for channel in RESOLUTION}

#: Digits after the point of each channel, so that no figure says more than was recorded.
_DIGITS = {"time_s": 3, "distance_m": 1, "lat_deg": 6, "lng_deg": 6, "altitude_m": 1, "speed_ms": 2}


@dataclass(frozen=True, slots=True)
class StreamView:
    """``samples`` were recorded, ``returned`` of them are here; ``channels`` are of one length, None where missing.

    Their names are JSON names; ``timeS`` (seconds since the start) is always there, what nobody recorded is absent.
    """

    activity_id: int
    samples: int
    returned: int
    channels: dict[str, list[float | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an activity: ``points`` of (latitude, longitude) in degrees, empty without GPS; ``polyline`` of them.

    ``bounds`` are west, south, east, north.
    """

    activity_id: int
    name: str
    sport_type: str
    points: tuple[tuple[float, float], ...]
    polyline: str | None
    bounds: tuple[float, float, float, float] | None


def stream_view(
    config: Config, reference: str, *, channels: Sequence[str] = (), max_points: int | None = None
) -> StreamView:
    """The recorded samples of an activity, all of them or ``max_points`` that keep the shape of every channel.

    ``channels`` are JSON names, every recorded channel where empty; UsageError for a name that is none. An activity
    without samples has none of them; NotFoundError where there is no such activity.
    """
    unknown = [name for name in channels if name not in CHANNELS]
    if unknown:
        raise UsageError(f"there is no channel {unknown[0]!r}", hint=f"channels: {', '.join(CHANNELS)}")
    wanted = {"time_s", *(CHANNELS[name] for name in channels)} if channels else set(RESOLUTION)
    activity_id, _, streams = _read(config, reference, wanted)
    if streams is None:
        return StreamView(activity_id, 0, 0, {})
    thinned = _thinned(streams, max_points)
    columns = {"time_s": thinned.time_s, **thinned.channels}
    order = [CHANNELS[name] for name in channels if name != "timeS"] or list(RESOLUTION)
    shown = {
        camel_case(name): _plain(name, columns[name]) for name in dict.fromkeys(("time_s", *order)) if name in columns
    }
    return StreamView(activity_id, len(streams), len(thinned), shown)


def route(config: Config, reference: str, *, max_points: int | None = None) -> Route:
    """The way of an activity, all of it or ``max_points`` that keep its shape; NotFoundError where there is none."""
    import numpy as np
    import polyline

    activity_id, row, streams = _read(config, reference, {"time_s", "lat_deg", "lng_deg"})
    lat, lng = (None, None) if streams is None else (streams.get("lat_deg"), streams.get("lng_deg"))
    if streams is None or lat is None or lng is None or not (seen := ~(np.isnan(lat) | np.isnan(lng))).any():
        return Route(activity_id, row["name"], row["sport_type"], (), None, None)
    thinned = _thinned(streams.take(seen), max_points)
    lat, lng = thinned.channels["lat_deg"], thinned.channels["lng_deg"]
    points = list(zip(np.round(lat, 6).tolist(), np.round(lng, 6).tolist(), strict=True))
    bounds = (float(lng.min()), float(lat.min()), float(lng.max()), float(lat.max()))
    return Route(activity_id, row["name"], row["sport_type"], tuple(points), polyline.encode(points), bounds)


def _read(config: Config, reference: str, wanted: set[str]) -> tuple[int, dict[str, Any], Streams | None]:
    from runcoach.store.activities import read_streams

    with open_reader(config) as connection:
        activity_id = activity_queries.resolve(connection, reference)
        row = dict(activity_queries.activity(connection, activity_id))
        return activity_id, row, read_streams(connection, activity_id, only=wanted)


def _thinned(streams: Streams, max_points: int | None) -> Streams:
    """Time goes on evenly by its nature: it is shown with the samples that the other channels need."""
    from runcoach.analysis.downsampling import downsample

    if max_points is None or len(streams) <= max_points:
        return streams
    return streams.take(downsample(list(streams.channels.values()), len(streams), max_points))


def _plain(name: str, values: FloatArray) -> list[float | None]:
    """A column as plain numbers: as many digits as were recorded, None where a sample is missing."""
    import numpy as np

    listed: list[float | None] = np.round(values, _DIGITS.get(name, 1)).tolist()
    if np.isnan(values).any():
        return [None if value != value else value for value in listed]  # noqa: PLR0124  (NaN is not itself)
    return listed
