"""Choose and repair the distance of a recording's samples: from the device, from positions or from speed.

A device's channel may hold something other than metres since the start: kilometres, metres since the last point or the
last lap, a count that goes on from the activity before, or zeros. Each is recognised by comparison with positions,
speed or the stated total; without anything to compare with the channel is used as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from runcoach.analysis.track_distance import distance_from_positions, distance_from_speed, geodesic_steps_m
from runcoach.domain.distances import METRES_PER_MILE
from runcoach.domain.streams import FloatArray, Streams
from runcoach.domain.units import format_distance

if TYPE_CHECKING:
    from runcoach.analysis.distance_curve import BoolArray
    from runcoach.ingest.timestamps import Pauses

#: Two distances agree within this share.
AGREES = 0.1

#: A counter that differs from both positions and the total by more than this share is wrong.
CONTRADICTS = 0.1

#: A channel that covers less than this share of what positions or speed say is not a distance in metres.
TOO_SHORT = 0.05

#: Distances below this are too short to compare.
SHORTEST_M = 100.0

#: A fall of the distance by more than this is a restart.
RESTART_M = 50.0

#: A stray point is off by at least this much, and an excursion lasts at most this many samples and seconds.
STRAY_M, STRAY_SAMPLES, STRAY_S = 20.0, 10, 30.0

#: Positions that stand still before the track begins or after its end may do so for this long.
STILL_S = 600.0

#: Detours from here on are noted in kilometres.
LONGEST_DETOUR_M = 10_000.0


class StrayPoints(NamedTuple):
    """An excursion of the positions between the samples ``before`` and ``after``, and its length in metres."""

    before: int
    after: int
    points: int
    detour_m: float


@dataclass(slots=True)
class DistanceRepair:
    """The streams with a ``distance_m`` that starts near 0 and is in metres, where there is any evidence for one.

    ``is_device`` tells whether the device measured it; ``removed_m`` are the metres of GPS jumps taken out.
    """

    streams: Streams
    is_device: bool = False
    removed_m: float = 0.0
    notes: list[str] = field(default_factory=list)


def repair_distance(
    streams: Streams, start_s: float, stated_m: float | None, pauses: Pauses, max_speed_ms: float
) -> DistanceRepair:
    """Remove stray points and choose the distance of sorted ``streams``; all times are since 1970."""
    device_m = streams.get("distance_m")
    streams, strays = _remove_stray_points(streams, max_speed_ms)
    repair = DistanceRepair(streams)
    if strays:
        count, detour_m = sum(stray.points for stray in strays), sum(stray.detour_m for stray in strays)
        length = f"{detour_m:.0f} m" if detour_m < LONGEST_DETOUR_M else f"{detour_m / 1000.0:.0f} km"
        repair.notes.append(f"{count} stray GPS point{'s' if count > 1 else ''} removed, {length}")
    lat, lng, speed_ms = (streams.get(name) for name in ("lat_deg", "lng_deg", "speed_ms"))
    track_m = None if lat is None or lng is None else distance_from_positions(lat, lng, streams.time_s, pauses)
    speed_m = None if speed_ms is None else distance_from_speed(speed_ms, streams.time_s)
    if device_m is not None:
        device_m = _in_metres(device_m, track_m, speed_m, stated_m, repair.notes)
    if device_m is not None:
        repair.is_device = True
        device_m = _from_zero(device_m, streams.time_s - start_s, track_m, stated_m, max_speed_ms, repair.notes)
        device_m, repair.removed_m = _without_jumps(device_m, streams.time_s, strays, max_speed_ms)
    chosen = device_m if device_m is not None else track_m if track_m is not None else speed_m
    repair.streams = streams.with_channels({"distance_m": chosen})
    return repair


def _travelled_m(distance_m: FloatArray | None) -> float:
    """The sum of all increases."""
    if distance_m is None:
        return 0.0
    known = distance_m[np.isfinite(distance_m)]
    return float(np.maximum(np.diff(known), 0.0).sum())


def _agrees(distance_m: float, other_m: float, share: float = AGREES) -> bool:
    return abs(distance_m - other_m) < share * other_m


def _is_contradicted(device_m: FloatArray, other_m: FloatArray, stated_m: float) -> bool:
    """Whether another distance and the stated total agree, and not with a counter that never restarts."""
    values = device_m[np.isfinite(device_m)]
    is_counter = values.size > 0 and values.max() > TOO_SHORT * stated_m and not (np.diff(values) < -RESTART_M).any()
    agree = _agrees(_travelled_m(other_m), stated_m) and not _agrees(_travelled_m(device_m), stated_m, CONTRADICTS)
    return is_counter and agree


def _in_metres(
    device_m: FloatArray,
    track_m: FloatArray | None,
    speed_m: FloatArray | None,
    stated_m: float | None,
    notes: list[str],
) -> FloatArray | None:
    """The device's channel in metres since the start; None where it is none, or where positions are the better choice.

    It is compared with what was travelled by position, by speed or as stated, whichever there is first.
    """
    expected_m = next(
        (m for m in (_travelled_m(track_m), _travelled_m(speed_m), stated_m or 0.0) if m > SHORTEST_M), 0.0
    )
    for source, other_m in (("positions", track_m), ("speed", speed_m)):
        if stated_m and other_m is not None and _is_contradicted(device_m, other_m, stated_m):
            notes.append(f"recorded distance not used: {source} and total agree on {format_distance(stated_m)} km")
            return None
    known = np.isfinite(device_m)
    values = device_m[known]
    if not expected_m or not values.size or values.max() - values.min() >= TOO_SHORT * expected_m:
        return device_m
    span = float(values.max() - values.min())
    unit, converted = "", None
    for name, metres in (("kilometers", 1000.0), ("miles", METRES_PER_MILE)):
        if abs(span * metres / expected_m - 1.0) < AGREES:
            unit, converted = f"in {name}", (device_m - values[0]) * metres
            break
    else:
        if abs(float(values[1:].sum()) / expected_m - 1.0) < AGREES:
            per_point = np.where(known, device_m, 0.0)
            unit, converted = "per point", np.where(known, np.cumsum(per_point) - per_point[0], np.nan)
    source = "positions" if _travelled_m(track_m) else "speed" if _travelled_m(speed_m) else "the converted values"
    if converted is not None and source == "speed":
        source = "the converted values"
    if source == "the converted values" and converted is None:
        return device_m  # contradicted by the stated total alone
    what = f"{unit}" if unit else f"of {format_distance(span)} km"
    notes.append(f"recorded distance {what} not used: {format_distance(expected_m)} km from {source}")
    return converted if source == "the converted values" else None


def _from_zero(
    device_m: FloatArray,
    since_start_s: FloatArray,
    track_m: FloatArray | None,
    stated_m: float | None,
    max_speed_ms: float,
    notes: list[str],
) -> FloatArray:
    """A counter that restarts each lap is added up; one that goes on from an earlier activity starts at 0."""
    device_m = _without_lost_values(device_m, notes)
    (at,) = np.isfinite(device_m).nonzero()
    values = device_m[at]
    falls = np.diff(values) < -RESTART_M
    if falls.any():
        steps_m, steps_s = np.diff(values), np.diff(since_start_s[at])
        usual_ms = float(np.median(steps_m[~falls] / np.maximum(steps_s[~falls], 1e-3))) if not falls.all() else 0.0
        restarts_m = np.maximum(values[1:], usual_ms * steps_s)  # also what was covered before the lap ended
        added = np.concatenate([values[:1], values[0] + np.cumsum(np.where(falls, restarts_m, steps_m))])
        expected_m = max(_travelled_m(track_m), stated_m or 0.0) if track_m is not None else stated_m or 0.0
        total_m = float(added[-1])
        if expected_m and abs(total_m / expected_m - 1.0) < AGREES and (values[1:][falls] < RESTART_M).all():
            notes.append(f"distance restarts at {int(falls.sum())} samples: added up to {format_distance(total_m)} km")
            device_m = device_m.copy()
            device_m[at], values = added, added
    first_m, last_m = float(values[0]), float(values[-1])
    is_whole = stated_m is not None and abs(last_m - stated_m) <= 0.02 * stated_m
    if first_m > max(SHORTEST_M, max_speed_ms * float(since_start_s[at[0]])) and not is_whole and last_m >= first_m:
        notes.append(f"distance begins at {format_distance(first_m)} km: counted from the first sample")
        return device_m - first_m
    return device_m


def _without_lost_values(device_m: FloatArray, notes: list[str]) -> FloatArray:
    """Zeros after which a counter goes on from where it was become missing: the sensor was lost for a while."""
    highest_m = np.fmax.accumulate(device_m)
    zero = (device_m == 0.0) & (highest_m > RESTART_M)
    if not zero.any():
        return device_m
    (known,), (lost,) = (np.isfinite(device_m) & ~zero).nonzero(), zero.nonzero()
    following = known.searchsorted(lost)
    lost = lost[following < known.size]
    lost = lost[device_m[known[known.searchsorted(lost)]] >= highest_m[lost]]
    if not lost.size:
        return device_m
    notes.append(f"{lost.size} samples without distance (0 m)")
    device_m = device_m.copy()
    device_m[lost] = np.nan
    return device_m


def _remove_stray_points(streams: Streams, max_speed_ms: float) -> tuple[Streams, list[StrayPoints]]:
    """Streams without positions of stray points, and the excursions.

    An excursion leaves the track and returns to it faster than the sport allows, within :data:`STRAY_SAMPLES` samples
    and :data:`STRAY_S`; the direct way between the points before and after it is possible. Stray points at the start
    and the end are parted from the track by one such step.
    """
    lat, lng = streams.get("lat_deg"), streams.get("lng_deg")
    if lat is None or lng is None or np.ptp(streams.time_s) < 1.0:  # without times no step is too fast
        return streams, []
    (at,) = (np.isfinite(lat) & np.isfinite(lng)).nonzero()
    step_m = geodesic_steps_m(lat[at], lng[at])
    time_s = streams.time_s[at]
    is_fast = step_m > max_speed_ms * np.diff(time_s) + STRAY_M
    (fast,) = is_fast.nonzero()
    strays: list[StrayPoints] = []
    stray = np.zeros(at.size, dtype=np.bool_)
    resume = 0
    for leave, back in zip(fast.tolist(), fast[1:].tolist(), strict=False):
        before, after = leave, back + 1
        if before < resume or back - leave > STRAY_SAMPLES or time_s[after] - time_s[before] > STRAY_S:
            continue
        ends = at[[before, after]]
        direct_m = float(geodesic_steps_m(lat[ends], lng[ends])[0])
        if direct_m <= max_speed_ms * (time_s[after] - time_s[before]) + STRAY_M / 2:
            stray[before + 1 : after] = True
            detour_m = float(step_m[before:after].sum()) - direct_m
            strays.append(StrayPoints(int(at[before]), int(at[after]), back - leave, detour_m))
            is_fast[leave : back + 1] = False
            resume = after
    first, last = _believable_ends(step_m, is_fast, time_s)
    if first:
        strays.insert(0, StrayPoints(int(at[first - 1]), int(at[first]), first, float(step_m[first - 1])))
    if last < at.size - 1:
        strays.append(StrayPoints(int(at[last]), int(at[last + 1]), at.size - 1 - last, float(step_m[last])))
    if not strays:
        return streams, []
    stray[:first] = stray[last + 1 :] = True
    positions = {"lat_deg": lat.copy(), "lng_deg": lng.copy()}
    for values in positions.values():
        values[at[stray]] = np.nan
    return streams.with_channels(positions), strays


def _believable_ends(step_m: FloatArray, is_fast: BoolArray, time_s: FloatArray) -> tuple[int, int]:
    """The first and the last position that belong to the track.

    Those before and after are parted from it by a step that is too fast, and are few or stand still: the place of the
    day before until the first fix, or what a watch guesses indoors.
    """
    travelled_m = np.concatenate([[0.0], np.cumsum(np.where(is_fast, 0.0, step_m))])

    def is_stray(begin: int, end: int) -> bool:
        seconds = time_s[end] - time_s[begin]
        is_short = end - begin < STRAY_SAMPLES and seconds <= STRAY_S
        return bool(is_short or (travelled_m[end] - travelled_m[begin] <= STRAY_M and seconds <= STILL_S))

    first, last = 0, time_s.size - 1
    (leaves,) = is_fast.nonzero()
    for leave in leaves.tolist():
        if leave + 1 < time_s.size / 2:
            first = leave + 1 if is_stray(0, leave) else first
        elif is_stray(leave + 1, time_s.size - 1):
            return first, leave
    return first, last


def _without_jumps(
    device_m: FloatArray, time_s: FloatArray, strays: list[StrayPoints], max_speed_ms: float
) -> tuple[FloatArray, float]:
    """Take GPS jumps out of the device's distance where it has followed stray points; the metres removed."""
    removed_m = 0.0
    for before, after, _, _ in strays:
        gained_m, seconds = device_m[after] - device_m[before], float(time_s[after] - time_s[before])
        if not gained_m > max_speed_ms * seconds + STRAY_M:
            continue
        steps = np.concatenate([np.diff(device_m[: before + 1])[-60:], np.diff(device_m[after:])[:60]])
        passed = np.concatenate([np.diff(time_s[: before + 1])[-60:], np.diff(time_s[after:])[:60]])
        usual_ms = float(np.nansum(steps)) / (float(np.nansum(passed)) or 1.0)
        if removed_m == 0.0:
            device_m = device_m.copy()
        excess_m = float(gained_m) - min(usual_ms, max_speed_ms) * seconds
        device_m[before + 1 : after] = np.nan
        device_m[after:] -= excess_m
        removed_m += excess_m
    return device_m, removed_m
