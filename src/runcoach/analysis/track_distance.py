"""Distance along a track, from positions or from speed, and time in pauses."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from runcoach.domain.streams import FloatArray

#: WGS 84: equatorial radius and first eccentricity squared.
EQUATOR_M = 6_378_137.0
ECCENTRICITY_SQ = 6.694_379_990_14e-3


def distance_from_positions(
    lat_deg: FloatArray, lng_deg: FloatArray, time_s: FloatArray, pauses: Iterable[tuple[float, float]] = ()
) -> FloatArray:
    """Metres along the track up to each position, ``(n,)``; NaN where there is no position.

    A step that touches one of the ``pauses`` (``(start, end)`` on the clock of ``time_s``) adds nothing.
    """
    travelled_m = np.full(lat_deg.size, np.nan)
    (at,) = (np.isfinite(lat_deg) & np.isfinite(lng_deg)).nonzero()
    if at.size:
        step_m = geodesic_steps_m(lat_deg[at], lng_deg[at])
        step_m[np.diff(paused_s(time_s[at], pauses)) > 0.0] = 0.0
        travelled_m[at] = np.concatenate([[0.0], np.cumsum(step_m)])
    return travelled_m


def distance_from_speed(speed_ms: FloatArray, time_s: FloatArray) -> FloatArray:
    """Metres up to each sample, ``(n,)``: the speed of a sample holds since the one before. NaN where speed is NaN."""
    step_s = np.maximum(np.diff(time_s, prepend=time_s[:1]), 0.0)
    distance_m = np.nancumsum(speed_ms * step_s)
    distance_m[np.isnan(speed_ms)] = np.nan
    return distance_m


def paused_s(time_s: FloatArray, pauses: Iterable[tuple[float, float]]) -> FloatArray:
    """Seconds the timer had been stopped up to each of the times, ``(n,)``; overlapping pauses count once."""
    spans = np.array(sorted(pauses), dtype=np.float64).reshape(-1, 2)
    if not spans.size:
        return np.zeros(time_s.size)
    end = np.maximum.accumulate(spans[:, 1])
    start = np.maximum(spans[:, 0], np.concatenate([[-np.inf], end[:-1]]))
    spans = np.column_stack([start, np.maximum(start, end)])
    passed = np.column_stack([np.zeros(start.size), spans[:, 1] - start])
    total_s: FloatArray = np.interp(time_s, spans.ravel(), passed.ravel().cumsum())
    return total_s


def geodesic_steps_m(lat_deg: FloatArray, lng_deg: FloatArray) -> FloatArray:
    """Metres between consecutive positions, ``(n − 1,)``.

    Each step is measured on the WGS 84 ellipsoid with its radii of curvature at the step's mean latitude, which is
    accurate to a millionth for steps of up to several kilometres.
    """
    lat, lng = np.radians(lat_deg), np.radians(lng_deg)
    mean = (lat[1:] + lat[:-1]) / 2.0
    east = np.remainder(np.diff(lng) + np.pi, 2.0 * np.pi) - np.pi
    bulge = 1.0 - ECCENTRICITY_SQ * np.sin(mean) ** 2
    radius_m = EQUATOR_M / np.sqrt(bulge)
    north_m = radius_m * (1.0 - ECCENTRICITY_SQ) / bulge * (lat[1:] - lat[:-1])
    east_m = radius_m * np.cos(mean) * east
    step_m: FloatArray = np.hypot(north_m, east_m)
    return step_m
