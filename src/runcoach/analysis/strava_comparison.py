"""Our efforts and splits against those that Strava reports, and why they differ where they do; nothing is read here.

An explanation is given only where the figures bear it out: *other length* where both agree over the same metres,
*pause* where they agree once rests are left out, *suspect* where the recording is broken in that very stretch, *edited*
where Strava's totals are not those of the samples. What none of them accounts for is called unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from runcoach.analysis.best_efforts import best_effort, best_efforts
from runcoach.analysis.distance_curve import DistanceCurve, distance_curve
from runcoach.analysis.effort_quality import assess, world_record_s
from runcoach.analysis.moving_time import cumulative_moving_s
from runcoach.analysis.splits import compute_splits
from runcoach.domain.activity import Effort, Quality, Split
from runcoach.domain.comparison import DifferenceCause, EffortPair, SplitPair
from runcoach.domain.distances import LENGTH_M, distance_title
from runcoach.domain.units import format_distance, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runcoach.domain.streams import Streams

#: Times a second apart are the same but for rounding.
ROUNDING_S = 1

#: Strava writes distances to a tenth of a metre.
SAME_M = 0.1 + 1e-6

#: A last split shorter than this, on one side alone, is a matter of rounding; so is a run that ends so much too early.
SCRAP_M, SCRAP_SHARE = 10.0, 0.001

#: Totals further apart than this are not of the same recording.
EDITED_SHARE, EDITED_S = 0.005, 5.0

#: Strava's names of best efforts for the distances that are ranked here; it has others beside, and none over 800 m.
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
    """What a difference may come from: the samples here, and what Strava says of the whole.

    ``ignored`` maps the labels of efforts that a person took out of the ranks to the reason.
    """

    streams: Streams | None
    is_indoor: bool = False
    distance_m: float | None = None
    elapsed_s: float | None = None
    ignored: Mapping[int, str] | None = None

    @cached_property
    def curve(self) -> DistanceCurve | None:
        """The run as one curve; None without samples, or without a distance in them."""
        return None if self.streams is None else distance_curve(self.streams)

    @cached_property
    def edited(self) -> str | None:
        """How Strava's totals differ from the samples', in words; None where they do not."""
        if self.curve is None or self.streams is None:
            return None
        here_m, here_s = float(self.curve.distance_m[-1]), float(np.ptp(self.streams.time_s))
        if self.distance_m and abs(self.distance_m - here_m) > EDITED_SHARE * here_m:
            return f"{format_distance(self.distance_m)} km in all there, {format_distance(here_m)} km here"
        if self.elapsed_s and abs(self.elapsed_s - here_s) > EDITED_S:
            return f"{format_duration(self.elapsed_s)} in all there, {format_duration(here_s)} here"
        return None

    @cached_property
    def in_motion(self) -> DistanceCurve | None:
        """The same curve over time in motion."""
        if self.curve is None or self.streams is None:
            return None
        time_s, distance_m = cumulative_moving_s(self.streams)[self.curve.sample], self.curve.distance_m
        new = np.ones(time_s.size, dtype=bool)
        new[1:] = (np.diff(time_s) > 0.0) | (np.diff(distance_m) > 0.0)
        return replace(self.curve, time_s=time_s[new], distance_m=distance_m[new], sample=self.curve.sample[new])


def compare_efforts(ours: Sequence[Effort], reported: Sequence[Reported], run: Run) -> list[EffortPair]:
    """Every effort that either side has, shortest first; what is not ranked here is searched for on demand."""
    mine = {effort.distance_m: effort for effort in ours}
    labels = [_label(one) for one in reported]
    others = _on_demand(
        run,
        {
            one.length_m
            for one, label in zip(reported, labels, strict=True)
            if label not in mine or mine[label].length_m != one.length_m
        },
    )
    pairs = []
    for one, label in zip(reported, labels, strict=True):
        ranked = mine.pop(label, None)
        same = ranked if ranked and ranked.length_m == one.length_m else others.get(one.length_m)
        pairs.append(_effort_pair(ranked or same, same, one, run, label))
    pairs += [_unreported(effort, run) for effort in mine.values()]
    return sorted(pairs, key=lambda pair: pair.length_m)


def compare_splits(reported: Sequence[Split], run: Run) -> list[SplitPair]:
    """Every kilometre that either side has; none where Strava reports none. Ours are computed from the samples."""
    if not reported:
        return []
    ours = {} if run.streams is None else {split.km: split for split in compute_splits(run.streams)}
    theirs = {split.km: split for split in reported}
    starts = _starts(ours.values(), run)
    return [_split_pair(km, ours.get(km), theirs.get(km), starts.get(km), run) for km in sorted({*ours, *theirs})]


def _label(one: Reported) -> int:
    """The label it ranks by here; its metres where it does not."""
    same = (label for label, length_m in LENGTH_M.items() if length_m == one.length_m)
    return next(same, LABELS.get(one.name, round(one.length_m)))


def _on_demand(run: Run, lengths: set[float]) -> dict[float, Effort]:
    """Length → our effort over it, judged."""
    if run.curve is None or not lengths:
        return {}
    found = best_efforts(run.curve, dict(enumerate(sorted(lengths))))
    return {effort.length_m: effort for effort in assess(found, run.curve)}


def _effort_pair(shown: Effort | None, same: Effort | None, one: Reported, run: Run, label: int) -> EffortPair:
    explanation, note = _missing_here(one, run) if shown is None else _effort_reason(shown, same, one, run, label)
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


def _missing_here(one: Reported, run: Run) -> Reason:
    """Why an effort that Strava reports is not to be found here."""
    if run.curve is None:
        return DifferenceCause.NO_STREAMS, None
    if run.edited:
        return DifferenceCause.EDITED, run.edited
    covered_m = float(np.ptp(run.curve.distance_m))
    is_near = covered_m >= one.length_m * (1.0 - SCRAP_SHARE)
    return DifferenceCause.ROUNDING if is_near else DifferenceCause.UNEXPLAINED, f"the samples cover {covered_m:.1f} m"


def _effort_reason(shown: Effort, same: Effort | None, one: Reported, run: Run, label: int) -> Reason:
    difference_s = shown.duration_s - one.elapsed_s
    if difference_s == 0:
        return DifferenceCause.EQUAL, None if shown.quality is Quality.OK else f"{shown.quality}: {shown.reason}"
    if same is not None and same is not shown and abs(same.duration_s - one.elapsed_s) <= ROUNDING_S:
        note = f"over the {one.length_m:g} m that Strava measures it takes {format_duration(same.duration_s)} here too"
        return DifferenceCause.OTHER_LENGTH, note
    if abs(difference_s) <= ROUNDING_S:
        return DifferenceCause.ROUNDING, f"{shown.exact_s:.2f} s here, before it is rounded up"
    return _rest_in_it(one, difference_s, run) or _broken(shown, one, run, label) or _whole_run(run)


def _rest_in_it(one: Reported, difference_s: int, run: Run) -> Reason | None:
    """Whether Strava's figure is ours once rests are left out."""
    fastest = None if difference_s < 0 or run.in_motion is None else best_effort(run.in_motion, one.length_m)
    if fastest is None or abs(fastest[0] - one.elapsed_s) > ROUNDING_S:
        return None
    return DifferenceCause.PAUSE, f"{difference_s} s of rest count here, as in a race"


