"""Elevation gain from altitude samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from runcoach.domain.streams import FloatArray

#: The least height of a climb that counts: barometers drift by less at rest. Of 0.5, 1, 1.5 … 10 m it comes closest to
#: the elevation gain that Strava and the devices report.
CLIMB_M = 2.0


def elevation_gain_m(altitude_m: FloatArray) -> float | None:
    """The sum of all climbs of at least :data:`CLIMB_M`; None where no altitude was recorded.

    A climb runs from a low to the highest point before the ground falls again by :data:`CLIMB_M`; smaller changes in
    either direction are noise (hysteresis). NaN is skipped.
    """
    height = altitude_m[np.isfinite(altitude_m)]
    if not height.size:
        return None
    threshold = CLIMB_M - 1e-6
    gain_m, low, high = 0.0, float(height[0]), float(height[0])
    for point in _turning_points(height).tolist():
        if point > high:
            high = point
        elif high - point >= threshold or point < low:
            gain_m += high - low if high - low >= threshold else 0.0
            low = high = point
    return gain_m + (high - low if high - low >= threshold else 0.0)


def _turning_points(height: FloatArray) -> FloatArray:
    """The first and last height and each at which rising turns into falling or back."""
    height = height[np.concatenate([[True], np.diff(height) != 0.0])]
    rising = np.diff(height) > 0.0
    turning: FloatArray = height[np.concatenate([[True], rising[1:] != rising[:-1], [True]])[: height.size]]
    return turning
