"""Reads the runs on routes."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from runcoach.store.sqlite.statements import count_rows, select_all, select_value

# The mean of the source, or that of the samples where some are not to be believed.
_HEART_RATE = "nullif(coalesce(r.heart_rate_bpm, a.avg_hr), 0)"

_COLUMNS = (
    *("r.route_id", "a.id AS activity_id", "a.name", "a.start_time [timestamp]", "a.local_date", "a.distance_m"),
    *("a.moving_time_sec", "a.avg_pace_sec_per_km AS pace_sec_per_km", f"{_HEART_RATE} AS avg_hr_bpm"),
    "a.updated_at [timestamp]",
)

_LISTED = """
FROM route_run AS r JOIN activity AS a ON a.id = r.activity_id
WHERE r.route_id IS NOT NULL AND a.deleted_at IS NULL AND a.is_undated = 0
"""


# Days since some day in 2020: small numbers keep sums of squares exact enough.
_DAY = "((a.start_time - 1600000000) / 86400.0)"


# More than any id: the newest and the fastest run are found in the same pass as the sums, as time or pace with the id.
_IDS = 1_000_000_000


def _sums(value: str, name: str) -> tuple[str, ...]:
    """What a line through the values of a column over time needs, of the rows that have a value."""
    known = f"FILTER (WHERE {value} > 0)"
    terms = {
        "count": "count(*)",
        "first": f"min({_DAY})",
        "last": f"max({_DAY})",
        "day": f"sum({_DAY})",
        "day_day": f"sum({_DAY} * {_DAY})",
        "value": f"sum({value})",
        "value_value": f"sum({value} * {value})",
        "day_value": f"sum({_DAY} * {value})",
    }
    return tuple(f"{term} {known} AS {name}_{ending}" for ending, term in terms.items())


_FIGURES = (
    "r.route_id",
    "count(*) AS runs",
    "avg(a.distance_m) AS distance_m",
    "min(a.local_date) AS first_date",
    f"max(a.start_time * {_IDS} + a.id) AS last",
    f"min(a.avg_pace_sec_per_km * {_IDS} + a.id) FILTER (WHERE a.avg_pace_sec_per_km > 0) AS best",
    *_sums("a.avg_pace_sec_per_km", "pace"),
    *_sums(_HEART_RATE, "heart_rate"),
)


def route_figures(connection: sqlite3.Connection, route_id: int | None = None) -> list[dict[str, Any]]:
    """Runs, mean distance and sums for trends of each route with two runs or more, or of one route.

    ``last`` and ``best`` are the ids of its newest run and of the one with the fastest pace, None without paces.
    """
    grouped = f"{_LISTED} AND (?1 IS NULL OR r.route_id = ?1) GROUP BY r.route_id HAVING ?1 OR count(*) > 1"
    rows = [dict(row) for row in select_all(connection, _FIGURES, grouped, (route_id,))]
    for row in rows:
        row |= {name: None if row[name] is None else row[name] % _IDS for name in ("last", "best")}
    return rows


def runs(connection: sqlite3.Connection, activity_ids: Iterable[int]) -> list[sqlite3.Row]:
    """The runs with these ids, in any order."""
    among = "a.id IN (SELECT value FROM json_each(?))"
    return select_all(connection, _COLUMNS, f"{_LISTED} AND {among}", (json.dumps(list(activity_ids)),))


def runs_on_route(connection: sqlite3.Connection, route_id: int) -> list[sqlite3.Row]:
    """The runs on one route, oldest first."""
    return select_all(connection, _COLUMNS, f"{_LISTED} AND r.route_id = ? ORDER BY a.start_time, a.id", (route_id,))


def favourite_routes(connection: sqlite3.Connection, since: date, until: date, least: int) -> list[sqlite3.Row]:
    """The routes with at least ``least`` runs between two days, the most frequent first.

    Columns: runs, and of the latest of them activity_id, distance_m, updated_at.
    """
    # The other columns of a group with one max() are those of its row.
    return select_all(
        connection,
        ("count(*) AS runs", "max(a.start_time)", "a.id AS activity_id", "a.distance_m", "a.updated_at"),
        "FROM route_run AS r JOIN activity AS a ON a.id = r.activity_id"
        " WHERE a.local_date BETWEEN ? AND ? AND a.deleted_at IS NULL AND r.route_id IS NOT NULL"
        " GROUP BY r.route_id HAVING count(*) >= ? ORDER BY runs DESC, r.route_id LIMIT 3",
        (since.isoformat(), until.isoformat(), least),
    )


def route_of(connection: sqlite3.Connection, activity_id: int) -> int | None:
    """The route of an activity; None where it has none or is to be compared yet."""
    route_id: int | None = select_value(connection, "route_id", "FROM route_run WHERE activity_id = ?", (activity_id,))
    return route_id


def count_runs(connection: sqlite3.Connection) -> int:
    """The number of outdoor runs with a track."""
    return count_rows(connection, "FROM route_run")


def count_without_route(connection: sqlite3.Connection) -> int:
    """The number of runs that are not compared yet."""
    return count_rows(connection, "FROM route_run WHERE route_id IS NULL")


def heat_areas(connection: sqlite3.Connection) -> str | None:
    """The JSON of the areas of the map of all runs; None where it is not stored."""
    areas: str | None = select_value(connection, "areas", "FROM route_heat")
    return areas


def heat(connection: sqlite3.Connection) -> str | None:
    """The JSON of the map of all runs; None where it is not stored."""
    data = select_value(connection, "data", "FROM route_heat")
    return None if data is None else zlib.decompress(data).decode()
