"""A runner's history as forecasts see it: runs and efforts by day, and what of them was known before a day.

Days are ordinals (``date.toordinal``), so that spans are differences.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TypeVar

from runcoach.analysis.forecasts import critical_speed
from runcoach.analysis.forecasts.constants import POPULATION
from runcoach.analysis.forecasts.vdot import vdot

_DAY = attrgetter("day")

#: Faster than any runner, or slower than walking: not the VDOT of a run.
_VDOT_MIN, _VDOT_MAX = 10.0, 90.0

#: Shorter or longer efforts stand for no race of 5 km or more, nor do those on steeper courses (climb over distance).
SHORTEST_M, LONGEST_M, STEEPEST = 3000.0, 50_000.0, 0.03


@dataclass(slots=True)
class Run:
    """One run: elapsed time, and moving time where known.

    ``is_measured``: its distance is not that of a treadmill; ``may_be_race``: nothing says what kind of run it was.
    """

    day: int
    distance_m: float
    duration_s: float
    moving_s: float | None = None
    climb_m: float = 0.0
    is_race: bool = False
    is_measured: bool = True
    has_samples: bool = False
    activity_id: int | None = None
    name: str = ""
    may_be_race: bool = True
    vdot: float = field(init=False)

    def __post_init__(self) -> None:
        self.vdot = vdot(self.distance_m, self.duration_s)


@dataclass(slots=True)
class Effort:
    """A time over a distance: of a whole run, of the fastest stretch inside one, or an official result.

    ``is_typed``: a whole run without samples over a raced distance, as a runner enters a personal best. ``is_ranked``:
    it is not that of a whole run, but over a ranked distance; ``is_official``: it is a race's result. ``above`` is its
    log time above the curve of the population, ``climb_share`` climb over distance.
    """

    day: int
    distance_m: float
    duration_s: float
    climb_m: float = 0.0
    is_race: bool = False
    is_typed: bool = False
    is_ranked: bool = False
    is_official: bool = False
    activity_id: int | None = None
    vdot: float = field(init=False)
    log_m: float = field(init=False)
    log_s: float = field(init=False)
    above: float = field(init=False)
    climb_share: float = field(init=False)

    def __post_init__(self) -> None:
        self.vdot = vdot(self.distance_m, self.duration_s)
        self.log_m = math.log(self.distance_m)
        self.log_s = math.log(self.duration_s)
        self.above = self.log_s - POPULATION.log_time(self.distance_m)
        self.climb_share = self.climb_m / self.distance_m

    @property
    def is_possible(self) -> bool:
        """Whether a runner can have run it."""
        return _VDOT_MIN <= self.vdot <= _VDOT_MAX

    @property
    def may_stand_for_race(self) -> bool:
        """Whether it is long enough, and on a course that is not too steep."""
        return SHORTEST_M <= self.distance_m <= LONGEST_M and self.climb_share <= STEEPEST

    @property
    def may_be_on_line(self) -> bool:
        """Whether it may show critical speed."""
        return self.is_ranked and critical_speed.SHORTEST_S <= self.duration_s <= critical_speed.LONGEST_S


@dataclass(frozen=True, slots=True)
class History:
    """Runs and efforts, each in the order of their days.

    ``efforts`` are those that may stand for a race, ``bests`` the races and typed-in times among them, ``short`` those
    that may show critical speed.
    """

    runs: tuple[Run, ...]
    efforts: tuple[Effort, ...]
    bests: tuple[Effort, ...]
    short: tuple[Effort, ...]

    @classmethod
    def of(cls, runs: Iterable[Run], efforts: Iterable[Effort]) -> History:
        """Sort both; impossible efforts are left out, and runs faster than any runner, as rides under a wrong sport."""
        possible = sorted((one for one in efforts if one.is_possible), key=_DAY)
        standing = tuple(one for one in possible if one.may_stand_for_race)
        return cls(
            tuple(sorted((one for one in runs if one.vdot <= _VDOT_MAX), key=_DAY)),
            standing,
            tuple(one for one in standing if one.is_race or one.is_typed),
            tuple(one for one in possible if one.may_be_on_line),
        )


_Dated = TypeVar("_Dated", Run, Effort)


def between(items: Sequence[_Dated], first: int, end: int) -> Sequence[_Dated]:
    """Those of the days from ``first`` to before ``end``; the items are in the order of their days."""
    return items[bisect_left(items, first, key=_DAY) : bisect_left(items, end, key=_DAY)]
