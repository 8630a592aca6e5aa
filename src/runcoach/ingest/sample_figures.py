"""Figures that follow from the samples of an activity: computed where it is built, or later by an analytics job."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runcoach.analysis.route_matching import middle_cell, resample
from runcoach.analysis.training.activity_analytics import analyze
from runcoach.domain.sports import OUTDOOR_RUNNING, is_running, standing_speed_ms
from runcoach.domain.training.activity_analytics import SampleFigures
from runcoach.store.training import analytics, route_tracks

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams
    from runcoach.domain.training.route_track import RouteTrack

#: Errors that a damaged recording may raise.
ANALYSIS_ERRORS = (ValueError, ArithmeticError, LookupError)


def sample_figures(streams: Streams, sport: str, laps: Sequence[tuple[float, float]]) -> SampleFigures:
    """The figures of samples; one of :data:`ANALYSIS_ERRORS` where they are damaged.

    ``laps`` are start and end of each in seconds from the activity's start, none where one is unknown.
    """
    figures = analyze(streams, standing_speed_ms(sport), is_run=is_running(sport), laps=laps)
    return SampleFigures(figures, track_of(streams) if sport in OUTDOOR_RUNNING else None)


def track_of(streams: Streams) -> RouteTrack | None:
    """The track by which routes are matched; None without positions or where it is too short."""
    lat_deg, lng_deg = streams.get("lat_deg"), streams.get("lng_deg")
    return None if lat_deg is None or lng_deg is None else resample(lat_deg, lng_deg, streams.time_s)


def put_figures(connection: sqlite3.Connection, activity_id: int, figures: SampleFigures) -> None:
    """Store the figures of an activity, and delete its open job; the caller holds the transaction."""
    analytics.put(connection, activity_id, figures.analytics)
    if figures.track is None:
        route_tracks.remove(connection, activity_id)
    else:
        route_tracks.put(connection, activity_id, figures.track, middle_cell(figures.track))
    analytics.settle(connection, activity_id)
