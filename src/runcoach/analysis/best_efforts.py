"""Best efforts: the fastest stretch of each distance inside one run, exactly; quality is judged elsewhere.

Turned on its side, the curve d(t) of a run is time over distance: ``latest(x)`` and ``earliest(x)`` are the last and
the first moment at which x metres were covered; they differ where the runner stood. An effort over D metres that begins
at x takes f(x) = earliest(x + D) − latest(x), and the best is the least f over all real x. Between samples f is a
straight line, so its minimum lies where a sample begins the effort or ends it.

Such a minimum is found only where the pace turns: the effort begins where the runner gets faster, or ends where the
runner gets slower. To try all of these costs an interpolation each. So the run is first enclosed between two coarse
lines that share one knot a block of samples. Between efforts that begin or end at a knot, the lower bound of f that
they give is a straight line as well: where both its ends are worse than an effort already known, nothing in between
can win. Only the blocks that are left, a few in a hundred on most runs, are searched sample by sample. At a pace so
even that nearly all would be left, every turn is tried at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from runcoach.domain.activity import Effort
from runcoach.domain.distances import LENGTH_M

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcoach.analysis.distance_curve import BoolArray, DistanceCurve, IntArray
    from runcoach.domain.streams import FloatArray

#: Distances are searched in whole micrometres: their sums are exact, so that an effort which ends where a pause begins
#: never slips past it by rounding.
PER_METRE = 1e6

#: Efforts less than a nanosecond apart are equal, and the earliest counts.
TIE_S = 1e-9

#: Samples in a block. Any number gives the same efforts; this one gives them soonest.
BLOCK = 20

#: From this share of promising blocks on, it is quicker to try every turn of a run.
CROWDED = 0.3

#: From this share of promising knots on, a second guess at what is fastest pays for itself.
DOUBTFUL = 0.08

#: Where no block is faster than the whole run by more than this share, nearly all blocks would be promising.
EVEN = 0.005


def best_efforts(curve: DistanceCurve, lengths: Mapping[int, float] = LENGTH_M) -> list[Effort]:
    """The fastest stretch of each distance that the run is long enough for, shortest first, not yet judged.

    ``lengths`` maps labels to metres. A longer distance never takes less time; of equal efforts the earliest counts.
    """
    table = sorted(lengths.items(), key=lambda item: item[1])
    exact_s, start_s = _fastest(curve, np.array([length_m for _, length_m in table]))
    return [
        Effort(label, length_m, exact, start, start + exact)
        for (label, length_m), exact, start in zip(table, exact_s.tolist(), start_s.tolist(), strict=False)
    ]


def best_effort(curve: DistanceCurve, length_m: float) -> tuple[float, float, float] | None:
    """``(exact_s, start_s, end_s)`` of the fastest ``length_m`` metres; None where the run is shorter.

    Raises ValueError unless ``length_m`` is positive.
    """
    if length_m <= 0.0:
        raise ValueError(f"an effort over {length_m} m is none")
    efforts = best_efforts(curve, {round(length_m): length_m})
    return (efforts[0].exact_s, efforts[0].start_s, efforts[0].end_s) if efforts else None


class _Line(NamedTuple):
    """Time over distance: straight lines through ``(dist, time)``, ``dist`` in µm and never decreasing."""

    dist: FloatArray
    time: FloatArray

    def latest(self, x: FloatArray) -> FloatArray:
        """The last moment at distance ``x``; −inf before the line begins, inf after it ends.

        It serves for the ends of efforts as well: it is too late only for one that ends where the runner stood, and
        that one is tried again among those that end at a sample.
        """
        return np.interp(x, self.dist, self.time, left=-np.inf, right=np.inf)

    def at(self, which: IntArray) -> _Line:
        """These points of the line alone."""
        return _Line(self.dist[which], self.time[which])


def _fastest(curve: DistanceCurve, lengths_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Seconds and start of the best effort over each of the ascending lengths that fit into the run."""
    run = _in_whole_blocks(curve)
    length = np.rint(lengths_m * PER_METRE)
    length = length[length <= run.dist[-1] - run.dist[0]]
    best, first = np.full((2, length.size), np.inf)
    crowded = np.full(length.size, _is_even(run))
    if not crowded.all():
        promising, crowded = _promising(run, length)
        _among_promising(run, length, promising, best, first)
    if crowded.any():
        best[crowded], first[crowded] = _among_turns(run, length[crowded])
    return np.maximum.accumulate(best), first  # which are in order but for rounding


def _in_whole_blocks(curve: DistanceCurve) -> _Line:
    """The run as time over distance; its last sample is repeated until the last block is full, and once more."""
    size = curve.time_s.size
    dist, time = np.empty((2, size + -size % BLOCK + 1))
    np.rint(curve.distance_m * PER_METRE, out=dist[:size])
    time[:size] = curve.time_s
    dist[size:], time[size:] = dist[size - 1], time[size - 1]
    return _Line(dist, time)


def _is_even(run: _Line) -> bool:
    """Whether no block is much faster than the run as a whole."""
    dist, time = run.dist[::BLOCK], run.time[::BLOCK]
    fastest = (time[1:] - time[:-1]) * ((1.0 + EVEN) * (dist[-1] - dist[0]))
    return bool((fastest >= (dist[1:] - dist[:-1]) * (time[-1] - time[0])).all())


def _turns(run: _Line) -> tuple[_Line, _Line]:
    """The samples where the runner gets faster, the first among them, and those where slower, the last among them."""
    metres, seconds = run.dist[1:] - run.dist[:-1], run.time[1:] - run.time[:-1]
    turn = seconds[:-1] * metres[1:] - seconds[1:] * metres[:-1]  # pace before less pace after, times both lengths
    faster, slower = (turn > 0.0).nonzero()[0] + 1, (turn < 0.0).nonzero()[0] + 1
    return run.at(np.append(0, faster)), run.at(np.append(slower, run.dist.size - 1))


