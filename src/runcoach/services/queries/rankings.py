"""Reads best efforts for the dashboard: every window side by side, the fastest of each month, suspect efforts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcoach.domain.distances import STANDARD
from runcoach.domain.windows import STORED, parse_window
from runcoach.store import effort_queries

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

    from runcoach.domain.filters import EffortFilter

#: Ranks are counted up to this.
COUNTED = 100

#: How many suspect efforts are listed.
MAX_SUSPECT = 200


@dataclass(frozen=True, slots=True)
class RankingCell:
    """The fastest effort of one distance and window; ``place`` is its rank of all time."""

    activity_id: int
    name: str
    local_date: str
    length_m: float
    duration_s: int
    duration_exact_s: float
    is_race: bool
    is_official: bool
    quality: str
    reason: str | None
    place: int

    @property
    def pace_sec_per_km(self) -> float:
        """Exact pace over the measured length."""
        return self.duration_exact_s / (self.length_m / 1000.0)


@dataclass(frozen=True, slots=True)
class RankingRow:
    """One distance: a cell for each window of the table, None where it has no effort."""

    distance_m: int
    cells: tuple[RankingCell | None, ...]


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
    fastest = effort_queries.fastest(connection, label, where, 1)
    if not fastest:
        return RankingRow(label, (None,) * len(STORED))
    found = [(window, _fastest_in(connection, label, where, window, fastest[0])) for window in STORED]
    places_by_activity: dict[int, int] = {fastest[0]["activity_id"]: 1}
    for _, row in found:
        if row is not None and row["activity_id"] not in places_by_activity:
            ranks = effort_queries.effort_ranks(connection, row["activity_id"], where, limit=COUNTED, distance_m=label)
            places_by_activity[row["activity_id"]] = ranks[label]
    return RankingRow(
        label, tuple(None if row is None else _cell(row, places_by_activity[row["activity_id"]]) for _, row in found)
    )


def _fastest_in(
    connection: sqlite3.Connection, label: int, where: EffortFilter, window: str, best: sqlite3.Row
) -> sqlite3.Row | None:
    """The fastest of a window: the best of all time where its date is inside."""
    after = parse_window(window).after(where.as_of)
    if after is None or best["local_date"] > after.isoformat():
        return best
    return next(iter(effort_queries.fastest(connection, label, replace(where, window=parse_window(window)), 1)), None)


def _cell(row: sqlite3.Row, place: int) -> RankingCell:
    same = ("activity_id", "name", "local_date", "length_m", "duration_s", "duration_exact_s", "quality", "reason")
    return RankingCell(
        **{name: row[name] for name in same},
        is_race=row["workout_type"] == 1,
        is_official=bool(row["is_official"]),
        place=place,
    )
