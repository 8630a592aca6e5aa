"""Reads durability: the fastest 1, 3 and 5 km that begin late in runs, compared with fresh ones."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.domain.activity import round_up_s
from runcoach.domain.training.durability import FRESH
from runcoach.store.training import durability as stored

if TYPE_CHECKING:
    from runcoach.domain.filters import EffortFilter


@dataclass(frozen=True, slots=True)
class DurabilityRow:
    """The fastest ``distance_m`` that begin at or after ``after_m`` of a run; ``after_m`` 0: in its first 10 km.

    ``slower`` is by which share it is slower than the fastest fresh one; None for that itself, and without one.
    """

    after_m: int
    distance_m: int
    duration_s: int
    duration_exact_s: float
    start_s: float
    slower: float | None
    activity_id: int
    strava_id: int | None
    name: str
    local_date: str


def durability(connection: sqlite3.Connection, runs: EffortFilter) -> tuple[DurabilityRow, ...]:
    """The fastest efforts of a window, fresh ones first, then by the distance after which they begin."""
    rows = stored.fastest(connection, runs)
    fresh = {row["distance_m"]: row["duration_exact_s"] for row in rows if row["after_m"] == FRESH}
    found = []
    for row in rows:
        exact_s, fresh_s = row["duration_exact_s"], fresh.get(row["distance_m"])
        slower = None if row["after_m"] == FRESH or fresh_s is None else round(exact_s / fresh_s - 1.0, 4)
        found.append(DurabilityRow(**dict(row), duration_s=round_up_s(exact_s), slower=slower))
    return tuple(found)
