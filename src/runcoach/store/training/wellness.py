"""Daily values of the body: stored by imports and syncs in a transaction of theirs, read by day and metric."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from runcoach.domain.wellness import WellnessValue
from runcoach.store.sqlite.statements import select_all, select_value, select_values

_COLUMNS = ("metric", "date", "source", "device", "value", "readings")


def put(connection: sqlite3.Connection, values: Iterable[WellnessValue], batch_id: int | None) -> None:
    """Store what is new or different; the rest stays with the import that brought it."""
    connection.executemany(
        """
        INSERT INTO wellness (metric, date, source, device, value, unit, readings, batch_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (metric, date, source, device) DO UPDATE SET value = excluded.value, readings = excluded.readings,
            batch_id = excluded.batch_id WHERE value != excluded.value OR readings != excluded.readings
        """,
        [(one.metric, one.date, one.source, one.device, one.value, one.unit, one.readings, batch_id) for one in values],
    )


def unknown(connection: sqlite3.Connection, values: Sequence[WellnessValue]) -> list[WellnessValue]:
    """Those that are not stored, or with another value."""
    if not values:
        return []
    stored: set[WellnessValue] = set()
    for source in {one.source for one in values}:
        rows = select_all(connection, _COLUMNS, "FROM wellness WHERE source = ?", (source,))
        stored.update(WellnessValue(*row) for row in rows)
    return [one for one in values if one not in stored]


def read(
    connection: sqlite3.Connection,
    *,
    metrics: Sequence[str],
    since: str | None = None,
    until: str | None = None,
) -> list[WellnessValue]:
    """The values of these metrics between two days, both included; newest first, then by metric, source and device."""
    rows = select_all(
        connection,
        _COLUMNS,
        "FROM wellness WHERE metric IN (SELECT value FROM json_each(?)) AND date >= ? AND date <= ?"
        " ORDER BY date DESC, metric, source, device",
        (json.dumps(list(metrics)), since or "", until or "9999-12-31"),
    )
    return [WellnessValue(*row) for row in rows]


def last_date(connection: sqlite3.Connection, source: str) -> str | None:
    """The newest day with a value from a source; None without any."""
    day: str | None = select_value(connection, "max(date)", "FROM wellness WHERE source = ?", (source,))
    return day


def remove_batch(connection: sqlite3.Connection, batch_id: int) -> int:
    """Delete what one import brought; the number of values."""
    return connection.execute("DELETE FROM wellness WHERE batch_id = ?", (batch_id,)).rowcount


def last_year(connection: sqlite3.Connection, metric: str) -> list[float]:
    """The values of a metric on the 365 days up to its newest one, one a day, of any source."""
    newest = "(SELECT max(date) FROM wellness WHERE metric = ?1)"
    of_year = f"FROM wellness WHERE metric = ?1 AND date > date({newest}, '-365 days') GROUP BY date"
    return select_values(connection, "avg(value)", of_year, (metric,))
