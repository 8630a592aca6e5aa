"""Best efforts: the fastest stretch of each distance inside one run, exactly; quality is judged elsewhere.

Turned on its side, the curve d(t) of a run is time over distance: ``latest(x)`` and ``earliest(x)`` are the last and
the first moment at which x metres were covered; they differ where the runner stood. An effort over D metres that begins
at x takes f(x) = earliest(x + D) − latest(x), and the best is the least f over all real x. Between samples f is a
straight line, so its minimum lies where a sample begins the effort or ends it.

To try them all costs two interpolations a sample and distance. So the run is first enclosed between two coarse lines
that share one knot a block of samples. Between efforts that begin or end at a knot, the lower bound of f that they give
is a straight line as well: where both its ends are worse than an effort already known, nothing in between can win. Only
the blocks that are left, a few in a hundred on most runs, are searched sample by sample. At a pace so even that nearly
all are left, everything is tried after all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from runcoach.domain.activity import Effort
from runcoach.domain.distances import LENGTH_M

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcoach.analysis.curve import BoolArray, Curve
    from runcoach.domain.streams import FloatArray

#: Distances are searched in whole micrometres: their sums are exact, so that an effort which ends where a pause begins
#: never slips past it by rounding.
PER_METRE = 1e6

#: Efforts less than a nanosecond apart are equal, and the earliest counts.
TIE_S = 1e-9

#: Samples in a block. Any number gives the same efforts; this one gives them soonest.
BLOCK = 20

#: Of equal bounds those further on count as this much worse, a knot. Else a run at constant pace would be all promise.
_TILT_S = 1e-11

#: From this share of promising blocks on, it is quicker to try all samples of a run.
CROWDED = 0.3


def best_efforts(curve: Curve, lengths: Mapping[int, float] = LENGTH_M) -> list[Effort]:
    """The fastest stretch of each distance that the run is long enough for, shortest first, not yet judged.

    ``lengths`` maps labels to metres. A longer distance never takes less time; of equal efforts the earliest counts.
    """
    table = sorted(lengths.items(), key=lambda item: item[1])
    exact_s, start_s = _fastest(curve, np.array([length_m for _, length_m in table]))
    return [
        Effort(label, length_m, exact, start, start + exact)
        for (label, length_m), exact, start in zip(table, exact_s.tolist(), start_s.tolist(), strict=False)
    ]


def best_effort(curve: Curve, length_m: float) -> tuple[float, float, float] | None:
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


def _fastest(curve: Curve, lengths_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Seconds and start of the best effort over each of the ascending lengths that fit into the run."""
    run = _in_whole_blocks(curve)
    length = np.rint(lengths_m * PER_METRE)
    length = length[length <= run.dist[-1] - run.dist[0]]
    best, first = np.full((2, length.size), np.inf)
    if length.size:
        promising, crowded = _promising(run, length)
        _among_promising(run, length, promising, best, first)
        for which in crowded.nonzero()[0]:
            best[which], first[which] = _among_all(run, length[which])
    return np.maximum.accumulate(best), first  # which are in order but for rounding


def _in_whole_blocks(curve: Curve) -> _Line:
    """The run as time over distance; its last sample is repeated until the last block is full, and once more."""
    size = curve.time_s.size
    dist, time = np.empty((2, size + -size % BLOCK + 1))
    np.rint(curve.distance_m * PER_METRE, out=dist[:size])
    time[:size] = curve.time_s
    dist[size:], time[size:] = dist[size - 1], time[size - 1]
    return _Line(dist, time)


def _among_all(run: _Line, length: float) -> tuple[float, float]:
    """Duration and start of the best of all efforts that begin or end at a sample."""
    starts = slice(run.dist.searchsorted(run.dist[-1] - length, "right"))
    ends = slice(run.dist.searchsorted(run.dist[0] + length), None)
    best = []
    for begin, end in (
        (run.time[starts], run.latest(run.dist[starts] + length)),
        (run.latest(run.dist[ends] - length), run.time[ends]),
    ):
        took = end - begin
        at = (took <= took[took.argmin()] + TIE_S).argmax()
        best.append((float(took[at]), float(begin[at])))
    least = min(best)[0]
    return least, min(start for took, start in best if took <= least + TIE_S)


def _among_promising(run: _Line, length: FloatArray, promising: BoolArray, best: FloatArray, first: FloatArray) -> None:
    """Fill duration and start of the best of the efforts that begin or end at a sample of a promising block."""
    dist, time = run.dist[:-1].reshape(-1, BLOCK), run.time[:-1].reshape(-1, BLOCK)
    at_start, block = promising[0].nonzero()
    begins = time[block]
    ends = run.latest(dist[block] + length[at_start, None])
    at_end, block = promising[1].nonzero()
    begun = run.latest(dist[block] - length[at_end, None])
    found = (at_start, begins, ends - begins), (at_end, begun, time[block] - begun)
    for which, _, took in found:
        np.minimum.at(best, which, took.min(axis=1))
    for which, begin, took in found:
        row, at = (took <= best[which, None] + TIE_S).nonzero()
        np.minimum.at(first, which[row], begin[row, at])


def _promising(run: _Line, length: FloatArray) -> tuple[BoolArray, BoolArray]:
    """In which blocks the best effort may begin and in which it may end, ``(2, lengths, blocks)``.

    And for which lengths, ``(lengths,)``, there are too many of them to be worth listing; those are left out.
    """
    low, high = _enclosure(run)
    knot = low.dist
    tilt = _TILT_S * np.arange(knot.size)
    high = _Line(knot, high.time - tilt)
    bound = np.empty((2, length.size, knot.size))
    np.subtract(low.latest(knot + length[:, None]), high.time, out=bound[0])  # efforts that begin at a knot
    np.subtract(low.time, high.latest(knot - length[:, None]), out=bound[1])  # efforts that end at a knot
    guess = bound[0].argmin(axis=1)
    known = run.latest(knot[guess] + length) - run.latest(knot[guess]) + tilt[guess] + _TILT_S
    near = bound <= known[:, None]
    crowded = near.mean(axis=(0, 2)) > CROWDED
    near[:, crowded] = False
    side, which, at = near.nonzero()
    promising = np.zeros(bound.shape, dtype=bool)
    promising[0, np.arange(guess.size), guess] = ~crowded
    # The two blocks that meet at the knot, and the one (at another knot, two) in which the effort's other end lies.
    promising[side, which, at] = promising[side, which, at - 1] = True
    other = knot[at] + length[which] * np.where(side, -1.0, 1.0)
    promising[1 - side, which, knot.searchsorted(other) - 1] = True
    promising[1 - side, which, knot.searchsorted(other, "right") - 1] = True
    return promising[..., :-1], crowded


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
