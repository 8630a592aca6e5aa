"""``predict --backtest``: past races, their forecasts, and those of other programs."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runcoach.domain.activity import Effort
from runcoach.domain.race_prediction import RacePrediction
from runcoach.services.training.forecasts.backtest import COMBINATION, HARD, LIKELY, RACE, backtest
from runcoach.store import activities
from runcoach.store.training import race_predictions

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

LAST = date(2026, 10, 4)


@pytest.fixture
def add(connection: sqlite3.Connection, whole: Callable[..., Any], keep: Callable[..., int]) -> Callable[..., int]:
    """Stores a run: so many days before the last day, so many kilometres, at so many seconds each."""

    def put(days: int, km: float, pace_s: float, **columns: Any) -> int:
        start = (LAST - timedelta(days=days) - date(1970, 1, 1)).days * 86_400 + 8 * 3600
        times = dict.fromkeys(("elapsed_time_sec", "moving_time_sec"), round(km * pace_s))
        return keep(
            connection, whole(**{"start_time": start, "utc_offset_s": 0, "distance_m": km * 1000.0, **times, **columns})
        )

    return put


@pytest.fixture
def year(add: Callable[..., int]) -> dict[str, int]:
    """A year of running with a race, a likely race and a hard effort; names → activities."""
    rng = random.Random(2)
    for week in range(1, 53):
        for day, km in ((1, 8.0), (3, 11.0), (5, 17.0)):
            add(week * 7 - day, km, rng.uniform(330, 350))
    add(120, 6.4, 258)
    return {
        "race": add(0, 10.06, 262, name="Autumn 10", workout_type=1),
        "likely": add(60, 21.2, 278, name="City Half Marathon"),
        "hard": add(30, 5.02, 262, name="Tuesday"),
    }


def test_races_likely_races_and_hard_efforts_are_forecast(connection: sqlite3.Connection, year: dict[str, int]) -> None:
    report = backtest(connection)
    found = {row.activity_id: row for row in report.rows if row.method == COMBINATION}
    assert {key: row.kind for key, row in found.items()} == {
        year["race"]: RACE,
        year["likely"]: LIKELY,
        year["hard"]: HARD,
    }
    assert [row.date for row in found.values()] == sorted((row.date for row in found.values()), reverse=True)
    race = found[year["race"]]
    assert (race.distance_m, race.name) == (10_000, "Autumn 10")
    assert race.time_s == pytest.approx(2620, abs=3)  # of 10.00 km
    assert race.error_percent == pytest.approx(100.0 * (race.forecast_s / race.time_s - 1.0), abs=0.06)
    summary = {one.method: one for one in report.summary}
    assert report.summary[0].method == COMBINATION
    assert summary[COMBINATION].n == summary["Riegel"].n == 3
    assert summary[COMBINATION].within_80 is not None
    assert summary["Riegel"].within_80 is None
    assert report.races == 3


def test_what_was_run_is_official_then_recorded(connection: sqlite3.Connection, year: dict[str, int]) -> None:
    activities.put_efforts(connection, year["race"], [Effort(10_000, 10_000.0, 2611.0, 5.0, 2616.0)])
    times = {row.activity_id: row.time_s for row in backtest(connection).rows}
    assert times[year["race"]] == 2611
    connection.execute(
        "INSERT INTO effort (activity_id, distance_m, length_m, duration_s, duration_exact_s, start_s, end_s, quality,"
        " is_official) VALUES (?, 21100, 21097, 5900, 5900, 0, 5900, 'ok', 1)",
        (year["likely"],),
    )
    rows = {row.activity_id: row for row in backtest(connection).rows}
    assert (rows[year["likely"]].kind, rows[year["likely"]].time_s) == (RACE, 5900)


def test_a_run_that_the_runner_calls_no_race_is_none(connection: sqlite3.Connection, year: dict[str, int]) -> None:
    connection.execute("INSERT INTO activity_edit VALUES (?, 'workout_type', '0', 1)", (year["likely"],))
    kinds = {row.activity_id: row.kind for row in backtest(connection).rows}
    assert kinds.get(year["likely"]) != LIKELY


def test_forecasts_of_other_programs_stand_beside(connection: sqlite3.Connection, year: dict[str, int]) -> None:
    batch = int(connection.execute("INSERT INTO import_batch (origin, started_at) VALUES ('x', 1)").lastrowid or 0)

    def on(days: int, distance_m: int, duration_s: int) -> RacePrediction:
        return RacePrediction("garmin", (LAST - timedelta(days=days)).isoformat(), distance_m, duration_s)

    predictions = [on(40, 10_000, 2000), on(3, 10_000, 2700), on(1, 10_000, 2500), on(3, 5000, 1200)]
    race_predictions.put(connection, predictions, batch)
    rows = [row for row in backtest(connection).rows if row.method == "Garmin"]
    assert [(row.activity_id, row.forecast_s) for row in rows] == [(year["race"], 2700)]
    race_predictions.put(connection, [on(100, 21_100, 6000)], batch)
    assert len([row for row in backtest(connection).rows if row.method == "Garmin"]) == 1


def test_nothing_to_forecast(connection: sqlite3.Connection, add: Callable[..., int]) -> None:
    assert backtest(connection).rows == ()
    add(3, 10.0, 260, workout_type=1)
    report = backtest(connection)
    assert (report.races, report.rows, report.summary) == (1, (), ())
