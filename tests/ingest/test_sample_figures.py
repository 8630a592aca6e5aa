"""Figures that are computed with a new activity equal those that an analytics job computes from the stored samples."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.recording import RecordedLap, Recording, Totals
from runcoach.domain.statuses import JobKind
from runcoach.domain.streams import Streams
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.ingest.builder import build
from runcoach.ingest.merge import add_new
from runcoach.services.analytics.jobs import AnalyticsReport, update_analytics
from runcoach.sources.file_formats import read_bytes
from runcoach.store import jobs
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.training import analytics

_START = 1_760_000_000


def hilly_run(sport: str = "Run") -> BuiltActivity:
    """Half an hour over hills with laps, a heart rate and a way."""
    time_s = np.arange(1801.0)
    distance_m = 3.1 * time_s
    channels = {
        "distance_m": distance_m,
        "heart_rate_bpm": 150.0 + 8.0 * np.sin(time_s / 90.0),
        "altitude_m": 200.0 + 15.0 * np.sin(distance_m / 300.0),
        "lat_deg": 48.0 + distance_m / 111_195.0,
        "lng_deg": np.full(time_s.size, 7.8),
    }
    laps = tuple(
        RecordedLap(start_time_s=_START + start, totals=Totals(elapsed_s=600.0)) for start in (0.0, 600.0, 1200.0)
    )
    recording = Recording(
        "fit", sport, float(_START), Streams(_START + time_s, channels), Totals(distance_m=5580.0), laps=laps
    )
    return build(recording, SourceRecord("file", "fit", "run.fit", Totals(), sha256="a" * 64))


def stored(connection: sqlite3.Connection, activity_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of an activity in the tables of figures, without times of computing."""
    found = {}
    for table in ("activity_analytics", "durability_effort", "route_track"):
        rows = connection.execute(f"SELECT * FROM {table} WHERE activity_id = ?", (activity_id,)).fetchall()
        found[table] = [tuple(row[name] for name in row.keys() if name != "computed_at") for row in rows]  # noqa: SIM118
    return found


def put(connection: sqlite3.Connection, built: BuiltActivity) -> int:
    with write_transaction(connection):
        return add_new(connection, [built], None)


def by_job(connection: sqlite3.Connection, activity_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """What an analytics job stores for an activity."""
    with write_transaction(connection):
        analytics.outdated(connection, activity_id, "manual")
    assert stored(connection, activity_id) == {"activity_analytics": [], "durability_effort": [], "route_track": []}
    assert update_analytics(connection).computed == 1
    return stored(connection, activity_id)


def test_a_new_run_has_all_its_figures_and_no_job(connection: sqlite3.Connection) -> None:
    activity_id = put(connection, hilly_run())
    assert jobs.counts(connection, JobKind.ANALYTICS) == {}
    figures = analytics.read(connection, activity_id)
    assert figures is not None
    assert figures.run is not None
    assert len(figures.run.lap_grade_factors) == 3
    before = stored(connection, activity_id)
    assert len(before["route_track"]) == 1
    assert len(before["durability_effort"]) == 3
    assert before == by_job(connection, activity_id)


def test_a_run_that_was_built_as_another_sport_is_left_to_the_job(connection: sqlite3.Connection) -> None:
    built = hilly_run("Ride")
    listed = replace(built, activity=replace(built.activity, sport_type="Run"))  # as the list of a source states it
    activity_id = put(connection, listed)
    assert analytics.read(connection, activity_id) is None
    assert update_analytics(connection) == AnalyticsReport(computed=1)
    figures = analytics.read(connection, activity_id)
    assert figures is not None
    assert figures.run is not None


def test_a_ride_has_no_track(connection: sqlite3.Connection) -> None:
    activity_id = put(connection, hilly_run("Ride"))
    assert stored(connection, activity_id)["route_track"] == []
    assert stored(connection, activity_id) == by_job(connection, activity_id)


@pytest.mark.corpus
@pytest.mark.slow
def test_recorded_activities_have_the_figures_of_the_job(connection: sqlite3.Connection, corpus: Path) -> None:
    compared = 0
    for path in sorted((corpus / "activities" / "fit").glob("*.fit"))[:20]:
        try:
            recordings = read_bytes(path.read_bytes(), path.name).recordings
            built = [build(one, SourceRecord("file", "fit", path.name, Totals())) for one in recordings]
        except (NotAnActivityError, SourceError):
            continue
        for one in built:
            activity_id = put(connection, one)
            if one.figures is not None:
                compared += 1
                assert stored(connection, activity_id) == by_job(connection, activity_id), path.name
    assert compared > 10
