"""Reads sums by period, and how many activities each sport has."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Literal

from runcoach.store import totals as stored_totals

if TYPE_CHECKING:
    from runcoach.domain.filters import ActivityFilter


def totals(
    connection: sqlite3.Connection,
    period: Literal["week", "month", "year"],
    where: ActivityFilter,
    limit: int | None,
) -> list[dict[str, Any]]:
    """Sums by week, month or year, newest first; ``limit`` None for all."""
    return [dict(row) for row in stored_totals.by_period(connection, period, where)[:limit]]


def sums(connection: sqlite3.Connection, where: ActivityFilter) -> dict[str, object]:
    """``activities``, ``distance_m``, ``moving_time_sec`` and ``elevation_gain_m`` of all that pass a filter."""
    return dict(stored_totals.sums(connection, where))


def gear_names(connection: sqlite3.Connection) -> tuple[tuple[str, int], ...]:
    """Each name of gear with its number of activities, the one used last first."""
    return tuple((row["gear_name"], row["activities"]) for row in stored_totals.gear_names(connection))


def sports(connection: sqlite3.Connection) -> tuple[tuple[str, int], ...]:
    """Each sport type with its number of activities, the most frequent first."""
    return tuple((row["sport_type"], row["activities"]) for row in stored_totals.sports(connection))
