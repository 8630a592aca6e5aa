"""The spike of a stored run, as `runcoach show` tells it, and the limit of today."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from runcoach.domain.activity import BuiltActivity
from runcoach.services.training import spikes
from runcoach.store.sqlite.connection import write_transaction

Add = Callable[..., int]


@pytest.fixture
def add(
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
) -> Add:
    def put(day: str, km: float | None, clock: str = "08:00", **columns: Any) -> int:
        start = int(datetime.fromisoformat(f"{day}T{clock}:00+00:00").timestamp())
        distance_m = None if km is None else km * 1000.0
        with write_transaction(connection):
            return keep(connection, whole(start_time=start, utc_offset_s=0, distance_m=distance_m, **columns))

    return put


def shown(runcoach: Callable[..., Any], activity_id: int) -> tuple[Any, Any]:
    data = runcoach("show", str(activity_id), "--json").json["data"]
    return data["spike"], data["longestBeforeM"]


def test_show_compares_a_run_with_the_30_days_before(runcoach: Callable[..., Any], add: Add) -> None:
    first = add("2026-10-01", 10)
    add("2026-10-10", 12)
    add("2026-10-11", 40, sport_type="Ride")
    add("2026-10-12", 30, is_undated=True)
    spike, none = add("2026-10-20", 18), add("2026-10-25", 18.5)
    late, ride = add("2026-12-20", 20), add("2026-12-21", 60, sport_type="Ride")
    assert shown(runcoach, first) == ("none", None)
    assert shown(runcoach, spike) == ("30", 12000.0)
    assert shown(runcoach, none) == ("none", 18000.0)
    assert shown(runcoach, late) == ("none", None)
    assert shown(runcoach, ride) == (None, None)
    text = runcoach("show", str(spike)).out
    assert "50% longer than the longest run of the 30 days before (12.0 km)" in text
    assert "Frandsen 2025" in text
    assert "Frandsen" not in runcoach("show", str(none)).out


def test_later_run_of_the_same_day_is_not_before(runcoach: Callable[..., Any], add: Add) -> None:
    morning = add("2026-10-01", 5)
    evening = add("2026-10-01", 12, "18:00")
    assert shown(runcoach, morning) == ("none", None)
    assert shown(runcoach, evening) == ("100", 5000.0)


def test_limit_of_today(connection: sqlite3.Connection, add: Add) -> None:
    assert spikes.limit(connection, date(2026, 11, 28)) is None
    add("2026-10-20", 40)
    add("2026-11-12", 16)
    add("2026-11-20", None)
    limit = spikes.limit(connection, date(2026, 11, 28))
    assert limit is not None
    assert (round(limit.distance_m), limit.until) == (17600, date(2026, 12, 12))
