"""Goals: added, listed, removed, and compared with what was run on their day."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity, Effort
from runcoach.domain.windows import local_today
from runcoach.errors import NotFoundError, UsageError
from runcoach.services.training import goals
from runcoach.store.sqlite.connection import write_transaction

TODAY = date(2026, 11, 28)


def start(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T08:00:00+00:00").timestamp())


def test_coming_goals_come_first_then_those_without_a_day_then_past_ones(
    config: Config, connection: sqlite3.Connection
) -> None:
    goals.add(config, "half 1:40:00 2026-11-01", today=date(2026, 10, 1))
    goals.add(config, "5k 20:00", today=TODAY)
    goals.add(config, "marathon 3:30:00 2027-04-18", "Spring", today=TODAY)
    goals.add(config, "10k 2026-12-06", today=TODAY)
    listed = goals.goals(connection, TODAY)
    assert [goal.id for goal in listed] == [4, 3, 2, 1]
    assert [goal.days_left for goal in listed] == [8, 141, None, -27]
    assert listed[1].title == "Spring in 3:30:00 on 2027-04-18"
    following = goals.next_goal(connection, TODAY)
    assert following is not None
    assert following.id == 4


def test_removed_goal_is_gone_from_the_list_and_stays_in_the_file(
    config: Config, connection: sqlite3.Connection
) -> None:
    goals.add(config, "5k 20:00", today=TODAY)
    assert goals.remove(config, 1).id == 1
    assert goals.goals(connection, TODAY) == ()
    assert goals.next_goal(connection, TODAY) is None
    assert connection.execute("SELECT removed_at IS NOT NULL FROM goal").fetchone()[0] == 1
    with pytest.raises(NotFoundError):
        goals.remove(config, 1)


def test_day_that_has_passed_is_refused(config: Config) -> None:
    with pytest.raises(UsageError):
        goals.add(config, "5k 20:00 2026-11-27", today=TODAY)
    assert goals.add(config, "5k 20:00 2026-11-28", today=TODAY).days_left == 0


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"efforts": [Effort(10000, 10000.0, 2398.0, 0.0, 2398.0)]}, 2398),  # the fastest 10 km of a longer run
        ({"distance_m": 10_080.0, "elapsed_time_sec": 2450}, 2450),  # no samples: the whole run
        ({"distance_m": 10_080.0, "elapsed_time_sec": 2450, "sport_type": "Ride"}, None),
        ({"distance_m": 8_000.0, "elapsed_time_sec": 2000}, None),
    ],
)
def test_past_goal_shows_what_was_run_on_its_day(
    config: Config,
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
    columns: dict[str, Any],
    expected: int | None,
) -> None:
    goals.add(config, "10k 40:00 2026-11-22", today=date(2026, 11, 1))
    with write_transaction(connection):
        keep(connection, whole(start_time=start("2026-11-22"), utc_offset_s=0, **columns))
    (goal,) = goals.goals(connection, TODAY)
    assert (goal.result and goal.result.time_s) == expected


def test_commands_add_list_and_remove_goals(runcoach: Callable[..., Any]) -> None:
    assert "No goals yet" in runcoach("goals").err
    soon = local_today() + timedelta(days=100)
    added = runcoach("goal", "add", f"half 1:35:00 {soon}", "--name", "Berlin half", "--json").json["data"]
    assert (added["distanceM"], added["timeS"], added["raceDate"], added["daysLeft"]) == (21100, 5700, str(soon), 100)
    shown = runcoach("goals").out
    for part in ("Half", "1:35:00", "4:30", str(soon), "100 days", "Berlin half"):
        assert part in shown
    assert [row["id"] for row in runcoach("goals", "--json").json["data"]] == [added["id"]]
    assert "Removed goal 1" in runcoach("goal", "remove", "1").err
    assert runcoach("goal", "remove", "1").code == 1
    assert runcoach("goal", "add", "half").code == 2


def test_coming_goals_are_compared_with_what_could_be_run_now(
    config: Config,
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
) -> None:
    for text in ("10k 45:00 2027-01-10", "10k 55:00", "half 2027-02-01", "800m 2:30"):
        goals.add(config, text, today=TODAY)
    reason = goals.with_forecasts(connection, goals.goals(connection, TODAY), TODAY)[0].forecast_reason
    assert reason is not None
    assert "not enough yet" in reason
    with write_transaction(connection):
        for week in range(20):
            for day in (1, 3, 5):
                start_time = start("2026-11-24") - (7 * week + day) * 86_400
                keep(connection, whole(start_time=start_time, utc_offset_s=0, elapsed_time_sec=3000))
    ten, half, easy, short = goals.with_forecasts(connection, goals.goals(connection, TODAY), TODAY)
    assert ten.forecast is not None
    assert ten.forecast.gap_s == ten.forecast.duration_s - 2700
    assert easy.forecast is not None
    assert easy.forecast.gap_s == ten.forecast.gap_s - 600
    assert half.forecast is not None
    assert half.forecast.gap_s is None
    assert (short.forecast, short.forecast_reason) == (None, "races from 3 to 50 km can be forecast")
