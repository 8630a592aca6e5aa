"""``runcoach best`` on 5,000 activities against a bare script that imports typer and rich and runs one SQL query."""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from timing import compare

from runcoach.config import load
from runcoach.domain.activity import Activity, Effort
from runcoach.domain.distances import LENGTH_M
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

BARE = """
import sqlite3, sys
import typer, rich, rich.table, rich.console
app = typer.Typer()
@app.command()
def best(path: str) -> None:
    rows = sqlite3.connect(path).execute(
        "SELECT distance_m, min(duration_s) FROM effort GROUP BY distance_m").fetchall()
    table = rich.table.Table("distance", "time")
    for row in rows:
        table.add_row(*map(str, row))
    rich.console.Console().print(table)
app()
"""


def fill(home: Path, count: int = 5000) -> Path:
    """A profile of ``count`` runs over fourteen years, with the efforts that their lengths allow."""
    config = load(home=home)
    rng = random.Random(7)
    with open_database(config) as connection, write_transaction(connection):
        for number in range(count):
            length_m = rng.choice([5_000, 8_000, 10_000, 12_000, 16_000, 22_000, 43_000])
            pace = rng.uniform(0.23, 0.36)
            efforts = [
                Effort(label, metres, metres * pace * (metres / 5000) ** 0.06, 0.0, metres * pace)
                for label, metres in LENGTH_M.items()
                if metres <= length_m
            ]
            run = Activity(
                f"Run {number}", "Run", 1_350_000_000 + number * 88_000, 3600, distance_m=length_m, has_gps=True
            )
            activity_id = activities.insert(connection, asdict(run))
            activities.put_efforts(connection, activity_id, efforts)
    return config.database


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = fill(Path(folder))
        runcoach = [sys.executable, "-m", "runcoach", "best"]
        bare = [sys.executable, "-c", BARE, str(database)]
        for window in ("all", "1y"):
            compare(f"best --window {window}", [*runcoach, "--window", window], bare, 1.4, RUNCOACH_HOME=folder)


if __name__ == "__main__":
    main()
