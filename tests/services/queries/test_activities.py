"""Queries of single activities: which totals of a source are shown because they differ."""

from __future__ import annotations

import pytest

from runcoach.services.queries.activities import source_differences

ACTIVITY = {
    "distance_m": 10_000.0,
    "elapsed_time_sec": 3100,
    "moving_time_sec": 3000,
    "elevation_gain_m": 200.0,
    "avg_hr": 150,
}


@pytest.mark.parametrize(
    ("name", "value", "is_shown"),
    [
        ("distance_m", 10_050.0, False),
        ("distance_m", 10_050.5, True),
        ("elapsed_s", 3105.0, False),
        ("elapsed_s", 3106.0, True),
        ("moving_s", 2995.0, False),
        ("moving_s", 2994.0, True),
        ("elevation_gain_m", 210.0, False),
        ("elevation_gain_m", 189.0, True),
        ("avg_hr_bpm", 151.5, False),
        ("avg_hr_bpm", 148.0, True),
        ("max_hr_bpm", 220.0, False),
        ("distance_m", None, False),
    ],
)
def test_a_source_total_is_shown_where_it_differs_noticeably(name: str, value: float | None, is_shown: bool) -> None:
    assert source_differences({name: value}, ACTIVITY) == ({name: value} if is_shown else {})


def test_small_distances_and_climbs_have_a_threshold_of_their_own() -> None:
    activity = {**ACTIVITY, "distance_m": 400.0, "elevation_gain_m": 10.0}
    assert source_differences({"distance_m": 409.0, "elevation_gain_m": 14.0}, activity) == {}
    assert set(source_differences({"distance_m": 411.0, "elevation_gain_m": 16.0}, activity)) == {
        "distance_m",
        "elevation_gain_m",
    }
    assert source_differences({"avg_hr_bpm": 170.0}, {**ACTIVITY, "avg_hr": None}) == {}
