"""Routes of 5,000 runs: matching a new run, all of them at once, reading them, and the pages.

Run with ``PYTHONPATH=tests/benchmarks:tests/support``.
"""

from __future__ import annotations

import http.client
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import route_maker as maker
from bench_best import BARE
from bench_pages import median_ms
from bench_serve import served
from timing import compare

from runcoach.analysis.route_matching import middle_cell
from runcoach.config import load
from runcoach.domain.activity import Activity
from runcoach.domain.streams import FloatArray, Streams
from runcoach.ingest.sample_figures import track_of
from runcoach.services.analytics.routes import update_routes
from runcoach.services.training.matched.routes import routes
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import route_tracks

RUNS, USUAL = 5000, 60

PROMISED_NEW_MS, PROMISED_PAGE_MS, PROMISED_RATIO = 50, 60, 1.8

_START, _DAY_S = 1_350_000_000, 88_000


def add_run(connection: sqlite3.Connection, random: np.random.Generator, path: FloatArray, number: int) -> int:
    """Write a run with its track only; its id."""
    recorded = maker.record(random, path, noise_m=6.0)
    pace = float(random.uniform(300.0, 380.0)) - number / 200.0
    distance_m = 5.0 * len(path)
    values: dict[str, Any] = {
        "distance_m": distance_m,
        "moving_time_sec": round(distance_m * pace / 1000.0),
        "has_gps": True,
    }
    run = Activity(
        f"Run {number % 7}", "Run", _START + number * _DAY_S, 3600, avg_hr=int(random.uniform(135, 160)), **values
    )
    activity_id = activities.insert(connection, {**asdict(run), "avg_pace_sec_per_km": round(pace)})
    streams = Streams(recorded.time_s, {"lat_deg": recorded.lat_deg, "lng_deg": recorded.lng_deg})
    track = track_of(streams)
    assert track is not None
    route_tracks.put(connection, activity_id, track, middle_cell(track))
    return activity_id


def fill(connection: sqlite3.Connection, random: np.random.Generator) -> list[FloatArray]:
    """5,000 runs from one door: three of four on one of 60 usual routes, the others somewhere else."""
    makers: tuple[Callable[..., FloatArray], ...] = (maker.loop, maker.winding, maker.through_streets)
    lengths = (5000.0, 6000.0, 8000.0, 8000.0, 10_000.0, 10_000.0, 12_000.0, 16_000.0)

    def path(number: int) -> FloatArray:
        return makers[number % 3](random, float(random.choice(lengths)))

    usual = [path(number) for number in range(USUAL)]
    with write_transaction(connection):
        for number in range(RUNS):
            of = usual[int(random.integers(USUAL))] if random.random() < 0.75 else path(number)
            add_run(connection, random, of, number)
    return usual


def timed_ms(function: Callable[[], object], rounds: int = 15) -> float:
    """The median of some rounds."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        function()
        times.append(time.perf_counter() - begun)
    return median(times) * 1000


def new_runs_ms(connection: sqlite3.Connection, random: np.random.Generator, usual: list[FloatArray]) -> float:
    """The median of adding a run and finding its route, without drawing the map again."""
    from runcoach.services.analytics.routes import update_some_routes

    times = []
    for number in range(30):
        with write_transaction(connection):
            add_run(connection, random, usual[number], RUNS + number)
            begun = time.perf_counter()
            update_some_routes(connection)
            times.append(time.perf_counter() - begun)
    return median(times) * 1000


def main() -> None:
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        config = load(home=Path(folder))
        with open_database(config) as connection:
            usual = fill(connection, random)
            begun = time.process_time()
            update_routes(connection)
            print(f"routes of {RUNS} runs and their map: {time.process_time() - begun:.1f} s of CPU")
            found = routes(connection)
            print(f"{len(found)} routes run twice or more, {sum(route.runs for route in found)} runs on them")
            print(f"a new run: {new_runs_ms(connection, random, usual):.1f} ms (promised: {PROMISED_NEW_MS})")
            print(f"the map: {timed_ms(lambda: update_map(connection), 3):.0f} ms")
            print(f"nothing new: {timed_ms(lambda: update_routes(connection)):.1f} ms")
            print(f"reading all routes: {timed_ms(lambda: routes(connection)):.1f} ms")
        ours = [sys.executable, "-m", "runcoach", "routes"]
        bare = [sys.executable, "-c", BARE, str(config.database)]
        compare("routes", ours, bare, PROMISED_RATIO, RUNCOACH_HOME=folder)
        with served(Path(folder)) as (url, _):
            time.sleep(2)
            client = http.client.HTTPConnection(urlsplit(url).netloc)
            for path in ("/routes", f"/routes/{found[0].id}", "/api/v1/routes", "/api/v1/routes/map"):
                page_ms, size = median_ms(client, path)
                print(f"{path}: {page_ms:.1f} ms, {size} bytes (promised for pages: {PROMISED_PAGE_MS})")
            client.close()


def update_map(connection: sqlite3.Connection) -> None:
    """Draw the map of all runs again."""
    connection.execute("DELETE FROM route_heat")
    update_routes(connection, with_map=True)


if __name__ == "__main__":
    main()
