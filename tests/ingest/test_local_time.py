"""Local time comes from the point, else from the device, else from this machine."""

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
def test_the_zone_of_the_first_point(where: tuple[float, float], when: int, offset_h: float, zone: str) -> None:
    assert local_time(when, at(*where), device_offset_s=0) == (offset_h * 3600, zone)


def test_without_a_point_the_device_knows() -> None:
    assert local_time(SUMMER, Streams(np.arange(2.0)), device_offset_s=-14_400) == (-14_400, None)
    assert local_time(SUMMER, None, device_offset_s=3600) == (3600, None)


def test_without_either_it_is_the_local_time_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert local_time(SUMMER, None, None) == (9 * 3600, None)
    finally:
        monkeypatch.undo()
        time.tzset()
