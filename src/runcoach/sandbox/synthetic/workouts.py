"""Sessions as stretches of constant effort, from which totals and samples are computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from random import Random

import numpy as np
import numpy.typing as npt

from runcoach.sandbox.synthetic.plan import ActivityPlan, RunKind

FloatArray = npt.NDArray[np.float64]

_STOPS_PER_KM = 0.22
_SPIKE_S, _SPIKE_MS = 8, 48.0

#: The effort of an easy run, as a share of heart-rate reserve.
_EASY = 0.575


class Mode(IntEnum):
    """The state of runner and watch during a stretch."""

    MOVING = 0
    STANDING = 1  # the watch goes on recording
    PAUSED = 2  # the watch has stopped: no samples
    SPIKE = 3  # the GPS position jumps away and back


@dataclass(frozen=True)
class Stretches:
    """Columns of shape (n,), one entry per stretch; ``effort`` is a share of heart-rate reserve."""

    mode: npt.NDArray[np.int64]
    duration_s: FloatArray
    speed_ms: FloatArray
    effort: FloatArray
    lap: npt.NDArray[np.int64]

    @cached_property
    def start_s(self) -> FloatArray:
        """Seconds from the start of the activity to the start of each stretch."""
        return np.cumsum(self.duration_s) - self.duration_s

    @cached_property
    def distance_m(self) -> float:
        """Total distance, to 0.1 m as on Strava."""
        return round(float(self.speed_ms @ self.duration_s), 1)

    @cached_property
    def elapsed_s(self) -> int:
        """Elapsed time in seconds."""
        return int(self.duration_s.sum())

    @cached_property
    def is_moving(self) -> npt.NDArray[np.bool_]:
        """Whether each stretch is spent moving."""
        return self.speed_ms > 0

    @cached_property
    def moving_s(self) -> int:
        """Moving time in seconds."""
        return int(self.duration_s[self.is_moving].sum())


def stretches_of(plan: ActivityPlan) -> Stretches:
    """The stretches of a planned activity, with the athlete's crops and corrections applied."""
    session = _Session(plan)
    _BUILDERS[plan.kind](session)
    rows = np.array(session.rows, dtype=np.float64).T
    if plan.cropped_s is not None:
        rows = _cropped(rows, plan.cropped_s)
    speed = rows[2]
    if plan.new_distance_m is not None:
        speed = speed * (plan.new_distance_m / float(speed @ rows[1]))
    return Stretches(rows[0].astype(np.int64), rows[1], speed, rows[3], rows[4].astype(np.int64))


def _cropped(rows: FloatArray, seconds: int) -> FloatArray:
    """The stretches of the first ``seconds``, at least one, the last one shortened."""
    starts = np.cumsum(rows[1]) - rows[1]
    kept = rows[:, starts < max(1, seconds)].copy()
    kept[1, -1] = min(kept[1, -1], max(1, seconds) - starts[kept.shape[1] - 1])
    return kept


class _Session:
    """Builds stretches in order; ``rng`` is seeded per activity."""

    def __init__(self, plan: ActivityPlan) -> None:
        self.plan = plan
        self.rng = Random(plan.seed)  # noqa: S311 - reproducible, not secret
        self.rows: list[tuple[int, int, float, float, int]] = []
        self.lap = 1

    def move(self, metres: float, speed_ms: float, effort: float, stops_per_km: float = 0.0) -> None:
        """Cover a distance in uneven pieces of about a kilometre, with random stops."""
        rng, left = self.rng, metres
        while left > 0.05:
            piece = left if left < 1500 else rng.uniform(650, 1250)
            seconds = max(1, round(piece / (speed_ms * rng.uniform(0.98, 1.02))))
            harder = piece / seconds / speed_ms - 1.0 + rng.gauss(0, 0.01)
            self.rows.append((Mode.MOVING, seconds, piece / seconds, effort * (1.0 + harder), self.lap))
            left -= piece
            if left > 0.05 and rng.random() < stops_per_km * piece / 1000:
                self.stop(rng.randint(8, 75))

    def warm_up(self, metres: float, speed_ms: float, effort: float) -> float:
        """Run the first kilometre slower, half of it still slower; what is left of ``metres``."""
        warm = min(500.0, metres / 4.0)
        self.move(warm, speed_ms * 0.90, effort * 0.9)
        self.move(warm, speed_ms * 0.96, effort * 0.97)
        return metres - 2.0 * warm

    def stop(self, seconds: int) -> None:
        """Stand still; the device may pause."""
        mode = Mode.PAUSED if self.plan.device.auto_pause else Mode.STANDING
        self.rows.append((mode, seconds, 0.0, 0.30, self.lap))

    def speed(self, share: float) -> float:
        """A share of the day's 10 km race speed, in m/s."""
        return self.plan.speed_10k_ms * share


def _easy(session: _Session) -> None:
    form = session.rng.gauss(0, 0.015)
    speed_ms, effort = session.speed(0.775 + form), _EASY + session.rng.gauss(0, 0.012) + form / 2
    left = session.warm_up(session.plan.distance_m, speed_ms, effort)
    session.move(left, speed_ms, effort, 0.0 if session.plan.indoor else _STOPS_PER_KM)


