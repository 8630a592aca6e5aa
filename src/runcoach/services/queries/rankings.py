"""Best efforts as a page lays them out: every window side by side, one distance through the years, efforts in doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from runcoach.domain.distances import STANDARD
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import STORED, parse_window
from runcoach.store import effort_queries, places
from runcoach.store.sqlite.database import open_reader

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config

#: Places of all time are counted no further than this.
COUNTED = 100

#: So many efforts in doubt are listed.
MOST_IN_DOUBT = 200


@dataclass(frozen=True, slots=True)
class RankingCell:
    """The fastest effort of one distance and window; ``place`` is the one it holds of all time."""

    activity_id: int
    name: str
    local_date: str
    length_m: float
    duration_s: int
    duration_exact_s: float
    is_race: bool
    quality: str
    reason: str | None
    place: int

    @property
    def pace_sec_per_km(self) -> float:
        """Exact pace over the length measured."""
        return self.duration_exact_s / (self.length_m / 1000.0)


@dataclass(frozen=True, slots=True)
class RankingRow:
    """One distance: a cell for each of the board's windows, None where nothing was run."""

    distance_m: int
    cells: tuple[RankingCell | None, ...]


@dataclass(frozen=True, slots=True)
class RankingTable:
    """``rows`` holds the distances that were ever run, shortest first; ``runs`` counts all runs of the file."""

    windows: tuple[str, ...]
    as_of: date
    runs: int
    rows: tuple[RankingRow, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """The fastest effort of one month, on the day it was run."""

    local_date: str
    duration_s: int


@dataclass(frozen=True, slots=True)
class SuspectEfforts:
    """Efforts that are ignored, suspect or to be checked, newest first; ``total`` may be more than ``rows``."""

    rows: tuple[dict[str, Any], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms efforts take part; ``as_of`` None is today."""

    as_of: date | None = None
    include_suspect: bool = False
    indoor: bool = False
    races: bool = False

    def scope(self) -> EffortFilter:
        """All time, up to the day."""
        day = self.as_of or date.today()  # noqa: DTZ011  (the person's own day)
        return EffortFilter(day, include_suspect=self.include_suspect, indoor=self.indoor, races=self.races)


def ranking_table(config: Config, terms: Terms) -> RankingTable:
    """The fastest effort of every distance in each stored window."""
    scope = terms.scope()
    with open_reader(config) as connection:
        rows = (_row(connection, label, scope) for label in STANDARD)
        run = tuple(row for row in rows if any(row.cells))
        return RankingTable(STORED, scope.as_of, effort_queries.count_runs(connection), run)


def months(config: Config, distance_m: int, terms: Terms) -> tuple[Month, ...]:
    """The fastest effort over a ranked distance of each month that has one, earliest first."""
    with open_reader(config) as connection:
        rows = places.monthly(connection, distance_m, terms.scope())
        return tuple(Month(row["local_date"], row["duration_s"]) for row in rows)


def suspect_efforts(config: Config) -> SuspectEfforts:
    """The efforts that someone should look at, or has decided about."""
    with open_reader(config) as connection:
        rows = places.suspect_efforts(connection, MOST_IN_DOUBT)
        return SuspectEfforts(tuple(dict(row) for row in rows), rows[0]["total"] if rows else 0)


def _row(connection: sqlite3.Connection, label: int, scope: EffortFilter) -> RankingRow:
    fastest = effort_queries.fastest(connection, label, scope, 1)
    if not fastest:
        return RankingRow(label, (None,) * len(STORED))
    found = [(window, _fastest_in(connection, label, scope, window, fastest[0])) for window in STORED]
    known: dict[int, int] = {fastest[0]["activity_id"]: 1}
    for _, row in found:
        if row is not None and row["activity_id"] not in known:
            place = places.effort_ranks(connection, row["activity_id"], scope, COUNTED, label)
            known[row["activity_id"]] = place[label]
    return RankingRow(label, tuple(None if row is None else _cell(row, known[row["activity_id"]]) for _, row in found))


def _fastest_in(
    connection: sqlite3.Connection, label: int, scope: EffortFilter, window: str, best: sqlite3.Row
) -> sqlite3.Row | None:
    """The fastest of a window; where the best of all time lies inside, it is the one."""
    after = parse_window(window).after(scope.as_of)
    if after is None or best["local_date"] > after.isoformat():
        return best
    return next(iter(effort_queries.fastest(connection, label, replace(scope, window=parse_window(window)), 1)), None)


def _cell(row: sqlite3.Row, place: int) -> RankingCell:
    same = ("activity_id", "name", "local_date", "length_m", "duration_s", "duration_exact_s", "quality", "reason")
    return RankingCell(**{name: row[name] for name in same}, is_race=row["workout_type"] == 1, place=place)
