"""Makes a GeoJSON feature (RFC 7946) of an activity's track."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from runcoach.domain.distances import METRES_PER_DEGREE
from runcoach.domain.json_format import to_json
from runcoach.domain.streams import Streams
from runcoach.images.track_geometry import segment_distances

if TYPE_CHECKING:
    import numpy.typing as npt

#: A point closer than this to the line through its neighbours is left out, in metres.
TOLERANCE_M = 3.0

#: A line ends where the next point is farther away than this, in metres.
GAP_M = 500.0

#: The columns that become properties of the feature.
PROPERTIES = (
    *("id", "name", "sport_type", "start_time", "local_date", "distance_m", "moving_time_sec", "elevation_gain_m"),
    *("avg_pace_sec_per_km", "avg_hr"),
)


def feature(activity: Mapping[str, Any], streams: Streams) -> str | None:
    """The track as a MultiLineString, simplified to :data:`TOLERANCE_M`; None with fewer than two positions."""
    lat_deg, lng_deg = streams.get("lat_deg"), streams.get("lng_deg")
    if lat_deg is None or lng_deg is None:
        return None
    known = np.isfinite(lat_deg) & np.isfinite(lng_deg)
    points = np.column_stack([lng_deg[known], lat_deg[known]])
    lines = [simplify(part) for part in _split(points) if len(part) > 1]
    if not lines:
        return None
    content = {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": [np.round(line, 6).tolist() for line in lines]},
        "properties": to_json({name: activity[name] for name in PROPERTIES}),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def simplify(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Leave out points of a line in passes, every other one at a time, that are within the tolerance of the chord."""
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(points[:, 1].mean())), METRES_PER_DEGREE])
    tolerance_m = TOLERANCE_M / 3  # every pass may move the line a little further
    for _ in range(8):
        size = points.shape[0]
        if size < 3:
            break
        plane = points * scale
        off = segment_distances(plane[: size - 2 : 2], plane[2:size:2], plane[1 : size - 1 : 2])
        keep = np.ones(size, dtype=np.bool_)
        keep[1 : size - 1 : 2] = off > tolerance_m
        if keep.all():
            break
        points = points[keep]
    return points


def _split(points: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Lines that end at long gaps, and at the antimeridian."""
    if len(points) < 2:
        return []
    step = np.diff(points, axis=0)
    metres = np.hypot(step[:, 0] * np.cos(np.radians(points[:-1, 1])), step[:, 1]) * METRES_PER_DEGREE
    breaks = np.flatnonzero((metres > GAP_M) | (np.abs(step[:, 0]) > 180.0)) + 1
    return np.split(points, breaks)
