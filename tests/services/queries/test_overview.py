"""The overview: the usual week is a median to the same weekday, days and weeks add up, bests are those that stand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from reading import read

from runcoach.config import Config, load
from runcoach.domain.activity import Effort
from runcoach.ingest.writer import update_rankings
from runcoach.services.queries.overview import NEWEST_BESTS, overview
from runcoach.services.queries.totals import sports
from runcoach.store.sqlite.connection import write_transaction

TODAY = date(2026, 11, 18)  # a Wednesday

MONDAY = date(2026, 11, 16)


@pytest.fixture
def config(home: Any) -> Config:
    """Nothing here needs a stand-in for Strava."""
    return load(home=home)


@pytest.fixture
def run(connection: sqlite3.Connection, whole: Callable[..., Any], keep: Callable[..., int]) -> Callable[..., int]:
    """Writes a run of so many kilometres on a day."""

    def put(day: date, km: float, **columns: Any) -> int:
        start = int(datetime(day.year, day.month, day.day, 7, tzinfo=UTC).timestamp())
        with write_transaction(connection):
            usual = {"start_time": start, "utc_offset_s": 0, "distance_m": km * 1000.0, "elevation_gain_m": 10.0}
            return keep(connection, whole(**{**usual, **columns}))

    return put


def test_the_typical_week_is_the_median_up_to_the_same_weekday(config: Config, run: Callable[..., int]) -> None:
    for back, km in enumerate((10.0, 20.0, 60.0, 30.0, 25.0), start=1):
        run(MONDAY - timedelta(weeks=back), km)
        run(MONDAY - timedelta(weeks=back) + timedelta(days=2), 1.0)
        run(MONDAY - timedelta(weeks=back) + timedelta(days=3), 5.0)  # a Thursday: not by Wednesday
    run(MONDAY, 8.0)
    run(TODAY, 4.0)
    week = read(overview, config, TODAY).week
    assert (week.monday, week.sums.runs, week.sums.distance_m) == (MONDAY, 2, 12_000.0)
    assert week.typical_so_far is not None
    assert week.typical_week is not None
    assert (week.typical_so_far.distance_m, week.typical_so_far.runs) == (26_000.0, 2)
    assert (week.typical_week.distance_m, week.typical_week.runs) == (31_000.0, 3)
    assert [day.sums.distance_m for day in week.days] == [8000.0, 0.0, 4000.0, 0.0, 0.0, 0.0, 0.0]


def test_weeks_without_a_run_count_and_weeks_before_the_first_do_not(config: Config, run: Callable[..., int]) -> None:
    run(MONDAY - timedelta(weeks=2), 10.0)
    assert read(overview, config, TODAY).week.typical_so_far is None
    run(MONDAY - timedelta(weeks=5), 10.0)
    week = read(overview, config, TODAY).week
    assert week.typical_so_far is not None
    assert week.typical_so_far.distance_m == 0.0
    run(MONDAY - timedelta(weeks=1), 4.0)
    week = read(overview, config, TODAY).week
    assert week.typical_so_far is not None
    assert week.typical_so_far.distance_m == 4000.0  # of 4, 10, 0, 0 and 10


def test_days_and_weeks_add_up_to_the_year(config: Config, run: Callable[..., int]) -> None:
    for back in range(0, 420, 3):
        run(TODAY - timedelta(days=back), 7.0)
    run(TODAY, 40.0, sport_type="Ride")
    told = read(overview, config, TODAY)
    assert told.calendar[0].day.weekday() == 0
    assert told.calendar[-1].day == TODAY
    in_calendar = [back for back in range(0, 420, 3) if TODAY - timedelta(days=back) >= told.calendar[0].day]
    assert told.year.runs == len(in_calendar)
    assert told.year.distance_m == sum(day.sums.distance_m for day in told.calendar)
    assert (len(told.weeks), told.weeks[-1].monday) == (26, MONDAY)
    assert told.weeks[-1].sums == told.week.sums


def test_a_run_counts_on_its_local_date(config: Config, run: Callable[..., int]) -> None:
    # Half past one in the night of Monday in UTC, still Sunday where it was run.
    start = int(datetime(2026, 11, 16, 1, 30, tzinfo=UTC).timestamp())
    run(MONDAY, 5.0, start_time=start, utc_offset_s=-8 * 3600)
    told = read(overview, config, TODAY)
    assert told.week.sums.runs == 0
    assert told.weeks[-2].sums.distance_m == 5000.0


def test_new_bests_are_recent_efforts_with_a_high_rank(
    config: Config, run: Callable[..., int], connection: sqlite3.Connection, whole: Callable[..., Any]
) -> None:
    def effort(seconds: int) -> tuple[Effort, ...]:
        return (Effort(5000, 5000.0, float(seconds), 0.0, float(seconds)),)

    from runcoach.store import activities

    def with_effort(day: date, seconds: int) -> int:
        activity_id = run(day, 5.0)
        with write_transaction(connection):
            activities.put_parts(connection, activity_id, whole(efforts=effort(seconds)))
        return activity_id

    fastest = with_effort(TODAY - timedelta(days=500), 1200)
    second = with_effort(TODAY - timedelta(days=400), 1210)
    third = with_effort(TODAY - timedelta(days=390), 1220)
    with_effort(TODAY - timedelta(days=380), 1300)
    of_the_year = with_effort(TODAY - timedelta(days=20), 1250)
    with_effort(TODAY - timedelta(days=1), 1400)
    with write_transaction(connection):
        update_rankings(connection)
    bests = read(overview, config, TODAY).bests
    assert [(one.activity_id, one.window, one.rank) for one in bests] == [
        (of_the_year, "1y", 1),
        (third, "all", 3),
        (second, "all", 2),
        (fastest, "all", 1),
    ]
    assert [one.is_record for one in bests] == [False, False, False, True]
    assert len(bests) <= NEWEST_BESTS


def test_an_empty_profile_has_a_zero_overview(config: Config) -> None:
    told = read(overview, config, TODAY)
    assert (told.activities, told.week.sums.runs, told.week.typical_so_far, told.newest, told.bests) == (
        0,
        0,
        None,
        (),
        (),
    )
    assert (told.connection.state, len(told.calendar)) == ("never", 52 * 7 + 3)
    assert read(sports, config) == ()


def test_sports_are_counted(config: Config, run: Callable[..., int]) -> None:
    for sport in ("Run", "Ride", "Run"):
        run(TODAY, 5.0, sport_type=sport)
    assert read(sports, config) == (("Run", 2), ("Ride", 1))


def test_charts_end_with_the_last_run_if_it_is_over_a_year_old(config: Config, run: Callable[..., int]) -> None:
    last = date(2022, 12, 4)
    for back in range(0, 100, 5):
        run(last - timedelta(days=back), 10.0)
    told = read(overview, config, TODAY)
    assert (told.until, told.calendar[-1].day, told.weeks[-1].monday) == (last, last, date(2022, 11, 28))
    assert told.year.runs == 20
    assert (told.week.today, told.week.sums.runs) == (TODAY, 0)
    assert told.week.typical_so_far is not None
    assert told.week.typical_so_far.distance_m == 0.0
