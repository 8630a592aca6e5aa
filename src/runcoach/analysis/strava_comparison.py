"""Compare computed efforts and splits with those that Strava reports, and find the cause of each difference.

A cause is given only where the figures confirm it: *other length* if both agree over the same metres, *pause* if they
agree without rests, *suspect* if the recording is faulty in that stretch, *edited* if Strava's totals differ from those
of the samples. Everything else is *unexplained*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from runcoach.analysis.best_efforts import best_effort, best_efforts
from runcoach.analysis.distance_curve import DistanceCurve, distance_curve
from runcoach.analysis.effort_quality import assess
from runcoach.analysis.moving_time import cumulative_moving_s
from runcoach.analysis.splits import compute_splits
from runcoach.analysis.world_records import world_record_s
from runcoach.domain.activity import Effort, Quality, Split
from runcoach.domain.comparison import DifferenceCause, EffortPair, SplitPair
from runcoach.domain.distances import LENGTH_M, distance_title
from runcoach.domain.units import format_distance, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runcoach.domain.streams import Streams

#: Times that differ by at most this are equal except for rounding.
ROUNDING_S = 1

#: Strava reports distances to a tenth of a metre.
SAME_M = 0.1 + 1e-6

#: A last split shorter than this on one side only is a matter of rounding; so is a run shorter by this share.
REMAINDER_M, REMAINDER_SHARE = 10.0, 0.001

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


@dataclass(frozen=True, slots=True)
class Reported:
    """A best effort as Strava reports it: ``elapsed_s`` over ``length_m``."""

    name: str
    length_m: float
    elapsed_s: int


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


def compare_efforts(ours: Sequence[Effort], reported: Sequence[Reported], run: Run) -> list[EffortPair]:
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


def compare_splits(reported: Sequence[Split], run: Run) -> list[SplitPair]:
    """A pair for each kilometre of either side, ours computed from the samples; empty where Strava reports none."""
    if not reported:
        return []
    ours = {} if run.streams is None else {split.km: split for split in compute_splits(run.streams)}
    theirs = {split.km: split for split in reported}
    starts = _starts(ours.values(), run)
    return [_split_pair(km, ours.get(km), theirs.get(km), starts.get(km), run) for km in sorted({*ours, *theirs})]


def _label(one: Reported) -> int:
    """The label of the ranked distance; the rounded metres of any other."""
    same = (label for label, length_m in LENGTH_M.items() if length_m == one.length_m)
    return next(same, LABELS.get(one.name, round(one.length_m)))


def _search(run: Run, lengths: set[float]) -> dict[float, Effort]:
    """Length → our assessed effort over it."""
    if run.curve is None or not lengths:
        return {}
    found = best_efforts(run.curve, dict(enumerate(sorted(lengths))))
    return {effort.length_m: effort for effort in assess(found, run.curve)}


def _effort_pair(shown: Effort | None, same: Effort | None, one: Reported, run: Run, label: int) -> EffortPair:
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


def _not_computed(one: Reported, run: Run) -> Reason:
    """Why an effort that Strava reports cannot be computed from the samples."""
    if run.curve is None:
        return DifferenceCause.NO_STREAMS, None
    if run.edited:
        return DifferenceCause.EDITED, run.edited
    covered_m = float(np.ptp(run.curve.distance_m))
    is_near = covered_m >= one.length_m * (1.0 - REMAINDER_SHARE)
    return DifferenceCause.ROUNDING if is_near else DifferenceCause.UNEXPLAINED, f"the samples cover {covered_m:.1f} m"


def _effort_reason(shown: Effort, same: Effort | None, one: Reported, run: Run, label: int) -> Reason:
    difference_s = shown.duration_s - one.elapsed_s
    if difference_s == 0:
        return DifferenceCause.EQUAL, None if shown.quality is Quality.OK else f"{shown.quality}: {shown.reason}"
    if same is not None and same is not shown and abs(same.duration_s - one.elapsed_s) <= ROUNDING_S:
        note = f"over Strava's {one.length_m:g} m it takes {format_duration(same.duration_s)} here too"
        return DifferenceCause.OTHER_LENGTH, note
    if abs(difference_s) <= ROUNDING_S:
        return DifferenceCause.ROUNDING, f"{shown.exact_s:.2f} s here, before it is rounded up"
    return _without_rests(one, difference_s, run) or _suspect(shown, one, run, label) or _of_whole_run(run)


def _without_rests(one: Reported, difference_s: int, run: Run) -> Reason | None:
    """PAUSE where Strava's figure equals ours over moving time."""
    fastest = None if difference_s < 0 or run.moving_curve is None else best_effort(run.moving_curve, one.length_m)
    if fastest is None or abs(fastest[0] - one.elapsed_s) > ROUNDING_S:
        return None
    return DifferenceCause.PAUSE, f"{difference_s} s of rest count here, as in a race"


def _suspect(shown: Effort, one: Reported, run: Run, label: int) -> Reason | None:
    """SUSPECT where either figure is implausible or the effort is ignored."""
    if run.ignored and label in run.ignored:
        return DifferenceCause.SUSPECT, f"ignored: {run.ignored[label]}"
    if shown.quality is Quality.SUSPECT:
        return DifferenceCause.SUSPECT, shown.reason
    if one.elapsed_s < world_record_s(one.length_m):
        return DifferenceCause.SUSPECT, "Strava's is faster than the world record"
    return None


