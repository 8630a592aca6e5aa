"""Figures as runners read them."""

from __future__ import annotations

import pytest

from runcoach.domain.activity import pace_sec_per_km, round_up_s
from runcoach.domain.units import Units, format_distance, format_duration, format_elevation, format_pace


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (360_000, "100:00:00")]
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_what_is_missing_is_a_dash_not_a_nought() -> None:
    assert {format_duration(None), format_pace(None), format_distance(None), format_elevation(None)} == {"–"}


def test_miles() -> None:
    assert format_pace(300, Units.IMPERIAL) == "8:03"
    assert format_distance(42_195, Units.IMPERIAL) == "26.22"
    assert format_elevation(100, Units.IMPERIAL) == "328 ft"


@pytest.mark.parametrize(("exact", "whole"), [(60.0, 60), (60.0000004, 60), (60.00001, 61), (59.2, 60)])
def test_times_are_rounded_up_but_noise_is_no_second(exact: float, whole: int) -> None:
    assert round_up_s(exact) == whole


@pytest.mark.parametrize(("distance", "moving"), [(None, 100.0), (1000.0, None), (0.0, 100.0), (1000.0, 0.0)])
def test_no_pace_without_distance_and_time(distance: float | None, moving: float | None) -> None:
    assert pace_sec_per_km(distance, moving) is None


def test_pace_is_rounded_to_the_second() -> None:
    assert pace_sec_per_km(10_000.0, 3005.0) == 300
