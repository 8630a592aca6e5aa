"""The screen of today: for an empty profile, a beginner, and a runner in the middle of training."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity
from runcoach.domain.windows import local_today
from runcoach.services.training import goals
from runcoach.services.training.fitness import fitness
from runcoach.services.training.today import today
from runcoach.store.sqlite.connection import write_transaction

TODAY = date(2026, 11, 28)  # a Saturday
Add = Callable[..., int]


@pytest.fixture
def add(
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
) -> Add:
    """Adds a run of so many kilometres, so many days before a day."""

    def put(days_ago: int, km: float, *, before: date = TODAY, **columns: Any) -> int:
        start = datetime.combine(before - timedelta(days=days_ago), time(8), UTC)
        run = whole(start_time=int(start.timestamp()), utc_offset_s=0, distance_m=km * 1000.0, **columns)
        with write_transaction(connection):
            return keep(connection, run)

    return put


def hard(connection: sqlite3.Connection, activity_id: int, *, seconds: int) -> None:
    """Store a load with so many seconds in the upper zones."""
    with write_transaction(connection):
        connection.execute(
            "INSERT OR REPLACE INTO training_load (activity_id, load, method, trimp, zone1_s, zone2_s, zone3_s,"
            " zone4_s, zone5_s, updated_at) VALUES (?, 60, 'trimp', 60, 0, 0, 0, ?, 0, 0)",
            (activity_id, seconds),
        )


def test_empty_profile_is_told_how_to_begin(runcoach: Callable[..., Any], connection: sqlite3.Connection) -> None:
    assert today(connection, TODAY).suggestion.rule == "no-runs"
    shown = runcoach("today").out
    assert "runcoach import" in shown
    assert shown.count("Not yet") == 3


@pytest.mark.parametrize("columns", ["80", "50"])
def test_beginner_with_three_runs_is_told_what_is_missing(
    runcoach: Callable[..., Any], add: Add, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for days, km in ((9, 4.0), (5, 5.0), (2, 5.0)):
        add(days, km, before=local_today())
    shown = runcoach("today").out
    assert max(map(len, shown.splitlines())) <= int(columns)
    words = " ".join(shown.split())
    for part in (
        "Not yet: a typical week needs",
        "Longest without a spike: 5.5 km",
        "3 runs in four weeks are too few",
    ):
        assert part in words


def test_facts_of_a_runner_in_training(config: Config, connection: sqlite3.Connection, add: Add) -> None:
    for week in range(8):
        for days, km in ((2, 8.0), (4, 10.0), (6, 16.0)):
            add(7 * week + days, km)
    goals.add(config, "half 1:35:00 2027-04-18", today=TODAY)
    screen = today(connection, TODAY)
    assert screen.week.sums.distance_m == 18_000.0
    assert screen.week.typical_week is not None
    assert screen.spike_limit is not None
    assert (round(screen.spike_limit.distance_m), screen.spike_limit.until) == (17_600, date(2026, 12, 22))
    assert screen.goal is not None
    assert screen.goal.days_left == 141
    assert screen.suggestion.rule == "long-run"


def test_form_is_that_of_runcoach_fitness(
    runcoach: Callable[..., Any], connection: sqlite3.Connection, add: Add
) -> None:
    for days in range(2, 41, 2):
        hard(connection, add(days, 8.0), seconds=0)
    screen = today(connection, TODAY)
    assert screen.form is None
    assert screen.form_reason is not None
    assert "six weeks" in screen.form_reason
    for days in (1, 42, 44, 46):
        hard(connection, add(days, 8.0), seconds=0)
    form, day = today(connection, TODAY).form, fitness(connection, TODAY).today
    assert form is not None
    assert day is not None
    assert (form.fitness, form.form) == (round(day.fitness, 1), round(day.form, 1))
    assert form.form_share == pytest.approx(day.form / day.fitness, abs=1e-3)


def test_goal_is_compared_with_a_forecast(runcoach: Callable[..., Any], config: Config, add: Add) -> None:
    for days in range(1, 120, 2):
        add(days, 10.0, before=local_today(), elapsed_time_sec=3000)
    goals.add(config, "10k 48:00")
    shown = " ".join(runcoach("today").out.split())
    assert "in 4 of 5 races" in shown
    assert "slower than your goal." in shown
    data = runcoach("today", "--json").json["data"]
    assert data["goal"]["forecast"]["gapS"] == data["goal"]["forecast"]["durationS"] - 2880
    assert data["suggestion"].keys() == {"rule", "kind", "text", "reason"}


def test_hard_run_of_yesterday_asks_for_an_easy_day(connection: sqlite3.Connection, add: Add) -> None:
    for days in range(2, 40, 2):
        hard(connection, add(days, 8.0), seconds=0)
    yesterday = add(1, 8.0)
    hard(connection, yesterday, seconds=599)
    assert today(connection, TODAY).suggestion.rule == "long-run"
    hard(connection, yesterday, seconds=600)
    assert today(connection, TODAY).suggestion.rule == "after-hard"


@pytest.mark.parametrize(
    ("days_ago", "km", "columns", "rule"),
    [
        (1, 14.0, {}, "after-spike"),
        (2, 21.1, {"workout_type": 1}, "after-race"),
        (0, 8.0, {}, "done"),
    ],
)
def test_last_run_decides(
    connection: sqlite3.Connection, add: Add, days_ago: int, km: float, columns: dict[str, Any], rule: str
) -> None:
    for days in range(3, 40, 2):
        add(days, 8.0)
    add(days_ago, km, **columns)
    assert today(connection, TODAY).suggestion.rule == rule


def test_break_of_months_is_known(connection: sqlite3.Connection, add: Add) -> None:
    add(100, 8.0)
    screen = today(connection, TODAY)
    assert screen.suggestion.rule == "after-break"
    assert "100 days" in screen.suggestion.reason
