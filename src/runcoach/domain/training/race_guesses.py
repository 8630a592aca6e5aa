"""Which runs were probably races although nothing says so: by their name and by how fast they were."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from runcoach.domain.distances import LENGTH_M

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The distances over which races are recognized.
RACED_M = (5000, 10000, 21100, 42200)

#: A recorded race is this much shorter or longer than its distance: GPS adds corners, and the watch is stopped late.
_SHORTEST, _LONGEST = 0.985, 1.03

#: A recorded race of an activity that is marked as one may be off by this much, as with official results.
_MARKED_SHORTEST, _MARKED_LONGEST = 0.95, 1.05

#: Runs are compared with those of so many days before.
_COMPARED_DAYS = 365

#: Without a name, a race is faster than this share of the best pace over its distance or more in the year before. On 58
#: recorded histories this marks one run in two years, besides marathons; 77 % of them were at a weekend.
_FASTER, _MIN_COMPARED = 0.97, 3

#: With a name, it may be this much slower than the best.
_NAMED_SLOWER = 1.08

#: Pauses of a race take no more than this share of its moving time.
_MAX_PAUSES = 0.03

_RACE_WORDS = re.compile(
    r"\b(race|parkrun|(half[ -]?|ultra)?marathon|semi[ -]marathon|championships?|grand prix|corrida de|foulées"
    r"|halbmarathon|stadtlauf|volkslauf|firmenlauf|frauenlauf|silvesterlauf|wettkampf|maratona|gara"
    r"|marat[oó]n|san silvestre|cursa popular|wedstrijd|halvmaraton)\b",
    re.IGNORECASE,
)
_TRAINING_WORDS = re.compile(
    r"\b(pace|pacing|paced|training|prep|preparation|build|block|plan|week|workout|intervals?|tempo|easy|recovery"
    r"|shake ?out|warm|cool|before|after|relay|virtual|vorbereitung|allenamento|entrenamiento|entraînement)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What a guess needs of a run. ``may_be_race``: nothing says what kind of run it was, and it was outdoors."""

    day: date
    name: str
    distance_m: float
    elapsed_s: int
    moving_s: int | None
    may_be_race: bool

    @property
    def pace(self) -> float:
        """Elapsed seconds per metre."""
        return self.elapsed_s / self.distance_m


def raced_distance(distance_m: float | None) -> int | None:
    """The ranked distance that a run marked as a race was over; None where its length is near none of them."""
    return _nearest(distance_m, LENGTH_M, _MARKED_SHORTEST, _MARKED_LONGEST)


def guesses(runs: Iterable[RunTotals]) -> Iterator[str | None]:
    """For each run, in the order of their start, why it was probably a race; None where it probably was not."""
    faster = {label: _Fastest() for label in RACED_M}
    for run in runs:
        label = _nearest(run.distance_m, RACED_M, _SHORTEST, _LONGEST)
        yield None if label is None or not run.may_be_race else _reason(run, label, faster[label])
        for one in RACED_M:
            if run.distance_m >= _SHORTEST * LENGTH_M[one]:
                faster[one].add(run)


@dataclass(slots=True)
class _Fastest:
    """The best pace of the runs of the last :data:`_COMPARED_DAYS`, and their number."""

    days: deque[date] = field(default_factory=deque)
    best: deque[tuple[date, float]] = field(default_factory=deque)  # ascending paces: none is beaten by a later one

    def add(self, run: RunTotals) -> None:
        while self.best and self.best[-1][1] >= run.pace:
            self.best.pop()
        self.best.append((run.day, run.pace))
        self.days.append(run.day)

    def before(self, day: date) -> tuple[float | None, int]:
        first = day - timedelta(days=_COMPARED_DAYS)
        while self.days and self.days[0] < first:
            self.days.popleft()
        while self.best and self.best[0][0] < first:
            self.best.popleft()
        return (self.best[0][1] if self.best else None), len(self.days)


def _reason(run: RunTotals, label: int, fastest: _Fastest) -> str | None:
    if run.moving_s is not None and run.elapsed_s > (1 + _MAX_PAUSES) * run.moving_s:
        return None
    best, compared = fastest.before(run.day)
    share = None if best is None else run.pace / best
    is_named = bool(_RACE_WORDS.search(run.name)) and not _TRAINING_WORDS.search(run.name)
    if is_named and (share is None or share <= _NAMED_SLOWER):
        return "by its name"
    if share is not None and compared >= _MIN_COMPARED and share <= _FASTER:
        return f"{1 - share:.0%} faster than any run as long in the year before"
    return "a marathon without pauses" if label == max(RACED_M) else None


def _nearest(distance_m: float | None, labels: Iterable[int], shortest: float, longest: float) -> int | None:
    return next(
        (
            label
            for label in labels
            if distance_m is not None and shortest * LENGTH_M[label] <= distance_m <= longest * LENGTH_M[label]
        ),
        None,
    )
