"""Reads routes: the runs over the same way, how pace and heart rate changed there, and one run beside earlier ones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from runcoach.analysis.training.linear_trend import TrendSums, linear_trend
from runcoach.domain.json_format import EpochSeconds
from runcoach.errors import NotFoundError
from runcoach.store import activity_queries
from runcoach.store.training import routes as stored

if TYPE_CHECKING:
    from runcoach.domain.training.trend import Trend

#: A run is compared with so many runs before it.
COMPARED = 5


@dataclass(frozen=True, slots=True)
class RouteRun:
    """One run on a route; pace and heart rate are means in motion, None where unknown.

    Stretches of a heart rate that are not to be believed are left out.
    """

    activity_id: int
    name: str
    start_time: EpochSeconds
    local_date: str
    distance_m: float | None
    moving_time_sec: int | None
    pace_sec_per_km: float | None
    avg_hr_bpm: int | None
    updated_at: EpochSeconds


_RUN_COLUMNS = tuple(part.name for part in fields(RouteRun))


@dataclass(frozen=True, slots=True)
class Route:
    """Runs over the same way in the same direction.

    ``id`` is that of the oldest run. ``name`` is the title of the last, ``distance_m`` the mean. ``best`` is the
    run with the fastest pace. ``pace_trend`` is in seconds per kilometre, ``heart_rate_trend`` in beats per minute.
    """

    id: int
    name: str
    runs: int
    distance_m: float | None
    first_date: str
    last: RouteRun
    best: RouteRun | None
    pace_trend: Trend
    heart_rate_trend: Trend


@dataclass(frozen=True, slots=True)
class RouteDetail:
    """A route and its runs, newest first."""

    route: Route
    runs: tuple[RouteRun, ...]


@dataclass(frozen=True, slots=True)
class RouteComparison:
    """One run beside up to :data:`COMPARED` runs on the same route before it, newest first.

    ``own`` are the figures of the run, ``number`` counts the runs on the route up to it, ``pace_rank`` is its rank by
    pace among all ``runs`` on it.
    Differences are this run's mean minus the mean of those before; None where one of them is unknown.
    """

    route_id: int
    runs: int
    number: int
    pace_rank: int | None
    own: RouteRun
    before: tuple[RouteRun, ...]
    pace_sec_per_km: float | None
    avg_hr_bpm: float | None
    pace_difference_sec_per_km: float | None
    heart_rate_difference_bpm: float | None


@dataclass(frozen=True, slots=True)
class MapArea:
    """A part of the world with runs, as in :class:`runcoach.analysis.run_map.RunArea`."""

    runs: int
    lat_deg: float
    lng_deg: float
    most_often: int


def routes(connection: sqlite3.Connection) -> tuple[Route, ...]:
    """The routes with two runs or more, the one with the most runs first."""
    return tuple(sorted(_routes(connection, None), key=lambda route: (-route.runs, -route.last.start_time)))


def route(connection: sqlite3.Connection, activity_ref: str) -> RouteDetail:
    """The route with this id, or that of any run on it; NotFoundError for an activity without a route."""
    activity_id = activity_queries.resolve(connection, activity_ref)
    route_id, runs = _runs_with(connection, activity_id)
    if route_id is None or not runs:
        problem = f"activity {activity_id} has no route: it is no outdoor run with positions, or not compared yet"
        raise NotFoundError(problem, hint="`runcoach routes` lists routes")
    (found,) = _routes(connection, route_id)
    return RouteDetail(found, tuple(reversed(runs)))


def compare_with_last(connection: sqlite3.Connection, activity_id: int) -> RouteComparison | None:
    """A run beside the last runs before it on the same route; None where there are none."""
    route_id, runs = _runs_with(connection, activity_id)
    at = next((at for at, run in enumerate(runs) if run.activity_id == activity_id), 0)
    if not at or route_id is None:
        return None
    before = runs[max(0, at - COMPARED) : at]
    pace, heart_rate = (_mean([getattr(run, name) for run in before]) for name in ("pace_sec_per_km", "avg_hr_bpm"))
    own = runs[at]
    paces = [run.pace_sec_per_km for run in runs if run.pace_sec_per_km]
    return RouteComparison(
        route_id=route_id,
        runs=len(runs),
        number=at + 1,
        pace_rank=1 + sum(one < own.pace_sec_per_km for one in paces) if own.pace_sec_per_km else None,
        own=own,
        before=tuple(reversed(before)),
        pace_sec_per_km=pace,
        avg_hr_bpm=heart_rate,
        pace_difference_sec_per_km=_difference(own.pace_sec_per_km, pace),
        heart_rate_difference_bpm=_difference(own.avg_hr_bpm, heart_rate),
    )


def runs_on_map(connection: sqlite3.Connection) -> int:
    """The number of outdoor runs with a track."""
    return stored.count_runs(connection)


def map_areas(connection: sqlite3.Connection) -> tuple[MapArea, ...] | None:
    """The areas of the map of all runs, the one with the most runs first; None where it is not stored yet."""
    text = stored.heat_areas(connection)
    if text is None:
        return None
    return tuple(MapArea(one["runs"], one["latDeg"], one["lngDeg"], one["mostOften"]) for one in json.loads(text))


def run_map(connection: sqlite3.Connection) -> str:
    """The JSON of the map of all runs: computed now where it is not stored yet."""
    from runcoach.services.analytics import routes as analytics

    return stored.heat(connection) or analytics.run_map(connection)


def _runs_with(connection: sqlite3.Connection, activity_id: int) -> tuple[int | None, list[RouteRun]]:
    """The route of an activity and the runs on it, oldest first."""
    route_id = stored.route_of(connection, activity_id)
    return route_id, [] if route_id is None else [_run(row) for row in stored.runs_on_route(connection, route_id)]


def _run(row: sqlite3.Row) -> RouteRun:
    return RouteRun(*(row[name] for name in _RUN_COLUMNS))


def _routes(connection: sqlite3.Connection, route_id: int | None) -> list[Route]:
    """The figures of all routes with two runs or more, or of one route."""
    rows = stored.route_figures(connection, route_id)
    named = {row[name] for row in rows for name in ("last", "best") if row[name] is not None}
    runs = {row["activity_id"]: _run(row) for row in stored.runs(connection, named)}
    return [
        Route(
            id=row["route_id"],
            name=runs[row["last"]].name,
            runs=row["runs"],
            distance_m=row["distance_m"],
            first_date=row["first_date"],
            last=runs[row["last"]],
            best=runs.get(row["best"]),
            pace_trend=_trend(row, "pace"),
            heart_rate_trend=_trend(row, "heart_rate"),
        )
        for row in rows
    ]


def _trend(row: Mapping[str, Any], name: str) -> Trend:
    return linear_trend(TrendSums(**{part.name: row[f"{name}_{part.name}"] for part in fields(TrendSums)}))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value]
    return sum(known) / len(known) if known else None


def _difference(own: float | None, mean: float | None) -> float | None:
    return own - mean if own and mean else None
