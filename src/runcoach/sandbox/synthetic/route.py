"""The ground under an activity: a line of knots with heights, and polylines drawn from them; there is no time here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runcoach.sandbox.synthetic.plan import ActivityPlan, RunKind

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.plan import Place

FloatArray = npt.NDArray[np.float64]

METRES_PER_DEGREE = 111_195.0
_KNOT_M, _TRACK_KNOT_M, _TRACK_LAP_M = 100.0, 25.0, 400.0


@dataclass(frozen=True, slots=True)
class Route:
    """Knots of shape (n,): metres along the ground, metres east and north of the place, metres above the sea."""

    place: Place
    along_m: FloatArray
    east_m: FloatArray
    north_m: FloatArray
    altitude_m: FloatArray

    def degrees(self, east_m: FloatArray, north_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Latitudes and longitudes of points in metres, to the millionth of a degree."""
        lng_metres = METRES_PER_DEGREE * math.cos(math.radians(self.place.lat_deg))
        lat = self.place.lat_deg + north_m / METRES_PER_DEGREE
        lng = self.place.lng_deg + east_m / lng_metres
        return np.rint(lat * 1e6) / 1e6, np.rint(lng * 1e6) / 1e6

    @property
    def climb_m(self) -> float:
        """Metres climbed from knot to knot."""
        return round(float(np.maximum(np.diff(self.altitude_m), 0.0).sum()), 1)


def route_of(plan: ActivityPlan, ground_m: float) -> Route:
    """Where this activity went: laps of a track, out and back, or a round, ``ground_m`` long."""
    rng = Random(plan.seed ^ 0x5EED)  # noqa: S311 - believable, not secret
    on_track = plan.kind is RunKind.INTERVALS and rng.random() < 0.5
    legs = 2 * max(1, math.ceil(ground_m / (_TRACK_KNOT_M if on_track else _KNOT_M) / 2))
    step = ground_m / legs
    along: FloatArray = np.arange(legs + 1, dtype=np.float64) * step
    heading = 2 * math.pi * along[:-1] / _TRACK_LAP_M if on_track else _wander(rng, along[:-1], ground_m)
    away = _start_away_m(plan, rng)
    east = np.concatenate(([0.0], np.cumsum(step * np.sin(heading)))) + away[0]
    north = np.concatenate(([0.0], np.cumsum(step * np.cos(heading)))) + away[1]
    return Route(plan.place, along, east, north, _altitude(plan.place, east, north))


def _start_away_m(plan: ActivityPlan, rng: Random) -> tuple[float, float]:
    """How far from the place it starts: at the door, but for races, which are across town."""
    reach = 4000.0 if plan.kind is RunKind.RACE else 15.0
    return rng.uniform(-reach, reach), rng.uniform(-reach, reach)


def _wander(rng: Random, along: FloatArray, ground_m: float) -> FloatArray:
    """Headings in radians, one a leg: a winding way, half of them out and back on the same one."""
    out_and_back = rng.random() < 0.5
    half = along[: len(along) // 2] if out_and_back else along
    heading: FloatArray = np.full(half.shape, rng.uniform(0, 2 * math.pi))
    for reach, wave_m in ((0.9, 2900.0), (0.6, 1100.0), (0.35, 430.0)):
        heading += reach * np.sin(2 * math.pi * half / (wave_m * rng.uniform(0.8, 1.2)) + rng.uniform(0, 6.28))
    if out_and_back:
        return np.concatenate((heading, heading[::-1] + math.pi))
    heading += 2 * math.pi * half / ground_m
    return heading


def _altitude(place: Place, east: FloatArray, north: FloatArray) -> FloatArray:
    """Height above the sea of any point of a place: the same point is as high in every run."""
    broad = np.sin(east / 955.0 + 0.7) + np.sin(north / 820.0 + 2.1)
    fine = np.sin((east + north) / 290.0) + np.sin((east - north) / 230.0 + 1.3)
    return np.rint((place.ground_m + place.relief_m * (0.5 * broad + 0.15 * fine)) * 10) / 10


_SHIFTS = np.arange(0, 35, 5)


def encode_polyline(lat_deg: FloatArray, lng_deg: FloatArray) -> str:
    """Google's encoded polyline at five digits, all points at once."""
    points = np.rint(np.column_stack((lat_deg, lng_deg)) * 1e5).astype(np.int64)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel()
    zigzag = (steps << 1) ^ (steps >> 63)
    rest = zigzag[:, None] >> _SHIFTS
    letters = (rest & 31) + np.where(rest >> 5 > 0, 32, 0) + 63
    written = rest > 0
    written[:, 0] = True
    return letters[written].astype(np.uint8).tobytes().decode("ascii")


def thinned(count: int, at_most: int) -> npt.NDArray[np.intp]:
    """Indices of at most ``at_most`` of ``count`` points, first and last among them."""
    kept = min(count, at_most)
    return np.arange(kept) * (count - 1) // max(1, kept - 1)
