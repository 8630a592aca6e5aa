"""Compare computed efforts with those that Strava reports, and find the cause of each difference.

A cause is given only where the figures confirm it: *other length* if both agree over the same metres, *pause* if they
agree without rests, *suspect* if the recording is faulty in that stretch, *edited* if Strava's totals differ from those
of the samples. Everything else is *unexplained*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from runcoach.analysis.best_efforts import best_effort, best_efforts
from runcoach.analysis.distance_curve import DistanceCurve, distance_curve
from runcoach.analysis.effort_quality import assess
from runcoach.analysis.moving_time import cumulative_moving_s
from runcoach.analysis.world_records import world_record_s
from runcoach.domain.activity import Effort, Quality
from runcoach.domain.comparison import DifferenceCause, EffortPair, ReportedEffort
from runcoach.domain.distances import LENGTH_M, distance_title
from runcoach.domain.streams import Streams
from runcoach.domain.units import format_distance, format_duration

#: Times that differ by at most this are equal except for rounding.
ROUNDING_S = 1

#: A run shorter by this share is a matter of rounding.
REMAINDER_SHARE = 0.001

#: Totals that differ by more than this are not of the same recording.
EDITED_SHARE, EDITED_S = 0.005, 5.0

#: Strava's names of the ranked distances. Strava has other names too, and none for 800 m.
LABELS: dict[str, int] = {
    "400m": 400,
    "1K": 1000,
    "1 mile": 1609,
    "5K": 5000,
    "10K": 10000,
    "Half-Marathon": 21100,
    "Marathon": 42200,
    "50K": 50000,
}

Reason = tuple[DifferenceCause, str | None]


@dataclass(frozen=True)
class Run:
    """The samples of a run and Strava's totals. ``ignored`` maps labels of ignored efforts to the reason."""

    streams: Streams | None
    is_indoor: bool = False
    distance_m: float | None = None
    elapsed_s: float | None = None
    ignored: Mapping[int, str] | None = None

    @cached_property
    def curve(self) -> DistanceCurve | None:
        """The distance curve; None without samples or distance."""
        return None if self.streams is None else distance_curve(self.streams)

    @cached_property
    def edited(self) -> str | None:
        """How Strava's totals differ from those of the samples; None where they do not."""
        if self.curve is None or self.streams is None:
            return None
        our_m, our_s = float(self.curve.distance_m[-1]), float(np.ptp(self.streams.time_s))
        if self.distance_m and abs(self.distance_m - our_m) > EDITED_SHARE * our_m:
            return f"total {format_distance(self.distance_m)} km on Strava, {format_distance(our_m)} km here"
        if self.elapsed_s and abs(self.elapsed_s - our_s) > EDITED_S:
            return f"total {format_duration(self.elapsed_s)} on Strava, {format_duration(our_s)} here"
        return None

    @cached_property
    def moving_curve(self) -> DistanceCurve | None:
        """The distance curve over moving time."""
        if self.curve is None or self.streams is None:
            return None
        time_s, distance_m = cumulative_moving_s(self.streams)[self.curve.sample], self.curve.distance_m
        new = np.ones(time_s.size, dtype=bool)
        new[1:] = (np.diff(time_s) > 0.0) | (np.diff(distance_m) > 0.0)
        return replace(self.curve, time_s=time_s[new], distance_m=distance_m[new], sample=self.curve.sample[new])


def compare_efforts(ours: Sequence[Effort], reported: Sequence[ReportedEffort], run: Run) -> list[EffortPair]:
    """A pair for each effort of either side, shortest first. Lengths that are not ranked are searched for here."""
    computed = {effort.distance_m: effort for effort in ours}
    searched = _search(run, {one.length_m for one in reported})
    pairs = []
    for one in reported:
        label = _label(one)
        ranked = computed.pop(label, None)
        same = ranked if ranked and ranked.length_m == one.length_m else searched.get(one.length_m)
        pairs.append(_effort_pair(ranked or same, same, one, run, label))
    pairs += [_unreported(effort, run) for effort in computed.values()]
    return sorted(pairs, key=lambda pair: pair.length_m)


def _label(one: ReportedEffort) -> int:
    """The label of the ranked distance; the rounded metres of any other."""
    same = (label for label, length_m in LENGTH_M.items() if length_m == one.length_m)
    return next(same, LABELS.get(one.name, round(one.length_m)))


