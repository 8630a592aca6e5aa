"""The figures of a run that come from its distance, altitude and heart rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runcoach.analysis.distance_curve import distance_curve
from runcoach.analysis.training.decoupling import efficiency
from runcoach.analysis.training.durability import durability_efforts
from runcoach.analysis.training.grade_adjusted_pace import FlatDistance, flat_distance, flat_distance_at_samples
from runcoach.domain.streams import FloatArray, Streams
from runcoach.domain.training.activity_analytics import RunFigures

#: Decimals of factors, of metres per heartbeat, and of decoupling.
_DIGITS = 4

_KM = 1000.0


def run_figures(
    streams: Streams, moving_s: FloatArray, heart_rate_bpm: FloatArray | None, laps: Sequence[tuple[float, float]] = ()
) -> RunFigures:
    """The figures of a run.

    ``moving_s`` are the seconds in motion up to each sample, ``heart_rate_bpm`` the heart rate with NaN where it is not
    to be believed; ``laps`` are start and end of each in seconds from the activity's start.
    """
    curve = distance_curve(streams)
    if curve is None:
        return RunFigures()
    flat = flat_distance(streams)
    efficient = None
    if heart_rate_bpm is not None:
        if flat is None:
            covered_m = np.interp(np.arange(len(streams)), curve.sample, curve.distance_m)
        else:
            covered_m = flat_distance_at_samples(flat, len(streams))
        efficient = efficiency(covered_m, moving_s, heart_rate_bpm)
    return RunFigures(
        grade_factor=None if flat is None else _rounded(flat.run_factor),
        split_grade_factors=() if flat is None else _split_factors(flat, _KM),
        lap_grade_factors=() if flat is None else tuple(_rounded(flat.factor_between_s(*lap)) for lap in laps),
        efficiency_m_per_beat=None if efficient is None else _rounded(efficient.m_per_beat),
        decoupling=None if efficient is None else _rounded(efficient.decoupling),
        durability=tuple(durability_efforts(curve)),
    )


def split_grade_factors(streams: Streams, unit_m: float) -> tuple[float | None, ...]:
    """The grade factor of each split of ``unit_m``, the last one partial; empty without an altitude."""
    flat = flat_distance(streams)
    return () if flat is None else _split_factors(flat, unit_m)


def _split_factors(flat: FlatDistance, unit_m: float) -> tuple[float | None, ...]:
    first, last = float(flat.distance_m[0]), float(flat.distance_m[-1])
    ends = [*np.arange(unit_m, last, unit_m).tolist(), last]
    starts = [first, *ends[:-1]]
    return tuple(_rounded(flat.factor(start, end)) for start, end in zip(starts, ends, strict=True))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
