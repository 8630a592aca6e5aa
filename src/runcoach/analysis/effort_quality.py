"""Faults of a recording, the believable stretches between them, and whether an effort is suspect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from runcoach.analysis.best_efforts import PER_METRE, Parts, best_efforts
from runcoach.analysis.distance_curve import FASTEST_MS, BoolArray, DistanceCurve, IntArray, steps_within, stretches
from runcoach.analysis.world_records import world_record_s
from runcoach.domain.activity import Effort, Quality
from runcoach.domain.streams import FloatArray

#: Consecutive steps faster than anyone runs are a jump where they cover this many metres.
JUMP_M = 20.0

#: A gap between samples is longer than GAP_S; no more than this share of an effort's distance may lie in one gap.
GAP_S, GAP_SHARE = 30.0, 0.1

#: Around a stretch faster than the world record, steps belong to it while the speed over DRIVE_WINDOW_S exceeds
#: DRIVE_MS; two such stretches less than DRIVE_STOP_S apart are one drive.
DRIVE_MS, DRIVE_WINDOW_S, DRIVE_STOP_S = 5.0, 10.0, 300.0


class Spans(NamedTuple):
    """First and last vertices of stretches of a curve."""

    start: IntArray
    end: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Faults:
    """Where a curve cannot be believed. ``drives`` are stretches in which some distance beats the world record.

    ``faulty`` are the stretches of clock breaks, resets, jumps and drives together. ``gaps`` are the other steps longer
    than :data:`GAP_S`; how much of one is allowed depends on the effort's distance.
    """

    jumps: Spans
    drives: Spans
    faulty: Spans
    gaps: IntArray

    def __bool__(self) -> bool:
        return bool(self.gaps.size or self.faulty.start.size)


def find_faults(curve: DistanceCurve, fastest: Sequence[Effort]) -> Faults:
    """The faults of a curve; ``fastest`` are its best efforts over the ranked distances."""
    step_m, step_s = np.diff(curve.distance_m), np.diff(curve.time_s)
    too_fast = step_m > FASTEST_MS * step_s + 1e-6
    is_record = any(effort.exact_s < world_record_s(effort.length_m) for effort in fastest)
    if not (curve.clock_breaks.size or curve.resets.size or is_record or too_fast.any()):
        none = Spans(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))
        return Faults(none, none, none, (step_s > GAP_S).nonzero()[0])
    jumps = _jumps(curve, too_fast)
    faulty = steps_within(jumps, curve.time_s.size)
    faulty[curve.clock_breaks - 1] = faulty[curve.resets - 1] = True
    drives = _drives(curve, faulty, fastest)
    if drives.start.size:
        faulty |= steps_within(drives, curve.time_s.size)
    gaps = ((step_s > GAP_S) & ~faulty).nonzero()[0]
    return Faults(jumps, drives, Spans(*stretches(faulty)), gaps)


@lru_cache(maxsize=2)  # called for the same curve by efforts and durability
def faults_of(curve: DistanceCurve) -> Faults:
    """The faults of a curve."""
    return find_faults(curve, ranked_efforts(curve))


@lru_cache(maxsize=2)
def ranked_efforts(curve: DistanceCurve) -> tuple[Effort, ...]:
    """The best efforts of a curve over the ranked distances, quality not assessed."""
    return tuple(best_efforts(curve))


def believable_parts(curve: DistanceCurve, faults: Faults, length_m: float, ignored: Sequence[Effort] = ()) -> Parts:
    """The parts in which an effort over ``length_m`` is not suspect, and which share nothing with ``ignored`` ones.

    A gap that is longer than :data:`GAP_SHARE` of the length separates parts, but both reach into it by that share.
    """
    distance_um = np.rint(curve.distance_m * PER_METRE)
    first, last = faults.faulty
    gaps = faults.gaps
    share_um = np.rint(GAP_SHARE * length_m * PER_METRE)
    gaps = gaps[distance_um[gaps + 1] - distance_um[gaps] > share_um]
    cut = np.array([(effort.start_s, effort.end_s) for effort in ignored]).reshape(-1, 2)
    set_aside = np.rint(np.interp(cut, curve.time_s, curve.distance_m) * PER_METRE)
    high = np.concatenate([distance_um[first], distance_um[gaps] + share_um, set_aside[:, 0]])
    low = np.concatenate([distance_um[last], distance_um[gaps + 1] - share_um, set_aside[:, 1]])
    order = np.lexsort((low, high))
    return Parts(
        np.maximum.accumulate(np.concatenate([distance_um[:1], low[order]])),
        np.concatenate([high[order], distance_um[-1:]]),
    )


def assess(efforts: Sequence[Effort], curve: DistanceCurve, faults: Faults | None = None) -> list[Effort]:
    """The same efforts with ``quality`` and ``reason`` set; suspect where they share a stretch with a fault.

    Faults are a clock that stepped back, a distance that was reset, a GPS jump (consecutive steps faster than anyone
    runs over :data:`JUMP_M` or more), a gap of over :data:`GAP_S` with more than :data:`GAP_SHARE` of the distance, and
    a stretch faster than the world record.
    """
    faults = faults_of(curve) if faults is None else faults
    assessed = []
    for effort in efforts:
        reason = (
            _broken(effort, curve)
            or _jump_in(effort, curve, faults.jumps)
            or _gap_in(effort, curve, faults.gaps)
            or ("faster than the world record" if effort.exact_s < world_record_s(effort.length_m) else None)
            or _drive_in(effort, curve, faults.drives)
        )
        assessed.append(replace(effort, quality=Quality.SUSPECT if reason else Quality.OK, reason=reason))
    return assessed


def _jumps(curve: DistanceCurve, too_fast: BoolArray) -> Spans:
    """The stretches of consecutive too fast steps that are as long as a jump."""
    start, end = stretches(too_fast)
    far = curve.distance_m[end] - curve.distance_m[start] > JUMP_M - 1e-6
    return Spans(start[far], end[far])


def _drives(curve: DistanceCurve, faulty: BoolArray, fastest: Sequence[Effort]) -> Spans:
    """Stretches in which a distance is covered faster than the world record, other faults aside.

    The shortest distance comes first: a car is found by 400 m, and 5 km that reach from the run into it are not asked.
    """
    drive = np.zeros(faulty.size, dtype=np.bool_)
    for effort in fastest:
        record_s = world_record_s(effort.length_m)
        if effort.exact_s < record_s:
            faster = _faster_than(curve, faulty | drive, effort.length_m, record_s)
            drive |= steps_within(faster, curve.time_s.size)
    return Spans(*stretches(_whole_drives(curve, drive) if drive.any() else drive))


def _faster_than(curve: DistanceCurve, faulty: BoolArray, length_m: float, record_s: float) -> Spans:
    """All stretches of a length, from or to a vertex, that take less than ``record_s`` and hold no faulty step."""
    x, time_s = np.rint(curve.distance_m * PER_METRE), curve.time_s
    length = round(length_m * PER_METRE)
    first, last = stretches(faulty)
    parts = Parts(np.concatenate([x[:1], x[last]]), np.concatenate([x[first], x[-1:]]))
    ahead, behind = parts.starts(x, length), parts.ends(x, length)
    ahead = ahead[np.interp(x[ahead] + length, x, time_s) - time_s[ahead] < record_s]
    behind = behind[time_s[behind] - np.interp(x[behind] - length, x, time_s) < record_s]
    return Spans(
        np.concatenate([ahead, x.searchsorted(x[behind] - length, "right") - 1]),
        np.concatenate([x.searchsorted(x[ahead] + length), behind]),
    )


def _whole_drives(curve: DistanceCurve, drive: BoolArray) -> BoolArray:
    """Extend the marked steps to the slower parts of each drive, and across short stops within it."""
    middle_s, half_s = (curve.time_s[1:] + curve.time_s[:-1]) / 2.0, DRIVE_WINDOW_S / 2.0
    ahead_m, behind_m = (np.interp(middle_s + side, curve.time_s, curve.distance_m) for side in (half_s, -half_s))
    start, end = stretches(drive | (ahead_m - behind_m > DRIVE_MS * DRIVE_WINDOW_S))
    counts = np.concatenate([[0], np.cumsum(drive)])
    held = counts[end] > counts[start]
    start, end = start[held], end[held]
    joined = np.concatenate([curve.time_s[start[1:]] - curve.time_s[end[:-1]] < DRIVE_STOP_S, [False]])
    end = np.where(joined, np.concatenate([start[1:], [0]]), end)
    return steps_within((start, end), curve.time_s.size)


def _broken(effort: Effort, curve: DistanceCurve) -> str | None:
    for at, reason in ((curve.clock_breaks, "clock stepped back"), (curve.resets, "distance was reset")):
        if at.size and _inside(effort, curve.time_s[at - 1], curve.time_s[at]).any():
            return reason
    return None


def _jump_in(effort: Effort, curve: DistanceCurve, jumps: Spans) -> str | None:
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
    if not (share > GAP_SHARE + 1e-6).any():
        return None
    worst = share.argmax()
    return f"{100 * share[worst]:.0f} % of it in one gap of {end_s[worst] - start_s[worst]:.0f} s"


def _drive_in(effort: Effort, curve: DistanceCurve, drives: Spans) -> str | None:
    start, end = drives
    if not start.size or not _inside(effort, curve.time_s[start], curve.time_s[end]).any():
        return None
    return "in a stretch faster than the world record, as by car or bicycle"


def _inside(effort: Effort, start_s: FloatArray, end_s: FloatArray) -> BoolArray:
    """Which spans of time share more than a moment with the effort; a span that is a moment need only touch it."""
    shared_s = np.minimum(end_s, effort.end_s) - np.maximum(start_s, effort.start_s)
    inside: BoolArray = np.where(end_s > start_s, shared_s > 1e-6, shared_s >= -1e-6)
    return inside