def _of_whole_run(run: Run) -> Reason:
    """The cause by the run as a whole, where none was found for the stretch."""
    if run.edited:
        return DifferenceCause.EDITED, run.edited
    if run.is_indoor:
        return DifferenceCause.INDOOR, "no positions: the distance is the device's estimate and may have been corrected"
    return DifferenceCause.UNEXPLAINED, None


def _starts(ours: Iterable[Split], run: Run) -> dict[int, float]:
    """Kilometre → start of our split in seconds from the start of the run."""
    starts: dict[int, float] = {}
    at = 0.0 if run.curve is None else float(run.curve.time_s[0])
    for split in ours:
        starts[split.km] = at
        at += split.elapsed_s or 0
    return starts


def _split_pair(km: int, ours: Split | None, theirs: Split | None, start_s: float | None, run: Run) -> SplitPair:
    our, their = ours or Split(km, None, None, None), theirs or Split(km, None, None, None)
    explanation, note = _split_reason(our, their, start_s, run)
    both_known = our.elapsed_s is not None and their.elapsed_s is not None
    return SplitPair(
        km=km,
        ours_m=our.distance_m,
        theirs_m=their.distance_m,
        ours_s=our.elapsed_s,
        theirs_s=their.elapsed_s,
        difference_s=(our.elapsed_s or 0) - (their.elapsed_s or 0) if both_known else None,
        ours_moving_s=our.moving_s,
        theirs_moving_s=their.moving_s,
        explanation=explanation,
        note=note,
    )


def _split_reason(ours: Split, theirs: Split, start_s: float | None, run: Run) -> Reason:
    if ours.elapsed_s is None or ours.distance_m is None:
        return _one_sided(theirs, run, is_ours=False)
    if theirs.elapsed_s is None or theirs.distance_m is None:
        return _one_sided(ours, run, is_ours=True)
    apart_s, apart_m = abs(ours.elapsed_s - theirs.elapsed_s), abs(ours.distance_m - theirs.distance_m)
    if apart_s == 0 and apart_m <= SAME_M:
        return DifferenceCause.EQUAL, _moving_time_note(ours, theirs)
    note = f"{theirs.distance_m:.1f} m on Strava, {ours.distance_m:.1f} m here"
    if apart_s <= ROUNDING_S and apart_m <= REMAINDER_M:
        return DifferenceCause.ROUNDING, None if apart_m <= SAME_M else note
    if apart_m > SAME_M and _same_pace(ours, theirs):
        return DifferenceCause.OTHER_LENGTH, f"{note}, at the same pace"
    rest = _rest_between(ours, theirs) if apart_s > ROUNDING_S else None
    return rest or _suspect_split(ours, start_s, run) or _of_whole_run(run)


def _one_sided(only: Split, run: Run, *, is_ours: bool) -> Reason:
    """Why only one side has a split."""
    if not is_ours and run.curve is None:
        return DifferenceCause.NO_STREAMS, None
    if only.distance_m is not None and only.distance_m <= REMAINDER_M:
        return DifferenceCause.ROUNDING, f"a last split of {only.distance_m:.1f} m"
    if run.edited:
        return DifferenceCause.EDITED, run.edited
    if is_ours:
        return DifferenceCause.NOT_REPORTED, "Strava reports no such split"
    return DifferenceCause.UNEXPLAINED, "no sample ends it here"


def _moving_time_note(ours: Split, theirs: Split) -> str | None:
    """A note on moving time where only that differs."""
    if ours.moving_s is None or theirs.moving_s is None or ours.moving_s == theirs.moving_s:
        return None
    return f"moving time {format_duration(theirs.moving_s)} on Strava, {format_duration(ours.moving_s)} here"


def _same_pace(ours: Split, theirs: Split) -> bool:
    """Whether the paces agree; then the two splits end at different samples."""
    if not (ours.distance_m and ours.elapsed_s and theirs.distance_m and theirs.elapsed_s):
        return False
    return abs(ours.elapsed_s * theirs.distance_m / ours.distance_m - theirs.elapsed_s) <= 2 * ROUNDING_S


def _rest_between(ours: Split, theirs: Split) -> Reason | None:
    """PAUSE where the moving time of one side equals the elapsed time of the other."""
    pairs = ((ours.moving_s, theirs.elapsed_s, "here"), (theirs.moving_s, ours.elapsed_s, "on Strava"))
    for moving_s, elapsed_s, where in pairs:
        if moving_s is not None and elapsed_s is not None and abs(moving_s - elapsed_s) <= ROUNDING_S:
            return DifferenceCause.PAUSE, f"it contains a rest that counts only {where}"
    return None


def _suspect_split(split: Split, start_s: float | None, run: Run) -> Reason | None:
    """SUSPECT where the recording is faulty in that kilometre."""
    if run.curve is None or start_s is None or not split.distance_m or not split.elapsed_s:
        return None
    stretch = Effort(split.km, split.distance_m, split.elapsed_s, start_s, start_s + split.elapsed_s)
    (assessed,) = assess([stretch], run.curve)
    return (DifferenceCause.SUSPECT, assessed.reason) if assessed.quality is Quality.SUSPECT else None
