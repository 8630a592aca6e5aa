"""What the summary of an activity says: route, totals, averages and the course of the heart rate, without samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from random import Random

import numpy as np

from runcoach.sandbox.synthetic.plan import ON_USUAL_ROUTES, ActivityPlan, Place, RunKind
from runcoach.sandbox.synthetic.workouts import FloatArray, Mode, Stretches, stretches_of

REST_BPM, MAX_BPM, START_BPM = 50.0, 191.0, 92.0

#: From here on the heart rate rises less than the effort.
_KNEE_BPM = 172.0

#: Seconds in which the heart rate gets 63 % closer to that of the effort, when it rises and when it falls.
RISE_S, FALL_S = 38.0, 55.0

#: Share of reserve by which the heart rate of the same effort rises in an hour: between these, by activity.
_DRIFT_PER_HOUR = (0.02, 0.045)

#: By which share the highest speed within a stretch is above its mean.
PEAK = 0.12

#: The highest heart rate of an activity is so much above what the efforts lead to.
_ABOVE_EFFORT_BPM = 4.0

WATTS_PER_MS = 73.0

_METRES_PER_DEGREE = 111_195.0

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
        lng_metres = _METRES_PER_DEGREE * math.cos(math.radians(self.place.lat_deg))
        lat = self.place.lat_deg + north_m / _METRES_PER_DEGREE
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


@dataclass(frozen=True)
class Outline:
    """A plan with the values of its summary: stretches, route and averages, but no samples."""

    plan: ActivityPlan

    @cached_property
    def stretches(self) -> Stretches:
        """The session as stretches of constant effort."""
        return stretches_of(self.plan)

    @cached_property
    def ground_m(self) -> float:
        """Metres covered on the ground: the distance without GPS jumps."""
        real = self.stretches.mode != Mode.SPIKE
        return float((self.stretches.speed_ms * self.stretches.duration_s)[real].sum())

    @cached_property
    def route(self) -> Route | None:
        """The route; None without positions."""
        return None if self.plan.indoor or self.plan.manual else _route(self.plan, self.ground_m)

    @cached_property
    def heart_rate_target_bpm(self) -> FloatArray:
        """The heart rate to which each stretch leads: it rises with effort and drifts with time."""
        part = self.stretches
        slowest, fastest = _DRIFT_PER_HOUR
        drift = slowest + (fastest - slowest) * (self.plan.seed % 997) / 997
        end_h = (part.start_s + part.duration_s) / 3600.0
        level = REST_BPM + part.effort * (MAX_BPM - REST_BPM) * (1.0 + drift * end_h)
        hard = np.maximum(level - _KNEE_BPM, 0.0)  # near the maximum it rises less and less
        room = MAX_BPM - _KNEE_BPM
        return np.minimum(level, _KNEE_BPM) + room * (1.0 - np.exp(-hard / room))

    @cached_property
    def heart_rate_bpm(self) -> FloatArray:
        """Heart rate at the borders of the stretches, shape (n + 1,): it follows the effort with a delay."""
        borders = [START_BPM]
        for target, seconds in zip(
            self.heart_rate_target_bpm.tolist(), self.stretches.duration_s.tolist(), strict=True
        ):
            gap = borders[-1] - target
            borders.append(target + gap * math.exp(-seconds / (RISE_S if gap < 0 else FALL_S)))
        return np.array(borders)

    @property
    def max_heart_rate_bpm(self) -> float:
        """The highest heart rate of any sample."""
        return round(min(MAX_BPM, float(self.heart_rate_bpm.max()) + _ABOVE_EFFORT_BPM))

    @property
    def mean_heart_rate_bpm(self) -> float:
        """Mean heart rate over moving time."""
        seconds = self.stretches.duration_s
        gap = self.heart_rate_bpm[:-1] - self.heart_rate_target_bpm
        delay_s = np.where(gap < 0, RISE_S, FALL_S)
        means = self.heart_rate_target_bpm + gap * delay_s / seconds * (1.0 - np.exp(-seconds / delay_s))
        return self.moving_mean(means)

    @cached_property
    def cadence_rpm(self) -> FloatArray:
        """Cadence of each stretch: steps of one leg per minute (rpm on a bike); 0 while standing."""
        part = self.stretches
        if self.plan.sport == "Ride":
            turning = np.full(part.speed_ms.shape, 84.0)
        else:
            speed = np.minimum(part.speed_ms, 6.5)
            turning = np.where(speed < 2.0, 34.0 + 15.0 * speed, 68.0 + 5.0 * speed)
        return np.where(part.is_moving, turning, 0.0)

    @cached_property
    def watts(self) -> FloatArray:
        """Running power in each stretch, in watts."""
        return WATTS_PER_MS * self.stretches.speed_ms

    @property
    def max_speed_ms(self) -> float:
        """The highest speed of any sample."""
        return float(self.stretches.speed_ms.max()) * (1.0 + PEAK)

    @property
    def max_watts(self) -> int:
        """The highest power of any sample."""
        return round(WATTS_PER_MS * self.max_speed_ms)

    def moving_mean(self, values: FloatArray) -> float:
        """Mean over moving time of a value per stretch."""
        spent = self.stretches.duration_s * self.stretches.is_moving
        return float(values @ spent / spent.sum())

    @property
    def has_power(self) -> bool:
        """Whether power is recorded: by some watches, in outdoor runs only."""
        return self.plan.device.power and self.plan.is_run and self.route is not None

    @property
    def temperature_c(self) -> int:
        """Temperature in °C at the middle of the activity."""
        season = math.cos(2 * math.pi * (self.plan.start_time / 86_400 / 365.25 - 0.55))
        return round(self.plan.place.temperature_c + 9.0 * season)


def _route(plan: ActivityPlan, ground_m: float) -> Route:
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
