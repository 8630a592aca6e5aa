"""Routes: the runs over the same route, found after the analytics of single runs.

A run is on the route of the oldest run that it matches, where that run itself matches no older one: the result depends
on the runs and their start times, not on the order in which they were imported.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.training import route_tracks

if TYPE_CHECKING:
    from runcoach.analysis.run_map import RunArea

#: Runs that are compared in one transaction; a process may be killed between two of them.
_IN_ONE_TRANSACTION = 200


def update_routes(
    connection: sqlite3.Connection, *, with_map: bool = False, stop: Callable[[], bool] = lambda: False
) -> None:
    """Find the route of every run that has none, until ``stop`` returns True.

    Does nothing where all is current. ``with_map`` also stores the map of all runs, which is computed from all tracks
    again when a run comes or goes. The caller holds no transaction; a process may be killed at any point.
    """
    is_complete = route_tracks.is_current(connection)
    while not is_complete:
        if stop():
            return
        with write_transaction(connection):
            route_tracks.align_runs(connection)
            is_complete = not _place_oldest(connection, _IN_ONE_TRANSACTION)
    if with_map and not stop() and not route_tracks.is_map_current(connection):
        with write_transaction(connection):
            route_tracks.put_heat(connection, *_map_of(connection))


def update_some_routes(connection: sqlite3.Connection) -> None:
    """Find the route of every run that has none after a change of few; the caller holds the transaction.

    The map of all runs is left to :func:`update_routes`.
    """
    route_tracks.align_runs(connection)
    while _place_oldest(connection, _IN_ONE_TRANSACTION):
        pass


def run_map(connection: sqlite3.Connection) -> str:
    """The JSON of the map of all runs, computed from the stored tracks."""
    return _map_of(connection)[1]


def _place_oldest(connection: sqlite3.Connection, limit: int) -> bool:
    """Find the routes of the ``limit`` oldest runs without one; whether others are left."""
    pending = [(run.age, run) for run in route_tracks.without_route(connection)]
    heapq.heapify(pending)
    for _ in range(limit):
        if not pending:
            break
        for run in _place(connection, heapq.heappop(pending)[1]):
            heapq.heappush(pending, (run.age, run))
    return bool(pending)


def _place(connection: sqlite3.Connection, run: route_tracks.StoredTrack) -> list[route_tracks.StoredTrack]:
    """Set the route of one run; returns the later runs that are to be compared again because of it."""
    from runcoach.analysis.route_matching import is_same_route, length_range, middle_cells

    track = route_tracks.decode(run.points)
    where = middle_cells(track), *length_range(track.length_m)

    def matches(other: route_tracks.StoredTrack) -> bool:
        return is_same_route(track, route_tracks.decode(other.points))

    oldest = next(filter(matches, route_tracks.oldest_in_cells(connection, *where, run)), None)
    if oldest is not None:
        route_tracks.set_route(connection, run.activity_id, oldest.activity_id)
        return []
    # A new route: later runs that match belong here, unless they are on the route of a run that is older still.
    later = list(filter(matches, route_tracks.later_in_cells(connection, *where, run)))
    starts = {each: route_tracks.start_of(connection, each).age for one in later if (each := one.route_id) is not None}
    moved = {one.activity_id: one for one in later if one.route_id in starts and starts[one.route_id] > run.age}
    for one in list(moved.values()):
        if one.route_id == one.activity_id:  # no longer the oldest of its route: all on it are compared again
            moved |= {other.activity_id: other for other in route_tracks.on_route(connection, one.activity_id)}
    for activity_id in moved:
        route_tracks.set_route(connection, activity_id, None)
    route_tracks.set_route(connection, run.activity_id, run.activity_id)
    return list(moved.values())


def _map_of(connection: sqlite3.Connection) -> tuple[str, str]:
    """The JSON of the areas of the map, and of the whole map."""
    from runcoach.analysis.run_map import WORLD_BITS, run_areas

    areas = run_areas(route_tracks.tracks(connection))
    summaries = [_summary(area) for area in areas]
    cells = [
        {**_summary(area), **{name: getattr(area, name).tolist() for name in ("x", "y", "count")}} for area in areas
    ]
    whole = {"worldCells": 1 << WORLD_BITS, "areas": cells}
    return json.dumps(summaries), json.dumps(whole, separators=(",", ":"))


def _summary(area: RunArea) -> dict[str, Any]:
    return {
        "runs": area.runs,
        "latDeg": round(area.lat_deg, 4),
        "lngDeg": round(area.lng_deg, 4),
        "west": area.west,
        "north": area.north,
        "width": int(area.x.max()) + 1,
        "height": int(area.y.max()) + 1,
        "mostOften": int(area.count.max()),
    }
