"""Best efforts: the fastest stretch of each distance in a run, or in parts of it. Quality is assessed elsewhere.

Let t(x) be time over distance, the inverse of the curve d(t). It has a jump wherever the runner stood. An effort over
D metres that begins at x takes f(x) = earliest t(x + D) − latest t(x). f is piecewise linear, so its minimum has a
sample at its beginning or at its end: both families are evaluated and the other end is interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from runcoach.domain.activity import Effort
from runcoach.domain.distances import LENGTH_M
from runcoach.domain.streams import FloatArray

if TYPE_CHECKING:
    from runcoach.analysis.distance_curve import DistanceCurve, IntArray

#: Distances are compared in whole micrometres: their sums are exact, so an effort that ends where a pause begins is not
#: extended across it by rounding.
PER_METRE = 1e6

#: Efforts less than a nanosecond apart are equal, and the earliest counts.
TIE_S = 1e-9


class Parts(NamedTuple):
    """Parts of a run from ``low`` to ``high``, whole micrometres of distance, ``(k,)`` each and ascending."""

    low: FloatArray
    high: FloatArray

    def starts(self, x: FloatArray, length_um: float) -> IntArray:
        """Indices of the ascending distances ``x`` at which a stretch of ``length_um`` within one part can begin."""
        return _ranges(x.searchsorted(self.low), x.searchsorted(self.high - length_um, "right"))

    def ends(self, x: FloatArray, length_um: float) -> IntArray:
        """Indices of the ascending distances ``x`` at which such a stretch can end."""
        return _ranges(x.searchsorted(self.low + length_um), x.searchsorted(self.high, "right"))


def best_efforts(curve: DistanceCurve, lengths: Mapping[int, float] = LENGTH_M) -> list[Effort]:
    """The fastest stretch of each distance that the run is long enough for, shortest first, quality not assessed.

    ``lengths`` maps labels to metres. A longer distance never takes less time; of equal efforts the earliest counts.
    """
    distance_um = np.rint(curve.distance_m * PER_METRE)
    efforts: list[Effort] = []
    for label, length_m in sorted(lengths.items(), key=lambda item: item[1]):
        found = _fastest(distance_um, curve.time_s, round(length_m * PER_METRE))
        if found is None:
            break
        exact_s = max(found[0], efforts[-1].exact_s) if efforts else found[0]  # in order except for rounding
        efforts.append(Effort(label, length_m, exact_s, found[1], found[1] + exact_s))
    return efforts


def best_effort(curve: DistanceCurve, length_m: float) -> tuple[float, float, float] | None:
    """``(exact_s, start_s, end_s)`` of the fastest ``length_m`` metres; None where the run is shorter.

    Raises ValueError unless ``length_m`` is positive.
    """
    if length_m <= 0.0:
        raise ValueError(f"length_m must be positive, not {length_m}")
    efforts = best_efforts(curve, {round(length_m): length_m})
    return (efforts[0].exact_s, efforts[0].start_s, efforts[0].end_s) if efforts else None


def best_effort_in_parts(curve: DistanceCurve, label: int, length_m: float, parts: Parts) -> Effort | None:
    """The fastest stretch of ``length_m`` that lies within one of the parts; None where no part is long enough."""
    x, time_s, length = np.rint(curve.distance_m * PER_METRE), curve.time_s, round(length_m * PER_METRE)
    starts, ends = parts.starts(x, length), parts.ends(x, length)
    is_long = parts.high - parts.low >= length
    begin = np.concatenate([x[ends] - length, parts.low[is_long], parts.high[is_long] - length])
    if not begin.size:
        return None
    start_s = np.concatenate([time_s[starts], np.interp(begin, x, time_s)])
    finish = np.concatenate([x[starts] + length, begin[ends.size :] + length])
    finish_s = np.interp(finish, x, time_s)
    took_s = np.concatenate([finish_s[: starts.size], time_s[ends], finish_s[starts.size :]]) - start_s
    exact_s = float(took_s.min())
    first_s = float(start_s[took_s <= exact_s + TIE_S].min())
    return Effort(label, length_m, exact_s, first_s, first_s + exact_s)


def _ranges(begin: IntArray, end: IntArray) -> IntArray:
    """The indices of all ranges from ``begin`` up to ``end``, one after the other; an empty range has none."""
    count = np.maximum(end - begin, 0)
    skipped = begin - np.concatenate([[0], np.cumsum(count)[:-1]])
    indices: IntArray = np.arange(count.sum()) + np.repeat(skipped, count)
    return indices


def _fastest(distance_um: FloatArray, time_s: FloatArray, length_um: float) -> tuple[float, float] | None:
    """``(exact_s, start_s)`` of the fastest stretch; None where the whole distance is shorter than ``length_um``.

    ``np.interp`` returns the latest time at a distance. For the end of an effort that is too late where the runner
    stood, but such an end is a sample, and efforts that end at a sample are evaluated as well.
    """
    begin = distance_um.searchsorted(distance_um[-1] - length_um, "right")  # samples at which an effort can begin …
    end = distance_um.searchsorted(distance_um[0] + length_um, "left")  # … and from which on one can end
    if not begin or end == distance_um.size:
        return None
    forward_s = np.interp(distance_um[:begin] + length_um, distance_um, time_s) - time_s[:begin]
    start_s = np.interp(distance_um[end:] - length_um, distance_um, time_s)
    backward_s = time_s[end:] - start_s
    families = [(time_s, forward_s, forward_s.min()), (start_s, backward_s, backward_s.min())]
    exact_s = min(least_s for _, _, least_s in families)
    starts = [
        starts_s[(took_s <= exact_s + TIE_S).argmax()]
        for starts_s, took_s, least_s in families
        if least_s <= exact_s + TIE_S
    ]
    return float(exact_s), float(min(starts))
