"""Efficiency (metres per heartbeat), and how much of it is lost from the first to the second half of a long run.

Friel calls the first the efficiency factor and the second decoupling; a loss under 5 % is considered good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.streams import FloatArray

if TYPE_CHECKING:
    from runcoach.analysis.distance_curve import BoolArray

#: Runs with less moving time have no efficiency: the heart needs minutes to follow the pace.
MIN_EFFICIENCY_S = 20 * 60.0

#: Runs with less moving time are not long: the heart rate has hardly begun to drift.
MIN_DECOUPLING_S = 75 * 60.0

#: The heart rate must be known for this share of the moving time, of each half for decoupling.
MIN_KNOWN = 0.8


@dataclass(frozen=True, slots=True)
class Efficiency:
    """``m_per_beat``: metres per heartbeat; ``decoupling``: (first − second half) / first, None on shorter runs."""

    m_per_beat: float
    decoupling: float | None


def efficiency(distance_m: FloatArray, moving_s: FloatArray, heart_rate_bpm: FloatArray) -> Efficiency | None:
    """The efficiency of a run; None where it is short, or its heart rate is unknown for too long.

    All arrays are ``(n,)``: metres covered, best on equivalent flat ground, and moving seconds up to each sample, and
    the heart rate, NaN where it is missing or not to be trusted. Speed and heart rate are compared over the same
    seconds, those in motion with a heart rate.
    """
    total_s = float(moving_s[-1]) if moving_s.size else 0.0
    if total_s < MIN_EFFICIENCY_S:
        return None
    whole = _m_per_beat(distance_m, moving_s, heart_rate_bpm, np.ones(moving_s.size - 1, dtype=bool))
    if whole is None:
        return None
    return Efficiency(whole, _decoupling(distance_m, moving_s, heart_rate_bpm) if total_s >= MIN_DECOUPLING_S else None)


def _decoupling(distance_m: FloatArray, moving_s: FloatArray, heart_rate_bpm: FloatArray) -> float | None:
    in_first_half = moving_s[1:] <= moving_s[-1] / 2
    first = _m_per_beat(distance_m, moving_s, heart_rate_bpm, in_first_half)
    second = _m_per_beat(distance_m, moving_s, heart_rate_bpm, ~in_first_half)
    return None if not first or second is None else (first - second) / first


def _m_per_beat(
    distance_m: FloatArray, moving_s: FloatArray, heart_rate_bpm: FloatArray, chosen: BoolArray
) -> float | None:
    """Metres per heartbeat over the chosen steps between samples, ``(n − 1,)``; None where too little is known."""
    step_s = np.diff(moving_s) * chosen
    known_s = np.where(np.isfinite(heart_rate_bpm[1:]), step_s, 0.0)
    if known_s.sum() < MIN_KNOWN * step_s.sum():
        return None
    beats = float((known_s * np.nan_to_num(heart_rate_bpm[1:])).sum()) / 60.0
    return float(np.diff(distance_m)[known_s > 0.0].sum()) / beats if beats > 0.0 else None
