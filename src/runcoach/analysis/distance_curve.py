"""The run as one curve d(t), made of whatever the device wrote; efforts, splits and moving time all stand on it.

A device's record is not a curve yet: samples lack their distance, the clock steps back, distance flickers backwards,
shows one absurd value or starts again from nothing. What is done about each is decided here and nowhere else.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from runcoach.domain.streams import FloatArray, Streams

IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

#: Nobody runs faster; 12.4 m/s is the most that was ever measured.
FASTEST_MS = 12.5

#: Distance that falls by more than this was reset or corrected; anything less is noise, during which nobody moved.
RESET_M = 100.0

#: … and so was distance that falls to under 10 m by more than this.
RESET_TO_START_M, START_M = 50.0, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class DistanceCurve:
    """Distance over time: straight lines between ``m`` vertices, no two of which are the same.

    ``time_s`` (seconds from the activity's start) and ``distance_m`` never decrease; where two vertices share a time
    the curve is vertical, where they share a distance the runner stood. ``sample`` is the index of each vertex in the
    streams it came from. ``clock_breaks`` and ``resets`` are the vertices before which the clock stepped back or the
    distance was reset: what lies between such a vertex and the one before it is not to be believed.
    """

    time_s: FloatArray
    distance_m: FloatArray
    sample: IntArray
    clock_breaks: IntArray
    resets: IntArray


@lru_cache(maxsize=2)  # efforts, splits and totals of a run are asked for one after the other
def distance_curve(streams: Streams) -> DistanceCurve | None:
    """The curve through a run's samples; None where fewer than two of them have a distance.

    * A sample without a distance is left out, and so is one that shows, alone, a distance far from its neighbours'
      (more than :data:`RESET_M`), and a first one left over from the activity before.
    * Of samples out of order in time the fewest possible are left out, so one wrong time costs one sample, be it too
      early or decades too late; where any are missing the clock broke.
    * Distance that flickers backwards stands still until it is reached again.
    * Distance that was reset goes on from the distance already covered.
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
    """Indices of the longest run of samples, not necessarily neighbours, whose times never decrease."""
    if bool((time_s[1:] >= time_s[:-1]).all()):
        return np.arange(time_s.size, dtype=np.intp)
    # Patience sorting: ends[k] is the least time at which k + 1 samples in order can end.
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
    """First and last vertices of each unbroken series of marked steps, ``(m − 1,)`` between ``m`` vertices."""
    (edge,) = np.diff(steps, prepend=False, append=False).nonzero()
    return edge[::2], edge[1::2]


def _plausible(time_s: FloatArray, distance_m: FloatArray) -> BoolArray:
    """False at a first value that is left over, and at a lone one far from its neighbours, which are near each other.

    To be alone it has to be reached or left faster than anyone runs; between samples minutes apart, two resets are.
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
    """At which steps, ``(n − 1,)``, the distance was reset."""
    fall_m = distance_m[:-1] - distance_m[1:]
    return (fall_m > RESET_M) | ((distance_m[1:] < START_M) & (fall_m > RESET_TO_START_M))


def _covered(distance_m: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Distance that never decreases, and at which samples it had been reset."""
    reset = np.zeros(distance_m.size, dtype=bool)
    reset[1:] = _falls(distance_m)
    covered_m = np.maximum.accumulate(distance_m)
    for start, end in pairwise([*reset.nonzero()[0].tolist(), distance_m.size]):
        piece_m = np.maximum.accumulate(distance_m[start:end])
        # What a device shows soon after a reset has been run since; a larger value is a correction of the whole.
        since_m = piece_m - (0.0 if piece_m[0] < RESET_M else piece_m[0])
        covered_m[start:end] = covered_m[start - 1] + since_m
    return covered_m, reset


def _vertices(marked: BoolArray, kept: BoolArray) -> IntArray:
    """The vertices at or after the marked samples, once samples not ``kept`` are gone."""
    vertex: IntArray = (np.cumsum(kept) - kept)[marked]
    return np.unique(vertex[(vertex > 0) & (vertex < np.count_nonzero(kept))])
