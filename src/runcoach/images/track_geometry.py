"""The visible parts of a track in plane metres: its ends hidden, split where nothing was recorded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from runcoach.domain.distances import METRES_PER_DEGREE
from runcoach.domain.streams import FloatArray

BoolArray = npt.NDArray[np.bool_]

#: A step is a gap where it is longer than GAP_M and than GAP_STEPS times the track's median step.
GAP_M, GAP_STEPS = 150.0, 10.0

#: A visible part with a smaller extent is not shown.
MIN_EXTENT_M = 50.0

#: A piece with a smaller share of the points is dropped.
MIN_SHARE = 0.01


def visible_pieces(lat_deg: FloatArray, lng_deg: FloatArray, hidden_m: float) -> list[FloatArray]:
    """The lines of a track that may be shown, each of shape ``(n, 2)``: metres east and north.

    Hidden are the first and last ``hidden_m`` metres along the track and every point within ``hidden_m`` of its start
    or finish, so that a loop that passes the runner's home does not show it. Lines are split at gaps. Empty where
    the visible part is too small.
    """
    known = np.isfinite(lat_deg) & np.isfinite(lng_deg)
    if np.count_nonzero(known) < 2:
        return []
    points = _projected(lat_deg[known], lng_deg[known])
    steps = np.hypot(*np.diff(points, axis=0).T)
    is_gap = steps > max(GAP_M, GAP_STEPS * float(np.median(steps)))
    shown = ~_hidden(points, np.where(is_gap, 0.0, steps), hidden_m)
    pieces = _pieces(points, shown, ~is_gap & ~_passes(points, steps, hidden_m))
    if not pieces:
        return []
    low, high = bounds(pieces)
    return pieces if float((high - low).max()) >= MIN_EXTENT_M else []


def bounds(pieces: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Minimum and maximum coordinates of all lines, each of shape ``(2,)``."""
    points = np.concatenate(pieces)
    return points.min(axis=0), points.max(axis=0)


def simplify(points: FloatArray, spacing: float, tolerance: float) -> FloatArray:
    """Drop points closer than ``spacing`` along the line and points within ``tolerance`` of their chord."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    keep = np.diff(np.floor(along / spacing), prepend=-1.0) > 0
    keep[-1] = True
    points = points[keep]
    for _ in range(8):  # each pass examines every other point
        size = points.shape[0]
        off = segment_distances(points[: size - 2 : 2], points[2:size:2], points[1 : size - 1 : 2])
        keep = np.ones(size, dtype=np.bool_)
        keep[1 : size - 1 : 2] = off > tolerance
        if keep.all():
            break
        points = points[keep]
    return points


def _projected(lat_deg: FloatArray, lng_deg: FloatArray) -> FloatArray:
    """Equirectangular projection at the middle latitude; handles tracks across the antimeridian."""
    middle_deg = (float(lat_deg.min()) + float(lat_deg.max())) / 2
    if np.ptp(lng_deg) > 180.0:
        lng_deg = np.unwrap(lng_deg, period=360.0)
    east = (lng_deg - lng_deg[0]) * METRES_PER_DEGREE * max(float(np.cos(np.radians(middle_deg))), 1e-6)
    return np.column_stack([east, (lat_deg - lat_deg[0]) * METRES_PER_DEGREE])


def _hidden(points: FloatArray, steps_m: FloatArray, hidden_m: float) -> BoolArray:
    """Which points are within ``hidden_m`` of an end, along the track or in a straight line."""
    if hidden_m <= 0:
        return np.zeros(points.shape[0], dtype=np.bool_)
    along_m = np.concatenate([[0.0], np.cumsum(steps_m)])
    hidden: BoolArray = (along_m < hidden_m) | (along_m > along_m[-1] - hidden_m)
    for end in (points[0], points[-1]):
        hidden |= np.hypot(*(points - end).T) < hidden_m
    return hidden


def _passes(points: FloatArray, steps_m: FloatArray, hidden_m: float) -> BoolArray:
    """Which steps pass within ``hidden_m`` of an end; only long steps can where neither of their points does."""
    passes = np.zeros(steps_m.shape[0], dtype=np.bool_)
    long = np.flatnonzero(steps_m > hidden_m / 10)
    for end in (points[0], points[-1]):
        passes[long] |= segment_distances(points[long], points[long + 1], end) < hidden_m
    return passes


def segment_distances(begin: FloatArray, end: FloatArray, point: FloatArray) -> FloatArray:
    """Distance of each segment from ``point``, of shape ``(2,)`` or ``(n, 2)``."""
    along = end - begin
    length2 = np.einsum("ij,ij->i", along, along)
    share = np.einsum("ij,ij->i", point - begin, along) / np.where(length2 > 0, length2, 1.0)
    nearest = begin + np.clip(share, 0.0, 1.0)[:, None] * along
    distances: FloatArray = np.hypot(*(point - nearest).T)
    return distances


def _pieces(points: FloatArray, shown: BoolArray, joined: BoolArray) -> list[FloatArray]:
    """Series of consecutive points that are shown and joined; single points and tiny pieces are dropped."""
    together = shown[:-1] & shown[1:] & joined
    edges = np.flatnonzero(np.diff(np.concatenate([[False], together, [False]]).astype(np.int8)))
    pieces = [points[first : last + 1] for first, last in edges.reshape(-1, 2)]
    min_points = MIN_SHARE * sum(len(piece) for piece in pieces)
    return [piece for piece in pieces if len(piece) >= min_points]
