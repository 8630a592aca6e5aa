"""Activities that overlap in time, within bounds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from runcoach.domain.activity import BuiltActivity
from runcoach.store import overlaps
from runcoach.store.sqlite.connection import write_transaction

START = 1_790_553_600

Keep = Callable[[sqlite3.Connection, BuiltActivity], int]


@pytest.fixture
def add(connection: sqlite3.Connection, whole: Callable[..., BuiltActivity], keep: Keep) -> Callable[..., int]:
    def add(start_time: int, elapsed_s: int = 1800, strava_id: int | None = None) -> int:
        with write_transaction(connection):
            return keep(connection, whole(start_time=start_time, elapsed_time_sec=elapsed_s, strava_id=strava_id))

    return add


def overlapping_ids(connection: sqlite3.Connection, start_time: int, elapsed_s: float) -> list[int]:
    return [row["id"] for row in overlaps.overlapping(connection, start_time, elapsed_s)]


def test_overlapping_are_returned_earliest_first(connection: sqlite3.Connection, add: Callable[..., int]) -> None:
    late, early = add(START + 900), add(START)
    add(START - 3600)
    long = add(START - 20 * 86_400, elapsed_s=21 * 86_400)
    assert overlapping_ids(connection, START, 1800) == [long, early, late]


def test_activities_of_one_second_are_bounded(
    connection: sqlite3.Connection, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlaps, "MAX_OVERLAPPING", 3)
    ids = [add(START) for _ in range(5)]
    assert len(overlapping_ids(connection, START, 1800)) == 3
    assert len(overlaps.all_overlapping(connection)) == 0 + 1 + 2 + 3 + 3
    monkeypatch.setattr(overlaps, "MAX_OVERLAPPING", 100)
    assert overlapping_ids(connection, START, 1800) == ids
    monkeypatch.setattr(overlaps, "MAX_SCANNED", 2)
    assert len(overlapping_ids(connection, START, 1800)) == 2


def test_two_strava_activities_are_not_a_pair(connection: sqlite3.Connection, add: Callable[..., int]) -> None:
    first, second, file = add(START, strava_id=1), add(START, strava_id=2), add(START)
    pairs = {(one["id"], other["id"]) for one, other in overlaps.all_overlapping(connection)}
    assert pairs == {(first, file), (second, file)}
    overlaps.declare_distinct(connection, file, first)
    assert len(overlaps.all_overlapping(connection)) == 1
