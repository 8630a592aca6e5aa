"""The ranks of 5,000 runs × 9 distances × 4 windows: written the first time, and again after one run came or went."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

from runcoach.config import load
from runcoach.domain.activity import Activity, Effort
from runcoach.domain.distances import LENGTH_M
from runcoach.ingest.writer import update_rankings
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

RUNS, EVERY_S = 5000, 88_000


def main() -> None:
    newest = int(time.time())
    with tempfile.TemporaryDirectory() as folder, open_database(load(home=Path(folder))) as connection:

        def add(number: int, pace: float) -> int:
            run = Activity(f"Run {number}", "Run", newest - number * EVERY_S, 3600, distance_m=50_500.0, has_gps=True)
            activity_id = activities.insert(connection, asdict(run))
            efforts = [
                Effort(label, metres, metres * pace * (metres / 5000) ** 0.06, 0.0, metres * pace)
                for label, metres in LENGTH_M.items()
            ]
            activities.put_efforts(connection, activity_id, efforts)
            return activity_id

        def timed(what: str, day: date | None = None) -> None:
            begun = time.process_time()
            with write_transaction(connection):
                update_rankings(connection, day)
            took_ms = (time.process_time() - begun) * 1e3
            rows = connection.execute("SELECT count(*) AS n FROM best_effort").fetchone()["n"]
            print(f"ranks, {what}: {took_ms:.0f} ms of CPU, {rows:,} ranks (promised: 350)")

        with write_transaction(connection):
            for number in range(1, RUNS + 1):
                add(number, 0.23 + 0.13 * (number * 0.618 % 1.0))
        timed("the first time")
        timed("nothing new")
        with write_transaction(connection):
            add(0, 0.295)
        timed("one more run in the middle of the field")
        with write_transaction(connection):
            fastest = add(0, 0.2)
        timed("one more run, the fastest of all")
        with write_transaction(connection):
            connection.execute("UPDATE activity SET deleted_at = 1 WHERE id = ?", (fastest,))
        timed("the fastest is gone")
        timed("nothing new, a day later", date.today() + timedelta(days=1))  # noqa: DTZ011  (as the ranks are)


if __name__ == "__main__":
    main()
