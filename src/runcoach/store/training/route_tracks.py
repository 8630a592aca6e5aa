"""Tracks of runs and the route of each; the caller holds the transaction of every change.

Tracks come and go with the analytics of an activity. Rows of ``route_run`` follow the activities (:func:`align_runs`):
those of deleted activities, of other sports and with another start time are removed, and the runs on a route whose
oldest run is removed have no route until they are compared again.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runcoach.domain.sports import OUTDOOR_RUNNING
from runcoach.domain.training.route_track import RouteTrack
from runcoach.errors import StoreError

#: Row and column of an index cell.
Cell = tuple[int, int]

_STEPS_PER_DEGREE = 100_000.0

_OUTDOOR_SPORTS = f"({', '.join(repr(sport) for sport in sorted(OUTDOOR_RUNNING))})"

# Runs with a track that have a route; t is the track, a the activity.
_RUNS = f"""
route_track AS t JOIN activity AS a ON a.id = t.activity_id
AND a.deleted_at IS NULL AND a.trainer IS NOT 1 AND a.sport_type IN {_OUTDOOR_SPORTS}
"""

# The mean in motion without faults; NULL where there are none, 0 where nothing is left.
_HEART_RATE = """
CASE WHEN coalesce(x.heart_rate_faults, '[]') = '[]' THEN NULL
ELSE coalesce((SELECT CAST(round(sum(key * value) * 1.0 / sum(value)) AS INTEGER)
    FROM json_each(x.heart_rate_ms)), 0) END
"""

_STORED = """
SELECT r.activity_id, r.start_time, r.route_id, t.points
FROM route_run AS r JOIN route_track AS t ON t.activity_id = r.activity_id
"""


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """A run with its encoded track; ``route_id`` is None where it is to be compared."""

    activity_id: int
    start_time: int
    route_id: int | None
    points: bytes

    @property
    def age(self) -> tuple[int, bytes, int]:
        """Orders runs by start time, those that start at once by their tracks, and only copies by their ids."""
        return self.start_time, self.points, self.activity_id


def put(connection: sqlite3.Connection, activity_id: int, track: RouteTrack, cell: Cell) -> None:
    """Store the track of a run and the index cell of its middle."""
    remove(connection, activity_id)
    connection.execute(
        "INSERT INTO route_track (activity_id, length_m, cell_row, cell_column, points) VALUES (?, ?, ?, ?, ?)",
        (activity_id, track.length_m, *cell, encode(track)),
    )


def remove(connection: sqlite3.Connection, activity_id: int) -> None:
    """Remove the track of an activity; runs on a route that is named after it are to be compared again."""
    connection.execute("DELETE FROM route_track WHERE activity_id = ?", (activity_id,))


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether every outdoor run with a track has a route, and no other activity has one."""
    row = connection.execute(
        f"""
        SELECT (SELECT count(*) FROM route_run), count(*), count(r.route_id)
        FROM {_RUNS} LEFT JOIN route_run AS r ON r.activity_id = t.activity_id AND r.start_time = a.start_time
        """  # noqa: S608
    ).fetchone()
    return len(set(row)) == 1


def is_map_current(connection: sqlite3.Connection) -> bool:
    """Whether the map of all runs is stored, or there is no run."""
    row = connection.execute("SELECT EXISTS (SELECT 1 FROM route_heat) = EXISTS (SELECT 1 FROM route_run)").fetchone()
    return bool(row[0])


def align_runs(connection: sqlite3.Connection) -> None:
    """Give every outdoor run with a track a row, and one whose start time has changed a new one, without a route."""
    connection.execute(
        f"DELETE FROM route_run WHERE NOT EXISTS (SELECT 1 FROM {_RUNS}"  # noqa: S608
        " WHERE t.activity_id = route_run.activity_id AND a.start_time = route_run.start_time)"
    )
    connection.execute(
        f"""
        INSERT INTO route_run (activity_id, start_time, heart_rate_bpm)
        SELECT t.activity_id, a.start_time, {_HEART_RATE}
        FROM {_RUNS} LEFT JOIN activity_analytics AS x ON x.activity_id = t.activity_id
        WHERE NOT EXISTS (SELECT 1 FROM route_run AS r WHERE r.activity_id = t.activity_id)
        """  # noqa: S608
    )


