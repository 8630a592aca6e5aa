"""Reads the fastest efforts that begin late in runs, and fresh ones."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from runcoach.domain.training.durability import AFTER_M, FRESH, LENGTHS_M
from runcoach.store.effort_queries import RUN_COUNTS, RUN_NOT_IGNORED
from runcoach.store.sqlite.statements import select

if TYPE_CHECKING:
    from runcoach.domain.filters import EffortFilter

_FASTEST = select(
    (
        *("d.after_m", "d.distance_m", "d.duration_exact_s", "d.start_s", "a.id AS activity_id", "a.strava_id"),
        *("a.name", "a.local_date"),
    ),
    "FROM durability_effort AS d CROSS JOIN activity AS a ON a.id = d.activity_id"
    f" WHERE d.distance_m = :distance_m AND d.after_m = :after_m AND {RUN_COUNTS} AND {RUN_NOT_IGNORED}"
    " ORDER BY d.duration_exact_s LIMIT 1",
)


def fastest(connection: sqlite3.Connection, runs: EffortFilter) -> list[sqlite3.Row]:
    """The fastest effort of each length that begins fresh and after each distance, where there is one.

    Columns: after_m, distance_m, duration_exact_s, start_s, activity_id, strava_id, name, local_date.
    """
    found = (
        connection.execute(_FASTEST, {**runs.parameters(), "distance_m": length_m, "after_m": after_m}).fetchone()
        for after_m in (FRESH, *AFTER_M)
        for length_m in LENGTHS_M
    )
    return [row for row in found if row is not None]
