"""The distance curve d(t) of a run, from which efforts, splits and moving time are computed.

Recordings have samples without a distance, clocks that step back, distances that decrease, have outliers or restart
from zero. This module decides how each is handled.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from runcoach.domain.streams import FloatArray, Streams

IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

#: Nobody runs faster; 12.4 m/s is the fastest ever measured.
FASTEST_MS = 12.5

#: Distance that falls by more than this was reset or corrected; a smaller fall is noise at a standstill.
RESET_M = 100.0

#: So was distance that falls by more than RESET_TO_START_M to less than START_M.
RESET_TO_START_M, START_M = 50.0, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class DistanceCurve:
    """Distance over time, piecewise linear through ``m`` distinct vertices.

    ``time_s`` (seconds from the activity's start) and ``distance_m`` never decrease; where two vertices share a time
    the curve is vertical, where they share a distance the runner stood. ``sample`` is the index of each vertex in the
    streams. ``clock_breaks`` and ``resets`` are the vertices before which the clock stepped back or the distance was
    reset: the step to such a vertex is faulty.
    """

    time_s: FloatArray
    distance_m: FloatArray
    sample: IntArray
    clock_breaks: IntArray
    resets: IntArray


@lru_cache(maxsize=2)  # called for the same streams by efforts, splits and totals
def distance_curve(streams: Streams) -> DistanceCurve | None:
    """The curve of a run's samples; None where fewer than two of them have a distance.

    * Samples without a distance are dropped, and so are single outliers (more than :data:`RESET_M` from both
      neighbours) and a first sample that belongs to the previous activity.
    * Of samples out of order in time the fewest possible are dropped, so that one wrong time costs one sample; the
      clock broke where any are dropped.
    * A small decrease of distance stands still until the distance is reached again.
    * Distance that was reset continues from the distance already covered.
    """
    distance_m = streams.get("distance_m")
    if distance_m is None:
        return None
    (sample,) = np.isfinite(distance_m).nonzero()
    sample = sample[_plausible(streams.time_s[sample], distance_m[sample])]
    order = in_clock_order(streams.time_s[sample])
    sample, skipped = sample[order], np.diff(order, prepend=order[:1]) > 1
    time_s = streams.time_s[sample]
    covered_m, reset = _covered(distance_m[sample])
    new = np.ones(sample.size, dtype=bool)
    new[1:] = (time_s[1:] > time_s[:-1]) | (covered_m[1:] > covered_m[:-1])
    if np.count_nonzero(new) < 2:
        return None
    return DistanceCurve(time_s[new], covered_m[new], sample[new], _vertices(skipped, new), _vertices(reset, new))


def in_clock_order(time_s: FloatArray) -> IntArray:
    """Indices of the longest subsequence of samples whose times never decrease."""
    if bool((time_s[1:] >= time_s[:-1]).all()):
        return np.arange(time_s.size, dtype=np.intp)
    # Patience sorting: ends[k] is the least last time of an ordered subsequence of k + 1 samples.
    ends: list[float] = []
    last: list[int] = []
    before = np.full(time_s.size, -1)
    for index, time in enumerate(time_s.tolist()):
        length = bisect_right(ends, time)
        ends[length : length + 1] = [time]
        last[length : length + 1] = [index]
        before[index] = last[length - 1] if length else -1
    kept = [last[-1]]
    while before[kept[-1]] >= 0:
        kept.append(int(before[kept[-1]]))
    return np.array(kept[::-1], dtype=np.intp)


def stretches(steps: BoolArray) -> tuple[IntArray, IntArray]:
    """First and last vertices of each series of consecutive marked steps, ``(m − 1,)`` between ``m`` vertices.

    For marked samples, the first and one beyond the last of each series.
    """
    padded = np.zeros(steps.size + 2, dtype=bool)
    padded[1:-1] = steps
    (edge,) = (padded[1:] != padded[:-1]).nonzero()
    return edge[::2], edge[1::2]


def steps_within(spans: tuple[IntArray, IntArray], vertices: int) -> BoolArray:
    """Which steps, ``(vertices − 1,)``, lie in any of the spans from first to last vertices."""
    change = np.zeros(vertices, dtype=np.intp)
    np.add.at(change, spans[0], 1)
    np.add.at(change, spans[1], -1)
    inside: BoolArray = change.cumsum()[:-1] > 0
    return inside


def _plausible(time_s: FloatArray, distance_m: FloatArray) -> BoolArray:
    """False at a first value from the previous activity, and at single outliers.

    An outlier is far from its neighbours, which are near each other, and is reached or left faster than anyone runs;
    between samples minutes apart it is two resets.
    """
    plausible = np.ones(distance_m.size, dtype=bool)
    falls = _falls(distance_m)
    if bool(falls.any()):
        plausible[0] = not falls[0]
        step_m = np.diff(distance_m)
        away, too_fast = np.abs(step_m) > RESET_M, step_m > FASTEST_MS * np.diff(time_s)
        near = np.abs(distance_m[2:] - distance_m[:-2]) <= RESET_M
        plausible[1:-1] = ~(away[:-1] & away[1:] & near & (too_fast[:-1] | too_fast[1:]))
    return plausible


def _falls(distance_m: FloatArray) -> BoolArray:
    """The steps, ``(n − 1,)``, at which the distance was reset."""
    fall_m = distance_m[:-1] - distance_m[1:]
    return (fall_m > RESET_M) | ((distance_m[1:] < START_M) & (fall_m > RESET_TO_START_M))


def _covered(distance_m: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Distance that never decreases, and a mask of the samples at which it had been reset."""
    reset = np.zeros(distance_m.size, dtype=bool)
    reset[1:] = _falls(distance_m)
    covered_m = np.maximum.accumulate(distance_m)
    for start, end in pairwise([*reset.nonzero()[0].tolist(), distance_m.size]):
        piece_m = np.maximum.accumulate(distance_m[start:end])
        # A small value after a reset is distance since then; a larger one is a correction of the total.
        since_m = piece_m - (0.0 if piece_m[0] < RESET_M else piece_m[0])
        covered_m[start:end] = covered_m[start - 1] + since_m
    return covered_m, reset


def _vertices(marked: BoolArray, kept: BoolArray) -> IntArray:
    """The vertices at or after the marked samples, where only ``kept`` samples are vertices."""
    vertex: IntArray = (np.cumsum(kept) - kept)[marked]
    is_new = np.diff(vertex, prepend=0) > 0  # ascending, and the first vertex has no step to it
    return vertex[is_new & (vertex < np.count_nonzero(kept))]
