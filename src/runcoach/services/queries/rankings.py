"""Reads best efforts for the dashboard: every window side by side, the fastest of each month, suspect efforts."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from runcoach.domain.distances import STANDARD
from runcoach.domain.windows import ALL_TIME, STORED, parse_window
from runcoach.services.queries.activity_context import COUNTED
from runcoach.services.queries.best_efforts import BestRow, best_row
from runcoach.store import effort_queries

if TYPE_CHECKING:
    from runcoach.domain.filters import EffortFilter

#: How many suspect efforts are listed.
MAX_SUSPECT = 200


@dataclass(frozen=True, slots=True)
class RankingRow:
    """One distance: the fastest effort of each window of the table with its rank of all time; None without one."""

    distance_m: int
    cells: tuple[BestRow | None, ...]


@dataclass(frozen=True, slots=True)
class RankingTable:
    """``rows`` holds the distances that have efforts, shortest first; ``runs`` counts all runs of the file."""

    windows: tuple[str, ...]
    as_of: date
    runs: int
    rows: tuple[RankingRow, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """The fastest effort of one month and its date."""

    local_date: str
    duration_s: int


@dataclass(frozen=True, slots=True)
class SuspectEfforts:
    """Ignored and suspect efforts and those to be checked, newest first; ``total`` counts them all."""

    rows: tuple[dict[str, object], ...]
    total: int


def ranking_table(connection: sqlite3.Connection, where: EffortFilter) -> RankingTable:
    """The fastest effort of every distance in each stored window; the window of ``where`` does not matter."""
    rows = (_row(connection, label, where) for label in STANDARD)
    run = tuple(row for row in rows if any(row.cells))
    return RankingTable(STORED, where.as_of, effort_queries.count_runs(connection), run)


def months(connection: sqlite3.Connection, distance_m: int, where: EffortFilter) -> tuple[Month, ...]:
    """The fastest effort over a standard distance of each month that has one, earliest first."""
    rows = effort_queries.monthly(connection, distance_m, where)
    return tuple(Month(row["local_date"], row["duration_s"]) for row in rows)


def suspect_efforts(connection: sqlite3.Connection) -> SuspectEfforts:
    """The efforts that are suspect, to be checked, or ignored."""
    rows = effort_queries.suspect_efforts(connection, MAX_SUSPECT)
    return SuspectEfforts(tuple(dict(row) for row in rows), rows[0]["total"] if rows else 0)


def _row(connection: sqlite3.Connection, label: int, where: EffortFilter) -> RankingRow:
    best = next(iter(effort_queries.fastest(connection, label, where, 1)), None)
    if best is None:
        return RankingRow(label, (None,) * len(STORED))
    ranks: dict[int, int] = {best["activity_id"]: 1}
    cells: list[BestRow | None] = []
    for window in map(parse_window, STORED):
        after = window.after(where.as_of)
        row: sqlite3.Row | None = best
        if after is not None and best["local_date"] <= after.isoformat():  # the best of all time is not inside
            row = next(iter(effort_queries.fastest(connection, label, replace(where, window=window), 1)), None)
        if row is None:
            cells.append(None)
            continue
        activity_id = row["activity_id"]
        if activity_id not in ranks:
            of_run = effort_queries.effort_ranks(connection, activity_id, where, limit=COUNTED, distance_m=label)
            ranks[activity_id] = of_run[label]
        cells.append(best_row(dict(row), replace(where, window=ALL_TIME), ranks[activity_id]))
    return RankingRow(label, tuple(cells))
