"""Sessions as stretches of constant effort, from which totals and samples are computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runcoach.sandbox.synthetic.plan import ActivityPlan, Mode, RunKind

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray = npt.NDArray[np.float64]

#: How the speed changes within a stretch: amplitude as a share of the speed, usual period in seconds. The periods and
#: phases of each stretch are random, so that their sum does not repeat.
OSCILLATIONS = ((0.03, 280.0), (0.028, 150.0), (0.022, 85.0), (0.014, 48.0), (0.01, 29.0), (0.006, 17.0))
PEAK_FACTOR = 1.0 + sum(share for share, _ in OSCILLATIONS)

_STOPS_PER_KM = 0.22
_SPIKE_S, _SPIKE_MS = 8, 48.0


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
            seconds = max(1, round(piece / (speed_ms * rng.uniform(0.97, 1.03))))
            self.rows.append((Mode.MOVING, seconds, piece / seconds, effort * rng.uniform(0.97, 1.03), self.lap))
            left -= piece
            if left > 0.05 and rng.random() < stops_per_km * piece / 1000:
                self.stop(rng.randint(8, 75))

    def stop(self, seconds: int) -> None:
        """Stand still; the device may pause."""
        mode = Mode.PAUSED if self.plan.device.auto_pause else Mode.STANDING
        self.rows.append((mode, seconds, 0.0, 0.25, self.lap))

    def next_lap(self) -> None:
        """Begin the next lap."""
        self.lap += 1

    def speed(self, share: float) -> float:
        """A share of the day's 10 km race speed, in m/s."""
        return self.plan.speed_10k_ms * share


def _easy(session: _Session) -> None:
    indoor = session.plan.indoor
    session.move(session.plan.distance_m, session.speed(0.78), 0.62, 0.0 if indoor else _STOPS_PER_KM)


def _long(session: _Session) -> None:
    distance_m = session.plan.distance_m
    session.move(distance_m * 0.7, session.speed(0.77), 0.62, _STOPS_PER_KM / 2)
    session.move(distance_m * 0.3, session.speed(0.82), 0.72, _STOPS_PER_KM / 2)


def _tempo(session: _Session) -> None:
    distance_m = session.plan.distance_m
    session.move(distance_m * 0.25, session.speed(0.77), 0.60, _STOPS_PER_KM)
    session.next_lap()
    session.move(distance_m * 0.55, session.speed(0.945), 0.84)
    session.next_lap()
    session.move(distance_m * 0.20, session.speed(0.74), 0.62, _STOPS_PER_KM)


#: Repetitions: count, metres, share of 10 km speed, seconds of jogging in between.
_REPETITIONS = (
    (6, 1000, 1.02, 120),
    (10, 400, 1.10, 75),
    (5, 1200, 1.01, 150),
    (8, 600, 1.06, 90),
    (3, 2000, 0.99, 180),
)


def _intervals(session: _Session) -> None:
    count, metres, share, jog_s = session.rng.choice(_REPETITIONS)
    session.move(2000, session.speed(0.76), 0.60, _STOPS_PER_KM)
    for repetition in range(count):
        session.next_lap()
        session.move(metres, session.speed(share), 0.93)
        if repetition < count - 1:
            session.next_lap()
            session.move(jog_s * 2.2, 2.2, 0.68)
    session.next_lap()
    session.move(1600, session.speed(0.74), 0.62, _STOPS_PER_KM)


def _race(session: _Session) -> None:
    plan = session.plan
    share = (plan.distance_m / 10_000) ** -0.06  # Riegel: time grows with distance to the power of 1.06
    effort = min(0.97, max(0.80, 0.93 * share**1.6))
    session.move(plan.distance_m * 0.6, session.speed(share * 1.008), effort)
    if plan.distance_m > 30_000:
        session.rows.append((Mode.STANDING, session.rng.randint(25, 60), 0.0, 0.6, session.lap))
    session.move(plan.distance_m * 0.4, session.speed(share * 0.99), min(0.99, effort + 0.03))


def _trail(session: _Session) -> None:
    session.move(session.plan.distance_m, session.speed(0.64), 0.68, 0.08)


def _gps_spike(session: _Session) -> None:
    half = session.plan.distance_m / 2
    session.move(half, session.speed(0.78), 0.62, _STOPS_PER_KM)
    session.rows.append((Mode.SPIKE, _SPIKE_S, _SPIKE_MS, 0.62, session.lap))
    session.move(half, session.speed(0.78), 0.62, _STOPS_PER_KM)


def _manual(session: _Session) -> None:
    minutes = max(1, round(session.plan.distance_m / session.speed(0.78) / 60))
    session.rows.append((Mode.MOVING, minutes * 60, session.plan.distance_m / (minutes * 60), 0.62, 1))


def _ride(session: _Session) -> None:
    session.move(session.plan.distance_m, 7.4, 0.55, 0.1)


def _walk(session: _Session) -> None:
    session.move(session.plan.distance_m, 1.45, 0.30, 0.1)


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
    RunKind.RIDE: _ride,
    RunKind.WALK: _walk,
}
