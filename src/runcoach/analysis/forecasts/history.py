"""A runner's history as forecasts see it: runs and efforts by day, and what of them was known before a day.

Days are ordinals (``date.toordinal``), so that spans are differences.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from runcoach.analysis.forecasts.vdot import vdot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DAY = attrgetter("day")

#: Faster than any runner, or slower than walking: not the VDOT of a run.
_VDOT_MIN, _VDOT_MAX = 10.0, 90.0


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Effort:
    """A time over a distance: of a whole run, of the fastest stretch inside one, or an official result.

    ``is_typed``: a whole run without samples over a raced distance, as a runner enters a personal best. ``is_ranked``:
    it is not that of a whole run, but over a ranked distance.
    """

    day: int
    distance_m: float
    duration_s: float
    climb_m: float = 0.0
    is_race: bool = False
    is_typed: bool = False
    is_ranked: bool = False
    activity_id: int | None = None
    vdot: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vdot", vdot(self.distance_m, self.duration_s))

    @property
    def is_possible(self) -> bool:
        """Whether a runner can have run it."""
        return _VDOT_MIN <= self.vdot <= _VDOT_MAX


@dataclass(frozen=True, slots=True)
class History:
    """Runs and efforts, each in the order of their days."""

    runs: tuple[Run, ...]
    efforts: tuple[Effort, ...]

    @classmethod
    def of(cls, runs: Iterable[Run], efforts: Iterable[Effort]) -> History:
        """Sort both; impossible efforts are left out."""
        return cls(tuple(sorted(runs, key=_DAY)), tuple(sorted((one for one in efforts if one.is_possible), key=_DAY)))

    def runs_between(self, first: int, end: int) -> Sequence[Run]:
        """The runs of the days from ``first`` to before ``end``."""
        return self.runs[bisect_left(self.runs, first, key=_DAY) : bisect_left(self.runs, end, key=_DAY)]

    def efforts_between(self, first: int, end: int) -> Sequence[Effort]:
        """The efforts of the days from ``first`` to before ``end``."""
        return self.efforts[bisect_left(self.efforts, first, key=_DAY) : bisect_left(self.efforts, end, key=_DAY)]
