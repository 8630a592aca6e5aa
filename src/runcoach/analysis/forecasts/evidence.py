"""What a forecast stands on: the efforts and the training of the time before a race."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from runcoach.analysis.forecasts import tanda
from runcoach.analysis.forecasts.history import SHORTEST_M, Effort, History, between
from runcoach.domain.median import median

#: Efforts and runs of so many days before are looked at, races of so many, and typed-in bests.
RECENT_DAYS, RACES_DAYS, BESTS_DAYS = 182, 731, 1827

#: The longest run is looked for in so many days.
_LONG_RUN_DAYS = 84

#: A run whose VDOT is this many times the usual one was not measured right, unless it was a race. With fewer runs there
#: is no usual one.
_BROKEN, _LEAST_USUAL = 1.5, 5


@dataclass(frozen=True, slots=True)
class Training:
    """The training before a race.

    ``runs`` and ``total_m`` are of the last 26 weeks, ``weekly_m`` and ``pace_sec_per_km`` (None without runs) of
    the 8 weeks that end a week before the race, ``longest_m`` of 12 weeks; ``usual_vdot`` is the median of the runs of
    5 km or more, None with few runs. ``last_day`` is that of the last run, None without runs.
    """

    runs: int
    total_m: float
    weekly_m: float
    pace_sec_per_km: float | None
    longest_m: float
    usual_vdot: float | None
    last_day: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """``known_before`` is the first day of which nothing is known, ``days_ahead`` before the race.

    ``recent`` are the efforts of the last 26 weeks that may stand for a race, ``short`` those of ranked distances
    inside runs that took 2 to 20 minutes, ``bests`` races of two years and typed-in times of five.
    """

    known_before: int
    days_ahead: int
    training: Training
    recent: Sequence[Effort]
    short: Sequence[Effort]
    bests: Sequence[Effort]

    @property
    def days_since_run(self) -> int:
        """Days between the last run and the race; without a run those ahead."""
        last = self.training.last_day
        return self.days_ahead + (0 if last is None else self.known_before - last - 1)


def gather(history: History, known_before: int, race_day: int) -> Evidence:
    """What was known before the day ``known_before`` of a race on ``race_day``, both ordinals."""
    training = _training(history, known_before, race_day)
    first = known_before - RECENT_DAYS
    most = math.inf if training.usual_vdot is None else _BROKEN * training.usual_vdot
    return Evidence(
        known_before,
        max(race_day - known_before, 0),
        training,
        recent=[one for one in between(history.efforts, first, known_before) if one.vdot <= most or one.is_race],
        short=between(history.short, first, known_before),
        bests=[
            one
            for one in between(history.bests, known_before - BESTS_DAYS, known_before)
            if one.is_typed or one.day >= known_before - RACES_DAYS
        ],
    )


def _training(history: History, known_before: int, race_day: int) -> Training:
    runs = between(history.runs, known_before - RECENT_DAYS, known_before)
    end = min(known_before, race_day - tanda.ENDS_DAYS_BEFORE + 1)
    block = between(history.runs, end - tanda.DAYS, end)
    block_m = sum([one.distance_m for one in block])
    pace = sum([one.moving_s or one.duration_s for one in block]) / (block_m / 1000.0) if block_m else None
    usual = [one.vdot for one in runs if one.distance_m >= 5000.0 and one.is_measured]
    return Training(
        runs=sum([one.distance_m >= SHORTEST_M for one in runs]),
        total_m=sum([one.distance_m for one in runs]),
        weekly_m=block_m / (tanda.DAYS / 7),
        pace_sec_per_km=pace,
        longest_m=max([one.distance_m for one in runs if one.day >= known_before - _LONG_RUN_DAYS], default=0.0),
        usual_vdot=median(usual) if len(usual) >= _LEAST_USUAL else None,
        last_day=runs[-1].day if runs else None,
    )
