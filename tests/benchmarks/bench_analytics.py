"""CPU time of analytics of one new run and of a history; ``runcoach fitness`` and ``zones`` against a bare script."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from bench_best import BARE
from timing import compare

from runcoach.config import load
from runcoach.domain.activity import Activity, BuiltActivity, SourceRecord
from runcoach.domain.recording import Totals
from runcoach.domain.streams import Streams
from runcoach.services.analytics.jobs import update_analytics
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.stream_codec import pack

#: Runs of the history, and promised seconds for 5,000 of them; milliseconds of one new run.
RUNS, PROMISED_S, PROMISED_MS = 5000, 60.0, 15.0


def samples(rng: np.random.Generator, seconds: int = 3600) -> Streams:
    """An hour's run over hills: each kilometre at another heart rate, with everything that a watch records."""
    time_s = np.arange(float(seconds))
    effort = np.repeat(rng.uniform(-12.0, 18.0, seconds // 300 + 1), 300)[:seconds]
    bpm = 145.0 + np.convolve(effort, np.ones(60) / 60.0, "same") + rng.normal(0.0, 0.7, seconds)
    speed = 3.0 + 0.03 * effort + rng.normal(0.0, 0.1, seconds)
    distance_m = np.cumsum(speed)
    east, north = distance_m / 111_000.0, 0.002 * np.sin(distance_m / 900.0)
    channels = {
        "distance_m": distance_m,
        "heart_rate_bpm": bpm,
        "cadence_spm": 172.0 + rng.integers(-2, 3, seconds).astype(np.float64),
        "altitude_m": 200.0 + 25.0 * np.sin(distance_m / 700.0) + rng.normal(0.0, 0.3, seconds),
        "lat_deg": 48.0 + north,
        "lng_deg": 7.8 + east,
    }
    return Streams(time_s, channels).quantized()


def fill(home: Path, count: int) -> None:
    """A profile of ``count`` runs with samples, none of them analyzed; 50 different recordings."""
    rng = np.random.default_rng(16)
    recordings = [samples(rng) for _ in range(50)]
    packed = [pack(streams) for streams in recordings]
    with open_database(load(home=home)) as connection, write_transaction(connection):
        for number in range(count):
            streams = recordings[number % 50]
            run = Activity(
                f"Run {number}",
                "Run",
                1_350_000_000 + number * 88_000,
                3600,
                distance_m=float(streams.channels["distance_m"][-1]),
                moving_time_sec=3600,
                has_gps=True,
            )
            source = SourceRecord("file", "fit", "run.fit", Totals())
            built = BuiltActivity(run, source, run.sport_type, streams=packed[number % 50])
            activity_id = activities.insert(connection, asdict(run))
            activities.put_parts(connection, activity_id, built)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home, count)
        with open_database(load(home=home)) as connection:
            begun = time.process_time()
            report = update_analytics(connection)
            seconds = time.process_time() - begun
            scaled = seconds * RUNS / report.computed
            print(f"analytics of {report.computed} runs: {seconds:.1f} s; of {RUNS}: {scaled:.1f} s ({PROMISED_S:.0f})")
            one, routes = [], []
            for _ in range(9):
                with write_transaction(connection):
                    activities.update(connection, count, {"sport_type": "TrailRun"})
                    activities.update(connection, count, {"sport_type": "Run"})
                stops = iter((False, True))  # after one job
                begun = time.process_time()
                update_analytics(connection, stop=stops.__next__)
                one.append(time.process_time() - begun)
                begun = time.process_time()
                update_analytics(connection)
                routes.append(time.process_time() - begun)
            print(f"one new run of {count}: {statistics.median(one) * 1e3:.1f} ms (promised: {PROMISED_MS:.0f})")
            print(f"then its route and the map of all runs: {statistics.median(routes) * 1e3:.1f} ms")
        bare = [sys.executable, "-c", BARE, str(load(home=home).database)]
        for command in (["fitness"], ["zones"], ["zones", "--by", "run"]):
            compare(" ".join(command), [sys.executable, "-m", "runcoach", *command], bare, 1.8, RUNCOACH_HOME=folder)


if __name__ == "__main__":
    main()
