"""Whether two runs followed the same route: the same way in the same direction, without a detour.

A track is reduced to points 25 m apart (:func:`resample`), and two such tracks are compared in the order of travel
(:func:`is_same_route`). Candidates are found by the cell in which the middle of a track lies (:func:`middle_cells`), so
that a run is compared with few others. The constants are chosen for independent errors of 10 m in every position.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runcoach.analysis.distance_curve import in_clock_order
from runcoach.domain.streams import FloatArray
from runcoach.domain.training.route_track import STEP_M, RouteTrack

#: A shorter track has no route.
MIN_LENGTH_M = 400.0

#: Positions are averaged over the time in which so much of the way is run, which removes most of the noise; a fixed
#: time would cut corners more at a higher speed. The time is at least and at most so long.
SMOOTHING_M, MIN_SMOOTHING_S, MAX_SMOOTHING_S = 50.0, 8.0, 40.0

#: Two tracks may differ in length by this much, and by this share of the longer one.
LENGTH_M, LENGTH_SHARE = 60.0, 0.025

#: How far apart along the way two points of the same progress may be: metres, a share of the length, and at most.
PROGRESS_M, PROGRESS_SHARE, MAX_PROGRESS_M = 150.0, 0.02, 400.0

#: The mean distance between two tracks over a stretch of this length (m) may be at most so much (m). Noise averages
#: out over longer stretches, so less is allowed there: a neighbouring street is not. The last holds for the whole.
ALLOWED_M = ((150.0, 45.0), (500.0, 32.0), (math.inf, 20.0))

#: Distances are counted up to this, so that one stray position does not outweigh its neighbours.
MAX_DEVIATION_M = 100.0

#: Edge of an index cell, in degrees of latitude: 556 m, more than the middles of two matching tracks are apart.
CELL_DEG = 0.005

#: Points on a plane: metres east and, imaginary, north.
Points = npt.NDArray[np.complex128]

Indices = npt.NDArray[np.intp]

_METRES_PER_DEGREE = 111_195.0

#: The direction at a point is that of the chord between points this many steps before and after.
_CHORD = 2


def resample(lat_deg: FloatArray, lng_deg: FloatArray, time_s: FloatArray) -> RouteTrack | None:
    """The track of a run; None where it is shorter than :data:`MIN_LENGTH_M` or has no positions.

    Each point is 25 m from the one before in a straight line, so that neither noise nor a rest adds to the length.
    Positions whose time is out of order are left out.
    """
    (known,) = (np.isfinite(lat_deg) & np.isfinite(lng_deg)).nonzero()
    known = known[in_clock_order(time_s[known])] if known.size else known
    if known.size < 2:
        return None
    lat, lng = lat_deg[known], np.unwrap(lng_deg[known], period=360.0)
    origin = (float(lat[0]), float(lng[0]))
    east_m, north_m = _projected(lat, lng, origin)
    time = time_s[known]
    line = _smoothed(east_m + 1j * north_m, time, _smoothing_s(east_m, north_m, time))
    points = np.array(_evenly_spaced(line.tolist()))
    if STEP_M * (points.size - 1) < MIN_LENGTH_M:
        return None
    scale = _METRES_PER_DEGREE * max(math.cos(math.radians(origin[0])), 1e-6)
    return RouteTrack(origin[0] + points.imag / _METRES_PER_DEGREE, origin[1] + points.real / scale)


def is_same_route(one: RouteTrack, other: RouteTrack) -> bool:
    """Whether two tracks follow each other from start to finish; symmetric.

    Their lengths agree within :data:`LENGTH_M` and :data:`LENGTH_SHARE`, and the distance of each point to the other
    track, at about the same progress and in the same direction, stays within :data:`ALLOWED_M`.
    """
    if not have_same_length(one.length_m, other.length_m):
        return False
    origin = ((float(one.lat_deg[0]) + float(other.lat_deg[0])) / 2.0, float(one.lng_deg[0]))
    shift = 360.0 * round((float(other.lng_deg[0]) - origin[1]) / 360.0)
    first = _on_plane(one.lat_deg, one.lng_deg, origin)
    second = _on_plane(other.lat_deg, other.lng_deg - shift, origin)
    if not _may_match(first, second):
        return False
    return _stays_near(first, second) and _stays_near(second, first)


def have_same_length(one_m: float, other_m: float) -> bool:
    """Whether two lengths differ by no more than two runs over the same route do."""
    return abs(one_m - other_m) <= LENGTH_M + LENGTH_SHARE * max(one_m, other_m)


def length_range(length_m: float) -> tuple[float, float]:
    """The shortest and the longest length with which :func:`have_same_length` is true."""
    return (length_m * (1.0 - LENGTH_SHARE) - LENGTH_M, (length_m + LENGTH_M) / (1.0 - LENGTH_SHARE))


def middle_cell(track: RouteTrack) -> tuple[int, int]:
    """Row and column of the index cell in which the middle of a track lies.

    Rows are :data:`CELL_DEG` of latitude; columns are as wide in metres at the row's latitude.
    """
    lat_deg, lng_deg = track.middle
    row = math.floor(lat_deg / CELL_DEG)
    return row, _column(row, lng_deg)


def middle_cells(track: RouteTrack) -> list[tuple[int, int]]:
    """The index cells in which the middle of a track over the same route can lie: its own and those around it."""
    lat_deg, lng_deg = track.middle
    found = []
    for row in (math.floor(lat_deg / CELL_DEG) + offset for offset in (-1, 0, 1)):
        around, column = _columns(row), _column(row, lng_deg)
        found += [(row, (column + offset) % around) for offset in (-1, 0, 1)]
    return list(dict.fromkeys(found))


def _columns(row: int) -> int:
    """The number of columns of a row of cells."""
    return max(1, math.floor(360.0 / CELL_DEG * math.cos(math.radians(min(abs(row * CELL_DEG), 90.0)))))


def _column(row: int, lng_deg: float) -> int:
    columns = _columns(row)
    return math.floor((lng_deg + 180.0) / 360.0 * columns) % columns


def _projected(lat_deg: FloatArray, lng_deg: FloatArray, origin: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Metres east and north of ``origin`` on a plane."""
    scale = _METRES_PER_DEGREE * max(math.cos(math.radians(origin[0])), 1e-6)
    return (lng_deg - origin[1]) * scale, (lat_deg - origin[0]) * _METRES_PER_DEGREE


