"""Match recordings of the same activity by time, distance and track, or sport where one of them has no track.

The same run may arrive from Strava, from a bulk export, from a watch, from a phone and as a cropped copy. Such copies
overlap in time, have nearly the same distance, and were in the same place at the same time. The sport may differ even
so: a runner chose the wrong one on the watch, and corrected it at one of the services.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.distances import METRES_PER_DEGREE
from runcoach.domain.sports import ON_FOOT
from runcoach.domain.streams import Streams
from runcoach.store import activities, overlaps
from runcoach.store.remote import known_activities
from runcoach.store.stream_codec import unpack

if TYPE_CHECKING:
    from runcoach.domain.activity import BuiltActivity

#: The share of the shorter recording that must overlap the other; a cropped copy lies within its original.
SAME_OVERLAP, DOUBTFUL_OVERLAP = 0.9, 0.5

#: Distances of two devices over the same stretch differ by less than this share …
SAME_DISTANCE = 0.12

#: … and their positions at the same moment by less than this median, despite differences of GPS and clocks.
SAME_PLACE_M = 150.0

#: Moments at which two tracks are compared.
_PROBES = 64

#: The channels that are compared.
_CHANNELS = ("time_s", "lat_deg", "lng_deg")


class MatchResult(StrEnum):
    """How two recordings are related."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class MatchInput:
    """The figures that matching compares; ``streams`` are relative to ``start_time`` (seconds since 1970)."""

    start_time: int
    elapsed_s: float
    sport_type: str
    distance_m: float | None
    strava_id: int | None = None
    streams: Streams | None = None

    @property
    def end_time(self) -> float:
        """End in seconds since 1970."""
        return self.start_time + self.elapsed_s


def find_match(connection: sqlite3.Connection, built: BuiltActivity, strava_id: int | None = None) -> int | None:
    """The id of the stored activity that ``built`` is a recording of; None for a new or an undated activity.

    ``strava_id`` is the id that another source of the same activity states.
    """
    activity = built.activity
    strava_id = strava_id if activity.strava_id is None else activity.strava_id
    if strava_id is not None:
        known = known_activities.find(connection, strava_id)
        if known is not None:
            return known
    if "start_time" in built.assumed:
        return None  # the clock was not set: there is no time to compare
    elapsed_s = float(activity.elapsed_time_sec or 0)
    rows = overlaps.overlapping(connection, activity.start_time, elapsed_s)
    if not rows:
        return None
    track = None if built.streams is None else unpack(built.streams.channels, only=_CHANNELS)
    new = MatchInput(activity.start_time, elapsed_s, activity.sport_type, activity.distance_m, strava_id, track)
    for row in rows:
        if strava_id is not None and row["strava_id"] not in {None, strava_id}:
            continue  # another activity; its streams need not be read
        if match_recordings(new, match_input(connection, row)) is MatchResult.SAME:
            return int(row["id"])
    return None


def match_input(connection: sqlite3.Connection, row: sqlite3.Row) -> MatchInput:
    """The figures of a stored activity."""
    return MatchInput(
        row["start_time"],
        float(row["elapsed_time_sec"] or 0),
        row["sport_type"],
        row["distance_m"],
        row["strava_id"],
        activities.read_streams(connection, row["id"], only=_CHANNELS),
    )


def match_recordings(one: MatchInput, other: MatchInput) -> MatchResult:
    """Compare two recordings. The same Strava id is always SAME, two different ones are always DIFFERENT."""
    if one.strava_id is not None and other.strava_id is not None:
        return MatchResult.SAME if one.strava_id == other.strava_id else MatchResult.DIFFERENT
    share = _overlap(one, other)
    if share < DOUBTFUL_OVERLAP:
        return MatchResult.DIFFERENT
    apart_m = _median_distance_m(one, other)
    if apart_m is not None and apart_m > SAME_PLACE_M:
        return MatchResult.DIFFERENT
    is_same_kind = apart_m is not None or _same_sport(one, other)
    agrees = share >= SAME_OVERLAP and is_same_kind and _same_length(one, other)
    return MatchResult.SAME if agrees else MatchResult.DOUBTFUL


def _overlap(one: MatchInput, other: MatchInput) -> float:
    """The share of the shorter recording that overlaps the other, from 0 to 1."""
    shorter = min(one.elapsed_s, other.elapsed_s)
    common = min(one.end_time, other.end_time) - max(one.start_time, other.start_time)
    if shorter <= 0:
        return 1.0 if one.start_time == other.start_time else 0.0
    return max(0.0, common) / shorter


def _same_sport(one: MatchInput, other: MatchInput) -> bool:
    """Whether the sports are equal, or both on foot: devices differ on run, trail run and walk."""
    return one.sport_type == other.sport_type or {one.sport_type, other.sport_type} <= ON_FOOT | {"Workout"}


def _same_length(one: MatchInput, other: MatchInput) -> bool:
    """Whether the distances agree, or that of a cropped copy agrees with its share of the time."""
    if not one.distance_m or not other.distance_m:
        return True
    if abs(one.distance_m - other.distance_m) <= SAME_DISTANCE * max(one.distance_m, other.distance_m):
        return True
    short, long = sorted((one, other), key=lambda recording: recording.elapsed_s)
    expected = (long.distance_m or 0.0) * short.elapsed_s / long.elapsed_s if long.elapsed_s else 0.0
    return abs((short.distance_m or 0.0) - expected) <= SAME_DISTANCE * expected


def _median_distance_m(one: MatchInput, other: MatchInput) -> float | None:
    """Median distance between the two at the same moments; None where either has no track."""
    tracks = [_track(recording) for recording in (one, other)]
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
    return float(np.median(np.hypot(lat1 - lat2, east)) * METRES_PER_DEGREE)


def _track(recording: MatchInput) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Time since 1970 (ascending), latitude and longitude of every position."""
    if recording.streams is None:
        return None
    lat, lng = recording.streams.get("lat_deg"), recording.streams.get("lng_deg")
    if lat is None or lng is None:
        return None
    known = ~np.isnan(lat) & ~np.isnan(lng)
    if np.count_nonzero(known) < 2:
        return None
    time_s = recording.start_time + recording.streams.time_s[known]
    order = np.argsort(time_s, kind="stable")
    return time_s[order], lat[known][order], lng[known][order]
