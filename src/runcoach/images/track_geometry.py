"""What of a track may be shown, on a plane in metres: without its ends, without lines where nothing was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from runcoach.domain.streams import FloatArray

    BoolArray = npt.NDArray[np.bool_]

#: Metres of a degree of latitude, on a sphere of 6,371 km.
METRES_PER_DEGREE = 111_195.0

#: A step is a gap, not a line, where it is longer than this and than so many usual steps of the track.
GAP_M, GAP_STEPS = 150.0, 10.0

#: What is left of a track shows something where it is at least so large.
LEAST_EXTENT_M = 50.0

#: A piece with a smaller share of the points than this is a slip of the receiver, or not to be seen.
LEAST_SHARE = 0.01


def visible_pieces(lat_deg: FloatArray, lng_deg: FloatArray, hidden_m: float) -> list[FloatArray]:
    """The lines that may be drawn of a track, each of shape ``(n, 2)``: metres to the east and to the north.

    Left out are the first and the last ``hidden_m`` metres on the way, and whatever comes within ``hidden_m`` of where
    the track begins or ends: a loop that passes the door again does not show it. Missing points (NaN) and leaps
    part the lines. Empty where what is left shows nothing.
    """
    known = np.isfinite(lat_deg) & np.isfinite(lng_deg)
    if np.count_nonzero(known) < 2:
        return []
    points = _projected(lat_deg[known], lng_deg[known])
    steps = np.hypot(*np.diff(points, axis=0).T)
    is_gap = steps > max(GAP_M, GAP_STEPS * float(np.median(steps)))
    shown = ~_hidden(points, np.where(is_gap, 0.0, steps), hidden_m)
    pieces = _parted(points, shown, ~is_gap & ~_passes(points, steps, hidden_m))
    if not pieces:
        return []
    low, high = bounds(pieces)
    return pieces if float((high - low).max()) >= LEAST_EXTENT_M else []


def bounds(pieces: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """The least and the greatest coordinates of some lines, each of shape ``(2,)``."""
    columns = [[piece[:, axis] for piece in pieces] for axis in (0, 1)]
    low = np.array([min(float(values.min()) for values in column) for column in columns])
    high = np.array([max(float(values.max()) for values in column) for column in columns])
    return low, high


def simplified(points: FloatArray, spacing: float, tolerance: float) -> FloatArray:
    """Fewer points along nearly the same line: not closer than ``spacing``, none within ``tolerance`` of its chord."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    keep = np.diff(np.floor(along / spacing), prepend=-1.0) > 0
    keep[-1] = True
    points = points[keep]
    for _ in range(8):  # each round looks at every other point
        size = points.shape[0]
        off = _distances(points[: size - 2 : 2], points[2:size:2], points[1 : size - 1 : 2])
        keep = np.ones(size, dtype=np.bool_)
        keep[1 : size - 1 : 2] = off > tolerance
        if keep.all():
            break
        points = points[keep]
    return points


def _projected(lat_deg: FloatArray, lng_deg: FloatArray) -> FloatArray:
    """Equirectangular about the middle latitude; a track may cross the date line."""
    middle_deg = (float(lat_deg.min()) + float(lat_deg.max())) / 2
    if np.ptp(lng_deg) > 180.0:
        lng_deg = np.unwrap(lng_deg, period=360.0)
    east = (lng_deg - lng_deg[0]) * METRES_PER_DEGREE * max(float(np.cos(np.radians(middle_deg))), 1e-6)
    return np.column_stack([east, (lat_deg - lat_deg[0]) * METRES_PER_DEGREE])


def _hidden(points: FloatArray, steps_m: FloatArray, hidden_m: float) -> BoolArray:
    """Which points lie near an end, by the way or through the air."""
    if hidden_m <= 0:
        return np.zeros(points.shape[0], dtype=np.bool_)
    way_m = np.concatenate([[0.0], np.cumsum(steps_m)])
    hidden: BoolArray = (way_m < hidden_m) | (way_m > way_m[-1] - hidden_m)
    for end in (points[0], points[-1]):
        hidden |= np.hypot(*(points - end).T) < hidden_m
    return hidden


def _passes(points: FloatArray, steps_m: FloatArray, hidden_m: float) -> BoolArray:
    """Which steps lead past an end too near, though neither of their points is; a short step cannot."""
    passes = np.zeros(steps_m.shape[0], dtype=np.bool_)
    long = np.flatnonzero(steps_m > hidden_m / 10)
    for end in (points[0], points[-1]):
        passes[long] |= _distances(points[long], points[long + 1], end) < hidden_m
    return passes


def _distances(begin: FloatArray, end: FloatArray, point: FloatArray) -> FloatArray:
    """How far each segment is from ``point``, one for all of shape ``(2,)`` or one for each."""
    along = end - begin
    length2 = np.einsum("ij,ij->i", along, along)
    share = np.einsum("ij,ij->i", point - begin, along) / np.where(length2 > 0, length2, 1.0)
    nearest = begin + np.clip(share, 0.0, 1.0)[:, None] * along
    distances: FloatArray = np.hypot(*(point - nearest).T)
    return distances


def _parted(points: FloatArray, shown: BoolArray, joined: BoolArray) -> list[FloatArray]:
    """The runs of points that are shown and joined; single points and slips are not among them."""
    together = shown[:-1] & shown[1:] & joined
    edges = np.flatnonzero(np.diff(np.concatenate([[False], together, [False]]).astype(np.int8)))
    pieces = [points[first : last + 1] for first, last in edges.reshape(-1, 2)]
    least = LEAST_SHARE * sum(len(piece) for piece in pieces)
    return [piece for piece in pieces if len(piece) >= least]
