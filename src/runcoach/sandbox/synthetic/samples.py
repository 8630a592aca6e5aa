"""Routes and samples of planned activities, as a watch would record them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runcoach.sandbox.synthetic.catalog import utc_offset_s
from runcoach.sandbox.synthetic.plan import ON_USUAL_ROUTES, ActivityPlan, Mode, Place, RunKind
from runcoach.sandbox.synthetic.workouts import OSCILLATIONS, PEAK_FACTOR, Stretches, stretches_of

if TYPE_CHECKING:
    from collections.abc import Callable

Seconds = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]
FloatArray = npt.NDArray[np.float64]

REST_BPM, MAX_BPM, START_BPM = 52.0, 189.0, 96.0

#: From here on the heart rate rises less than the effort.
_KNEE_BPM = 168.0

#: Amplitudes in beats a minute and usual periods in seconds of what comes and goes.
_BEATING = ((0.9, 170.0), (0.7, 83.0), (0.6, 37.0), (0.6, 17.0))
_TURNING = ((0.5, 110.0), (0.4, 41.0), (0.4, 19.0))

#: By how much of its wandering a heart rate at its highest stays below it: a real one does not stand still there.
_BELOW_HIGHEST = 0.4
_DRIFT_PER_HOUR = 0.045
_WATTS_PER_MS = 73.0
_JUMP_M = 190.0
METRES_PER_DEGREE = 111_195.0

#: How often a run of :data:`ON_USUAL_ROUTES` follows a usual route, and how many of each length there are.
_USUAL_SHARE, _USUAL_ROUTES = 0.7, 2

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

    @property
    def climb_m(self) -> float:
        """Elevation gain in metres, from point to point."""
        return round(float(np.maximum(np.diff(self.altitude_m), 0.0).sum()), 1)


def route_of(plan: ActivityPlan, ground_m: float) -> Route:
    """The route of an activity, ``ground_m`` long: laps of a track, out and back, or a loop; often a usual one."""
    rng = Random(plan.seed ^ 0x5EED)  # noqa: S311 - reproducible, not secret
    on_track = plan.kind is RunKind.INTERVALS and rng.random() < 0.5
    usual_m = max(1000.0, round(ground_m / 1000.0) * 1000.0)
    loop_m = ground_m
    if plan.kind in ON_USUAL_ROUTES and rng.random() < _USUAL_SHARE:
        rng = Random(f"{plan.place.name} {usual_m:.0f} {rng.randrange(_USUAL_ROUTES)}")  # noqa: S311
        loop_m = usual_m
    legs = 2 * max(1, math.ceil(ground_m / (_TRACK_POINT_M if on_track else _POINT_M) / 2))
    step = ground_m / legs
    along: FloatArray = np.arange(legs + 1, dtype=np.float64) * step
    heading = 2 * math.pi * along[:-1] / _TRACK_LAP_M if on_track else _headings(rng, along[:-1], loop_m)
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


@dataclass(frozen=True)
class Outline:
    """A plan with the values of its summary: stretches, route and averages, but no samples."""

    plan: ActivityPlan
    stretches: Stretches

    @cached_property
    def utc_offset_s(self) -> int:
        """Seconds that local time is ahead of UTC."""
        return utc_offset_s(self.plan.start_time, self.plan.place.zone)

    @cached_property
    def ground_m(self) -> float:
        """Metres covered on the ground: the distance without GPS jumps."""
        real = self.stretches.mode != Mode.SPIKE
        return float((self.stretches.speed_ms * self.stretches.duration_s)[real].sum())

    @cached_property
    def route(self) -> Route | None:
        """The route; None without positions."""
        return None if self.plan.indoor or self.plan.manual else route_of(self.plan, self.ground_m)

    @cached_property
    def heart_rate_bpm(self) -> FloatArray:
        """Heart rate at the borders of the stretches, shape (n + 1,): it rises with effort and drifts with time."""
        part = self.stretches
        end_h = (part.start_s + part.duration_s) / 3600.0
        level = REST_BPM + part.effort * (MAX_BPM - REST_BPM) * (1.0 + _DRIFT_PER_HOUR * end_h)
        hard = np.maximum(level - _KNEE_BPM, 0.0)  # near the maximum it rises less and less
        room = MAX_BPM - _KNEE_BPM
        return np.concatenate(([START_BPM], np.minimum(level, _KNEE_BPM) + room * (1.0 - np.exp(-hard / room))))

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
        return _WATTS_PER_MS * self.stretches.speed_ms

    @property
    def max_speed_ms(self) -> float:
        """The highest speed of any sample."""
        return float(self.stretches.speed_ms.max()) * PEAK_FACTOR

    @property
    def max_watts(self) -> int:
        """The highest power of any sample."""
        return round(_WATTS_PER_MS * self.max_speed_ms)

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


def outline_of(plan: ActivityPlan) -> Outline:
    """The outline of a plan."""
    return Outline(plan, stretches_of(plan))


@dataclass(frozen=True)
class Samples:
    """Columns of shape (n,) as on Strava: ``time_s`` in whole seconds, ``distance_m`` to 0.1 m and non-decreasing.

    ``moving``: whether the time since the previous sample was spent moving; ``lap``: lap number. ``channels`` holds
    the other recorded streams by Strava's names (``altitude``, ``heartrate`` …), with ``lat`` and ``lng``.
    """

    time_s: Seconds
    distance_m: FloatArray
    moving: npt.NDArray[np.bool_]
    lap: npt.NDArray[np.int64]
    channels: dict[str, FloatArray]


@dataclass(frozen=True)
class _Grid:
    """The recorded seconds with the stretch of each and the seconds since it began."""

    outline: Outline
    time_s: Seconds
    stretch: Indices
    into_s: FloatArray

    def advance(self, speed_ms: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Distance and speed at each sample: constant within a stretch but for oscillations that cancel out.

        All oscillations peak together at the start of the fastest stretch, so that the highest speed is known without
        samples (:attr:`Outline.max_speed_ms`).
        """
        duration_s = self.outline.stretches.duration_s
        lengths = speed_ms * duration_s
        even = speed_ms[self.stretch]
        distance = (np.cumsum(lengths) - lengths)[self.stretch] + even * self.into_s
        speed = even.copy()
        rng = np.random.default_rng(self.outline.plan.seed)
        for share, usual_s in OSCILLATIONS:
            period_s = usual_s * rng.uniform(0.7, 1.4, duration_s.shape)
            phase = rng.uniform(0.0, 2 * math.pi, duration_s.shape)
            phase[np.argmax(self.outline.stretches.speed_ms)] = 0.0
            rate = 2 * math.pi * np.maximum(1.0, np.rint(duration_s / period_s)) / duration_s
            turned = rate[self.stretch] * self.into_s + phase[self.stretch]
            distance += share * even / rate[self.stretch] * (np.sin(turned) - np.sin(phase)[self.stretch])
            speed += share * even * np.cos(turned)
        return distance, speed


