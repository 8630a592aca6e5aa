"""Whether an effort is to be believed: suspect where the recording is broken, check where it outruns the runner."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from runcoach.analysis.distance_curve import FASTEST_MS, stretches
from runcoach.domain.activity import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runcoach.analysis.distance_curve import BoolArray, DistanceCurve, IntArray
    from runcoach.domain.activity import Effort
    from runcoach.domain.streams import FloatArray

#: Men's world records, metres → seconds, the track's where there is one, else the road's. The table is of 2026.
WORLD_RECORDS: dict[float, float] = {
    100.0: 9.58,  # Usain Bolt, 16 August 2009
    200.0: 19.19,  # Usain Bolt, 20 August 2009
    400.0: 43.03,  # Wayde van Niekerk, 14 August 2016
    800.0: 100.91,  # David Rudisha, 9 August 2012
    1000.0: 131.96,  # Noah Ngeny, 5 September 1999
    1500.0: 206.00,  # Hicham El Guerrouj, 14 July 1998
    1609.344: 223.13,  # Hicham El Guerrouj, 7 July 1999
    3000.0: 437.55,  # Jakob Ingebrigtsen, 25 August 2024
    5000.0: 755.36,  # Joshua Cheptegei, 14 August 2020
    10000.0: 1571.00,  # Joshua Cheptegei, 7 October 2020
    21097.5: 3440.0,  # Jacob Kiplimo, 8 March 2026
    42195.0: 7170.0,  # Sabastian Sawe, 26 April 2026
    50000.0: 9523.0,  # CJ Albertson, 8 October 2022
    100000.0: 21935.0,  # Aleksandr Sorokin, 14 May 2023
    160934.0: 39099.0,  # Aleksandr Sorokin, 6 January 2022
    319614.0: 86400.0,  # Aleksandr Sorokin, 18 September 2022
}

#: Where this many metres on end are faster than anyone runs, it is the recording that jumps.
JUMP_M = 20.0

#: A gap between samples is longer than this; an effort may owe it no more than this share of its distance.
GAP_S, GAP_SHARE = 30.0, 0.1

#: How much faster than the runner's neighbouring bests imply an effort may be.
CHECK_FASTER = 0.15

#: Riegel's exponent: T2 = T1 · (D2 / D1) ** 1.06 (P. S. Riegel, Athletic Records and Human Endurance, American
#: Scientist 69, 1981).
RIEGEL = 1.06


def assess(efforts: Sequence[Effort], curve: DistanceCurve) -> list[Effort]:
    """The same efforts with ``quality`` and ``reason`` filled: suspect where the recording cannot be believed.

    That is where the clock stepped back or the distance was reset inside the effort, where it holds a jump (steps on
    end faster than anyone runs over :data:`JUMP_M` or more), where more than :data:`GAP_SHARE` of its distance
    lies in one gap of over :data:`GAP_S`, and where it is faster than the world record.
    """
    jumps, gaps = _jumps(curve), (np.diff(curve.time_s) > GAP_S).nonzero()[0]
    judged = []
    for effort in efforts:
        reason = (
            _broken(effort, curve)
            or _jump_in(effort, curve, jumps)
            or _gap_in(effort, curve, gaps)
            or ("faster than the world record" if effort.exact_s < world_record_s(effort.length_m) else None)
        )
        judged.append(replace(effort, quality=Quality.SUSPECT if reason else Quality.OK, reason=reason))
    return judged


def world_record_s(length_m: float) -> float:
    """Seconds of the world record over any distance.

    Between and beyond the distances of :data:`WORLD_RECORDS` time is taken to be a power of distance (a straight line
    through the two nearest in log–log).
    """
    metres = list(WORLD_RECORDS)
    right = min(max(bisect_left(metres, length_m), 1), len(metres) - 1)
    near, far = metres[right - 1], metres[right]
    exponent = math.log(WORLD_RECORDS[far] / WORLD_RECORDS[near]) / math.log(far / near)
    return float(WORLD_RECORDS[far] * (length_m / far) ** exponent)


def implied_s(from_m: float, from_s: float, to_m: float) -> float:
    """The time over ``to_m`` that a time over ``from_m`` implies (see :data:`RIEGEL`)."""
    return float(from_s * (to_m / from_m) ** RIEGEL)


def check_limit_s(length_m: float, bests: Mapping[float, float]) -> float | None:
    """The time over ``length_m`` beyond which this runner is not to be believed at once (:data:`CHECK_FASTER`).

    ``bests`` maps the lengths of the ranked distances to the runner's best time over each. The neighbours are the
    nearest shorter and the nearest longer one in it; only what is too fast for both is too fast, and where there is
    only one, it decides. None without any: then nothing can be said.
    """
    shorter = max((metres for metres in bests if metres < length_m), default=None)
    longer = min((metres for metres in bests if metres > length_m), default=None)
    implied = [implied_s(metres, bests[metres], length_m) for metres in (shorter, longer) if metres is not None]
    return min(implied) / (1.0 + CHECK_FASTER) if implied else None


def _jumps(curve: DistanceCurve) -> tuple[IntArray, IntArray]:
    """First and last vertices of the stretches that nobody can have run."""
    step_m, step_s = np.diff(curve.distance_m), np.diff(curve.time_s)
    start, end = stretches(step_m > FASTEST_MS * step_s + 1e-6)
    far = curve.distance_m[end] - curve.distance_m[start] > JUMP_M - 1e-6
    return start[far], end[far]


def _broken(effort: Effort, curve: DistanceCurve) -> str | None:
    for at, reason in ((curve.clock_breaks, "clock stepped back"), (curve.resets, "distance was reset")):
        if at.size and _inside(effort, curve.time_s[at - 1], curve.time_s[at]).any():
            return reason
    return None


def _jump_in(effort: Effort, curve: DistanceCurve, jumps: tuple[IntArray, IntArray]) -> str | None:
    start, end = jumps
    if start.size:
        inside = _inside(effort, curve.time_s[start], curve.time_s[end])
        start, end = start[inside], end[inside]
    if not start.size:
        return None
    jump_m, jump_s = curve.distance_m[end] - curve.distance_m[start], curve.time_s[end] - curve.time_s[start]
    worst = jump_m.argmax()
    return f"GPS jump of {jump_m[worst]:.0f} m in {jump_s[worst]:.3g} s"


def _gap_in(effort: Effort, curve: DistanceCurve, gaps: IntArray) -> str | None:
    if not gaps.size:
        return None
    start_s, end_s = curve.time_s[gaps], curve.time_s[gaps + 1]
    inside_s = np.minimum(end_s, effort.end_s) - np.maximum(start_s, effort.start_s)
    speed_ms = (curve.distance_m[gaps + 1] - curve.distance_m[gaps]) / (end_s - start_s)
    share = np.maximum(inside_s, 0.0) * speed_ms / effort.length_m
    if not (share > GAP_SHARE).any():
        return None
    worst = share.argmax()
    return f"{100 * share[worst]:.0f} % of it in one gap of {end_s[worst] - start_s[worst]:.0f} s"


def _inside(effort: Effort, start_s: FloatArray, end_s: FloatArray) -> BoolArray:
    """Which spans of time share more than a moment with the effort; a span that is a moment need only touch it."""
    shared_s = np.minimum(end_s, effort.end_s) - np.maximum(start_s, effort.start_s)
    inside: BoolArray = np.where(end_s > start_s, shared_s > 1e-6, shared_s >= -1e-6)
    return inside
