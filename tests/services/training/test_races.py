"""The list of races: who marked them, official beside recorded times, the percentage of the best."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.domain.activity import BuiltActivity, Effort
from runcoach.ingest.writer import write_activities
from runcoach.services.training.races import races
from runcoach.store.sqlite.connection import write_transaction

Add = Callable[..., int]


@pytest.fixture
def add(
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
) -> Add:
    def put(day: str, km: float, seconds: int, ten_km_s: float | None = None, **columns: Any) -> int:
        start = int(datetime.fromisoformat(f"{day}T08:00:00+00:00").timestamp())
        efforts = [] if ten_km_s is None else [Effort(10000, 10000.0, ten_km_s, 0.0, ten_km_s)]
        figures = {"distance_m": km * 1000, "elapsed_time_sec": seconds, "moving_time_sec": seconds}
        activity = whole(start_time=start, utc_offset_s=0, efforts=efforts, **{**figures, **columns})
        with write_transaction(connection):
            (written,) = write_activities(connection, [activity], None)
            connection.execute("UPDATE activity SET has_gps = 1 WHERE id = ?", (written.activity_id,))
            return written.activity_id

    return put


def test_marked_races_are_listed_newest_first_with_their_percentage_of_the_best(
    connection: sqlite3.Connection, add: Add
) -> None:
    slow = add("2025-05-01", 10.1, 2640, 2600.0, workout_type=1, name="Spring 10")
    training = add("2025-06-01", 14.0, 4000, 2496.0)
    fast = add("2026-05-01", 10.05, 2520, 2500.0, workout_type=1, name="Spring 10")
    trail = add("2026-06-01", 27.0, 9000, 3000.0, workout_type=1, sport_type="TrailRun")
    add("2026-07-01", 10.0, 2400, 2400.0, workout_type=1, sport_type="Ride")
    found = races(connection)
    assert [race.activity_id for race in found] == [trail, fast, slow]
    assert training not in {race.activity_id for race in found}
    assert [race.percent_of_best for race in found] == [None, 99.8, 96.0]
    assert (found[0].distance_m, found[0].time_s) == (None, 9000)
    assert (found[1].distance_m, found[1].time_s, found[1].elapsed_s) == (10000, 2500, 2520)
    assert [race.activity_id for race in races(connection, year=2025)] == [slow]
    assert [race.activity_id for race in races(connection, distance_m=10000)] == [fast, slow]


def test_official_result_counts_beside_the_recorded_time(
    runcoach: Callable[..., Any], connection: sqlite3.Connection, add: Add
) -> None:
    run = add("2026-05-01", 10.1, 2540, 2500.0)
    assert races(connection) == ()
    assert runcoach("edit", str(run), "--official-time", "42:05", "--official-distance", "10k").code == 0
    (race,) = races(connection)
    assert (race.time_s, race.official_time_s, race.recorded_time_s) == (2525, 2525, 2500)
    assert (race.marked_by, race.percent_of_best) == ("edit", 100.0)
    shown = runcoach("races").out
    for part in ("2026-05-01", "10 km", "42:05", "41:40", "10.10", "official", "100.0"):
        assert part in shown


def test_runner_marks_and_unmarks_races(runcoach: Callable[..., Any], connection: sqlite3.Connection, add: Add) -> None:
    run = add("2026-05-01", 10.1, 2540, name="City race")
    (race,) = races(connection)
    assert (race.marked_by, race.reason) == ("guess", "by its name")
    assert races(connection, with_guesses=False) == ()
    answer = runcoach("races")
    assert "~ City race by its n" in answer.out
    assert "--no-race" in answer.err
    runcoach("edit", str(run), "--race")
    (race,) = races(connection)
    assert (race.marked_by, race.reason, race.time_s) == ("edit", None, 2540)
    runcoach("edit", str(run), "--no-race")
    assert races(connection) == ()


def test_long_runs_workouts_and_treadmills_are_no_guesses(connection: sqlite3.Connection, add: Add) -> None:
    add("2026-05-01", 42.3, 15_000, workout_type=2)
    add("2026-05-08", 10.1, 2540, workout_type=3, name="City race")
    add("2026-05-15", 42.3, 15_000, trainer=True)
    assert races(connection) == ()


def test_source_that_marks_a_race_is_named(
    runcoach: Callable[..., Any], export_maker: ModuleType, tmp_path: Path
) -> None:
    run = export_maker.Run(7, 1_760_000_000, name="City", distance_m=10_050.0, competition=True, ending=None)
    archive = export_maker.write_export(tmp_path / "export.zip", [run])
    assert runcoach("import", str(archive)).code == 0
    (row,) = runcoach("races", "--json").json["data"]
    assert (row["markedBy"], row["stravaId"], row["distanceM"], row["timeS"]) == ("archive", 7, 10000, 1860)


def test_no_races_are_said(runcoach: Callable[..., Any]) -> None:
    answer = runcoach("races")
    assert answer.out == ""
    assert "No races found" in answer.err
    assert runcoach("races", "--json").json["data"] == []