def _smoothing_s(east_m: FloatArray, north_m: FloatArray, time_s: FloatArray) -> float:
    """The time in which :data:`SMOOTHING_M` are run, at the median speed over steps that are long beside the noise."""
    sampled = np.searchsorted(time_s, np.arange(time_s[0], time_s[-1], MAX_SMOOTHING_S))
    away_m = np.hypot(np.diff(east_m[sampled]), np.diff(north_m[sampled]))
    if not away_m.size:
        return MAX_SMOOTHING_S
    needed_s = SMOOTHING_M * MAX_SMOOTHING_S / max(float(np.median(away_m)), 1.0)
    return min(max(needed_s, MIN_SMOOTHING_S), MAX_SMOOTHING_S)


def _smoothed(points: Points, time_s: FloatArray, smoothing_s: float) -> Points:
    """Means of the points within half of ``smoothing_s`` before and after each sample."""
    total = np.concatenate([[0.0], np.cumsum(points)])
    first = np.searchsorted(time_s, time_s - smoothing_s / 2, side="left")
    last = np.searchsorted(time_s, time_s + smoothing_s / 2, side="right")
    means: Points = (total[last] - total[first]) / (last - first)
    return means


def _evenly_spaced(line: list[complex]) -> list[complex]:
    """Points on a line, each :data:`STEP_M` from the one before in a straight line."""
    at = line[0]
    points = [at]
    for end in line:
        away = abs(end - at)
        while away >= STEP_M:
            at += (end - at) * STEP_M / away
            points.append(at)
            away -= STEP_M
    return points


