"""Reconcile stated totals with samples, before anything is stored; every choice is noted with its reason.

Distance, elapsed and moving time come from one origin, so that pace is never the quotient of figures about different
things. A stated total loses where it is zero or negative, impossible for the sport, or contradicted by the samples by
more than the tolerances below. Samples lose where they cover only part of what the totals state.
"""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np

from runcoach.analysis import stream_summary
from runcoach.analysis.moving_time import STOPPED_S
from runcoach.domain import sports
from runcoach.domain.recording import Totals
from runcoach.domain.streams import Streams
from runcoach.domain.units import format_distance, format_duration
from runcoach.ingest.timestamps import has_times

#: How far the distance of the samples may exceed or fall short of the stated one: where the device measured both, and
#: where that of the samples is from positions or speed.
DEVICE_TOLERANCE, TRACK_TOLERANCE, TOLERANCE_M = 0.05, 0.2, 50.0

#: Samples that cover less than the first share of the stated time and distance cover only part of the activity. A timer
#: or samples without positions that cover less than the second are not of the whole activity.
PARTIAL, WHOLE = 0.95, 0.9

#: Without positions a stated total that differs by more than this was corrected by the runner, within these ratios.
CORRECTED_SHARE, CORRECTED_M, CORRECTED_RATIO = 0.01, 20.0, 2.0

#: Stated elapsed time may fall short of the samples' by this much.
ELAPSED_SHARE, ELAPSED_S = 0.01, 5.0

#: Nobody leaves a device running for longer than this after the last sample.
LONGEST_END_S = 86_400.0

#: No stated climb is steeper than this, in metres per metre.
STEEPEST = 1.0


class Reconciled(NamedTuple):
    """Totals that agree with each other, the samples (scaled where the runner had corrected the total), the reasons."""

    totals: Totals
    streams: Streams | None
    notes: tuple[str, ...]


def finite_totals(totals: Totals) -> Totals:
    """The totals as stated, without values that JSON has no form for."""
    values = {item.name: getattr(totals, item.name) for item in fields(Totals)}
    return Totals(**{n: v if v is not None and math.isfinite(v) else None for n, v in values.items()})


def stated_totals(totals: Totals) -> Totals:
    """The stated totals without figures that cannot be: not finite or negative, or a zero for distance or time."""
    cleaned = {}
    for item in fields(Totals):
        value = getattr(totals, item.name)
        is_possible = value is not None and math.isfinite(value) and (value >= 0.0 or item.name in _MAY_BE_NEGATIVE)
        cleaned[item.name] = value if is_possible and (value or item.name not in _NEVER_ZERO) else None
    return Totals(**cleaned)


_MAY_BE_NEGATIVE = frozenset({"elevation_low_m", "elevation_high_m", "temperature_c"})
_NEVER_ZERO = frozenset({"distance_m", "elapsed_s", "timer_s", "moving_s"})


def reconcile(
    stated: Totals,
    streams: Streams | None,
    sport: str,
    *,
    paused_s: float = 0.0,
    is_device: bool = True,
    is_indoor: bool = False,
    removed_m: float = 0.0,
) -> Reconciled:
    """Totals of a file's recording from its stated totals and its samples.

    ``streams`` count seconds from the activity's start. ``is_device`` tells whether the device measured their
    distance, ``removed_m`` how many metres of GPS jumps were taken out of it, ``paused_s`` how long the timer stood.
    """
    notes: list[str] = []
    clean = stated_totals(stated)
    if streams is None:
        return Reconciled(_without_samples(clean, stated, sport, notes), None, tuple(notes))
    if not has_times(streams):
        return Reconciled(_without_times(clean, streams, notes), streams, tuple(notes))
    ratio = _correction(clean, streams, is_indoor=is_indoor)
    if ratio is not None:
        streams = _scaled(streams, ratio)
        notes.append(f"samples scaled by {ratio:.4f} to the corrected total of {format_distance(clean.distance_m)} km")
    measured = stream_summary.summarize(streams, sports.standing_speed_ms(sport))
    totals = _chosen(clean, stated, measured, _covered(streams), sport, paused_s, is_device, removed_m, notes)
    return Reconciled(totals, streams, tuple(notes))


class _Covered(NamedTuple):
    """What samples cover: the last is ``until_s`` after the start; seconds and metres from the first to the last."""

    until_s: float
    seconds: float
    metres: float


def _covered(streams: Streams) -> _Covered:
    distance_m = streams.get("distance_m")
    known = None if distance_m is None else distance_m[np.isfinite(distance_m)]
    metres = 0.0 if known is None or not known.size else float(known.max() - known[0])
    until_s = float(np.max(streams.time_s))
    return _Covered(until_s, until_s - float(np.min(streams.time_s)), metres)


