"""Places of single efforts, checked against the ranks that are worked out one by one."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from runcoach.domain.activity import Effort, Quality
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import parse_window
from runcoach.store import activities, activity_queries, effort_queries
from runcoach.store.sqlite.connection import write_transaction

TODAY = date(2026, 11, 23)
DAY = 86_400
START = 1_700_000_000  # 14 November 2023

Keep = Callable[..., int]


@pytest.fixture
def history(connection: sqlite3.Connection, whole: Callable[..., Any], keep: Keep) -> sqlite3.Connection:
    """Sixty runs, many of them equally fast, a few of them out of the ranks."""
    rng = random.Random(3)
    with write_transaction(connection):
        for number in range(60):
            quality = Quality.SUSPECT if number % 11 == 0 else Quality.OK
            efforts = [
                Effort(metres, metres, metres * rng.choice([0.24, 0.25, 0.26, 0.3]), 0.0, 1.0, quality)
                for metres in (400, 1000)
                if number % 7 or metres == 400
            ]
            run = {"start_time": START + number // 2 * 7 * DAY, "trainer": number % 13 == 0}
            keep(connection, whole(efforts=efforts, name=f"Run {number}", **run))
        effort_queries.ignore(connection, 30, 400, 1, "a bus")
    return connection


@pytest.mark.parametrize(
    "scope",
    [
        EffortFilter(TODAY),
        EffortFilter(date(2024, 6, 1)),
        EffortFilter(TODAY, parse_window("997d")),
        EffortFilter(TODAY, include_suspect=True, indoor=True),
    ],
    ids=["today", "then", "window", "all that there is"],
)
def test_places_are_the_ranks(history: sqlite3.Connection, scope: EffortFilter) -> None:
    ranked = {
        metres: {
            row["activity_id"]: rank
            for rank, row in enumerate(effort_queries.fastest(history, metres, scope, 1000), start=1)
        }
        for metres in (400, 1000)
    }
    assert all(ranked.values())
    for activity_id in range(1, 61):
        known = {metres: ranks[activity_id] for metres, ranks in ranked.items() if activity_id in ranks}
        assert effort_queries.effort_ranks(history, activity_id, scope) == known
        for metres in (400, 1000):
            alone = effort_queries.effort_ranks(history, activity_id, scope, distance_m=metres)
            assert alone == {metres: known[metres]} if metres in known else alone == {}


def test_places_are_counted_no_further_than_asked(history: sqlite3.Connection) -> None:
    found = [
        effort_queries.effort_ranks(history, activity_id, EffortFilter(TODAY), limit=3).get(400)
        for activity_id in range(1, 61)
    ]
    assert {place for place in found if place is not None} == {1, 2, 3, 4}
    assert found.count(4) > 10


def test_the_fastest_of_each_month(history: sqlite3.Connection) -> None:
    rows = [tuple(row) for row in effort_queries.monthly(history, 400, EffortFilter(TODAY))]
    every = effort_queries.fastest(history, 400, EffortFilter(TODAY), 1000)
    months = {row["local_date"][:7] for row in every}
    assert [day[:7] for day, _ in rows] == sorted(months)
    for day, seconds in rows:
        assert seconds == min(row["duration_s"] for row in every if row["local_date"][:7] == day[:7])
    assert effort_queries.monthly(history, 400, replace(EffortFilter(TODAY), races=True)) == []


def test_efforts_in_doubt_are_the_newest_first(history: sqlite3.Connection) -> None:
    rows = effort_queries.suspect_efforts(history, 4)
    assert len(rows) == 4
    assert [row["local_date"] for row in rows] == sorted((row["local_date"] for row in rows), reverse=True)
    everything = effort_queries.suspect_efforts(history, 1000)
    assert {row["total"] for row in rows} == {len(everything)}
    assert [row["ignored_reason"] for row in everything if row["ignored_at"] is not None] == ["a bus"]
    assert all(row["ignored_at"] is not None or row["quality"] == "suspect" for row in everything)


def test_neighbours_are_of_the_same_kind_and_there(
    connection: sqlite3.Connection, whole: Callable[..., Any], keep: Keep
) -> None:
    with write_transaction(connection):
        for number, (name, sport) in enumerate(
            [("first", "Run"), ("ride", "Ride"), ("same second", "Run"), ("gone", "Run"), ("last", "TrailRun")]
        ):
            start = START + (0 if number == 2 else number * DAY)
            keep(connection, whole(name=name, sport_type=sport, start_time=start))
        connection.execute("UPDATE activity SET deleted_at = 1 WHERE name = 'gone'")

    def names(activity_id: int) -> list[str | None]:
        return [None if row is None else row["name"] for row in activity_queries.neighbours(connection, activity_id)]

    assert names(1) == [None, "same second"]
    assert names(3) == ["first", "last"]
    assert names(4) == ["same second", "last"]
    assert names(5) == ["same second", None]
    assert names(2) == [None, None]
    assert activities.has_streams(connection, 1) is False
