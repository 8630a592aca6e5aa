"""``runcoach export`` of 5,000 recorded runs: seconds, megabytes and memory of every format."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_best import fill

from runcoach.config import load
from runcoach.domain.streams import Streams
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.stream_codec import pack

#: Runs, and the samples of each: a little less than an hour.
RUNS, SAMPLES = 5000, 3300

PROMISED_S, PROMISED_MB = 60, 300

#: So many different recordings; making 5,000 would take longer than exporting them.
_DIFFERENT = 50

_INSERT = "INSERT INTO activity_stream (activity_id, channel, dtype, n, codec, data) VALUES (?, ?, ?, ?, ?, ?)"


def recording(seed: int) -> Streams:
    """A run as a watch records it, with noise in every channel."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(float(SAMPLES))
    metres = np.cumsum(2.9 + np.sin(seconds / 300) * 0.4 + rng.normal(0, 0.15, SAMPLES))
    heading = np.cumsum(rng.normal(0, 0.03, SAMPLES))
    step = np.diff(metres, prepend=0.0)
    channels = {
        "distance_m": metres,
        "lat_deg": 52.0 + np.cumsum(np.cos(heading) * step) / 111_195,
        "lng_deg": 4.9 + np.cumsum(np.sin(heading) * step) / 68_000,
        "altitude_m": 20 + np.sin(metres / 700) * 15 + np.cumsum(rng.normal(0, 0.05, SAMPLES)),
        "speed_ms": step,
        "heart_rate_bpm": np.rint(145 + np.sin(seconds / 400) * 12 + np.cumsum(rng.normal(0, 0.3, SAMPLES))),
        "cadence_spm": np.rint(172 + rng.normal(0, 2, SAMPLES)),
    }
    return Streams(seconds, channels).quantized()


def record(home: Path) -> None:
    """Give every run of a profile samples."""
    packed = [pack(recording(seed)) for seed in range(_DIFFERENT)]
    with open_database(load(home=home)) as connection, write_transaction(connection):
        for (activity_id,) in connection.execute("SELECT id FROM activity").fetchall():
            streams = packed[activity_id % _DIFFERENT].channels
            connection.executemany(
                _INSERT, [(activity_id, one.channel, one.dtype, one.n, one.codec, one.data) for one in streams]
            )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        fill(home, RUNS)
        record(home)
        for formats in (("parquet",), ("csv", "json", "ics"), ("geojson",)):
            out = Path(folder) / "out"
            flags = [part for name in formats for part in ("--format", name)]
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "runcoach", "--home", str(home), "export", str(out), *flags],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            wall_s = time.perf_counter() - begun
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
            print(
                f"{' '.join(formats)}: {wall_s:.1f} s, {size:.0f} MB on disk, up to {used.ru_maxrss / 1024:.0f} MB"
                f" of memory (promised: {PROMISED_S} s, {PROMISED_MB} MB)"
            )


if __name__ == "__main__":
    main()
