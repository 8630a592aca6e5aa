"""Routes over the ground of a place, with elevations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from runcoach.sandbox.synthetic.plan import ON_USUAL_ROUTES, ActivityPlan, Place, RunKind

FloatArray = npt.NDArray[np.float64]

METRES_PER_DEGREE = 111_195.0

#: How often a run of :data:`ON_USUAL_ROUTES` follows a usual route, and how many of each length there are.
_USUAL_SHARE, _USUAL_ROUTES = 0.75, 2

_POINT_M, _TRACK_POINT_M, _TRACK_LAP_M = 100.0, 25.0, 400.0


@dataclass(frozen=True, slots=True)
class Route:
    """Points of shape (n,): metres along the ground, metres east and north of the place, metres above sea level."""

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

    def altitude_at(self, along_m: FloatArray) -> FloatArray:
        """Elevation after so many metres."""
        return np.interp(along_m, self.along_m, self.altitude_m)

    def grade_at(self, along_m: FloatArray) -> FloatArray:
        """Metres of climb per metre, over 20 m."""
        grade: FloatArray = (self.altitude_at(along_m + 10.0) - self.altitude_at(along_m - 10.0)) / 20.0
        return grade

    @property
    def climb_m(self) -> float:
        """Elevation gain in metres, from point to point."""
        return round(float(np.maximum(np.diff(self.altitude_m), 0.0).sum()), 1)


def route_of(plan: ActivityPlan, ground_m: float) -> Route:
    """The route of an activity, ``ground_m`` long: laps of a track, out and back, or a loop; often a usual one."""
    rng = Random(plan.seed ^ 0x5EED)  # noqa: S311 - reproducible, not secret
    usual_m = max(1000.0, round(ground_m / 1000.0) * 1000.0)
    loop_m = ground_m
    if plan.kind in ON_USUAL_ROUTES and rng.random() < _USUAL_SHARE:
        rng = Random(f"{plan.place.name} {usual_m:.0f} {rng.randrange(_USUAL_ROUTES)}")  # noqa: S311
        loop_m = usual_m
    legs = 2 * max(1, math.ceil(ground_m / (_TRACK_POINT_M if plan.on_track else _POINT_M) / 2))
    step = ground_m / legs
    along: FloatArray = np.arange(legs + 1, dtype=np.float64) * step
    heading = 2 * math.pi * along[:-1] / _TRACK_LAP_M if plan.on_track else _headings(rng, along[:-1], loop_m)
    reach_m = 4000.0 if plan.kind is RunKind.RACE else 15.0  # races start across town
    start_east_m, start_north_m = rng.uniform(-reach_m, reach_m), rng.uniform(-reach_m, reach_m)
    east = np.concatenate(([0.0], np.cumsum(step * np.sin(heading)))) + start_east_m
    north = np.concatenate(([0.0], np.cumsum(step * np.cos(heading)))) + start_north_m
    return Route(plan.place, along, east, north, _altitude(plan.place, east, north))


def _headings(rng: Random, along: FloatArray, loop_m: float) -> FloatArray:
    """Headings in radians, one per leg: winding, out and back or a loop of ``loop_m``."""
    out_and_back = rng.random() < 0.5
    half = along[: len(along) // 2] if out_and_back else along
    heading: FloatArray = np.full(half.shape, rng.uniform(0, 2 * math.pi))
    for reach, wave_m in ((0.9, 2900.0), (0.6, 1100.0), (0.35, 430.0)):
        heading += reach * np.sin(2 * math.pi * half / (wave_m * rng.uniform(0.8, 1.2)) + rng.uniform(0, 6.28))
    if out_and_back:
        return np.concatenate((heading, heading[::-1] + math.pi))
    heading += 2 * math.pi * half / loop_m
    return heading


def _altitude(place: Place, east: FloatArray, north: FloatArray) -> FloatArray:
    """Elevation of points of a place in metres: the same point has the same elevation in every run."""
    broad = np.sin(east / 955.0 + 0.7) + np.sin(north / 820.0 + 2.1)
    fine = np.sin((east + north) / 290.0) + np.sin((east - north) / 230.0 + 1.3)
    return np.rint((place.ground_m + place.relief_m * (0.5 * broad + 0.15 * fine)) * 10) / 10
