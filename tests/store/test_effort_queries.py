"""Ranks: who counts, in which order, in which window, and what a person's decision does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from runcoach.domain.activity import BuiltActivity, Effort, Quality
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import parse_window
from runcoach.store import activities, effort_queries
from runcoach.store.sqlite.connection import write_transaction

TODAY = date(2026, 11, 23)
Make = Callable[..., BuiltActivity]
Keep = Callable[[sqlite3.Connection, BuiltActivity], int]


def at(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T08:00:00+00:00").timestamp())


def five_km(seconds: float, quality: Quality = Quality.OK) -> Effort:
    return Effort(5000, 5000.0, seconds, 0.0, seconds, quality)


@pytest.fixture
def add(connection: sqlite3.Connection, whole: Make, keep: Keep) -> Callable[..., int]:
    def put(day: str, seconds: float, *, quality: Quality = Quality.OK, **columns: object) -> int:
        activity = whole(start_time=at(day), utc_offset_s=0, efforts=[five_km(seconds, quality)], **columns)
        with write_transaction(connection):
            return keep(connection, activity)

    return put


def times(connection: sqlite3.Connection, scope: EffortFilter, top: int = 10) -> list[int]:
    return [row["duration_s"] for row in effort_queries.fastest(connection, 5000, scope, top)]


def test_the_fastest_comes_first_and_a_tie_goes_to_the_earlier_run(
    connection: sqlite3.Connection, add: Callable[..., int]
) -> None:
    later = add("2026-06-01", 1199.2)
    earlier = add("2026-05-01", 1199.9)  # the same 1200 s on the clock
    fastest = add("2026-07-01", 1190.0)
    rows = effort_queries.fastest(connection, 5000, EffortFilter(TODAY), 10)
    assert [row["activity_id"] for row in rows] == [fastest, earlier, later]
    assert effort_queries.effort_ranks(connection, later, EffortFilter(TODAY)) == {5000: 3}


@pytest.mark.parametrize(
    ("columns", "let_in"),
    [
        ({"sport_type": "Ride"}, None),
        ({"sport_type": "VirtualRun"}, {"indoor": True}),
        ({"trainer": True}, {"indoor": True}),
        ({"has_gps": False}, {"indoor": True}),
        ({"quality": Quality.SUSPECT}, {"include_suspect": True}),
    ],
)
def test_what_stays_out_of_the_ranks_and_what_lets_it_in(
    connection: sqlite3.Connection, add: Callable[..., int], columns: dict[str, object], let_in: dict[str, Any] | None
) -> None:
    add("2026-05-01", 1000.0, **columns)
    add("2026-05-02", 1200.0)
    assert times(connection, EffortFilter(TODAY)) == [1200]
    if let_in:
        assert times(connection, EffortFilter(TODAY, **let_in)) == [1000, 1200]


def test_races_alone(connection: sqlite3.Connection, add: Callable[..., int]) -> None:
    add("2026-05-01", 1100.0)
    add("2026-05-02", 1200.0, workout_type=1)
    assert times(connection, EffortFilter(TODAY, races=True)) == [1200]


def test_a_window_holds_its_last_day_and_not_the_one_before_its_first(
    connection: sqlite3.Connection, add: Callable[..., int]
) -> None:
    for day, seconds in (("2025-11-23", 1), ("2025-11-24", 2), ("2026-11-23", 3), ("2026-11-24", 4)):
        add(day, seconds)
    window = EffortFilter(TODAY, parse_window("1y"))
    assert times(connection, window) == [2, 3]


def test_the_day_is_the_one_on_the_wall_where_it_was_run(
    connection: sqlite3.Connection, whole: Make, keep: Keep
) -> None:
    late = whole(
        start_time=at("2026-11-23") + 15 * 3600, utc_offset_s=2 * 3600, efforts=[five_km(1000.0)]
    )  # 23:00 UTC, 01:00 on the 24th
    with write_transaction(connection):
        keep(connection, late)
    assert times(connection, EffortFilter(TODAY)) == []
    assert times(connection, EffortFilter(date(2026, 11, 24))) == [1000]


def test_the_best_time_is_the_least_exact_one_among_those_that_show_the_same_seconds(
    connection: sqlite3.Connection, add: Callable[..., int]
) -> None:
    assert effort_queries.best_times(connection, EffortFilter(TODAY)) == {}
    add("2026-05-01", 1199.9)
    add("2026-05-02", 1199.2)
    add("2026-05-03", 1199.4)
    add("2026-05-04", 1200.5)
    add("2026-05-05", 900.0, quality=Quality.SUSPECT)
    add("2026-05-06", 1100.0, trainer=True)
    assert effort_queries.best_times(connection, EffortFilter(TODAY)) == {5000: 1199.2}
    assert effort_queries.best_times(connection, EffortFilter(TODAY, indoor=True)) == {5000: 1100.0}


def test_an_ignored_effort_leaves_the_ranks_and_stays_out_when_it_is_computed_again(
    connection: sqlite3.Connection, add: Callable[..., int]
) -> None:
    activity_id = add("2026-05-01", 1000.0)
    with write_transaction(connection):
        assert effort_queries.ignore(connection, activity_id, 5000, 1, "GPS")
        assert not effort_queries.ignore(connection, activity_id, 10_000, 1, None)
        activities.put_efforts(connection, activity_id, [five_km(1001.0)])
    assert times(connection, EffortFilter(TODAY)) == []
    with write_transaction(connection):
        effort_queries.restore(connection, activity_id, 5000)
    assert times(connection, EffortFilter(TODAY)) == [1001]


def test_a_faster_suspect_effort_is_stored_beside_the_one_that_counts(
    connection: sqlite3.Connection, add: Callable[..., int]
) -> None:
    activity_id, other = add("2026-05-01", 1000.0), add("2026-05-02", 950.0)
    suspect = Effort(5000, 5000.0, 900.0, 100.0, 1000.0, Quality.SUSPECT, "GPS jump")
    with write_transaction(connection):
        activities.put_efforts(connection, activity_id, [five_km(1000.0), suspect])
    everything = EffortFilter(TODAY, include_suspect=True)
    assert times(connection, EffortFilter(TODAY)) == [950, 1000]
    assert times(connection, everything) == [900, 950]
    assert effort_queries.effort_ranks(connection, activity_id, EffortFilter(TODAY)) == {5000: 2}
    assert effort_queries.effort_ranks(connection, activity_id, everything) == {5000: 1}
    assert [row["duration_s"] for row, _ in effort_queries.progression(connection, 5000, everything)] == [900]
    assert [row["duration_s"] for row, _ in effort_queries.progression(connection, 5000, EffortFilter(TODAY))] == [
        1000,
        950,
    ]
    with write_transaction(connection):
        effort_queries.mark_for_check(connection, {5000: 1001.0}, "too good")
        effort_queries.mark_for_check(connection, {5000: 960.0}, "too good")
    found = [(e.quality, e.reason) for e in activities.read_efforts(connection, activity_id)]
    assert found == [("ok", None), ("suspect", "GPS jump")]
    assert activities.read_efforts(connection, other)[0].quality is Quality.CHECK


def test_ignoring_takes_the_effort_that_counts_and_not_the_suspect_one(
    connection: sqlite3.Connection, add: Callable[..., int]
) -> None:
    activity_id = add("2026-05-01", 1000.0)
    suspect = Effort(5000, 5000.0, 900.0, 100.0, 1000.0, Quality.SUSPECT, "GPS jump")
    with write_transaction(connection):
        activities.put_efforts(connection, activity_id, [five_km(1000.0), suspect])
        assert effort_queries.ignore(connection, activity_id, 5000, 1, None)
    assert activities.ignored_efforts(connection, activity_id) == [five_km(1000.0)]
    assert times(connection, EffortFilter(TODAY)) == []
    assert times(connection, EffortFilter(TODAY, include_suspect=True)) == [900]


def test_restoring_without_samples_leaves_one_effort_that_counts(
    connection: sqlite3.Connection, add: Callable[..., int]
) -> None:
    activity_id = add("2026-05-01", 1000.0)
    with write_transaction(connection):
        effort_queries.ignore(connection, activity_id, 5000, 1, None)
        activities.put_efforts(connection, activity_id, [Effort(5000, 5000.0, 1100.0, 1000.0, 2100.0)])
        assert effort_queries.restore(connection, activity_id, 5000)
        assert not effort_queries.restore(connection, activity_id, 10_000)
    assert times(connection, EffortFilter(TODAY)) == [1000]
    assert len(activities.read_efforts(connection, activity_id)) == 1


def test_an_effort_that_is_gone_leaves_no_row(connection: sqlite3.Connection, add: Callable[..., int]) -> None:
    activity_id = add("2026-05-01", 1000.0)
    with write_transaction(connection):
        activities.put_efforts(connection, activity_id, [])
    assert activities.read_efforts(connection, activity_id) == []


def test_the_check_mark_comes_and_goes_with_the_limit(connection: sqlite3.Connection, add: Callable[..., int]) -> None:
    activity_id = add("2026-05-01", 1000.0)
    suspect = add("2026-05-02", 900.0, quality=Quality.SUSPECT)
    with write_transaction(connection):
        effort_queries.mark_for_check(connection, {5000: 1001.0}, "too good")
    assert [(e.quality, e.reason) for e in activities.read_efforts(connection, activity_id)] == [("check", "too good")]
    assert activities.read_efforts(connection, suspect)[0].quality is Quality.SUSPECT
    with write_transaction(connection):
        effort_queries.mark_for_check(connection, {5000: None}, "too good")
    assert [(e.quality, e.reason) for e in activities.read_efforts(connection, activity_id)] == [("ok", None)]


def test_the_trend_gives_the_best_of_each_quarter(connection: sqlite3.Connection, add: Callable[..., int]) -> None:
    for day, seconds in (("2026-11-23", 3), ("2026-08-24", 2), ("2026-08-23", 9), ("2026-08-22", 8), ("2024-01-01", 1)):
        add(day, seconds)
    assert effort_queries.quarterly(connection, EffortFilter(TODAY), 4) == {5000: (None, None, 8, 2)}
