"""Makes a profile of about 200 MB, as fifteen years of running every day leave behind."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import date
from pathlib import Path

from runcoach.config import load
from runcoach.domain.activity import Activity, Effort, Split
from runcoach.domain.distances import LENGTH_M
from runcoach.ingest.writer import update_rankings
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

RUNS = 5000
CHANNELS = ("time_s", "distance_m", "lat_deg", "lng_deg", "altitude_m", "heart_rate_bpm", "cadence_spm")


def fill(home: Path) -> float:
    """Fill the profile below ``home``; its size in MB."""
    config = load(home=home)
    rng = random.Random(7)
    with open_database(config) as connection, write_transaction(connection):
        for number in range(RUNS):
            pace = rng.uniform(0.23, 0.36)
            run = Activity(
                f"Run {number}", "Run", 1_350_000_000 + number * 88_000, 3600, distance_m=12_000, has_gps=True
            )
            activity_id = activities.insert(connection, asdict(run))
            efforts = [
                Effort(label, metres, metres * pace, 0.0, metres * pace)
                for label, metres in LENGTH_M.items()
                if metres <= 12_000
            ]
            activities.put_efforts(connection, activity_id, efforts)
            splits = [Split(km, 1000.0, 300, 300, 5.0, 150, 3.3) for km in range(1, 13)]
            activities.put_splits(connection, activity_id, splits, "computed")
            connection.executemany(
                "INSERT INTO activity_stream VALUES (?, ?, 'x', 3600, 1, ?)",
                [(activity_id, channel, rng.randbytes(4500)) for channel in CHANNELS],
            )
            activities.put_raw(connection, activity_id, rng.randbytes(6000))
        update_rankings(connection, date(2026, 6, 1))
    return config.database.stat().st_size / 1e6
