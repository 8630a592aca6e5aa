"""The calendar: every run is in its day, and its sums are those of the totals."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity
from runcoach.services.history import calendar
from runcoach.services.training.week import Sums
from runcoach.store.sqlite.database import open_database, open_reader


@pytest.fixture
def history(config: Config, whole: Callable[..., BuiltActivity], keep: Callable[..., int]) -> Config:
    """Two years of runs at any hour and in any time zone, with rides, a deleted run and one without a date."""
    rng = random.Random(7)
    begin = int(datetime(2024, 6, 1, tzinfo=UTC).timestamp())
    with open_database(config) as connection:
        for _ in range(250):
            keep(
                connection,
                whole(
                    start_time=begin + rng.randrange(500 * 86_400),
                    utc_offset_s=rng.choice([-36_000, 0, 7_200, 46_800]),
                    distance_m=rng.choice([None, 5_000.0, 10_000.0, 21_000.0]),
                    elevation_gain_m=rng.choice([None, 100.0]),
                    sport_type=rng.choice(["Run", "TrailRun", "Ride"]),
                    workout_type=rng.choice([None, 1]),
                ),
            )
        deleted = keep(connection, whole(start_time=begin))
        connection.execute("UPDATE activity SET deleted_at = 1 WHERE id = ?", (deleted,))
        keep(connection, whole(start_time=begin, is_undated=True))
    return config


def test_every_run_is_in_its_day_once(history: Config) -> None:
    with open_reader(history) as connection:
        stored = connection.execute(
            "SELECT local_date, id FROM activity WHERE sport_type <> 'Ride' AND deleted_at IS NULL AND is_undated = 0"
        ).fetchall()
        shown = []
        for number in (2024, 2025):
            for month in calendar.year(connection, number):
                assert month == _same_but_levels(calendar.month(connection, month.first), month)
                for week in month.weeks:
                    assert week.monday.weekday() == 0
                    assert len(week.days) == 7
                    days = [day for day in week.days if day is not None]
                    assert all(day.day.month == month.first.month for day in days)
                    shown += [(day.day.isoformat(), run.id) for day in days for run in day.runs]
    assert len(stored) > 100
    assert sorted(shown) == sorted(map(tuple, stored))


def _same_but_levels(one: calendar.Month, other: calendar.Month) -> calendar.Month:
    """``other`` where both have the same runs; levels depend on what is shown."""
    runs = [[[day and day.runs for day in week.days] for week in month.weeks] for month in (one, other)]
    return other if runs[0] == runs[1] and one.sums == other.sums else one


def test_sums_are_those_of_the_totals(history: Config, runcoach: Callable[..., Any]) -> None:
    expected = {row["period"]: row for row in runcoach("totals", "--limit", "0", "--json").json["data"]}
    with open_reader(history) as connection:
        years = calendar.all_years(connection)
        assert [one.year for one in years] == [2025, 2024]
        for one in years:
            months = calendar.year(connection, one.year)
            assert [month.sums for month in months] == list(one.months)
            for month in months:
                row = expected.get(f"{month.first:%Y-%m}")
                if row is None:
                    assert month.sums == Sums()
                else:
                    assert (month.sums.runs, month.sums.distance_m) == (row["activities"], row["distanceM"] or 0.0)
                    assert month.sums.moving_time_sec == row["movingTimeSec"]


def test_longer_days_have_higher_levels(history: Config) -> None:
    with open_reader(history) as connection:
        months = calendar.year(connection, 2025)
    days = [day for month in months for week in month.weeks for day in week.days if day is not None]
    levels: dict[float, int] = {}
    for day in days:
        assert levels.setdefault(day.sums.distance_m if day.runs else -1.0, day.level) == day.level
    assert [levels[distance] for distance in sorted(levels)] == sorted(levels.values())
    assert {0, 1, 3} <= set(levels.values())


def test_a_calendar_without_runs_is_empty(config: Config) -> None:
    with open_reader(config) as connection:
        assert calendar.all_years(connection) == ()
        month = calendar.month(connection, date(2024, 2, 1))
    assert month.sums == Sums()
    assert sum(day is not None for week in month.weeks for day in week.days) == 29