def record(outline: Outline) -> Samples:
    """Every sample of an activity."""
    part = outline.stretches
    time_s = _recorded_seconds(outline)
    stretch = np.searchsorted(part.start_s, time_s, side="right") - 1
    grid = _Grid(outline, time_s, stretch, time_s - part.start_s[stretch])
    distance, speed = grid.advance(part.speed_ms)
    distance = np.minimum(np.rint(distance * 10) / 10, part.distance_m)
    distance[-1] = part.distance_m
    moving = np.concatenate(([False], part.is_moving[stretch[:-1]]))
    channels = {"velocity_smooth": np.rint(speed * 1000) / 1000}
    for recorded, fill in _CHANNELS:
        if recorded(outline):
            channels |= fill(grid)
    return Samples(time_s, distance, moving, part.lap[stretch], channels)


def _recorded_seconds(outline: Outline) -> Seconds:
    """The whole seconds with a sample: none inside a pause, and only some with smart recording."""
    part = outline.stretches
    time_s = np.arange(part.elapsed_s + 1)
    stretch = np.searchsorted(part.start_s, time_s, side="right") - 1
    border = part.start_s[stretch] == time_s
    border[-1] = True
    keep = border | (part.mode[stretch] != Mode.PAUSED)
    if outline.plan.device.smart_recording:
        scattered = (time_s * 2_654_435_761 + outline.plan.seed) % 4_294_967_296 % 7
        keep &= border | (scattered < 2) | (time_s % 8 == 0)
    recorded: Seconds = time_s[keep]
    return recorded