def _broken(shown: Effort, one: Reported, run: Run, label: int) -> Reason | None:
    """Whether either figure is not to be believed."""
    if run.ignored and label in run.ignored:
        return DifferenceCause.SUSPECT, f"ignored: {run.ignored[label]}"
    if shown.quality is Quality.SUSPECT:
        return DifferenceCause.SUSPECT, shown.reason
    if one.elapsed_s < world_record_s(one.length_m):
        return DifferenceCause.SUSPECT, "Strava's is faster than the world record"
    return None


def _whole_run(run: Run) -> Reason:
    """What is known of the run as a whole, when nothing about the stretch explains it."""
    if run.edited:
        return DifferenceCause.EDITED, run.edited
    if run.is_indoor:
        return DifferenceCause.INDOOR, "without positions the distance is the device's guess, and may be corrected"
    return DifferenceCause.UNEXPLAINED, None


def _starts(ours: Iterable[Split], run: Run) -> dict[int, float]:
    """When each of our splits begins, in seconds from the start."""
    starts: dict[int, float] = {}
    at = 0.0 if run.curve is None else float(run.curve.time_s[0])
    for split in ours:
        starts[split.km] = at
        at += split.elapsed_s or 0
    return starts


def _split_pair(km: int, ours: Split | None, theirs: Split | None, start_s: float | None, run: Run) -> SplitPair:
    here, there = ours or Split(km, None, None, None), theirs or Split(km, None, None, None)
    explanation, note = _split_reason(here, there, start_s, run)
    known = here.elapsed_s is not None and there.elapsed_s is not None
    return SplitPair(
        km=km,
        ours_m=here.distance_m,
        theirs_m=there.distance_m,
        ours_s=here.elapsed_s,
        theirs_s=there.elapsed_s,
        difference_s=(here.elapsed_s or 0) - (there.elapsed_s or 0) if known else None,
        ours_moving_s=here.moving_s,
        theirs_moving_s=there.moving_s,
        explanation=explanation,
        note=note,
    )


