"""The highest heart rates of a run that lasted, from which a runner's maximum and threshold are estimated."""

from __future__ import annotations

import numpy as np

from runcoach.domain.streams import FloatArray

#: The maximum is the highest median of this many seconds.
MAXIMUM_S = 30.0

#: Lactate threshold heart rate by Friel: the mean of the last 20 minutes of a trial of 30 minutes.
THRESHOLD_S, WARM_UP_S = 1200.0, 600.0

#: At least this share of a window must have a heart rate.
_COVERED = 0.95

#: A sample counts for at most this many seconds before it.
_MAX_STEP_S = 10.0


def highest_median_bpm(time_s: FloatArray, bpm: FloatArray, window_s: float = MAXIMUM_S) -> float | None:
    """The highest heart rate that was reached or exceeded during half of any ``window_s``; None without a full window.

    ``bpm`` is ``(n,)`` in whole beats, NaN where it is not known.
    """
    known, clock_s, step_s = np.isfinite(bpm), np.maximum.accumulate(time_s), _steps_s(time_s)
    full = _in_window_s(clock_s, step_s * known, window_s) >= _COVERED * window_s
    if not full.any():
        return None
    beats = np.where(known, bpm, 0.0).astype(np.intp)
    # From the highest that lasted as long in the whole run, which is near it: a window holds no more than the run.
    lasted_s = np.bincount(beats, weights=step_s)[::-1].cumsum()[::-1]
    highest = int((lasted_s > window_s / 2 - 1e-6).nonzero()[0][-1])
    for value in range(highest, int(beats[known].min()), -1):
        above_s = _in_window_s(clock_s, step_s * (beats >= value), window_s)
        if (above_s[full] >= window_s / 2).any():
            return float(value)
    return float(beats[known].min())


def threshold_bpm(time_s: FloatArray, bpm: FloatArray) -> float | None:
    """The highest mean of 20 minutes that begin at least 10 minutes after the start; None for shorter recordings."""
    known, clock_s, step_s = np.isfinite(bpm), np.maximum.accumulate(time_s), _steps_s(time_s)
    seconds = _in_window_s(clock_s, step_s * known, THRESHOLD_S)
    beats = _in_window_s(clock_s, step_s * np.where(known, bpm, 0.0), THRESHOLD_S)
    full = (seconds >= _COVERED * THRESHOLD_S) & (time_s >= time_s[0] + WARM_UP_S + THRESHOLD_S)
    return float((beats[full] / seconds[full]).max()) if full.any() else None


def _in_window_s(clock_s: FloatArray, weighted_s: FloatArray, window_s: float) -> FloatArray:
    """The sum of ``weighted_s`` within ``window_s`` before each sample, ``(n,)``; ``clock_s`` never decreases."""
    total = np.cumsum(weighted_s)
    within: FloatArray = total - np.interp(clock_s - window_s, clock_s, total, left=0.0)
    return within


def _steps_s(time_s: FloatArray) -> FloatArray:
    """Seconds for which each sample counts, ``(n,)``."""
    steps: FloatArray = np.clip(np.diff(time_s, prepend=time_s[:1]), 0.0, _MAX_STEP_S)
    return steps