def _on_plane(lat_deg: FloatArray, lng_deg: FloatArray, origin: tuple[float, float]) -> Points:
    """Points as complex numbers: metres east and, imaginary, north of ``origin``."""
    east_m, north_m = _projected(lat_deg, lng_deg, origin)
    return east_m + 1j * north_m


def _may_match(first: Points, second: Points) -> bool:
    """Whether a few points leave it open that two tracks match: 17 of the same progress, then every eighth of each."""
    one, other = (line[np.linspace(0, line.size - 1, 17).astype(np.intp)] for line in (first, second))
    if float(np.abs(one - other).max()) > _reach_m(max(first.size, second.size)) + MAX_DEVIATION_M:
        return False
    most_m = 2.0 * ALLOWED_M[-1][1]
    return all(
        float(_deviations(points, line, np.arange(0, points.size, 8)).mean()) <= most_m
        for points, line in ((first, second), (second, first))
    )


def _stays_near(points: Points, line: Points) -> bool:
    """Whether the distance of ``points`` to ``line`` stays within :data:`ALLOWED_M` at every scale."""
    away_m = _deviations(points, line, np.arange(points.size))
    total = np.concatenate([[0.0], np.cumsum(away_m)])
    for stretch_m, allowed_m in ALLOWED_M:
        count = min(away_m.size, int(min(stretch_m, 1e9) / STEP_M))
        if float((total[count:] - total[:-count]).max()) / count > allowed_m:
            return False
    return True


def _deviations(points: Points, line: Points, which: Indices) -> FloatArray:
    """Distance of the points ``which`` (indices, ``(k,)``) to ``line``, at most :data:`MAX_DEVIATION_M`.

    Only where the line leads in the direction of the points, at about their progress.
    """
    reach = math.ceil(_reach_m(line.size) / STEP_M)
    expected = np.rint(which * ((line.size - 1) / (points.size - 1))).astype(np.intp)
    # Beyond its ends a line is infinitely far away.
    padded = np.pad(line, reach, constant_values=complex(np.inf, 0.0))
    ways = np.pad(_directions(line), reach)
    near = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)[expected]
    own, own_way = points[which], np.conj(_directions(points)[which])
    same_way = (own_way[:, None] * np.lib.stride_tricks.sliding_window_view(ways, 2 * reach + 1)[expected]).real > 0.0
    offset = own[:, None] - near
    squared = np.where(same_way, offset.real**2 + offset.imag**2, np.inf)
    column = squared.argmin(axis=1)
    is_known = np.isfinite(squared[np.arange(own.size), column])
    nearest = np.clip(expected + column - reach, 0, line.size - 1)
    found = np.minimum(
        _to_segment(own, line[np.maximum(nearest - 1, 0)], line[nearest]),
        _to_segment(own, line[nearest], line[np.minimum(nearest + 1, line.size - 1)]),
    )
    deviations: FloatArray = np.minimum(np.where(is_known, found, MAX_DEVIATION_M), MAX_DEVIATION_M)
    return deviations


def _reach_m(points: int) -> float:
    """How far apart along the way points of the same progress may be, on a line of so many points."""
    return min(PROGRESS_M + PROGRESS_SHARE * STEP_M * (points - 1), MAX_PROGRESS_M)


def _to_segment(points: Points, begin: Points, end: Points) -> FloatArray:
    """Distance of each point to its segment, ``(n,)``; a segment may be a point."""
    along, offset = end - begin, points - begin
    share = np.clip((np.conj(along) * offset).real / STEP_M**2, 0.0, 1.0)
    return np.abs(offset - share * along)


def _directions(points: Points) -> Points:
    """The vector from some points before each point to as many after it, ``(n,)``."""
    last = points.size - 1
    index = np.arange(last + 1)
    return points[np.minimum(index + _CHORD, last)] - points[np.maximum(index - _CHORD, 0)]