def _split_reason(ours: Split, theirs: Split, start_s: float | None, run: Run) -> Reason:
    if ours.elapsed_s is None or ours.distance_m is None:
        return _one_sided(theirs, run, missing_here=True)
    if theirs.elapsed_s is None or theirs.distance_m is None:
        return _one_sided(ours, run, missing_here=False)
    apart_s, apart_m = abs(ours.elapsed_s - theirs.elapsed_s), abs(ours.distance_m - theirs.distance_m)
    if apart_s == 0 and apart_m <= SAME_M:
        return DifferenceCause.EQUAL, _other_motion(ours, theirs)
    note = f"{theirs.distance_m:.1f} m there, {ours.distance_m:.1f} m here"
    if apart_s <= ROUNDING_S and apart_m <= SCRAP_M:
        return DifferenceCause.ROUNDING, None if apart_m <= SAME_M else note
    if apart_m > SAME_M and _same_pace(ours, theirs):
        return DifferenceCause.OTHER_LENGTH, f"{note}, at the same pace"
    rest = _rest_between(ours, theirs) if apart_s > ROUNDING_S else None
    return rest or _broken_there(ours, start_s, run) or _whole_run(run)


def _one_sided(only: Split, run: Run, *, missing_here: bool) -> Reason:
    """Why a split stands on one side alone."""
    if missing_here and run.curve is None:
        return DifferenceCause.NO_STREAMS, None
    if only.distance_m is not None and only.distance_m <= SCRAP_M:
        return DifferenceCause.ROUNDING, f"a last piece of {only.distance_m:.1f} m"
    if run.edited:
        return DifferenceCause.EDITED, run.edited
    if not missing_here:
        return DifferenceCause.NOT_REPORTED, "Strava reports no such split"
    return DifferenceCause.UNEXPLAINED, "no sample ends it here"


def _other_motion(ours: Split, theirs: Split) -> str | None:
    """A word on time in motion, where that differs though all else is equal."""
    if ours.moving_s is None or theirs.moving_s is None or ours.moving_s == theirs.moving_s:
        return None
    return f"in motion {format_duration(theirs.moving_s)} there, {format_duration(ours.moving_s)} here"


def _same_pace(ours: Split, theirs: Split) -> bool:
    """Whether they take as long over the same metres: then one of them ends at another sample."""
    if not (ours.distance_m and ours.elapsed_s and theirs.distance_m and theirs.elapsed_s):
        return False
    return abs(ours.elapsed_s * theirs.distance_m / ours.distance_m - theirs.elapsed_s) <= 2 * ROUNDING_S


def _rest_between(ours: Split, theirs: Split) -> Reason | None:
    """Whether one side's time in motion is the other's whole time."""
    pairs = ((ours.moving_s, theirs.elapsed_s, "here"), (theirs.moving_s, ours.elapsed_s, "there"))
    for moving_s, elapsed_s, where in pairs:
        if moving_s is not None and elapsed_s is not None and abs(moving_s - elapsed_s) <= ROUNDING_S:
            return DifferenceCause.PAUSE, f"it holds a rest that counts {where} alone"
    return None


def _broken_there(split: Split, start_s: float | None, run: Run) -> Reason | None:
    """Whether the recording is broken in that very kilometre."""
    if run.curve is None or start_s is None or not split.distance_m or not split.elapsed_s:
        return None
    stretch = Effort(split.km, split.distance_m, split.elapsed_s, start_s, start_s + split.elapsed_s)
    (judged,) = assess([stretch], run.curve)
    return (DifferenceCause.SUSPECT, judged.reason) if judged.quality is Quality.SUSPECT else None
