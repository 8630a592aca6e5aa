"""``runcoach today``, ``races``, ``goals`` and ``durability`` on 5,000 activities against a bare script.

The script imports typer and rich and runs one SQL query. Also the time of one run's figures from an hour of samples.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_best import BARE, fill
from timing import compare

from runcoach.analysis.distance_curve import distance_curve
from runcoach.analysis.effort_quality import faults_of
from runcoach.analysis.moving_time import cumulative_moving_s
from runcoach.analysis.training.run_figures import run_figures
from runcoach.config import load
from runcoach.domain.streams import Streams
from runcoach.services.training import goals
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

RUNS = 5000


def prepare(home: Path) -> Path:
    """A profile of 5,000 runs up to today with times, loads, races and a goal."""
    database = fill(home, RUNS)
    config = load(home=home)
    rng = random.Random(7)
    first = int(time.time()) - RUNS * 88_000
    with open_database(config) as connection, write_transaction(connection):
        connection.execute(
            "UPDATE activity SET start_time = ? + id * 88000, moving_time_sec = CAST(distance_m / 3 AS INTEGER),"
            " elapsed_time_sec = CAST(distance_m / 3 AS INTEGER) + 10, workout_type = iif(id % 40, NULL, 1)",
            (first,),
        )
        # Not every seventh run is a marathon.
        connection.execute("UPDATE activity SET distance_m = 31000.0 WHERE distance_m > 40000 AND id % 40 != 0")
        connection.executemany(
            "INSERT INTO training_load (activity_id, load, method, trimp, zone1_s, zone2_s, zone3_s, zone4_s, zone5_s,"
            " updated_at) VALUES (?, ?, 'trimp', 60, 600, 1800, 300, 200, 0, 0)",
            [(number, rng.uniform(30, 120)) for number in range(1, RUNS + 1)],
        )
        connection.executemany(
            "INSERT INTO durability_effort VALUES (?, ?, ?, ?, 0)",
            [
                (number, after_m, length_m, length_m * rng.uniform(0.22, 0.36))
                for number in range(1, RUNS + 1)
                for after_m in (0, 10_000, 15_000)
                for length_m in (1000, 3000, 5000)
            ],
        )
    goals.add(config, "half 1:35:00")
    return database


def figures() -> None:
    """Print the time of one run's grade-adjusted pace, efficiency and durability from an hour of samples."""
    rng = np.random.default_rng(7)
    time_s = np.arange(3601.0)
    distance_m = np.cumsum(rng.normal(3.0, 0.3, time_s.size))
    altitude_m = 20 * np.sin(distance_m / 300) + rng.normal(0.0, 0.3, time_s.size)
    heart_rate = 150 + 10 * np.sin(time_s / 200)
    channels = {"distance_m": distance_m, "altitude_m": altitude_m, "heart_rate_bpm": heart_rate}
    streams = Streams(time_s, channels).quantized()
    took = []
    for _ in range(20):
        for cached in (distance_curve, faults_of, cumulative_moving_s):
            cached.cache_clear()
        begin = time.perf_counter()
        run_figures(streams, cumulative_moving_s(streams), heart_rate)
        took.append(time.perf_counter() - begin)
    print(f"figures of one run: {min(took) * 1e3:.1f} ms")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = prepare(Path(folder))
        bare = [sys.executable, "-c", BARE, str(database)]
        for command in ("today", "races", "goals", "durability"):
            compare(command, [sys.executable, "-m", "runcoach", command], bare, 1.8, RUNCOACH_HOME=folder)
    figures()


if __name__ == "__main__":
    main()
