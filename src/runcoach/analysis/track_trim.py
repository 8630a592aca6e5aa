"""Cuts the ends of a track from streams, so that they do not tell where the runner lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams

#: Length of a degree of latitude on a sphere of 6,371 km.
_METRES_PER_DEGREE = 111_195.0


def trim(streams: Streams, hidden_m: float) -> Streams | None:
    """The samples between the first and last ``hidden_m`` metres of the track; None where nothing is left.

    Positions in between that are within ``hidden_m`` of the first or last one are NaN. Streams without positions are
    returned as they are.
    """
    lat_deg, lng_deg = streams.get("lat_deg"), streams.get("lng_deg")
    if hidden_m <= 0 or lat_deg is None or lng_deg is None:
        return streams
    known = np.flatnonzero(np.isfinite(lat_deg) & np.isfinite(lng_deg))
    if known.size == 0:
        return streams
    lat, lng = lat_deg[known], np.unwrap(lng_deg[known], period=360.0)
    scale = _METRES_PER_DEGREE * np.maximum(np.cos(np.radians(lat)), 1e-6)
    points = np.column_stack([(lng - lng[0]) * scale, (lat - lat[0]) * _METRES_PER_DEGREE])
    along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    is_inside = (along_m >= hidden_m) & (along_m <= along_m[-1] - hidden_m)
    is_near = np.zeros(known.size, dtype=np.bool_)
    for end in (0, -1):
        east = (lng - lng[end]) * scale
        is_near |= np.hypot(east, (lat - lat[end]) * _METRES_PER_DEGREE) < hidden_m
    shown = known[is_inside & ~is_near]
    if shown.size == 0:
        return None
    # Samples without a position at the cut ends, and the cut ends themselves, are all outside this range.
    kept = np.arange(shown[0], shown[-1] + 1)
    hide = np.setdiff1d(known, shown)
    lat_deg, lng_deg = lat_deg.copy(), lng_deg.copy()
    lat_deg[hide] = lng_deg[hide] = np.nan
    return streams.with_channels({"lat_deg": lat_deg, "lng_deg": lng_deg}).take(kept)
