"""Grade-adjusted paces, efficiency and durability, from the samples to `runcoach show`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from runcoach.analysis.splits import compute_splits
from runcoach.domain.activity import BuiltActivity, Lap
from runcoach.domain.streams import Streams
from runcoach.services.analytics.jobs import update_analytics
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.training import analytics

Put = Callable[..., int]
Run = Callable[..., Any]


def samples(gradient: float, seconds: int = 5400) -> Streams:
    """Up and down again at 3 m/s, with a heart rate that rises by a tenth after the first half."""
    time_s = np.arange(seconds + 1.0)
    distance_m = 3.0 * time_s
    altitude_m = 500.0 - gradient * np.abs(distance_m - distance_m[-1] / 2)
    heart_rate = np.where(time_s <= seconds / 2, 150.0, 165.0)
    channels = {"distance_m": distance_m, "altitude_m": altitude_m, "heart_rate_bpm": heart_rate}
    return Streams(time_s, channels).quantized()


@pytest.fixture
def put(
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
) -> Put:
    def store(gradient: float, *, analyzed: bool = True, **columns: Any) -> int:
        streams = samples(gradient)
        totals = {"distance_m": 16_200.0, "moving_time_sec": 5400, "elapsed_time_sec": 5400}
        run = whole(streams=streams, splits=compute_splits(streams), **{**totals, **columns})
        laps = (Lap(1, 0.0, 8100.0, 2700.0, 2700.0), Lap(2, 2700.0, 8100.0, 2700.0, None))
        with write_transaction(connection):
            activity_id = keep(connection, replace(run, laps=laps))
        if analyzed:
            update_analytics(connection)
        return activity_id

    return store


def shown(runcoach: Run, activity_id: int) -> Any:
    return runcoach("show", str(activity_id), "--json").json["data"]


def test_run_on_a_hill_is_faster_by_its_grade_adjusted_pace(runcoach: Run, put: Put) -> None:
    run = shown(runcoach, put(0.06))
    assert 290 < run["gradeAdjustedPaceSecPerKm"] < 333
    assert run["gradeFactor"] == pytest.approx(333.3 / run["gradeAdjustedPaceSecPerKm"], abs=0.002)
    assert "Minetti" in run["methods"]["gradeAdjustedPaceSecPerKm"]
    assert "equivalent flat distance" in run["methods"]["decoupling"]
    up, down = run["laps"]
    assert up["gradeAdjustedPaceSecPerKm"] < 270
    assert down["gradeAdjustedPaceSecPerKm"] > 400
    splits = [split["gradeAdjustedPaceSecPerKm"] for split in run["splits"]]
    assert len(splits) == 17
    assert max(splits[:8]) < 270
    assert min(splits[9:]) > 400
    text = runcoach("show", "1").out
    for part in ("Grade-adjusted", "GAP", "Efficiency", "Decoupling"):
        assert part in text


def test_flat_run_has_its_own_pace_everywhere(runcoach: Run, put: Put) -> None:
    activity_id = put(0.0)
    run = shown(runcoach, activity_id)
    pace = {333, 334}
    assert {run["gradeAdjustedPaceSecPerKm"], *(lap["gradeAdjustedPaceSecPerKm"] for lap in run["laps"])} <= pace
    assert all(split["gradeAdjustedPaceSecPerKm"] == split["paceSec"] for split in run["splits"])
    miles = runcoach("splits", str(activity_id), "--unit", "mi", "--json").json["data"]["rows"]
    assert all(mile["gradeAdjustedPaceSecPerKm"] == mile["paceSec"] for mile in miles)
    assert run["efficiencyMPerBeat"] == pytest.approx(180 / 157.1, abs=0.005)
    assert run["decoupling"] == pytest.approx(1 - 150 / 165, abs=0.001)


def test_durability_holds_the_efforts_of_a_long_run(runcoach: Run, put: Put) -> None:
    found = {(row["afterM"], row["distanceM"]) for row in shown(runcoach, put(0.0))["durability"]}
    assert found == {(0, 1000), (0, 3000), (0, 5000), (10000, 1000), (10000, 3000), (10000, 5000), (15000, 1000)}


def test_other_sports_and_runs_that_are_not_analyzed_have_no_figures(runcoach: Run, put: Put) -> None:
    for run in (shown(runcoach, put(0.06, sport_type="Hike")), shown(runcoach, put(0.06, analyzed=False))):
        assert run["gradeAdjustedPaceSecPerKm"] is None
        assert run["decoupling"] is None
        assert run["methods"] == {}
        assert run["durability"] == []
        assert {split["gradeAdjustedPaceSecPerKm"] for split in run["splits"]} == {None}


def test_figures_are_stored_as_they_were_computed_and_go_with_the_samples(
    connection: sqlite3.Connection, put: Put, whole: Callable[..., BuiltActivity]
) -> None:
    from runcoach.analysis.training.activity_analytics import analyze

    activity_id = put(0.06)
    assert analytics.read(connection, activity_id) == analyze(samples(0.06), laps=[(0.0, 2700.0), (2700.0, 5400.0)])
    with write_transaction(connection):
        activities.put_parts(connection, activity_id, whole())
    assert connection.execute("SELECT count(*) FROM durability_effort").fetchone()[0] == 0
    update_analytics(connection)
    assert analytics.run_figures(connection, activity_id) is None


def test_durability_compares_late_efforts_with_fresh_ones(
    runcoach: Run, connection: sqlite3.Connection, put: Put
) -> None:
    assert "Not yet" in runcoach("durability", "--window", "all").err
    put(0.0)
    rows = {
        (row["afterM"], row["distanceM"]): row
        for row in runcoach("durability", "--window", "all", "--json").json["data"]
    }
    assert rows[0, 1000]["slower"] is None
    assert rows[15000, 1000]["slower"] == pytest.approx(0.0, abs=1e-3)
    assert rows[15000, 1000]["durationS"] in {333, 334}
    shown = runcoach("durability", "--window", "all").out
    for part in ("fresh", "after 15 km", "5:34", "+0%"):
        assert part in shown
    assert "after 20 km" not in shown
    with write_transaction(connection):
        connection.execute("UPDATE activity SET trainer = 1")
    assert runcoach("durability", "--window", "all", "--json").json["data"] == []
