"""Local time from position, device or machine."""

from __future__ import annotations

import time

import numpy as np
import pytest

from runcoach.config import Config
from runcoach.domain.activity import SourceRecord
from runcoach.domain.recording import Recording, Totals
from runcoach.domain.streams import Streams
from runcoach.ingest.builder import build
from runcoach.ingest.local_time import local_time
from runcoach.ingest.writer import write_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

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


def test_virtual_run_without_local_time_takes_the_usual_zone(config: Config) -> None:
    """Watopia lies in the Solomon Islands; the runner lives in Berlin, where it was evening."""
    start = 1_768_501_800.0  # 2026-01-15 18:30 UTC
    home = Streams(start - 86_400.0 + np.arange(600.0), {"lat_deg": np.full(600, 52.5), "lng_deg": np.full(600, 13.4)})
    away = Streams(start + np.arange(600.0), {"lat_deg": np.full(600, -11.64), "lng_deg": np.full(600, 166.95)})
    with open_database(config) as connection, write_transaction(connection):
        for sport, streams in (("Run", home), ("VirtualRun", away)):
            recording = Recording("fit", sport, float(streams.time_s[0]), streams, Totals(timer_s=600.0))
            built = build(recording, SourceRecord("file", "fit", f"{sport}.fit", Totals()))
            write_activities(connection, [built], None)
        row = connection.execute("SELECT * FROM activity WHERE sport_type = 'VirtualRun'").fetchone()
    assert (row["local_date"], row["utc_offset_s"], row["timezone"]) == ("2026-01-15", 3600, "Europe/Berlin")
    assert row["name"] == "Evening Virtual Run"
