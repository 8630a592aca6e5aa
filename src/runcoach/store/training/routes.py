"""Reads the runs on routes."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from runcoach.store.sqlite.statements import select

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = (
    "r.route_id",
    "a.id AS activity_id",
    "a.name",
    "a.start_time [timestamp]",
    "a.local_date",
    "a.distance_m",
    "a.moving_time_sec",
    "a.avg_pace_sec_per_km AS pace_sec_per_km",
    "a.avg_hr AS avg_hr_bpm",
)

_LISTED = """
FROM route_run AS r JOIN activity AS a ON a.id = r.activity_id
WHERE r.route_id IS NOT NULL AND a.deleted_at IS NULL AND a.is_undated = 0
"""


def runs_on_shared_routes(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """The runs on all routes with two runs or more, oldest first."""
    shared = "(SELECT route_id FROM route_run GROUP BY route_id HAVING count(*) > 1)"
    sql = select(_COLUMNS, f"{_LISTED} AND r.route_id IN {shared} ORDER BY a.start_time, a.id")
    return connection.execute(sql).fetchall()


def runs_on_route(connection: sqlite3.Connection, route_id: int) -> list[sqlite3.Row]:
    """The runs on one route, oldest first."""
    sql = select(_COLUMNS, f"{_LISTED} AND r.route_id = ? ORDER BY a.start_time, a.id")
    return connection.execute(sql, (route_id,)).fetchall()


def route_of(connection: sqlite3.Connection, activity_id: int) -> int | None:
    """The route of an activity; None where it has none or is to be compared yet."""
    row = connection.execute("SELECT route_id FROM route_run WHERE activity_id = ?", (activity_id,)).fetchone()
    return None if row is None else row["route_id"]


def count_runs(connection: sqlite3.Connection) -> int:
    """The number of outdoor runs with a track."""
    row = connection.execute(
        "SELECT count(*) AS n FROM route_run AS r JOIN activity AS a ON a.id = r.activity_id WHERE a.deleted_at IS NULL"
    ).fetchone()
    return int(row["n"])


def count_without_route(connection: sqlite3.Connection) -> int:
    """The number of runs that are not compared yet."""
    row = connection.execute("SELECT count(*) AS n FROM route_run WHERE route_id IS NULL").fetchone()
    return int(row["n"])


def heat_areas(connection: sqlite3.Connection) -> str | None:
    """The JSON of the areas of the map of all runs; None where it is not stored."""
    row = connection.execute("SELECT areas FROM route_heat").fetchone()
    return None if row is None else str(row["areas"])


def heat(connection: sqlite3.Connection) -> str | None:
    """The JSON of the map of all runs; None where it is not stored."""
    row = connection.execute("SELECT data FROM route_heat").fetchone()
    return None if row is None else zlib.decompress(row["data"]).decode()
