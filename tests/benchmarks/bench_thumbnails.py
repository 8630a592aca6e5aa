"""Times pictures: drawing both sizes, drawing and keeping them, and what queueing them costs an import.

``python tests/benchmarks/bench_thumbnails.py``. The promise: 15 ms of CPU a picture. Runs of a sample a second are made
here; with ``RUNCOACH_CORPUS`` real ones are imported and drawn too.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from runcoach.config import Config, load
from runcoach.domain.streams import FloatArray, Streams
from runcoach.images.thumbnail import CHANNELS, draw
from runcoach.services.imports.import_files import import_files
from runcoach.services.thumbnails import draw_queued
from runcoach.store import activities, thumbnails
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

REPEATS = 30


def loop(size: int, *, indoor: bool) -> Streams:
    """A winding loop, three metres a sample, with a heart that beats faster in waves."""
    random = np.random.default_rng(7)
    turn = np.arange(size) / size * 2 * np.pi
    reach = size * 3.0 / 7.0 * (1 + 0.2 * np.sin(5 * turn) + 0.05 * np.sin(31 * turn))
    slip: FloatArray = random.normal(0.0, 1.5, (2, size))
    north, east = reach * np.sin(turn) + slip[0], reach * np.cos(turn) + slip[1]
    heart: FloatArray = 140.0 + 15.0 * np.sin(9.0 * turn) + random.normal(0.0, 2.0, size)
    channels: dict[str, FloatArray] = {"distance_m": np.arange(float(size)) * 3.0, "heart_rate_bpm": heart}
    if not indoor:
        channels |= {"lat_deg": 48.0 + north / 111_195.0, "lng_deg": 7.85 + east / 74_400.0}
    return Streams(np.arange(float(size)), channels).quantized()


def median_ms(streams: Streams | None) -> float:
    took = []
    for _ in range(REPEATS):
        begin = time.process_time()
        drawing = draw(streams, "Run", 200.0)
        took.append(time.process_time() - begin)
        assert len(drawing.small) <= 8192
    return statistics.median(took) * 1e3


def time_real_ones(corpus: Path, config: Config) -> None:
    import_files(config, [corpus / "activities"], workers=0)
    with open_database(config) as connection:
        ids = [row["id"] for row in connection.execute("SELECT id FROM activity")]
        begin = time.process_time()
        with write_transaction(connection):
            for activity_id in ids * REPEATS:
                thumbnails.outdated(connection, activity_id, "manual")
        queued_ms = (time.process_time() - begin) / (len(ids) * REPEATS) * 1e3
        drawn = []
        for activity_id in ids:
            begin = time.process_time()
            draw(activities.read_streams(connection, activity_id, only=CHANNELS), "Run", 200.0)
            drawn.append((time.process_time() - begin) * 1e3)
    begin = time.process_time()
    report = draw_queued(config, redraw_all=True)
    each_ms = (time.process_time() - begin) / report.drawn * 1e3
    print(f"{report.drawn} real ones: {statistics.median(drawn):.1f} ms to read and draw, {max(drawn):.1f} ms at most")
    print(f"drawn and kept from the queue: {each_ms:.1f} ms each; queueing one: {queued_ms:.3f} ms")


def main() -> None:
    cases = {
        "1 h outdoors": loop(3_600, indoor=False),
        "6 h outdoors": loop(21_600, indoor=False),
        "1 h on a treadmill": loop(3_600, indoor=True),
        "nothing recorded": None,
    }
    for title, streams in cases.items():
        print(f"{title}: {median_ms(streams):.1f} ms for both sizes (promised: 15)")
    corpus = os.environ.get("RUNCOACH_CORPUS")
    if corpus:
        with tempfile.TemporaryDirectory() as folder:
            time_real_ones(Path(corpus), load(home=folder))


if __name__ == "__main__":
    main()
