"""Whether two recordings are of the same run: by time, sport, distance and, where both have one, by the track.

A run may reach us from Strava, from a row of its archive, from the watch's own file, from a phone beside the watch and
as a cropped copy. It overlaps itself in time; two runs one after the other do not. It is of one sport, nearly as long,
and was in the same place at the same time, which two people's tracks were not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.sports import ON_FOOT

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams

#: Of the shorter one, this share must lie within the other; a cropped copy lies within its original.
SAME_OVERLAP, DOUBTFUL_OVERLAP = 0.9, 0.5

#: Distances of two devices over the same stretch differ by less than this share …
SAME_DISTANCE = 0.12

#: … and their positions at the same moment by less than this, in the median: GPS and clocks that differ a little.
SAME_PLACE_M = 150.0

_METRES_PER_DEGREE = 111_195.0
_PROBES = 64


class MatchResult(StrEnum):
    """What two recordings are to each other."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class MatchInput:
    """What identity goes by; ``streams`` relative to ``start_time`` (seconds since 1970), None where there are none."""

    start_time: int
    elapsed_s: float
    sport_type: str
    distance_m: float | None
    strava_id: int | None = None
    streams: Streams | None = None

    @property
    def end_time(self) -> float:
        """When it was over, in seconds since 1970."""
        return self.start_time + self.elapsed_s


def match_recordings(one: MatchInput, other: MatchInput) -> MatchResult:
    """Whether two traces are of the same run. Two different Strava ids never are, one and the same always."""
    if one.strava_id is not None and other.strava_id is not None:
        return MatchResult.SAME if one.strava_id == other.strava_id else MatchResult.DIFFERENT
    share = _overlap(one, other)
    if share < DOUBTFUL_OVERLAP:
        return MatchResult.DIFFERENT
    apart_m = _median_distance_m(one, other)
    if apart_m is not None and apart_m > SAME_PLACE_M:
        return MatchResult.DIFFERENT
    agrees = share >= SAME_OVERLAP and _same_sport(one, other) and _same_length(one, other)
    return MatchResult.SAME if agrees else MatchResult.DOUBTFUL


def _overlap(one: MatchInput, other: MatchInput) -> float:
    """The share of the shorter one that lies within the other, from 0 to 1."""
    shorter = min(one.elapsed_s, other.elapsed_s)
    common = min(one.end_time, other.end_time) - max(one.start_time, other.start_time)
    if shorter <= 0:
        return 1.0 if one.start_time == other.start_time else 0.0
    return max(0.0, common) / shorter


def _same_sport(one: MatchInput, other: MatchInput) -> bool:
    """A trail run on one device is a run on the other, and a walk that was a run; a ride is neither."""
    return one.sport_type == other.sport_type or {one.sport_type, other.sport_type} <= ON_FOOT | {"Workout"}


def _same_length(one: MatchInput, other: MatchInput) -> bool:
    """Whether the distances agree; that of a cropped copy agrees with the same share of the time."""
    if not one.distance_m or not other.distance_m:
        return True
    if abs(one.distance_m - other.distance_m) <= SAME_DISTANCE * max(one.distance_m, other.distance_m):
        return True
    short, long = sorted((one, other), key=lambda trace: trace.elapsed_s)
    expected = (long.distance_m or 0.0) * short.elapsed_s / long.elapsed_s if long.elapsed_s else 0.0
    return abs((short.distance_m or 0.0) - expected) <= SAME_DISTANCE * expected


def _median_distance_m(one: MatchInput, other: MatchInput) -> float | None:
    """How far apart the two were at the same moments, in the median; None where one of them has no track."""
    tracks = [_track(trace) for trace in (one, other)]
    if tracks[0] is None or tracks[1] is None:
        return None
    begin = max(float(track[0][0]) for track in tracks if track is not None)
    end = min(float(track[0][-1]) for track in tracks if track is not None)
    if end <= begin:
        return None
    at = np.linspace(begin, end, _PROBES)
    (lat1, lng1), (lat2, lng2) = (
        (np.interp(at, track[0], track[1]), np.interp(at, track[0], track[2])) for track in tracks if track is not None
    )
    east = (lng1 - lng2) * np.cos(np.radians(lat1))
    return float(np.median(np.hypot(lat1 - lat2, east)) * _METRES_PER_DEGREE)


def _track(trace: MatchInput) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Time since 1970 (ascending), latitude and longitude of every known position."""
    if trace.streams is None:
        return None
    lat, lng = trace.streams.get("lat_deg"), trace.streams.get("lng_deg")
    if lat is None or lng is None:
        return None
    known = ~np.isnan(lat) & ~np.isnan(lng)
    if np.count_nonzero(known) < 2:
        return None
    time_s = trace.start_time + trace.streams.time_s[known]
    order = np.argsort(time_s, kind="stable")
    return time_s[order], lat[known][order], lng[known][order]
