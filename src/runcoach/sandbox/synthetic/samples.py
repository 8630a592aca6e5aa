"""The samples that a watch would have recorded of a planned activity; what Strava makes of them is in ``reckoning``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runcoach.sandbox.synthetic.places import utc_offset_s
from runcoach.sandbox.synthetic.plan import ActivityPlan, Mode
from runcoach.sandbox.synthetic.route import Route, route_of
from runcoach.sandbox.synthetic.workouts import PEAK, SWINGS, Stretches, stretches_of

if TYPE_CHECKING:
    from collections.abc import Callable

Seconds = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]
FloatArray = npt.NDArray[np.float64]

REST_BPM, MAX_BPM, START_BPM = 52.0, 189.0, 96.0
_DRIFT_PER_HOUR = 0.045
_WATTS_PER_MS = 73.0
_JUMP_M = 190.0


@dataclass(frozen=True)
class Outline:
    """A plan worked out as far as its summary needs: stretches, ground and averages, but no samples."""

    plan: ActivityPlan
    stretches: Stretches

    @cached_property
    def utc_offset_s(self) -> int:
        """How far local clocks were ahead of UTC."""
        return utc_offset_s(self.plan.start_time, self.plan.place.zone)

    @cached_property
    def ground_m(self) -> float:
        """Metres that the runner really covered: the distance less the jumps of the GPS."""
        real = self.stretches.mode != Mode.SPIKE
        return float((self.stretches.speed_ms * self.stretches.duration_s)[real].sum())

    @cached_property
    def route(self) -> Route | None:
        """The way it went; None where nothing recorded positions."""
        return None if self.plan.indoor or self.plan.manual else route_of(self.plan, self.ground_m)

    @cached_property
    def heart_rate_bpm(self) -> FloatArray:
        """Heart rate at the borders of the stretches, shape (n + 1,): it climbs with effort and drifts with time."""
        part = self.stretches
        end_h = (part.start_s + part.duration_s) / 3600.0
        level = REST_BPM + part.effort * (MAX_BPM - REST_BPM) * (1.0 + _DRIFT_PER_HOUR * end_h)
        return np.concatenate(([START_BPM], np.minimum(level, MAX_BPM)))

    @cached_property
    def cadence_rpm(self) -> FloatArray:
        """Steps of one leg a minute (turns a minute on a bike) in each stretch; nought while standing."""
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
        return float(self.stretches.speed_ms.max()) * PEAK

    @property
    def max_watts(self) -> int:
        """The highest power of any sample."""
        return round(_WATTS_PER_MS * self.max_speed_ms)

    def moving_mean(self, values: FloatArray) -> float:
        """Mean over the time in motion of a figure given for each stretch."""
        spent = self.stretches.duration_s * self.stretches.is_moving
        return float(values @ spent / spent.sum())

    @property
    def has_power(self) -> bool:
        """Whether the watch measures power in this activity: it does so in outdoor runs only."""
        return self.plan.device.power and self.plan.is_run and self.route is not None

    @property
    def temperature_c(self) -> int:
        """Degrees at the middle of the activity."""
        season = math.cos(2 * math.pi * (self.plan.start_time / 86_400 / 365.25 - 0.55))
        return round(self.plan.place.temperature_c + 9.0 * season)


def outline_of(plan: ActivityPlan) -> Outline:
    """The outline of a plan."""
    return Outline(plan, stretches_of(plan))


@dataclass(frozen=True)
class Samples:
    """Columns of shape (n,) as Strava keeps them: ``time_s`` in whole seconds, ``distance_m`` to 0.1 and not falling.

    ``moving`` says of each sample whether the time since the one before was spent in motion; ``lap`` is the lap it
    belongs to. ``channels`` holds the others by Strava's names (``altitude``, ``heartrate`` …), only those that were
    recorded, with ``lat`` and ``lng`` for positions.
    """

    time_s: Seconds
    distance_m: FloatArray
    moving: npt.NDArray[np.bool_]
    lap: npt.NDArray[np.int64]
    channels: dict[str, FloatArray]


@dataclass(frozen=True)
class _Grid:
    """The recorded seconds and where each lies: which stretch, and how many seconds into it."""

    outline: Outline
    time_s: Seconds
    stretch: Indices
    into_s: FloatArray

    def advance(self, speed_ms: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Metres covered and speed at each sample: even within a stretch but for swings that cancel out at its end."""
        duration_s = self.outline.stretches.duration_s
        lengths = speed_ms * duration_s
        even = speed_ms[self.stretch]
        distance = (np.cumsum(lengths) - lengths)[self.stretch] + even * self.into_s
        speed = even.copy()
        for share, period_s in SWINGS:
            turns = np.maximum(1.0, np.rint(duration_s / period_s))
            rate = (2 * math.pi * turns / duration_s)[self.stretch]
            distance += share * even / rate * np.sin(rate * self.into_s)
            speed += share * even * np.cos(rate * self.into_s)
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
    """The whole seconds that have a sample: none inside a pause, and only some if the watch saves space."""
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
    """Position, height and slope; a jump of the GPS moves the position and nothing else."""
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
    return {"heartrate": np.rint(np.interp(grid.time_s, borders, grid.outline.heart_rate_bpm))}


def _cadence(grid: _Grid) -> dict[str, FloatArray]:
    turning = grid.outline.cadence_rpm[grid.stretch]
    return {"cadence": np.where(turning > 0, np.rint(turning + 0.8 * np.sin(grid.time_s / 9.0)), 0.0)}


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
