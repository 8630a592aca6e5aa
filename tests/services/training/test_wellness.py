"""Daily values of the body: read by day and as series, and printed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from runcoach.config import load
from runcoach.domain.wellness import WellnessValue
from runcoach.services.training.wellness import daily_values, series
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import wellness as stored

WATCH = "Sandra’s Apple Watch"
VALUES = [
    WellnessValue("resting-hr", "2026-03-01", "apple_health", WATCH, 47.0),
    WellnessValue("resting-hr", "2026-03-01", "garmin", "", 45.0),
    WellnessValue("resting-hr", "2026-03-03", "apple_health", WATCH, 49.0, 2),
    WellnessValue("hrv-sdnn", "2026-03-01", "apple_health", WATCH, 52.5, 4),
    WellnessValue("hrv-rmssd", "2026-03-02", "garmin", "", 61.0),
    WellnessValue("sleep", "2026-03-02", "garmin", "", 25_920.0),
    WellnessValue("weight", "2026-03-02", "apple_health", "Scale", 61.3),
    WellnessValue("steps", "2026-03-03", "apple_health", WATCH, 11_204.0),
]


@pytest.fixture
def filled(connection: sqlite3.Connection) -> sqlite3.Connection:
    with write_transaction(connection):
        stored.put(connection, VALUES, None)
    return connection


def test_values_come_newest_day_first_and_each_source_has_its_own(filled: sqlite3.Connection) -> None:
    found = [(one.date, one.metric, one.origin, one.value) for one in daily_values(filled, metrics=["resting-hr"])]
    assert found == [
        ("2026-03-03", "resting-hr", WATCH, 49.0),
        ("2026-03-01", "resting-hr", WATCH, 47.0),
        ("2026-03-01", "resting-hr", "Garmin", 45.0),
    ]


def test_days_and_limits_select(filled: sqlite3.Connection) -> None:
    middle = daily_values(filled, since=date(2026, 3, 2), until=date(2026, 3, 2))
    assert {one.metric for one in middle} == {"hrv-rmssd", "sleep", "weight"}
    assert {one.date for one in daily_values(filled, days=2)} == {"2026-03-03", "2026-03-02"}
    assert len(daily_values(filled)) == len(VALUES)


def test_series_keep_metrics_and_sources_apart(filled: sqlite3.Connection) -> None:
    found = [(one.metric, one.device or one.source, [value.value for value in one.values]) for one in series(filled)]
    assert found == [
        ("resting-hr", WATCH, [47.0, 49.0]),
        ("resting-hr", "garmin", [45.0]),
        ("hrv-rmssd", "garmin", [61.0]),
        ("hrv-sdnn", WATCH, [52.5]),
        ("sleep", "garmin", [25_920.0]),
        ("weight", "Scale", [61.3]),
        ("steps", WATCH, [11_204.0]),
    ]


def test_only_new_and_changed_values_are_stored(filled: sqlite3.Connection) -> None:
    changed = WellnessValue("steps", "2026-03-03", "apple_health", WATCH, 12_000.0)
    new = WellnessValue("steps", "2026-03-04", "apple_health", WATCH, 100.0)
    assert stored.unknown(filled, [*VALUES, changed, new]) == [changed, new]
    with write_transaction(filled):
        stored.put(filled, [changed, new], None)
    assert [one.value for one in daily_values(filled, metrics=["steps"])] == [100.0, 12_000.0]


def test_the_command_prints_a_row_a_day_and_source(runcoach: Callable[..., Any], home: Any) -> None:
    with open_database(load()) as connection, write_transaction(connection):
        stored.put(connection, VALUES, None)
    lines = runcoach("wellness", "--limit", "2").out.splitlines()
    assert [line.split() for line in lines] == [
        ["Date", "Source", "HR", "rMSSD", "Sleep", "kg", "Steps"],
        ["2026-03-03", *WATCH.split(), "49", "11,204"],
        ["2026-03-02", "Garmin", "61", "7:12"],
        ["Scale", "61.3"],
    ]
    assert "135.1" in runcoach("--units", "imperial", "wellness", "--metric", "weight").out
    (value,) = json.loads(runcoach("wellness", "--metric", "hrv-sdnn", "--json").out)["data"]
    assert value == {
        "date": "2026-03-01",
        "metric": "hrv-sdnn",
        "value": 52.5,
        "unit": "ms",
        "source": "apple_health",
        "device": WATCH,
        "readings": 4,
    }


def test_the_command_says_what_is_missing_or_wrong(runcoach: Callable[..., Any], home: Any) -> None:
    empty = runcoach("wellness")
    assert (empty.code, empty.out) == (0, "")
    assert "Apple Health" in empty.err
    wrong = runcoach("wellness", "--metric", "mood")
    assert wrong.code == 2
    assert "resting-hr" in wrong.err
