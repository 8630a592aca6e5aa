"""Race times that others forecast: stored by an import, read by date and distance."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from runcoach.domain.race_prediction import RacePrediction
from runcoach.store.sqlite.statements import select_all

_COLUMNS = ("source", "date", "distance_m", "duration_s")


def put(connection: sqlite3.Connection, predictions: Iterable[RacePrediction], batch_id: int) -> None:
    """Store what is new or different; the rest stays with the import that it came from."""
    connection.executemany(
        """
        INSERT INTO race_prediction (source, date, distance_m, duration_s, batch_id) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (source, date, distance_m) DO UPDATE SET duration_s = excluded.duration_s,
            batch_id = excluded.batch_id WHERE duration_s != excluded.duration_s
        """,
        [(each.source, each.date, each.distance_m, each.duration_s, batch_id) for each in predictions],
    )


def unknown(connection: sqlite3.Connection, predictions: Sequence[RacePrediction]) -> list[RacePrediction]:
    """Those that are not stored, or with another time."""
    if not predictions:
        return []
    stored = {RacePrediction(*row) for row in select_all(connection, _COLUMNS, "FROM race_prediction")}
    return [each for each in predictions if each not in stored]


def all_of(connection: sqlite3.Connection) -> list[RacePrediction]:
    """Every forecast, by source, distance and date."""
    rows = select_all(connection, _COLUMNS, "FROM race_prediction ORDER BY source, distance_m, date")
    return [RacePrediction(*row) for row in rows]


def remove_batch(connection: sqlite3.Connection, batch_id: int) -> int:
    """Delete what came from one import; the number of forecasts."""
    return connection.execute("DELETE FROM race_prediction WHERE batch_id = ?", (batch_id,)).rowcount
