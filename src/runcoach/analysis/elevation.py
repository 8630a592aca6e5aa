"""Elevation gain from altitude samples."""

from __future__ import annotations

import numpy as np

from runcoach.domain.streams import FloatArray

#: The least height of a climb that counts: barometers drift by less at rest. Of 0.5, 1, 1.5 … 10 m it comes closest to
#: the elevation gain that Strava and the devices report.
CLIMB_M = 2.0


#: A step up or down by more than this is a correction of the instrument, not a climb: metres, and metres a second.
STEP_M, STEP_MS = 10.0, 5.0


def elevation_gain_m(altitude_m: FloatArray, time_s: FloatArray | None = None) -> float | None:
    """The sum of all climbs of at least :data:`CLIMB_M`; None where no altitude was recorded.

    With ``time_s``, steps of more than :data:`STEP_M` and :data:`STEP_MS` times their seconds do not count.

    A climb runs from a low to the highest point before the ground falls again by :data:`CLIMB_M`; smaller changes in
    either direction are noise (hysteresis). NaN is skipped.
    """
    known = np.isfinite(altitude_m)
    height = altitude_m[known]
    if not height.size:
        return None
    if time_s is not None:
        height = without_corrections(height, time_s[known])
    threshold = CLIMB_M - 1e-6
    gain_m, low, high = 0.0, float(height[0]), float(height[0])
    for point in _turning_points(height).tolist():
        if point > high:
            high = point
        elif high - point >= threshold or point < low:
            gain_m += high - low if high - low >= threshold else 0.0
            low = high = point
    return gain_m + (high - low if high - low >= threshold else 0.0)


def without_corrections(height: FloatArray, time_s: FloatArray) -> FloatArray:
    """Heights in which steps that nobody can climb or fall are level."""
    step_m = np.diff(height)
    corrected = np.abs(step_m) > STEP_M + STEP_MS * np.maximum(np.diff(time_s), 0.0)
    if not corrected.any():
        return height
    level: FloatArray = height - np.concatenate([[0.0], np.cumsum(np.where(corrected, step_m, 0.0))])
    return level


def _turning_points(height: FloatArray) -> FloatArray:
    """The first and last height and each at which rising turns into falling or back."""
    height = height[np.concatenate([[True], np.diff(height) != 0.0])]
    rising = np.diff(height) > 0.0
    turning: FloatArray = height[np.concatenate([[True], rising[1:] != rising[:-1], [True]])[: height.size]]
    return turning
