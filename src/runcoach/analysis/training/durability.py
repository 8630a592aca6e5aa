"""Durability: the fastest 1, 3 and 5 km that begin after 10, 15, 20 or 30 km of a run, and those that begin fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runcoach.analysis.best_efforts import PER_METRE, Parts, best_effort_in_parts
from runcoach.analysis.effort_quality import believable_parts, faults_of
from runcoach.analysis.world_records import world_record_s
from runcoach.domain.training.durability import AFTER_M, FRESH, LENGTHS_M, DurabilityEffort

if TYPE_CHECKING:
    from runcoach.analysis.distance_curve import DistanceCurve

#: An effort is fresh where it begins within the first metres of a run.
FRESH_UNTIL_M = float(AFTER_M[0])


def durability_efforts(curve: DistanceCurve) -> list[DurabilityEffort]:
    """The fresh efforts of a run and those after each distance that it is long enough for.

    As in the best efforts, stretches with a fault of the recording and times faster than the world record do not count.
    """
    found = []
    faults = faults_of(curve)
    for length_m in LENGTHS_M:
        believable = believable_parts(curve, faults, float(length_m))
        for after_m in (FRESH, *AFTER_M):
            parts = _beginning_after(believable, float(curve.distance_m[0]), after_m, length_m)
            effort = best_effort_in_parts(curve, length_m, float(length_m), parts) if parts.low.size else None
            if effort is not None and effort.exact_s >= world_record_s(effort.length_m):
                found.append(DurabilityEffort(after_m, length_m, effort.exact_s, effort.start_s))
    return found


def _beginning_after(parts: Parts, first_m: float, after_m: int, length_m: int) -> Parts:
    """The parts in which an effort begins at or after ``after_m``, or for a fresh one within :data:`FRESH_UNTIL_M`.

    Only those that are long enough for one.
    """
    low = np.maximum(parts.low, np.rint((first_m + after_m) * PER_METRE))
    high = parts.high
    if after_m == FRESH:
        high = np.minimum(high, np.rint((first_m + FRESH_UNTIL_M + length_m) * PER_METRE))
    kept = high - low >= round(length_m * PER_METRE)
    return Parts(low[kept], high[kept])
