"""Compare the kilometres computed from the samples with those that Strava reports; causes as in strava_comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runcoach.analysis.effort_quality import assess
from runcoach.analysis.splits import compute_splits
from runcoach.analysis.strava_comparison import ROUNDING_S, Reason, Run, cause_of_whole_run
from runcoach.domain.activity import Effort, Quality, Split
from runcoach.domain.comparison import DifferenceCause, SplitPair
from runcoach.domain.units import format_duration

#: Strava reports distances to a tenth of a metre.
SAME_M = 0.1 + 1e-6

#: A last split shorter than this on one side only is a matter of rounding.
REMAINDER_M = 10.0


def compare_splits(reported: Sequence[Split], run: Run) -> list[SplitPair]:
    """A pair for each kilometre of either side, ours computed from the samples; empty where Strava reports none."""
    if not reported:
        return []
    ours = {} if run.streams is None else {split.km: split for split in compute_splits(run.streams)}
    theirs = {split.km: split for split in reported}
    starts = _starts(ours.values(), run)
    return [_split_pair(km, ours.get(km), theirs.get(km), starts.get(km), run) for km in sorted({*ours, *theirs})]


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
    return rest or _suspect_split(ours, start_s, run) or cause_of_whole_run(run)


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