def _ground(grid: _Grid) -> dict[str, FloatArray]:
    """Position, elevation and grade; a GPS jump changes the position only."""
    part, route = grid.outline.stretches, grid.outline.route
    if route is None:
        return {}
    jumping = part.mode == Mode.SPIKE
    along, _ = grid.advance(np.where(jumping, 0.0, part.speed_ms))
    east = np.interp(along, route.along_m, route.east_m)
    share = grid.into_s / part.duration_s[grid.stretch]
    east += np.where(jumping[grid.stretch], _JUMP_M * (1.0 - np.abs(2.0 * share - 1.0)), 0.0)
    lat, lng = route.degrees(east, np.interp(along, route.along_m, route.north_m))
    ahead = np.interp(along + 10.0, route.along_m, route.altitude_m)
    behind = np.interp(along - 10.0, route.along_m, route.altitude_m)
    return {
        "lat": lat,
        "lng": lng,
        "altitude": np.rint(np.interp(along, route.along_m, route.altitude_m) * 10) / 10,
        "grade_smooth": np.rint((ahead - behind) / 20.0 * 1000) / 10,
    }


def _heart(grid: _Grid) -> dict[str, FloatArray]:
    part = grid.outline.stretches
    borders = np.append(part.start_s, part.elapsed_s)
    beating = _wandering(grid, _BEATING)
    level = np.interp(grid.time_s, borders, grid.outline.heart_rate_bpm)
    # Never above the highest level, which is that of the summary and is reached.
    highest = grid.outline.heart_rate_bpm.max()
    heart = np.minimum(level + beating, highest - _BELOW_HIGHEST * (beating.max() - beating))
    heart[level.argmax()] = level.max()
    return {"heartrate": np.rint(heart)}


def _cadence(grid: _Grid) -> dict[str, FloatArray]:
    turning = grid.outline.cadence_rpm[grid.stretch]
    return {"cadence": np.where(turning > 0, np.rint(turning + _wandering(grid, _TURNING)), 0.0)}


def _wandering(grid: _Grid, parts: tuple[tuple[float, float], ...]) -> FloatArray:
    """A value around 0 that does not repeat, from parts of an amplitude and a usual period in seconds."""
    rng = np.random.default_rng(grid.outline.plan.seed)
    wandering: FloatArray = np.zeros(grid.time_s.shape)
    for amplitude, period_s in parts:
        turns = grid.time_s / (period_s * rng.uniform(0.8, 1.25)) + rng.uniform()
        wandering += amplitude * np.sin(2 * math.pi * turns)
    return wandering


def _power(grid: _Grid) -> dict[str, FloatArray]:
    _, speed = grid.advance(grid.outline.stretches.speed_ms)
    return {"watts": np.rint(_WATTS_PER_MS * speed)}


def _temperature(grid: _Grid) -> dict[str, FloatArray]:
    share = grid.time_s / grid.outline.stretches.elapsed_s
    return {"temp": np.rint(grid.outline.temperature_c - 1.0 + 2.0 * share)}


_CHANNELS: tuple[tuple[Callable[[Outline], bool], Callable[[_Grid], dict[str, FloatArray]]], ...] = (
    (lambda outline: outline.route is not None, _ground),
    (lambda outline: outline.plan.device.heart_rate, _heart),
    (lambda outline: outline.plan.device.cadence, _cadence),
    (lambda outline: outline.has_power, _power),
    (lambda outline: outline.plan.device.temperature, _temperature),
)
