"""Merge precedence: one table, applied by field, independent of the order of sources."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from runcoach.domain.activity import BuiltActivity
from runcoach.ingest.source_values import merge_values, source_values

Source = tuple[str, dict[str, dict[str, Any]]]

FILE: Source = ("file", {"says": {"name": "Watch", "distance_m": 10_400.0, "device_name": "fenix"}, "assumes": {}})
ROW: Source = ("archive", {"says": {"name": "Cropped", "distance_m": 10_000.0}, "assumes": {"utc_offset_s": 0}})
API: Source = (
    "strava",
    {"says": {"name": "Renamed", "device_name": "Garmin fenix 7"}, "assumes": {"sport_type": "Workout"}},
)


@pytest.mark.parametrize("order", list(permutations([FILE, ROW, API])))
def test_precedence_is_independent_of_order(order: tuple[Any, ...]) -> None:
    row = merge_values(order)
    assert (row["name"], row["distance_m"], row["device_name"]) == ("Renamed", 10_000.0, "fenix")
    assert (row["utc_offset_s"], row["sport_type"]) == (0, "Workout")
    assert row["calories"] is None
    assert row["is_private"] is False


def test_first_source_of_a_kind_wins() -> None:
    assert merge_values([FILE, ("file", {"says": {"name": "Phone"}, "assumes": {}})])["name"] == "Watch"


def test_stated_values_precede_assumed_ones() -> None:
    assuming: Source = ("strava", {"says": {}, "assumes": {"name": "Morning Run"}})
    assert merge_values([assuming, FILE])["name"] == "Watch"


def test_pace_is_computed_from_merged_values() -> None:
    sources: list[Source] = [
        ("file", {"says": {"distance_m": 10_400.0, "moving_time_sec": 3000, "sport_type": "Run"}, "assumes": {}}),
        ("archive", {"says": {"distance_m": 10_000.0}, "assumes": {}}),
    ]
    assert merge_values(sources)["avg_pace_sec_per_km"] == 300


def test_source_values_separate_stated_from_assumed(whole: Callable[..., BuiltActivity]) -> None:
    from dataclasses import replace

    values = source_values(replace(whole(calories=None), assumed=frozenset({"name"})))
    assert values["assumes"] == {"name": "Morning Run"}
    assert values["says"]["distance_m"] == 10_000.0
    assert "calories" not in values["says"]
    assert "has_gps" not in values["says"]
