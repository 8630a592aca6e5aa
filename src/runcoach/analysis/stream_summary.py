"""Totals and averages computed from the streams of one activity."""

from __future__ import annotations

import numpy as np

from runcoach.analysis.distance_curve import distance_curve, in_clock_order
from runcoach.analysis.elevation import elevation_gain_m
from runcoach.analysis.moving_time import STANDING_MS, cumulative_moving_s, mean_in_motion
from runcoach.domain.recording import Totals
from runcoach.domain.streams import FloatArray, Streams


def summarize(streams: Streams, standing_ms: float = STANDING_MS) -> Totals:
    """Totals, extremes and averages of the recorded channels; None for the others.

    ``standing_ms`` is the speed below which moving time stops. Averages are over moving time; that of cadence excludes
    samples of zero, as devices and Strava do.
    """
    curve = distance_curve(streams)
    moving_s = cumulative_moving_s(streams, standing_ms)
    altitude_m = _recorded(streams, "altitude_m")
    heart_rate = _recorded(streams, "heart_rate_bpm")
    cadence = _recorded(streams, "cadence_spm")
    power = _recorded(streams, "power_w")
    return Totals(
        distance_m=float(curve.distance_m[-1]) if curve else None,
        elapsed_s=_span(streams.time_s[in_clock_order(streams.time_s)]),
        timer_s=_span(_recorded(streams, "timer_s")),
        moving_s=_span(moving_s),
        elevation_gain_m=elevation_gain_m(altitude_m, streams.time_s),
        elevation_low_m=_minimum(altitude_m),
        elevation_high_m=_maximum(altitude_m),
        avg_hr_bpm=mean_in_motion(heart_rate, moving_s),
        max_hr_bpm=_maximum(heart_rate),
        avg_cadence_spm=mean_in_motion(np.where(cadence > 0.0, cadence, np.nan), moving_s),
        max_cadence_spm=_maximum(cadence),
        avg_power_w=mean_in_motion(power, moving_s),
        max_power_w=_maximum(power),
        temperature_c=mean_in_motion(_recorded(streams, "temperature_c"), moving_s),
    )


def _recorded(streams: Streams, name: str) -> FloatArray:
    """A channel; all NaN where it was not recorded."""
    values = streams.get(name)
    return np.full(len(streams), np.nan) if values is None else values


def _span(values: FloatArray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known[-1] - known[0]) if known.size > 1 else None


def _minimum(values: FloatArray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.min()) if known.size else None


def _maximum(values: FloatArray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.max()) if known.size else None