def without_route(connection: sqlite3.Connection) -> list[StoredTrack]:
    """The runs that are to be compared."""
    return _stored(connection.execute(f"{_STORED} WHERE r.route_id IS NULL"))


def start_of(connection: sqlite3.Connection, route_id: int) -> StoredTrack:
    """The oldest run on a route."""
    return _stored(connection.execute(f"{_STORED} WHERE r.activity_id = ?", (route_id,)))[0]


def on_route(connection: sqlite3.Connection, route_id: int) -> list[StoredTrack]:
    """The runs on a route."""
    return _stored(connection.execute(f"{_STORED} WHERE r.route_id = ?", (route_id,)))


def oldest_in_cells(
    connection: sqlite3.Connection, cells: Sequence[Cell], min_m: float, max_m: float, run: StoredTrack
) -> list[StoredTrack]:
    """The runs older than ``run`` that a route is named after, oldest first.

    Only those whose middle is in one of the cells and whose length is in the range.
    """
    which = "r.route_id = r.activity_id AND r.start_time <= ?"
    found = _in_cells(connection, which, cells, min_m, max_m, run.start_time)
    return sorted((one for one in found if one.age < run.age), key=lambda one: one.age)


def later_in_cells(
    connection: sqlite3.Connection, cells: Sequence[Cell], min_m: float, max_m: float, run: StoredTrack
) -> list[StoredTrack]:
    """The runs later than ``run`` that have a route, as in :func:`oldest_in_cells`."""
    which = "r.route_id IS NOT NULL AND r.start_time >= ?"
    found = _in_cells(connection, which, cells, min_m, max_m, run.start_time)
    return [one for one in found if one.age > run.age]


def _in_cells(
    connection: sqlite3.Connection, which: str, cells: Sequence[Cell], min_m: float, max_m: float, start_time: int
) -> list[StoredTrack]:
    sql = f"{_STORED} WHERE t.cell_row = ? AND t.cell_column = ? AND t.length_m BETWEEN ? AND ? AND {which}"
    return [one for cell in cells for one in _stored(connection.execute(sql, (*cell, min_m, max_m, start_time)))]


def set_route(connection: sqlite3.Connection, activity_id: int, route_id: int | None) -> None:
    """Set the route of a run; None: it is to be compared again."""
    connection.execute("UPDATE route_run SET route_id = ? WHERE activity_id = ?", (route_id, activity_id))


def tracks(connection: sqlite3.Connection) -> Iterator[RouteTrack]:
    """The tracks of all outdoor runs."""
    rows = connection.execute("SELECT points FROM route_run JOIN route_track USING (activity_id)")
    return (decode(points) for (points,) in rows)


def put_heat(connection: sqlite3.Connection, areas: str, data: str) -> None:
    """Store the map of all runs: the JSON of its areas, and of the whole."""
    packed = zlib.compress(data.encode(), 6)
    connection.execute("INSERT OR REPLACE INTO route_heat (id, areas, data) VALUES (1, ?, ?)", (areas, packed))


def encode(track: RouteTrack) -> bytes:
    """A track as bytes: differences of whole hundred-thousandths of a degree, deflated."""
    import numpy as np

    steps = np.rint(np.vstack([track.lat_deg, track.lng_deg]) * _STEPS_PER_DEGREE).astype("<i4")
    return zlib.compress(np.diff(steps, axis=1, prepend=np.zeros((2, 1), "<i4")).tobytes(), 6)


def decode(points: bytes) -> RouteTrack:
    """The track that :func:`encode` encoded; StoreError for other bytes."""
    import numpy as np

    try:
        steps = np.frombuffer(zlib.decompress(points), dtype="<i4").reshape(2, -1).cumsum(axis=1)
    except (zlib.error, ValueError) as error:
        raise StoreError(f"a stored track is damaged ({error})", hint="restore a backup") from error
    lat_deg, lng_deg = steps / _STEPS_PER_DEGREE
    return RouteTrack(lat_deg, lng_deg)


def _stored(rows: sqlite3.Cursor) -> list[StoredTrack]:
    return [StoredTrack(*row) for row in rows]
