"""Whose word wins: one table, applied field by field, whatever the order in which sources came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from itertools import permutations
from typing import Any

import pytest

from runcoach.domain.activity import Activity, BuiltActivity
from runcoach.ingest.source_values import DERIVED, MERGE_PRECEDENCE, merge_values, source_values

Told = tuple[str, dict[str, dict[str, Any]]]

FILE: Told = ("file", {"says": {"name": "Watch", "distance_m": 10_400.0, "device_name": "fenix"}, "assumes": {}})
ROW: Told = ("archive", {"says": {"name": "Cropped", "distance_m": 10_000.0}, "assumes": {"utc_offset_s": 0}})
API: Told = (
    "strava",
    {"says": {"name": "Renamed", "device_name": "Garmin fenix 7"}, "assumes": {"sport_type": "Workout"}},
)


def test_every_field_of_an_activity_has_its_place_in_the_table() -> None:
    assert {field.name for field in fields(Activity)} == set(MERGE_PRECEDENCE) | DERIVED


@pytest.mark.parametrize("order", list(permutations([FILE, ROW, API])))
def test_the_most_believed_word_wins_in_whatever_order_it_came(order: tuple[Any, ...]) -> None:
    row = merge_values(order)
    assert (row["name"], row["distance_m"], row["device_name"]) == ("Renamed", 10_000.0, "fenix")
    assert (row["utc_offset_s"], row["sport_type"]) == (0, "Workout")
    assert row["calories"] is None
    assert row["is_private"] is False


def test_of_one_kind_the_first_that_came_wins() -> None:
    assert merge_values([FILE, ("file", {"says": {"name": "Phone"}, "assumes": {}})])["name"] == "Watch"


def test_what_is_said_beats_what_is_assumed_whoever_assumes_it() -> None:
    assuming: Told = ("strava", {"says": {}, "assumes": {"name": "Morning Run"}})
    assert merge_values([assuming, FILE])["name"] == "Watch"


def test_pace_follows_from_the_distance_and_time_that_won() -> None:
    accounts: list[Told] = [
        ("file", {"says": {"distance_m": 10_400.0, "moving_time_sec": 3000, "sport_type": "Run"}, "assumes": {}}),
        ("archive", {"says": {"distance_m": 10_000.0}, "assumes": {}}),
    ]
    assert merge_values(accounts)["avg_pace_sec_per_km"] == 300


def test_an_account_holds_what_is_said_apart_from_what_is_assumed(whole: Callable[..., BuiltActivity]) -> None:
    from dataclasses import replace

    account = source_values(replace(whole(calories=None), assumed=frozenset({"name"})))
    assert account["assumes"] == {"name": "Morning Run"}
    assert account["says"]["distance_m"] == 10_000.0
    assert "calories" not in account["says"]
    assert "has_gps" not in account["says"]
