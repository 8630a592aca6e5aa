"""Building an activity: fastest kilometre and default name."""

from __future__ import annotations

import pytest

from runcoach.domain.activity import Effort, Quality
from runcoach.ingest.builder import default_name, fastest_km_s


def test_fastest_km_is_rounded_up() -> None:
    others = [Effort(400, 400.0, 110.0, 0.0, 110.0), Effort(1609, 1609.0, 500.0, 0.0, 500.0)]
    assert fastest_km_s([*others, Effort(1000, 1000.0, 300.2, 0.0, 300.2)]) == 301
    assert fastest_km_s(others) is None


def test_suspect_kilometre_is_not_fastest() -> None:
    assert fastest_km_s([Effort(1000, 1000.0, 100.0, 0.0, 100.0, Quality.SUSPECT)]) is None


@pytest.mark.parametrize(
    ("hour", "sport", "name"),
    [
        (3, "Run", "Night Run"),
        (7, "Run", "Morning Run"),
        (12, "TrailRun", "Lunch Trail Run"),
        (22, "Ride", "Night Ride"),
    ],
)
def test_default_name_by_local_hour(hour: int, sport: str, name: str) -> None:
    assert default_name(sport, hour * 3600) == name
