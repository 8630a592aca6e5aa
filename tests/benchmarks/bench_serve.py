"""`runcoach serve` in front of 5,000 activities: medians of whole answers, and what it weighs when idle."""

from __future__ import annotations

import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from bench_best import fill

from runcoach.config import load
from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.recording import Totals
from runcoach.domain.streams import Streams
from runcoach.ingest.writer import update_rankings
from runcoach.services import thumbnails
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.stream_codec import pack

#: Route → the milliseconds promised.
PROMISED_MS = {
    "activities?limit=50": 15,
    "activities?limit=50&sort=pace&sport=running": 15,
    "activities/4000": 10,
    "activities/4000/splits": 10,
    "activities/4000/efforts": 10,
    "best": 10,
    "best?window=1y": 10,
    "best?distance=5k&top=20": 10,
    "best/progression?distance=5000": 15,
    "activities/5000/streams?max_points=1000": 15,
    "activities/5000/map?max_points=1000": 15,
    "activities/5000/map": 15,
    "totals?by=week": 15,
    "status": 10,
}

PROMISED_IDLE_MB = 120

_ROUNDS = 100


def record_an_hour(home: Path, activity_id: int) -> None:
    """Give one activity an hour of samples in eight channels, as a watch writes them."""
    rng = np.random.default_rng(5)
    seconds = np.arange(3600.0)
    speed = 3.0 + np.sin(seconds / 300) * 0.4 + rng.normal(0, 0.1, 3600)
    metres = np.cumsum(speed)
    channels = {
        "distance_m": metres,
        "lat_deg": 52.0 + np.sin(metres / 2000) * 0.02,
        "lng_deg": 4.9 + np.cos(metres / 2000) * 0.03,
        "altitude_m": 20 + np.sin(metres / 700) * 15,
        "speed_ms": speed,
        "heart_rate_bpm": np.rint(145 + np.sin(seconds / 400) * 12 + rng.normal(0, 1, 3600)),
        "cadence_spm": np.rint(172 + rng.normal(0, 2, 3600)),
    }
    streams = Streams(seconds, channels).quantized()
    with open_database(load(home=home)) as connection, write_transaction(connection):
        activity = activities.read(connection, activity_id)
        whole = BuiltActivity(activity, SourceRecord("file", "fit", "run.fit", Totals()), "Run", streams=pack(streams))  # type: ignore[arg-type]
        connection.execute("DELETE FROM activity_stream WHERE activity_id = ?", (activity_id,))
        activities.put_parts(connection, activity_id, whole)
        update_rankings(connection)


def draw_nothing(home: Path) -> None:
    """Have every picture pass for drawn: the worker would be at it for a minute, and beside it all is slower."""
    config = load(home=home)
    thumbnails.draw_queued(config, limit=1)
    with open_database(config) as connection, write_transaction(connection):
        connection.execute("DELETE FROM job")
        for size in thumbnails.SIZES:
            connection.execute(
                "INSERT INTO thumbnail (activity_id, url, width, height, created_at)"
                " SELECT id, '', ?, ?, 0 FROM activity WHERE true ON CONFLICT DO NOTHING",
                (size, size),
            )


@contextmanager
def served(home: Path) -> Iterator[tuple[str, int]]:
    """A server in a process of its own: its address and its number."""
    command = [sys.executable, "-m", "runcoach", "serve", "--port", "0", "--no-open"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "RUNCOACH_HOME": str(home)}
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        print(f"SIGTERM: exit code {process.wait(20)}")


def resident_mb(pid: int) -> float:
    """What a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def cpu_s(pid: int) -> float:
    """The seconds that a process has computed so far."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def measured(connection: http.client.HTTPConnection, route: str, pid: int) -> tuple[float, float, int]:
    """The median of whole answers and the mean of what they cost, in milliseconds; how long one is in bytes."""
    times, size, before_s = [], 0, cpu_s(pid)
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        connection.request("GET", f"/api/v1/{route}", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        size = len(answer.read())
        times.append(time.perf_counter() - begun)
        assert answer.status == 200, (route, answer.status)
    return statistics.median(times) * 1000, (cpu_s(pid) - before_s) / _ROUNDS * 1000, size


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home)
        record_an_hour(home, 5000)
        draw_nothing(home)
        with served(home) as (url, pid):
            time.sleep(2)
            print(f"idle after the start: {resident_mb(pid):.0f} MB (promised: {PROMISED_IDLE_MB})")
            connection = http.client.HTTPConnection(urlsplit(url).netloc)
            for route, promised in PROMISED_MS.items():
                median, cpu, size = measured(connection, route, pid)
                print(f"{route}: {median:.1f} ms, {cpu:.1f} of them CPU, {size} bytes (promised: {promised})")
            connection.close()
            time.sleep(2)
            print(f"idle after that: {resident_mb(pid):.0f} MB (promised: {PROMISED_IDLE_MB})")


if __name__ == "__main__":
    main()
