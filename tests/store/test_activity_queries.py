"""Lists with filters, ids of either kind, totals by period."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from runcoach.domain.activity import BuiltActivity
from runcoach.domain.filters import ActivityFilter
from runcoach.errors import NotFoundError, UsageError
from runcoach.store import activity_queries, pagination, totals
from runcoach.store.sqlite.connection import write_transaction

DAY_S = 86_400
MONDAY = 1_790_553_600  # 2026-09-28, 00:00 UTC


@pytest.fixture
def filled(
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
) -> sqlite3.Connection:
    runs: list[dict[str, Any]] = [
        {"name": "Äußerer Ring", "distance_m": 5_000.0, "start_time": MONDAY, "avg_pace_sec_per_km": 300},
        {"name": "100% effort", "distance_m": 21_100.0, "start_time": MONDAY + DAY_S, "avg_pace_sec_per_km": 280},
        {"name": "Ride home", "sport_type": "Ride", "distance_m": None, "start_time": MONDAY + 2 * DAY_S},
        {"name": "Sunday", "description": "with ÉMILE", "start_time": MONDAY + 6 * DAY_S, "strava_id": 2},
        {"name": "Next Monday", "start_time": MONDAY + 7 * DAY_S, "strava_id": 77, "trainer": True},
    ]
    runs[1]["workout_type"], runs[3]["gear_name"] = 1, "Pegasus"
    with write_transaction(connection):
        for columns in runs:
            keep(connection, whole(**{"utc_offset_s": 0, **columns}))
    return connection


def names(connection: sqlite3.Connection, where: ActivityFilter, **order: Any) -> list[str]:
    rows, _ = pagination.page(connection, where, ("name",), **order)
    return [str(row["name"]) for row in rows]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (ActivityFilter(), ["Next Monday", "Sunday", "Ride home", "100% effort", "Äußerer Ring"]),
        (ActivityFilter(since=date(2026, 9, 29), until=date(2026, 9, 30)), ["Ride home", "100% effort"]),
        (ActivityFilter(sports=("ride",)), ["Ride home"]),
        (ActivityFilter(min_distance_m=21_097.0), ["100% effort"]),
        (ActivityFilter(max_distance_m=5_000.0), ["Äußerer Ring"]),
        (ActivityFilter(text="äUSSERER"), ["Äußerer Ring"]),
        (ActivityFilter(text="émile"), ["Sunday"]),
        (ActivityFilter(text="100%"), ["100% effort"]),
        (ActivityFilter(text="' OR 1=1 --"), []),
        (ActivityFilter(deleted=True), []),
        (ActivityFilter(races=True), ["100% effort"]),
        (ActivityFilter(gear="pEGASUS"), ["Sunday"]),
        (ActivityFilter(gear="Pegasus", races=True), []),
        (ActivityFilter(indoor=True), ["Next Monday"]),
        (ActivityFilter(indoor=False, sports=("run",)), ["Sunday", "100% effort", "Äußerer Ring"]),
    ],
)
def test_filters(filled: sqlite3.Connection, where: ActivityFilter, expected: list[str]) -> None:
    assert names(filled, where) == expected
    assert activity_queries.count(filled, where) == len(expected)


def test_orders_put_what_is_missing_last(filled: sqlite3.Connection) -> None:
    assert names(filled, ActivityFilter(), sort="distance")[0] == "100% effort"
    assert names(filled, ActivityFilter(), sort="distance")[-1] == "Ride home"
    assert names(filled, ActivityFilter(), sort="distance", reverse=True)[-1] == "Ride home"
    assert names(filled, ActivityFilter(), sort="pace", limit=1) == ["100% effort"]


def test_either_id_finds_an_activity_and_the_internal_one_wins(filled: sqlite3.Connection) -> None:
    assert activity_queries.resolve(filled, "77") == 5
    assert activity_queries.resolve(filled, "2") == 2
    assert activity_queries.resolve(filled, "strava:2") == 4


@pytest.mark.parametrize("reference", ["99", "strava:1", "9" * 18])
def test_an_unknown_id_says_where_to_find_one(filled: sqlite3.Connection, reference: str) -> None:
    with pytest.raises(NotFoundError, match="no activity"):
        activity_queries.resolve(filled, reference)


@pytest.mark.parametrize("reference", ["", "-1", "1.5", "garmin:1", "٣", "9" * 19, "1; DROP TABLE activity"])
def test_what_is_no_id_is_a_usage_error(filled: sqlite3.Connection, reference: str) -> None:
    with pytest.raises(UsageError):
        activity_queries.resolve(filled, reference)


def test_weeks_begin_on_monday(filled: sqlite3.Connection) -> None:
    rows = totals.by_period(filled, "week", ActivityFilter())
    assert [(row["period"], row["activities"]) for row in rows] == [("2026-10-05", 1), ("2026-09-28", 4)]
    assert rows[1]["distance_m"] == 36_100.0
    assert [row["period"] for row in totals.by_period(filled, "month", ActivityFilter())] == [
        "2026-10",
        "2026-09",
    ]
    assert [row["period"] for row in totals.by_period(filled, "year", ActivityFilter())] == ["2026"]


def test_sums_are_those_of_the_filter(filled: sqlite3.Connection) -> None:
    found = dict(totals.sums(filled, ActivityFilter(sports=("run",), until=date(2026, 10, 4))))
    assert (found["activities"], found["distance_m"]) == (3, 36_100.0)
    assert dict(totals.sums(filled, ActivityFilter(text="none of them")))["distance_m"] == 0
    assert [tuple(row) for row in totals.gear_names(filled)] == [("Pegasus", 1)]
