"""State that a sync keeps between runs: the last rate limits, gear, and values by key."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from runcoach.store.sqlite.statements import insert, select_one, select_value

_BUDGET = (
    *("seen_at", "quarter_limit", "quarter_used", "day_limit", "day_used"),
    *("read_quarter_limit", "read_quarter_used", "read_day_limit", "read_day_used"),
)


def get(connection: sqlite3.Connection, key: str) -> str | None:
    """The value of a key; None where it is not set."""
    value: str | None = select_value(connection, "value", "FROM sync_state WHERE key = ?", (key,))
    return value


def put(connection: sqlite3.Connection, key: str, value: str | None) -> None:
    """Set the value of a key, or delete it (None); the caller holds the transaction."""
    if value is None:
        connection.execute("DELETE FROM sync_state WHERE key = ?", (key,))
        return
    connection.execute(
        "INSERT INTO sync_state (key, value, updated_at) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        (key, value, int(time.time())),
    )


def get_json(connection: sqlite3.Connection, key: str) -> Any:
    """The value that :func:`put_json` has set; None where there is none."""
    text = get(connection, key)
    return None if text is None else json.loads(text)


def put_json(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Set the value of a key to an object of JSON, or delete it (None); the caller holds the transaction."""
    put(connection, key, None if value is None else json.dumps(value))


def read_budget(connection: sqlite3.Connection) -> dict[str, float | None] | None:
    """The last rate limits of Strava by column; None while unknown."""
    row = select_one(connection, _BUDGET, "FROM rate_budget")
    return None if row is None else dict(row)


def write_budget(connection: sqlite3.Connection, seen: Mapping[str, float | None]) -> None:
    """Store the rate limits of Strava; the caller holds the transaction."""
    connection.execute(insert("rate_budget", ("id", *_BUDGET), or_replace=True), [1, *(seen[name] for name in _BUDGET)])


def keep_skew(connection: sqlite3.Connection, skew_s: float) -> None:
    """Store how far Strava's clock is ahead of this machine's, in seconds; the caller holds the transaction."""
    put(connection, "clock", str(round(skew_s, 1)))


def last_skew(connection: sqlite3.Connection) -> tuple[float, int] | None:
    """``(seconds that Strava's clock was ahead, when it was measured)``; None while unknown."""
    row = select_one(connection, ("value", "updated_at"), "FROM sync_state WHERE key = 'clock'")
    return None if row is None else (float(row["value"]), int(row["updated_at"]))


def put_gear(
    connection: sqlite3.Connection,
    strava_id: str,
    *,
    name: str | None,
    distance_m: float | None,
    is_retired: bool | None,
) -> None:
    """Store a pair of shoes or a bicycle; None keeps the stored value. The caller holds the transaction."""
    connection.execute(
        "INSERT INTO gear (strava_id, name, distance_m, is_retired, updated_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (strava_id) DO UPDATE SET name = coalesce(excluded.name, name),"
        " distance_m = coalesce(excluded.distance_m, distance_m),"
        " is_retired = coalesce(excluded.is_retired, is_retired), updated_at = excluded.updated_at",
        (strava_id, name, distance_m, is_retired, int(time.time())),
    )


def gear_name(connection: sqlite3.Connection, strava_id: str) -> str | None:
    """The name of a piece of gear; None while unknown."""
    name: str | None = select_value(connection, "name", "FROM gear WHERE strava_id = ?", (strava_id,))
    return name