def _chosen(
    clean: Totals,
    stated: Totals,
    measured: Totals,
    covered: _Covered,
    sport: str,
    paused_s: float,
    is_device: bool,
    removed_m: float,
    notes: list[str],
) -> Totals:
    totals = clean.or_else(measured)
    duration_s = max(clean.elapsed_s or 0.0, clean.timer_s or 0.0)
    if _is_partial(clean, covered, duration_s, sport):
        part = f"samples cover {format_duration(covered.seconds)} of {format_duration(duration_s)}"
        notes.append(f"{part}: distance and time as stated")
        moving_s = clean.moving_s or clean.timer_s or clean.elapsed_s
        return replace(totals, elapsed_s=duration_s, moving_s=min(moving_s or duration_s, duration_s))
    reason = _why_not_distance(
        clean, stated, measured, covered.until_s, sport, is_device=is_device, removed_m=removed_m
    )
    if reason is not None:
        totals = replace(totals, distance_m=measured.distance_m)
        notes.append(reason)
    elapsed_s = _elapsed_s(clean, covered.until_s, notes, samples_win=reason is not None)
    if is_device and reason is None and measured.moving_s is not None:
        outside_s = _moving_outside_s(clean, covered, measured.moving_s, elapsed_s)
        measured = replace(measured, moving_s=measured.moving_s + outside_s)
    totals = replace(totals, elapsed_s=elapsed_s, moving_s=_moving_s(clean, measured, elapsed_s, paused_s, notes))
    gain_m, distance_m = clean.elevation_gain_m, totals.distance_m
    if gain_m is not None and distance_m and gain_m > STEEPEST * distance_m:
        notes.append(f"stated elevation gain of {gain_m:.0f} m is impossible over {format_distance(distance_m)} km")
        totals = replace(totals, elevation_gain_m=measured.elevation_gain_m)
    return totals


def _is_partial(clean: Totals, covered: _Covered, duration_s: float, sport: str) -> bool:
    """Whether the samples cover only part of the time and of the distance that are stated."""
    if clean.distance_m is None or covered.seconds >= min(PARTIAL * duration_s, duration_s - ELAPSED_S):
        return False
    is_possible = clean.distance_m <= sports.max_speed_ms(sport) * duration_s
    return is_possible and covered.metres < PARTIAL * clean.distance_m


def _why_not_distance(
    clean: Totals,
    stated: Totals,
    measured: Totals,
    span_s: float,
    sport: str,
    *,
    is_device: bool,
    removed_m: float,
) -> str | None:
    """Why the stated distance is not used; None where it is, or where the samples have none of their own."""
    sampled_m, stated_m = measured.distance_m, clean.distance_m
    if sampled_m is None:
        return None
    covered = f"the samples cover {format_distance(sampled_m)} km"
    if stated_m is None:
        is_wrong = stated.distance_m is not None and sampled_m > 0.0
        return f"stated distance of {_written(stated.distance_m)} km not used: {covered}" if is_wrong else None
    if stated_m > sports.max_speed_ms(sport) * max(span_s, clean.elapsed_s or 0.0, clean.timer_s or 0.0):
        return f"stated distance of {_written(stated_m)} km is impossible: {covered}"
    if removed_m and abs(stated_m - sampled_m - removed_m) < abs(stated_m - sampled_m):
        return f"stated distance of {_written(stated_m)} km includes {removed_m:.0f} m of GPS jumps: {covered}"
    tolerance = DEVICE_TOLERANCE if is_device else TRACK_TOLERANCE
    if abs(sampled_m - stated_m) > tolerance * stated_m + TOLERANCE_M and sampled_m > TOLERANCE_M:
        return f"stated distance of {_written(stated_m)} km not used: {covered}"
    return None


def _elapsed_s(clean: Totals, span_s: float, notes: list[str], *, samples_win: bool) -> float:
    """Start to end, never less than the samples span."""
    stated_s = clean.elapsed_s
    if stated_s is None:
        return max(span_s, 0.0 if samples_win else clean.timer_s or 0.0)
    if stated_s < span_s * (1.0 - ELAPSED_SHARE) - ELAPSED_S or stated_s > span_s + LONGEST_END_S:
        notes.append(
            f"stated elapsed time of {format_duration(stated_s)} not used: the samples span {format_duration(span_s)}"
        )
        return span_s
    return stated_s


