"""What a sync has to remember between runs: the budget as last seen, gear, and a few named facts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

_BUDGET = (
    *("seen_at", "quarter_limit", "quarter_used", "day_limit", "day_used"),
    *("read_quarter_limit", "read_quarter_used", "read_day_limit", "read_day_used"),
)


def get(connection: sqlite3.Connection, key: str) -> str | None:
    """A remembered fact; None where there is none."""
    row = connection.execute("SELECT value FROM sync_state WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def put(connection: sqlite3.Connection, key: str, value: str | None) -> None:
    """Remember a fact, or forget it (None); the caller holds the transaction."""
    if value is None:
        connection.execute("DELETE FROM sync_state WHERE key = ?", (key,))
        return
    connection.execute(
        "INSERT INTO sync_state (key, value, updated_at) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        (key, value, int(time.time())),
    )


def read_budget(connection: sqlite3.Connection) -> dict[str, float | None] | None:
    """The limits as last seen, by the names of the columns; None while nothing is known."""
    row = connection.execute(f"SELECT {', '.join(_BUDGET)} FROM rate_budget").fetchone()  # noqa: S608
    return None if row is None else dict(row)


def write_budget(connection: sqlite3.Connection, seen: Mapping[str, float | None]) -> None:
    """Keep the limits as just seen, so that the next process knows; the caller holds the transaction."""
    connection.execute(
        f"INSERT OR REPLACE INTO rate_budget (id, {', '.join(_BUDGET)})"  # noqa: S608
        f" VALUES (1, {', '.join('?' * len(_BUDGET))})",
        [seen[name] for name in _BUDGET],
    )


def keep_skew(connection: sqlite3.Connection, skew_s: float) -> None:
    """Keep how far Strava's clock is ahead of this machine's, in seconds; the caller holds the transaction."""
    put(connection, "clock", str(round(skew_s, 1)))


def last_skew(connection: sqlite3.Connection) -> tuple[float, int] | None:
    """``(seconds that Strava's clock was ahead, when that was seen)``; None while nobody has told us."""
    row = connection.execute("SELECT value, updated_at FROM sync_state WHERE key = 'clock'").fetchone()
    return None if row is None else (float(row["value"]), int(row["updated_at"]))


def put_gear(
    connection: sqlite3.Connection,
    strava_id: str,
    *,
    name: str | None,
    distance_m: float | None,
    is_retired: bool | None,
) -> None:
    """Keep a pair of shoes or a bicycle as Strava tells it now; the caller holds the transaction."""
    connection.execute(
        "INSERT INTO gear (strava_id, name, distance_m, is_retired, updated_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (strava_id) DO UPDATE SET name = coalesce(excluded.name, name),"
        " distance_m = coalesce(excluded.distance_m, distance_m),"
        " is_retired = coalesce(excluded.is_retired, is_retired), updated_at = excluded.updated_at",
        (strava_id, name, distance_m, is_retired, int(time.time())),
    )


def gear_name(connection: sqlite3.Connection, strava_id: str) -> str | None:
    """What the runner calls a pair of shoes; None where it is not known yet."""
    row = connection.execute("SELECT name FROM gear WHERE strava_id = ?", (strava_id,)).fetchone()
    return None if row is None else row["name"]
