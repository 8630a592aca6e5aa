"""All figures of one activity that are computed from its samples by an analytics job."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runcoach.analysis.moving_time import STANDING_MS, cumulative_moving_s
from runcoach.analysis.training.heart_rate_peaks import highest_median_bpm, threshold_bpm
from runcoach.analysis.training.heart_rate_quality import find_faults, trusted
from runcoach.analysis.training.run_figures import run_figures
from runcoach.domain.streams import FloatArray, Streams
from runcoach.domain.training.activity_analytics import ActivityAnalytics, RunFigures

#: A sample's heart rate counts for at most this long before it: in a longer gap it is not known.
MAX_SAMPLE_S = 30.0


def analyze(
    streams: Streams,
    standing_ms: float = STANDING_MS,
    *,
    is_run: bool = True,
    laps: Sequence[tuple[float, float]] = (),
) -> ActivityAnalytics:
    """The figures of one activity; ``standing_ms`` is the speed below which its sport's moving time stops.

    ``laps`` are start and end of each in seconds from the activity's start.
    """
    if not len(streams):
        return ActivityAnalytics(0.0, {}, run=RunFigures() if is_run else None)
    moving_s = cumulative_moving_s(streams, standing_ms)
    faults = find_faults(streams)
    bpm = trusted(streams, faults)
    return ActivityAnalytics(
        moving_s=float(moving_s[-1]) if moving_s.size else 0.0,
        heart_rate_ms=milliseconds_by_bpm(bpm, moving_s),
        heart_rate_faults=faults,
        max_heart_rate_bpm=highest_median_bpm(streams.time_s, bpm),
        threshold_heart_rate_bpm=threshold_bpm(streams.time_s, bpm),
        run=run_figures(streams, moving_s, bpm, laps) if is_run else None,
    )


def milliseconds_by_bpm(heart_rate_bpm: FloatArray, moving_s: FloatArray) -> dict[int, int]:
    """Beats per minute → milliseconds in motion; a sample counts for the time since the one before it.

    ``moving_s`` are the seconds in motion up to each sample; NaN heart rates count nowhere.
    """
    counted_s = np.cumsum(np.minimum(np.diff(moving_s, prepend=moving_s[:1]), MAX_SAMPLE_S))
    step_ms = np.diff(np.rint(counted_s * 1000.0), prepend=0.0)  # the sum is rounded once, not each step
    known = np.isfinite(heart_rate_bpm)
    total = np.bincount(np.rint(heart_rate_bpm[known]).astype(np.intp), weights=step_ms[known])
    return {int(bpm): int(total[bpm]) for bpm in total.nonzero()[0]}