def _moving_s(clean: Totals, measured: Totals, elapsed_s: float, paused_s: float, notes: list[str]) -> float | None:
    """Timer time where the timer was stopped, else as stated or measured; never more than elapsed time."""
    timer_s = clean.timer_s
    if timer_s is not None and timer_s > elapsed_s + ELAPSED_S:
        notes.append(
            f"stated timer time of {format_duration(timer_s)} not used: elapsed time is {format_duration(elapsed_s)}"
        )
        timer_s = None
    covers_all = timer_s is not None and timer_s >= WHOLE * (measured.moving_s or 0.0)
    was_stopped = paused_s >= STOPPED_S or (timer_s is not None and elapsed_s - timer_s >= STOPPED_S)
    if timer_s is not None and covers_all and was_stopped:
        moving_s: float | None = timer_s
    else:
        moving_s = measured.moving_s if clean.moving_s is None else clean.moving_s
    return None if moving_s is None else min(moving_s, elapsed_s)


def _moving_outside_s(clean: Totals, covered: _Covered, moving_s: float, elapsed_s: float) -> float:
    """Seconds in motion before the first and after the last sample: for the stated distance that they lack."""
    missing_m = (clean.distance_m or 0.0) - covered.metres
    if not covered.metres or missing_m <= max(CORRECTED_SHARE * covered.metres, CORRECTED_M):
        return 0.0
    return min(missing_m * moving_s / covered.metres, max(elapsed_s - covered.seconds, 0.0))


def _correction(clean: Totals, streams: Streams, *, is_indoor: bool) -> float | None:
    """By what the samples of a run without positions fall short of a total that the runner has corrected.

    None where samples and totals are of different durations: one of them covers only part of the run.
    """
    distance_m, stated_m = streams.get("distance_m"), clean.distance_m
    if distance_m is None or stated_m is None or not (is_indoor or streams.get("lat_deg") is None):
        return None
    known, span_s = np.isfinite(distance_m), float(np.max(streams.time_s))
    duration_s = max(clean.elapsed_s or 0.0, clean.timer_s or 0.0)
    if not known.any() or span_s < WHOLE * duration_s or 0.0 < duration_s < WHOLE * span_s:
        return None
    sampled_m = float(distance_m[known].max())
    if abs(stated_m - sampled_m) <= max(CORRECTED_SHARE * stated_m, CORRECTED_M):
        return None
    ratio = stated_m / sampled_m if sampled_m else math.inf
    return ratio if 1.0 / CORRECTED_RATIO <= ratio <= CORRECTED_RATIO else None


def _scaled(streams: Streams, ratio: float) -> Streams:
    changed = {name: streams.channels[name] * ratio for name in ("distance_m", "speed_ms") if name in streams.channels}
    return streams.with_channels(changed).quantized()


def _without_samples(clean: Totals, stated: Totals, sport: str, notes: list[str]) -> Totals:
    """Stated totals alone: a distance that is impossible in the stated time is dropped, a stated zero is kept."""
    moving_s, elapsed_s = clean.moving_s or clean.timer_s, clean.elapsed_s
    distance_m = clean.distance_m if clean.distance_m is not None or stated.distance_m != 0.0 else 0.0
    duration_s = max(moving_s or 0.0, elapsed_s or 0.0)
    if distance_m and duration_s and distance_m > sports.max_speed_ms(sport) * duration_s:
        notes.append(f"stated distance of {_written(distance_m)} km is impossible in {format_duration(duration_s)}")
        distance_m = None
    if moving_s is not None and elapsed_s is not None:
        elapsed_s = max(elapsed_s, moving_s)
    return replace(clean, distance_m=distance_m, moving_s=moving_s, elapsed_s=elapsed_s)


def _without_times(clean: Totals, streams: Streams, notes: list[str]) -> Totals:
    """All samples have one time: distance from them, durations as stated, no pace where none is stated."""
    distance_m, altitude_m = streams.get("distance_m"), streams.get("altitude_m")
    known = None if distance_m is None else distance_m[np.isfinite(distance_m)]
    sampled_m = float(known[-1]) if known is not None and known.size > 1 else None
    if len(streams) > 1:
        notes.append("all samples have the same time: no times, no pace and no efforts")
    elapsed_s = clean.elapsed_s or clean.timer_s or clean.moving_s
    measured = stream_summary.summarize(streams)
    return replace(
        clean,
        distance_m=clean.distance_m if clean.distance_m is not None else sampled_m,
        elapsed_s=elapsed_s,
        moving_s=clean.moving_s or clean.timer_s or clean.elapsed_s,
        elevation_gain_m=measured.elevation_gain_m if clean.elevation_gain_m is None else clean.elevation_gain_m,
        elevation_low_m=measured.elevation_low_m if altitude_m is not None else clean.elevation_low_m,
        elevation_high_m=measured.elevation_high_m if altitude_m is not None else clean.elevation_high_m,
    )


def _written(metres: float | None) -> str:
    return format_distance(metres) if metres is not None and math.isfinite(metres) else str(metres)