def _long(session: _Session) -> None:
    form = session.rng.gauss(0, 0.012)
    effort = _EASY + session.rng.gauss(0, 0.01)
    left = session.warm_up(session.plan.distance_m, session.speed(0.765 + form), effort)
    if session.rng.random() < 0.4:  # a faster end
        session.move(left * 0.75, session.speed(0.765 + form), effort, _STOPS_PER_KM / 2)
        session.move(left * 0.25, session.speed(0.84 + form), 0.67)
        return
    session.move(left * 0.6, session.speed(0.77 + form), effort, _STOPS_PER_KM / 2)
    session.move(left * 0.4, session.speed(0.755 + form), effort, _STOPS_PER_KM / 2)  # tired legs


def _tempo(session: _Session) -> None:
    distance_m = session.plan.distance_m
    left = session.warm_up(distance_m * 0.25, session.speed(0.77), _EASY)
    session.move(left, session.speed(0.78), _EASY + 0.02, _STOPS_PER_KM)
    session.lap += 1
    form = session.rng.gauss(0, 0.008)
    session.move(distance_m * 0.55, session.speed(0.94 + form), 0.81)
    session.lap += 1
    session.move(distance_m * 0.20, session.speed(0.74), 0.58, _STOPS_PER_KM)


def _intervals(session: _Session) -> None:
    repetitions = session.plan.repetitions
    left = session.warm_up(2000, session.speed(0.76), _EASY)
    session.move(left, session.speed(0.78), _EASY + 0.02, _STOPS_PER_KM)
    for repetition in range(repetitions.count):
        session.lap += 1
        share = repetitions.share * (1.0 + session.rng.gauss(0, 0.008))
        session.move(repetitions.metres, session.speed(share), 0.92)
        if repetition < repetitions.count - 1:
            session.lap += 1
            session.move(repetitions.jog_s * 2.2, 2.2, 0.62)
    session.lap += 1
    session.move(1600, session.speed(0.74), 0.58, _STOPS_PER_KM)


#: A race in parts: share of the distance, speed and effort relative to those of the whole.
_EVEN_RACE = ((0.06, 1.03, 0.94), (0.54, 1.003, 0.99), (0.30, 0.985, 1.005), (0.10, 1.02, 1.03))
_LONG_RACE = ((0.05, 1.01, 0.94), (0.45, 1.015, 0.985), (0.22, 1.0, 1.01), (0.28, 0.962, 1.02))


def race_speed_share(distance_m: float) -> float:
    """Speed in a race as a share of that over 10 km.

    By Riegel, time grows with distance to the power of 1.06; past the half marathon to that of 1.10, as for runners who
    do not run so much in training.
    """
    beyond_half = max(1.0, distance_m / 21_097)
    return float((distance_m / 10_000) ** -0.06 * beyond_half**-0.04)


def _race(session: _Session) -> None:
    plan = session.plan
    share = race_speed_share(plan.distance_m) * (1.0 + session.rng.gauss(0, 0.008))
    effort = min(0.96, max(0.70, 0.925 - 0.075 * math.log(plan.distance_m / 10_000)))
    parts = _EVEN_RACE if plan.distance_m < 30_000 else _LONG_RACE
    for part, (length, speed, strain) in enumerate(parts):
        if part == 2 and plan.distance_m > 30_000:
            session.rows.append((Mode.STANDING, session.rng.randint(25, 60), 0.0, 0.6, session.lap))
        session.move(plan.distance_m * length, session.speed(share * speed), effort * strain)


def _trail(session: _Session) -> None:
    left = session.warm_up(session.plan.distance_m, session.speed(0.64), _EASY)
    session.move(left, session.speed(0.64), 0.62, 0.08)


def _gps_spike(session: _Session) -> None:
    half = session.plan.distance_m / 2
    session.move(half, session.speed(0.775), _EASY, _STOPS_PER_KM)
    session.rows.append((Mode.SPIKE, _SPIKE_S, _SPIKE_MS, _EASY, session.lap))
    session.move(half, session.speed(0.775), _EASY, _STOPS_PER_KM)


def _manual(session: _Session) -> None:
    minutes = max(1, round(session.plan.distance_m / session.speed(0.78) / 60))
    session.rows.append((Mode.MOVING, minutes * 60, session.plan.distance_m / (minutes * 60), _EASY, 1))


_BUILDERS: dict[RunKind, Callable[[_Session], None]] = {
    RunKind.EASY: _easy,
    RunKind.LONG: _long,
    RunKind.TEMPO: _tempo,
    RunKind.INTERVALS: _intervals,
    RunKind.RACE: _race,
    RunKind.TRAIL: _trail,
    RunKind.TREADMILL: _easy,
    RunKind.GPS_SPIKE: _gps_spike,
    RunKind.MANUAL: _manual,
    RunKind.RIDE: lambda session: session.move(session.plan.distance_m, 7.4, 0.50, 0.1),
    RunKind.WALK: lambda session: session.move(session.plan.distance_m, 1.45, 0.30, 0.1),
}
