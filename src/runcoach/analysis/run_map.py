"""How often each place was run: all tracks counted on the grid of the Mercator projection that map tiles use."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from runcoach.domain.training.route_track import RouteTrack

#: The world is 2²⁰ cells wide: 38 m at the equator, 24 m at 51° north.
WORLD_BITS = 20

#: Runs closer than this many cells are in one area (about 12 km at 51° north).
_NEAR_BITS = 9

#: Latitudes are cut off where map tiles end.
_MAX_LAT_DEG = 85.0

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RunArea:
    """A part of the world with ``runs`` that began there, apart from other areas.

    Cells are counted from ``west`` and ``north`` (in cells of the world) to the right and down: ``x``, ``y`` and the
    number of runs through each, ``(n,)``. ``lat_deg`` and ``lng_deg`` are where most runs went.
    """

    runs: int
    west: int
    north: int
    lat_deg: float
    lng_deg: float
    x: npt.NDArray[np.int64]
    y: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]


def run_areas(tracks: Iterable[RouteTrack]) -> list[RunArea]:
    """The areas of all tracks, the one with the most runs first. A run counts once in each cell."""
    cells = [_cells(track) for track in tracks]
    if not cells:
        return []
    keys, counts = np.unique(np.concatenate(cells), return_counts=True)
    starts = np.array([one[0] for one in cells])
    areas = _areas_of(keys)
    area_of_start = areas[np.searchsorted(keys, starts)]
    found = [
        _area(keys[areas == area], counts[areas == area], int((area_of_start == area).sum()))
        for area in range(areas.max() + 1)
    ]
    return sorted(found, key=lambda area: (-area.runs, area.west, area.north))


def _cells(track: RouteTrack) -> Keys:
    """The cells of a track, each once, as ``y · 2²⁰ + x``."""
    at = np.arange(2 * track.lat_deg.size - 1) / 2.0
    index = np.arange(track.lat_deg.size)
    lat = np.radians(np.clip(np.interp(at, index, track.lat_deg), -_MAX_LAT_DEG, _MAX_LAT_DEG))
    world = 1 << WORLD_BITS
    x = np.floor((np.interp(at, index, track.lng_deg) + 180.0) / 360.0 * world).astype(np.int64) % world
    y = np.floor((0.5 - np.arcsinh(np.tan(lat)) / (2.0 * math.pi)) * world).astype(np.int64)
    return np.unique((y << WORLD_BITS) + x)


def _areas_of(keys: Keys) -> Keys:
    """The number of the area of each cell: large cells that touch are in one."""
    mask = (1 << WORLD_BITS) - 1
    large = ((keys >> WORLD_BITS >> _NEAR_BITS) << WORLD_BITS) + ((keys & mask) >> _NEAR_BITS)
    places, index = np.unique(large, return_inverse=True)
    number: dict[int, int] = {}
    known = set(places.tolist())
    found = 0
    for place in places.tolist():
        if place in number:
            continue
        pending = [place]
        while pending:
            one = pending.pop()
            if one in number or one not in known:
                continue
            number[one] = found
            pending += [one + (row << WORLD_BITS) + column for row in (-1, 0, 1) for column in (-1, 0, 1)]
        found += 1
    return np.array([number[place] for place in places.tolist()], dtype=np.int64)[index]


def _area(keys: Keys, counts: Keys, runs: int) -> RunArea:
    x, y = keys & ((1 << WORLD_BITS) - 1), keys >> WORLD_BITS
    west, north = int(x.min()), int(y.min())
    world = 1 << WORLD_BITS
    at = int(counts.argmax())
    lat_deg = math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * (int(y[at]) + 0.5) / world))))
    return RunArea(runs, west, north, lat_deg, (int(x[at]) + 0.5) / world * 360.0 - 180.0, x - west, y - north, counts)
