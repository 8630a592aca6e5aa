"""Which runs were probably races although nothing says so: by their name and by how fast they were."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runcoach.domain.distances import LENGTH_M

#: The distances over which races are recognized.
RACED_M = (5000, 10000, 21100, 42200)

#: A recorded race is this much shorter or longer than its distance: GPS adds corners, and the watch is stopped late.
_SHORTEST, _LONGEST = 0.985, 1.03

#: A recorded race of an activity that is marked as one may be off by this much, as with official results.
_MARKED_SHORTEST, _MARKED_LONGEST = 0.95, 1.05

#: Runs are compared with those of this many days before.
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


class RunTotals(NamedTuple):
    """What a guess needs of a run.

    ``day`` counts days from any fixed one; ``moving_s`` may be None. ``may_be_race``: nothing says what kind of run it
    was, and it was outdoors.
    """

    day: int
    name: str
    distance_m: float
    elapsed_s: int
    moving_s: int | None
    may_be_race: bool


def raced_distance(distance_m: float | None) -> int | None:
    """The ranked distance that a run marked as a race was over; None where its length is near none of them."""
    if distance_m is None:
        return None
    near = (
        label
        for label, length_m in LENGTH_M.items()
        if _MARKED_SHORTEST * length_m <= distance_m <= _MARKED_LONGEST * length_m
    )
    return next(near, None)


def guesses(runs: Iterable[RunTotals]) -> Iterator[str | None]:
    """For each run, in the order of their start, why it was probably a race; None where it probably was not."""
    fastest = [(_SHORTEST * LENGTH_M[label], _Fastest()) for label in RACED_M]
    for run in runs:
        pace = run.elapsed_s / run.distance_m
        reason = None
        for shortest_m, one in fastest:
            if run.distance_m < shortest_m:
                break
            if run.may_be_race and run.distance_m <= shortest_m * _LONGEST / _SHORTEST:
                reason = _reason(run, pace, one, is_longest=one is fastest[-1][1])
            one.add(run.day, pace)
        yield reason


class _Fastest:
    """The best pace of the runs of the last :data:`_COMPARED_DAYS`, and their number."""

    def __init__(self) -> None:
        self._days: deque[int] = deque()
        self._best: deque[tuple[int, float]] = deque()  # ascending paces: none is beaten by a later one

    def add(self, day: int, pace: float) -> None:
        best = self._best
        while best and best[-1][1] >= pace:
            best.pop()
        best.append((day, pace))
        self._days.append(day)

    def before(self, day: int) -> tuple[float | None, int]:
        """The best pace up to ``day``, None without a run, and the number of runs."""
        first = day - _COMPARED_DAYS
        while self._days and self._days[0] < first:
            self._days.popleft()
        while self._best and self._best[0][0] < first:
            self._best.popleft()
        return (self._best[0][1] if self._best else None), len(self._days)


def _reason(run: RunTotals, pace: float, fastest: _Fastest, *, is_longest: bool) -> str | None:
    if run.moving_s is not None and run.elapsed_s > (1 + _MAX_PAUSES) * run.moving_s:
        return None
    best, compared = fastest.before(run.day)
    share = None if best is None else pace / best
    is_slow = share is not None and share > _NAMED_SLOWER
    if not is_slow and _RACE_WORDS.search(run.name) and not _TRAINING_WORDS.search(run.name):
        return "by its name"
    if share is not None and compared >= _MIN_COMPARED and share <= _FASTER:
        return f"{1 - share:.0%} faster than any run as long in the year before"
    return "a marathon without pauses" if is_longest else None
