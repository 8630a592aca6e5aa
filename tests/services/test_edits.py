"""Corrections by hand: they precede every source, survive syncs and imports, rank, and can be undone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from reading import read

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity, Effort, Quality, SourceRecord
from runcoach.domain.filters import EffortFilter
from runcoach.domain.recording import Totals
from runcoach.domain.streams import Streams
from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest.builder import efforts_of, splits_for
from runcoach.ingest.writer import update_rankings, write_activities
from runcoach.services.edits import ActivityEdit, edit
from runcoach.services.imports import duplicates
from runcoach.services.maintenance.forget import forget
from runcoach.services.maintenance.recompute import recompute
from runcoach.services.queries import activities
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.store import activities as store
from runcoach.store import effort_queries
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.stream_codec import pack

START = int(datetime(2026, 5, 24, 7, 0, tzinfo=UTC).timestamp())
Make = Callable[..., BuiltActivity]

FILE = SourceRecord("file", "fit", "watch.fit", Totals(), sha256="a" * 64)
STRAVA = SourceRecord("strava", "detail", "activity 7", Totals())


def samples(seconds: int = 1500, speed_ms: float = 4.0) -> Streams:
    """A steady run with a sample a second."""
    time_s = np.arange(seconds + 1, dtype=np.float64)
    distance_m = np.round(time_s * speed_ms, 1)
    return Streams(
        time_s, {"distance_m": distance_m, "lat_deg": 41.9 + distance_m / 111_195, "lng_deg": time_s * 0 + 12.5}
    )


def put(connection: sqlite3.Connection, activity: BuiltActivity) -> int:
    with write_transaction(connection):
        (written,) = write_activities(connection, [activity], None)
        update_rankings(connection)
    return written.activity_id


@pytest.fixture
def run(connection: sqlite3.Connection, whole: Make) -> int:
    """A run of 10 km whose samples have efforts up to 5 km; the 5 km took 1250 s."""
    streams = samples()
    columns = {"start_time": START, "utc_offset_s": 7200, "timezone": "Europe/Rome"}
    activity = whole(source=FILE, efforts=efforts_of(streams), splits=splits_for("Run", streams), **columns)
    return put(connection, replace(activity, streams=pack(streams)))


def test_an_edit_precedes_the_sources_and_is_audited(config: Config, run: int) -> None:
    report = edit(config, str(run), ActivityEdit(name="Rome 10k", race=True))
    assert report.changed == {"name": ["Morning Run", "Rome 10k"], "workout_type": [None, 1]}
    shown = read(activities.show, config, str(run))
    assert (shown.activity["name"], shown.activity["workout_type"]) == ("Rome 10k", 1)
    assert [row["field"] for row in shown.edits] == ["name", "workout_type"]
    event = read(activities.audit, config, activity_ref=str(run), entity=None, limit=1)[0]
    assert event["meta"]["changed"]["name"] == ["Morning Run", "Rome 10k"]


def test_an_edit_survives_imports_and_syncs(
    config: Config, connection: sqlite3.Connection, run: int, whole: Make
) -> None:
    edit(config, str(run), ActivityEdit(name="Mine", sport="Walk"))
    for name, streams in (("Renamed", None), ("Renamed again", samples(1600))):
        built = whole(
            source=STRAVA,
            name=name,
            start_time=START,
            strava_id=7,
            efforts=() if streams is None else efforts_of(streams),
        )
        assert put(connection, replace(built, streams=pack(streams) if streams else None)) == run
        columns = store.read(connection, run)
        assert (columns["name"], columns["sport_type"], columns["strava_id"]) == ("Mine", "Walk", 7)
        assert store.read_efforts(connection, run) == []
    edit(config, str(run), ActivityEdit(reset=("name", "sport")))
    columns = store.read(connection, run)
    assert (columns["name"], columns["sport_type"]) == ("Renamed again", "Run")
    assert [effort.distance_m for effort in store.read_efforts(connection, run)] == [400, 800, 1000, 1609, 5000]


def test_a_sport_decides_whether_there_are_efforts(config: Config, connection: sqlite3.Connection, run: int) -> None:
    before = store.read_efforts(connection, run)
    assert len(before) == 5
    edit(config, str(run), ActivityEdit(sport="ride"))
    assert store.read(connection, run)["sport_type"] == "Ride"
    assert store.read_efforts(connection, run) == []
    assert store.read(connection, run)["fastest_pace_sec_per_km"] is None
    edit(config, str(run), ActivityEdit(sport="TrailRun"))
    assert store.read_efforts(connection, run) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-12-24", datetime(2025, 12, 24, 7, 0, tzinfo=UTC)),
        ("2025-12-24 18:30", datetime(2025, 12, 24, 16, 30, tzinfo=UTC)),
        ("1984-06-01T10:00:30", datetime(1984, 6, 1, 8, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_local_and_keeps_the_time_of_day(config: Config, run: int, text: str, expected: datetime) -> None:
    edit(config, str(run), ActivityEdit(date=text))
    row = read(activities.activity, config, str(run))
    assert row["start_time"] == expected.timestamp()
    assert row["local_date"] == text[:10]
    edit(config, str(run), ActivityEdit(reset=("date",)))
    assert read(activities.activity, config, str(run))["start_time"] == START


def best(config: Config, distance: str, *, everything: bool = False) -> list[tuple[int, bool]]:
    where = EffortFilter(include_suspect=everything, indoor=everything)
    report = read(fastest_efforts, config, where, distance=distance)
    return [(row.duration_s, row.is_official) for row in report.rows]


def test_an_official_result_ranks_in_place_of_the_recorded_effort(config: Config, run: int) -> None:
    assert best(config, "5k") == [(1250, False)]
    report = edit(config, str(run), ActivityEdit(official_time="21:05", official_distance="5k"))
    assert report.changed == {"official_time_s": [None, 1265], "official_distance_m": [None, 5000]}
    assert best(config, "5k") == [(1265, True)]
    official, recorded = (row for row in read(activities.show, config, str(run)).efforts if row["distance_m"] == 5000)
    assert (official["is_official"], official["duration_s"], official["ranks"]["all"]) == (True, 1265, 1)
    assert (recorded["is_superseded"], recorded["duration_s"], recorded["ranks"]["all"]) == (True, 1250, None)
    edit(config, str(run), ActivityEdit(official_time="20:00"))
    assert best(config, "5k") == [(1200, True)]
    edit(config, str(run), ActivityEdit(reset=("official",)))
    assert best(config, "5k") == [(1250, False)]


def test_an_official_result_may_have_no_recorded_effort(config: Config, run: int) -> None:
    """The distance follows from that of the activity, 10.00 km; the samples end after 6 km."""
    edit(config, str(run), ActivityEdit(official_time="45:03"))
    assert best(config, "10k") == [(2703, True)]
    assert best(config, "5k") == [(1250, False)]
    edit(config, str(run), ActivityEdit(official_distance="half"))
    assert best(config, "10k") == []
    assert best(config, "half") == [(2703, True)]
    edit(config, str(run), ActivityEdit(reset=("official",)))
    assert best(config, "half") == []


def test_official_results_rank_without_gps_and_despite_a_suspect_recording(
    config: Config, connection: sqlite3.Connection, whole: Make
) -> None:
    suspect = Effort(5000, 5000.0, 900.0, 0.0, 900.0, Quality.SUSPECT, "jump")
    run = put(connection, whole(source=FILE, trainer=True, has_gps=False, start_time=START, efforts=[suspect]))
    other = put(connection, whole(source=replace(FILE, sha256="b" * 64), start_time=START - 90_000))
    assert best(config, "5k") == []
    for one, time in ((run, "20:10"), (other, "20:00")):
        edit(config, str(one), ActivityEdit(official_time=time, official_distance="5000"))
    assert best(config, "5k") == [(1200, True), (1210, True)]
    ranks = [effort_queries.effort_ranks(connection, one, EffortFilter()) for one in (run, other)]
    assert ranks == [{5000: 2}, {5000: 1}]
    stored = connection.execute("SELECT activity_id, rank FROM best_effort WHERE window = 'all' ORDER BY rank")
    assert [tuple(row) for row in stored] == [(other, 1), (run, 2)]
    assert best(config, "5k", everything=True) == [(1200, True), (1210, True)]
    edit(config, str(other), ActivityEdit(reset=("official",)))
    edit(config, str(run), ActivityEdit(reset=("official",)))
    (kept,) = store.read_efforts(connection, run)
    assert (kept.duration_s, kept.quality, kept.reason) == (900, Quality.SUSPECT, "jump")


def test_an_official_result_survives_recomputing_and_merging(
    config: Config, connection: sqlite3.Connection, run: int, whole: Make
) -> None:
    edit(config, str(run), ActivityEdit(name="Mine", official_time="21:05", official_distance="5k"))
    assert recompute(config).changed == ()
    assert best(config, "5k") == [(1265, True)]
    other = put(connection, whole(source=replace(FILE, sha256="b" * 64), start_time=START + 90_000, name="Phone"))
    duplicates.merge(config, str(other), str(run))
    assert best(config, "5k") == [(1265, True)]
    assert read(activities.activity, config, str(other))["name"] == "Mine"


def test_any_other_distance_is_still_searched_in_the_samples(config: Config, run: int) -> None:
    edit(config, str(run), ActivityEdit(official_time="59:59", official_distance="5k"))
    assert best(config, "3000") == [(750, False)]


@pytest.mark.slow
def test_edits_survive_forgetting_what_came_from_strava(
    config: Config, connection: sqlite3.Connection, run: int, whole: Make
) -> None:
    put(connection, whole(source=STRAVA, name="Renamed", start_time=START, strava_id=7))
    edit(config, str(run), ActivityEdit(name="Mine", official_time="21:05", official_distance="5k"))
    only_strava = put(connection, whole(source=STRAVA, start_time=START + 90_000, strava_id=8))
    edit(config, str(only_strava), ActivityEdit(name="Gone"))
    forget(config, back_up=False)
    assert read(activities.activity, config, str(run))["name"] == "Mine"
    assert best(config, "5k") == [(1265, True)]
    with pytest.raises(NotFoundError):
        read(activities.activity, config, str(only_strava))
    assert connection.execute("SELECT DISTINCT activity_id FROM activity_edit").fetchall()[0][0] == run
    assert "Renamed" not in json.dumps(read(activities.audit, config, activity_ref=None, entity=None, limit=100))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing to change"),
        ({"name": "  "}, "name is empty"),
        ({"sport": "flying saucers"}, "not a known sport"),
        ({"date": "yesterday"}, "not a valid date"),
        ({"date": "1899-12-31"}, "out of range"),
        ({"date": "2190-01-01"}, "out of range"),
        ({"official_time": "45"}, "not a valid time"),
        ({"official_time": "0:00"}, "needs a time"),
        ({"official_distance": "10k"}, "needs a time"),
        ({"official_time": "45:03", "official_distance": "7k"}, "ranked distance"),
        ({"reset": ("shoes",)}, "not a field to reset"),
    ],
)
def test_invalid_edits_are_refused_and_change_nothing(
    config: Config, connection: sqlite3.Connection, run: int, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        edit(config, str(run), ActivityEdit(**options))
    assert refused.value.hint
    assert connection.execute("SELECT count(*) FROM activity_edit").fetchone()[0] == 0


def test_an_unknown_activity_cannot_be_edited(config: Config, run: int) -> None:
    with pytest.raises(NotFoundError):
        edit(config, "99", ActivityEdit(name="Mine"))
