"""Local time from position, device or machine."""

from __future__ import annotations

import time

import numpy as np
import pytest

from runcoach.domain.streams import Streams
from runcoach.ingest.local_time import local_time

SUMMER, WINTER = 1_782_900_000, 1_798_790_400  # July and the end of December 2026


def at(lat: float, lng: float) -> Streams:
    return Streams(np.arange(2.0), {"lat_deg": np.array([np.nan, lat]), "lng_deg": np.array([np.nan, lng])})


@pytest.mark.parametrize(
    ("where", "when", "offset_h", "zone"),
    [
        ((41.9, 12.5), SUMMER, 2, "Europe/Rome"),
        ((41.9, 12.5), WINTER, 1, "Europe/Rome"),
        ((-33.87, 151.21), WINTER, 11, "Australia/Sydney"),
        ((27.7, 85.3), WINTER, 5.75, "Asia/Kathmandu"),
    ],
)
def test_zone_of_first_position(where: tuple[float, float], when: int, offset_h: float, zone: str) -> None:
    assert local_time(when, at(*where), device_offset_s=0) == (offset_h * 3600, zone)


def test_device_offset_without_position() -> None:
    assert local_time(SUMMER, Streams(np.arange(2.0)), device_offset_s=-14_400) == (-14_400, None)
    assert local_time(SUMMER, None, device_offset_s=3600) == (3600, None)


def test_machine_zone_without_position_and_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert local_time(SUMMER, None, None) == (9 * 3600, None)
    finally:
        monkeypatch.undo()
        time.tzset()
