"""Samples of planned activities as a watch would record them, and the FIT file that it would write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runcoach.errors import NotFoundError
from runcoach.sandbox.synthetic.outline import FALL_S, PEAK, RISE_S, WATTS_PER_MS, Outline, Route
from runcoach.sandbox.synthetic.workouts import FloatArray, Mode
from runcoach.sources.fit.definitions import FIT_EPOCH_S
from runcoach.sources.fit.writer import ENUM, SINT32, UINT8, UINT16, UINT32, FitFile, MessageType

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.plan import ActivityPlan

Seconds = npt.NDArray[np.int64]

#: Changes of pace within a stretch: standard deviation as a share of the speed, and seconds between changes.
_PACE_NOISE = ((0.02, 190), (0.018, 61), (0.012, 13))
_SENSOR_NOISE = (0.008, 3)

#: How much slower each share of grade makes a runner.
_SLOWER_PER_GRADE = 2.6

#: Beats a minute for a faster pace, and how many seconds later.
_BPM_PER_SPEED, _LAG_S = 45.0, 25
_HEART_NOISE = ((1.1, 29), (0.9, 7))
_CADENCE_NOISE = ((0.5, 41), (0.6, 5))

_JUMP_M = 190.0


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


class _EverySecond:
    """Values of every second, before the watch leaves some out.

    ``stretch`` is the stretch that begins at or before each of the ``elapsed_s + 1`` seconds, ``speed_ms`` the speed
    between each of the first ``elapsed_s`` and the next.
    """

    def __init__(self, outline: Outline) -> None:
        part = outline.stretches
        self.outline = outline
        self.rng = np.random.default_rng(outline.plan.seed)
        self.time_s = np.arange(part.elapsed_s + 1)
        self.stretch = np.searchsorted(part.start_s, self.time_s, side="right") - 1
        self.pace_noise = self.noise(_PACE_NOISE)
        self.speed_ms = self._speed()

    def noise(self, parts: tuple[tuple[float, int], ...]) -> FloatArray:
        """Random changes around 0 of shape (elapsed_s + 1,), as sums of parts: deviation, seconds between changes."""
        noise: FloatArray = np.zeros(self.time_s.shape)
        for deviation, every_s in parts:
            knots = self.rng.normal(0.0, deviation, len(self.time_s) // every_s + 2)
            noise += np.interp(self.time_s / every_s + self.rng.uniform(), np.arange(len(knots)), knots)
        return noise

    def _speed(self) -> FloatArray:
        """Speed with changes that cancel out in each stretch; its maximum is :attr:`Outline.max_speed_ms`."""
        part, route = self.outline.stretches, self.outline.route
        stretch = self.stretch[:-1]
        even = part.speed_ms[stretch]
        changes = (self.pace_noise + self.noise((_SENSOR_NOISE,)))[:-1]
        if route is not None:
            grade = route.grade_at(np.cumsum(even))
            changes -= np.clip(_SLOWER_PER_GRADE * grade, -0.06, 0.25)
        first = part.start_s.astype(np.intp)
        changes -= (np.add.reduceat(changes, first) / part.duration_s)[stretch]
        highest = np.maximum(np.maximum.reduceat(changes, first), 1e-9)
        scale = np.minimum(1.0, PEAK / highest)
        fastest = np.argmax(part.speed_ms)
        scale[fastest] = PEAK / highest[fastest]
        speed: FloatArray = even * (1.0 + changes * scale[stretch])
        return speed

    def distance_m(self, speed_ms: FloatArray) -> FloatArray:
        """Metres covered at each second, of shape (elapsed_s + 1,)."""
        return np.concatenate(([0.0], np.cumsum(speed_ms)))


@lru_cache(maxsize=8)
def recording_of(plan: ActivityPlan) -> tuple[Outline, Samples | None]:
    """Outline and samples of an activity; None for a manual one."""
    outline = Outline(plan)
    return outline, None if plan.manual else record(outline)


def record(outline: Outline) -> Samples:
    """Every sample of an activity."""
    part = outline.stretches
    seconds = _EverySecond(outline)
    distance = np.minimum(np.rint(seconds.distance_m(seconds.speed_ms) * 10) / 10, part.distance_m)
    distance[-1] = part.distance_m
    speed = np.concatenate((seconds.speed_ms[:1], seconds.speed_ms))
    device, channels = outline.plan.device, {"velocity_smooth": np.rint(speed * 1000) / 1000}
    if outline.route is not None:
        channels |= _ground(seconds, outline.route)
    if device.heart_rate:
        channels["heartrate"] = _heart_rate(seconds)
    if device.cadence:
        turning = outline.cadence_rpm[seconds.stretch]
        channels["cadence"] = np.where(turning > 0, np.rint(turning + seconds.noise(_CADENCE_NOISE)), 0.0)
    if outline.has_power:
        channels["watts"] = np.rint(WATTS_PER_MS * speed)
    if device.temperature:
        channels["temp"] = np.rint(outline.temperature_c - 1.0 + 2.0 * seconds.time_s / part.elapsed_s)
    kept = _recorded(seconds, int(np.argmax(speed)))
    stretch = seconds.stretch[kept]
    moving = np.concatenate(([False], part.is_moving[stretch[:-1]]))
    return Samples(
        seconds.time_s[kept],
        distance[kept],
        moving,
        part.lap[stretch],
        {name: values[kept] for name, values in channels.items()},
    )


def _recorded(seconds: _EverySecond, fastest: int) -> Seconds:
    """The whole seconds with a sample: none inside a pause, and only some with smart recording."""
    part, plan, time_s = seconds.outline.stretches, seconds.outline.plan, seconds.time_s
    keep = part.start_s[seconds.stretch] == time_s
    keep[[fastest, -1]] = True
    chosen = part.mode[seconds.stretch] != Mode.PAUSED
    if plan.device.smart_recording:
        scattered = (time_s * 2_654_435_761 + plan.seed) % 4_294_967_296 % 7
        chosen &= (scattered < 2) | (time_s % 8 == 0)
    recorded: Seconds = np.flatnonzero(keep | chosen)
    return recorded


def _ground(seconds: _EverySecond, route: Route) -> dict[str, FloatArray]:
    """Position, elevation and grade; a GPS jump changes the position only."""
    part = seconds.outline.stretches
    jumping = part.mode[seconds.stretch] == Mode.SPIKE
    along = seconds.distance_m(np.where(jumping[:-1], 0.0, seconds.speed_ms))
    share = (seconds.time_s - part.start_s[seconds.stretch]) / part.duration_s[seconds.stretch]
    east = np.interp(along, route.along_m, route.east_m)
    east += np.where(jumping, _JUMP_M * (1.0 - np.abs(2.0 * share - 1.0)), 0.0)
    lat, lng = route.degrees(east, np.interp(along, route.along_m, route.north_m))
    return {
        "lat": lat,
        "lng": lng,
        "altitude": np.rint(route.altitude_at(along) * 10) / 10,
        "grade_smooth": np.rint(route.grade_at(along) * 1000) / 10,
    }


def _heart_rate(seconds: _EverySecond) -> FloatArray:
    """Heart rate: it gets closer to that of the effort by the second, and follows changes of pace later."""
    outline, stretch = seconds.outline, seconds.stretch
    gap = (outline.heart_rate_bpm[:-1] - outline.heart_rate_target_bpm)[stretch]
    into_s = seconds.time_s - outline.stretches.start_s[stretch]
    level = outline.heart_rate_target_bpm[stretch] + gap * np.exp(-into_s / np.where(gap < 0, RISE_S, FALL_S))
    beating = seconds.noise(_HEART_NOISE)
    beating[_LAG_S:] += _BPM_PER_SPEED * seconds.pace_noise[:-_LAG_S]
    # Never above the highest of the summary, which is reached.
    heart = np.minimum(level + beating, outline.max_heart_rate_bpm)
    heart[level.argmax()] = outline.max_heart_rate_bpm
    return np.rint(heart)


_SEMICIRCLES = 2**31 / 180.0

_FILE_ID = MessageType(0, ((0, ENUM), (1, UINT16), (2, UINT16), (4, UINT32)))
_EVENT = MessageType(21, ((253, UINT32), (0, ENUM), (1, ENUM)))
_RECORD = MessageType(
    20, ((253, UINT32), (5, UINT32), (0, SINT32), (1, SINT32), (78, UINT32), (73, UINT32), (3, UINT8), (4, UINT8))
)
_SESSION = MessageType(18, ((253, UINT32), (2, UINT32), (7, UINT32), (8, UINT32), (9, UINT32), (5, ENUM), (6, ENUM)))

_ACTIVITY_FILE, _GARMIN, _FORERUNNER = 4, 1, 3113
_TIMER, _START, _STOP_ALL = 0, 0, 4
_TREADMILL = 1
_SPORTS = {"Run": (1, 0), "TrailRun": (1, 3), "VirtualRun": (1, 58), "Ride": (2, 0), "Walk": (11, 0)}


def fit_file(plan: ActivityPlan) -> bytes:
    """The FIT file of a recorded activity: file_id, timer events, records and one session; NotFoundError without."""
    samples, file = recording_of(plan)[1], FitFile()
    if samples is None:
        raise NotFoundError(f"activity {plan.activity_id} has no recording")
    start = plan.start_time - FIT_EPOCH_S
    end = start + int(samples.time_s[-1])
    file.add(_FILE_ID, (_ACTIVITY_FILE, _GARMIN, _FORERUNNER, start))
    file.add(_EVENT, (start, _TIMER, _START))
    channel = samples.channels.get
    columns = (
        start + samples.time_s,
        _scaled(samples.distance_m, 100.0),
        _scaled(channel("lat"), _SEMICIRCLES),
        _scaled(channel("lng"), _SEMICIRCLES),
        _scaled(channel("altitude"), 5.0, 500.0),
        _scaled(channel("velocity_smooth"), 1000.0),
        _scaled(channel("heartrate"), 1.0),
        _scaled(channel("cadence"), 1.0),
    )
    file.add_rows(_RECORD, columns)
    file.add(_EVENT, (end, _TIMER, _STOP_ALL))
    sport, sub_sport = _SPORTS.get(plan.sport, (0, 0))
    sub_sport = _TREADMILL if plan.indoor else sub_sport
    elapsed_ms = int(samples.time_s[-1]) * 1000
    distance_cm = round(float(samples.distance_m[-1]) * 100)
    file.add(_SESSION, (end, start, elapsed_ms, elapsed_ms, distance_cm, sport, sub_sport))
    return file.content()


def _scaled(values: FloatArray | None, scale: float, offset: float = 0.0) -> npt.NDArray[np.int64] | None:
    return None if values is None else np.rint((values + offset) * scale).astype(np.int64)