def _among_turns(run: _Line, length: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Durations and starts of the best of all efforts that begin where the runner gets faster or end where slower."""
    faster, slower = _turns(run)
    begun = run.latest(slower.dist - length[:, None])
    took = run.latest(faster.dist + length[:, None]) - faster.time, slower.time - begun
    best = np.minimum(took[0].min(axis=1), took[1].min(axis=1))
    row = np.arange(length.size)
    first = [(seconds <= best[:, None] + TIE_S).argmax(axis=1) for seconds in took]
    start = [
        np.where(seconds[row, at] <= best + TIE_S, begin, np.inf)
        for seconds, at, begin in zip(took, first, (faster.time[first[0]], begun[row, first[1]]), strict=True)
    ]
    return best, np.minimum(*start)


def _among_promising(run: _Line, length: FloatArray, promising: BoolArray, best: FloatArray, first: FloatArray) -> None:
    """Fill duration and start of the best of the efforts that begin or end at a sample of a promising block."""
    dist, time = run.dist[:-1].reshape(-1, BLOCK), run.time[:-1].reshape(-1, BLOCK)
    at_start, block = promising[0].nonzero()
    begins, x = time.take(block, axis=0), dist.take(block, axis=0)
    x += length[at_start, None]
    found = [(at_start, begins, run.latest(x) - begins)]
    at_end, block = promising[1].nonzero()
    x = dist.take(block, axis=0)
    x -= length[at_end, None]
    begins = run.latest(x)
    found.append((at_end, begins, time.take(block, axis=0) - begins))
    least = [took.min(axis=1) for _, _, took in found]
    for (which, _, _), seconds in zip(found, least, strict=True):
        np.minimum.at(best, which, seconds)
    for (which, begin, took), seconds in zip(found, least, strict=True):
        winning = (seconds <= best[which] + TIE_S).nonzero()[0]
        row, at = (took[winning] <= best[which[winning], None] + TIE_S).nonzero()
        np.minimum.at(first, which[winning[row]], begin[winning[row], at])


def _promising(run: _Line, length: FloatArray) -> tuple[BoolArray, BoolArray]:
    """In which blocks the best effort may begin and in which it may end, ``(2, lengths, blocks)``.

    And for which lengths, ``(lengths,)``, there are too many of them to be worth listing; those are left out.
    """
    low, high = _enclosure(run)
    knot = low.dist
    further = knot + length[:, None]
    bound = np.empty((2, length.size, knot.size))
    np.subtract(low.latest(further), high.time, out=bound[0])  # efforts that begin at a knot
    np.subtract(low.time, high.latest(knot - length[:, None]), out=bound[1])  # efforts that end at a knot
    guess = knot[bound.argmin(axis=2)]
    guess[1] -= length
    known = _took(run, guess, length).min(axis=0)
    near = bound <= known[:, None] + TIE_S
    if np.count_nonzero(near) > DOUBTFUL * near.size:  # the bounds are loose where the runner stood: guess without them
        chord = _Line(knot, run.time[::BLOCK])
        guess = knot[(chord.latest(further) - chord.time).argmin(axis=1)]
        near = bound <= np.minimum(known, _took(run, guess, length))[:, None] + TIE_S
    crowded = near.sum(axis=(0, 2)) > CROWDED * 2 * knot.size
    near[:, crowded] = False
    return _blocks_around(near, knot, length), crowded


def _took(run: _Line, begin: FloatArray, length: FloatArray) -> FloatArray:
    """Seconds of the efforts that begin at these distances."""
    return run.latest(begin + length) - run.latest(begin)


def _blocks_around(near: BoolArray, knot: FloatArray, length: FloatArray) -> BoolArray:
    """The two blocks that meet at each near knot, and the one (at another knot, two) in which the other end lies."""
    side, which, at = near.nonzero()
    promising = np.zeros(near.shape, dtype=bool)
    promising[side, which, at] = promising[side, which, at - 1] = True
    other = knot[at] + length[which] * np.where(side, -1.0, 1.0)
    following = knot.searchsorted(other)
    promising[1 - side, which, following - 1] = True
    met = (knot.take(following, mode="clip") == other).nonzero()[0]
    promising[1 - side[met], which[met], knot.searchsorted(other[met], "right") - 1] = True
    return promising[..., :-1]


def _enclosure(run: _Line) -> tuple[_Line, _Line]:
    """Two lines that the run lies between, with a knot at the first sample of each block and at the last.

    How far it strays from the chord between the ends of a block, down or up, moves both those ends.
    """
    knot, time = run.dist[::BLOCK].copy(), run.time[::BLOCK].copy()
    pace = (time[1:] - time[:-1]) / np.maximum(knot[1:] - knot[:-1], 1.0)
    chord = run.dist[:-1].reshape(-1, BLOCK) - knot[:-1, None]
    chord *= pace[:, None]
    chord += time[:-1, None]
    stray = run.time[:-1] - chord.ravel()
    block = np.arange(0, stray.size, BLOCK)
    before, after = np.zeros((2, block.size + 2))
    np.minimum.reduceat(stray, block, out=before[1:-1])
    np.maximum.reduceat(stray, block, out=after[1:-1])
    return (
        _Line(knot, time + np.minimum(before[:-1], before[1:])),
        _Line(knot, np.maximum.accumulate(time + np.maximum(after[:-1], after[1:]))),
    )
