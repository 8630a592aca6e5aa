"""Cuts the ends of a track from streams, so that they do not tell where the runner lives."""

from __future__ import annotations

import numpy as np

from runcoach.domain.distances import METRES_PER_DEGREE
from runcoach.domain.streams import Streams


def trim(streams: Streams, hidden_m: float) -> Streams | None:
    """The samples from the first to the last position that is ``hidden_m`` from both ends; None where there is none.

    The distance is in a straight line, which is at most that along the track: at least the first and last ``hidden_m``
    metres are cut. Positions in between that are nearer to an end are NaN. Streams without positions are returned as
    they are.
    """
    lat_deg, lng_deg = streams.get("lat_deg"), streams.get("lng_deg")
    if hidden_m <= 0 or lat_deg is None or lng_deg is None:
        return streams
    known = np.flatnonzero(np.isfinite(lat_deg) & np.isfinite(lng_deg))
    if known.size == 0:
        return streams
    lat, lng = lat_deg[known], np.unwrap(lng_deg[known], period=360.0)
    scale = METRES_PER_DEGREE * np.maximum(np.cos(np.radians(lat)), 1e-6)
    is_near = np.zeros(known.size, dtype=np.bool_)
    for end in (0, -1):
        east = (lng - lng[end]) * scale
        is_near |= np.hypot(east, (lat - lat[end]) * METRES_PER_DEGREE) < hidden_m
    shown = known[~is_near]
    if shown.size == 0:
        return None
    # Samples without a position at the cut ends, and the cut ends themselves, are all outside this range.
    kept = np.arange(shown[0], shown[-1] + 1)
    hide = np.setdiff1d(known, shown)
    lat_deg, lng_deg = lat_deg.copy(), lng_deg.copy()
    lat_deg[hide] = lng_deg[hide] = np.nan
    return streams.with_channels({"lat_deg": lat_deg, "lng_deg": lng_deg}).take(kept)