def _search(run: Run, lengths: set[float]) -> dict[float, Effort]:
    """Length → our assessed effort over it."""
    if run.curve is None or not lengths:
        return {}
    found = best_efforts(run.curve, dict(enumerate(sorted(lengths))))
    return {effort.length_m: effort for effort in assess(found, run.curve)}


def _effort_pair(shown: Effort | None, same: Effort | None, one: ReportedEffort, run: Run, label: int) -> EffortPair:
    explanation, note = _not_computed(one, run) if shown is None else _effort_reason(shown, same, one, run, label)
    return EffortPair(
        name=one.name,
        distance_m=label if label in LENGTH_M else None,
        length_m=one.length_m if shown is None else shown.length_m,
        ours_s=None if shown is None else shown.duration_s,
        ours_exact_s=None if shown is None else shown.exact_s,
        theirs_s=one.elapsed_s,
        difference_s=None if shown is None else shown.duration_s - one.elapsed_s,
        explanation=explanation,
        note=note,
    )


def _unreported(effort: Effort, run: Run) -> EffortPair:
    if run.is_indoor:
        reason: Reason = DifferenceCause.INDOOR, "no positions, so Strava reports none"
    elif run.edited and run.distance_m and run.distance_m < effort.length_m:
        reason = DifferenceCause.EDITED, run.edited
    elif effort.distance_m in LABELS.values():
        reason = DifferenceCause.NOT_REPORTED, "Strava reports none for this run"
    else:
        reason = DifferenceCause.NOT_REPORTED, "Strava has none over this distance"
    title = distance_title(effort.distance_m)
    figures = (effort.duration_s, effort.exact_s, None, None)
    return EffortPair(title, effort.distance_m, effort.length_m, *figures, *reason)


def _not_computed(one: ReportedEffort, run: Run) -> Reason:
    """Why an effort that Strava reports cannot be computed from the samples."""
    if run.curve is None:
        return DifferenceCause.NO_STREAMS, None
    if run.edited:
        return DifferenceCause.EDITED, run.edited
    covered_m = float(np.ptp(run.curve.distance_m))
    is_near = covered_m >= one.length_m * (1.0 - REMAINDER_SHARE)
    return DifferenceCause.ROUNDING if is_near else DifferenceCause.UNEXPLAINED, f"the samples cover {covered_m:.1f} m"


def _effort_reason(shown: Effort, same: Effort | None, one: ReportedEffort, run: Run, label: int) -> Reason:
    difference_s = shown.duration_s - one.elapsed_s
    if difference_s == 0:
        return DifferenceCause.EQUAL, None if shown.quality is Quality.OK else f"{shown.quality}: {shown.reason}"
    if same is not None and same is not shown and abs(same.duration_s - one.elapsed_s) <= ROUNDING_S:
        note = f"over Strava's {one.length_m:g} m it takes {format_duration(same.duration_s)} here too"
        return DifferenceCause.OTHER_LENGTH, note
    if abs(difference_s) <= ROUNDING_S:
        return DifferenceCause.ROUNDING, f"{shown.exact_s:.2f} s here, before it is rounded up"
    return _without_rests(one, difference_s, run) or _suspect(shown, one, run, label) or cause_of_whole_run(run)


def _without_rests(one: ReportedEffort, difference_s: int, run: Run) -> Reason | None:
    """PAUSE where Strava's figure equals ours over moving time."""
    fastest = None if difference_s < 0 or run.moving_curve is None else best_effort(run.moving_curve, one.length_m)
    if fastest is None or abs(fastest[0] - one.elapsed_s) > ROUNDING_S:
        return None
    return DifferenceCause.PAUSE, f"{difference_s} s of rest count here, as in a race"


def _suspect(shown: Effort, one: ReportedEffort, run: Run, label: int) -> Reason | None:
    """SUSPECT where either figure is implausible or the effort is ignored."""
    if run.ignored and label in run.ignored:
        return DifferenceCause.SUSPECT, f"ignored: {run.ignored[label]}"
    if shown.quality is Quality.SUSPECT:
        return DifferenceCause.SUSPECT, shown.reason
    if one.elapsed_s < world_record_s(one.length_m):
        return DifferenceCause.SUSPECT, "Strava's is faster than the world record"
    return None


def cause_of_whole_run(run: Run) -> Reason:
    """The cause by the run as a whole, where none was found for the stretch."""
    if run.edited:
        return DifferenceCause.EDITED, run.edited
    if run.is_indoor:
        return DifferenceCause.INDOOR, "no positions: the distance is the device's estimate and may have been corrected"
    return DifferenceCause.UNEXPLAINED, None
