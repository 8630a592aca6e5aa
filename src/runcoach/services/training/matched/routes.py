"""Reads routes: the runs over the same way, how pace and heart rate changed there, and one run beside earlier ones."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from runcoach.analysis.training.linear_trend import linear_trend
from runcoach.errors import NotFoundError
from runcoach.store import activity_queries
from runcoach.store.training import routes as stored

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from runcoach.domain.json_format import EpochSeconds
    from runcoach.domain.training.trend import Trend

#: A run is compared with so many runs before it.
COMPARED = 5

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class RouteRun:
    """One run on a route; pace and heart rate are means in motion, None where unknown."""

    activity_id: int
    name: str
    start_time: EpochSeconds
    local_date: str
    distance_m: float | None
    moving_time_sec: int | None
    pace_sec_per_km: float | None
    avg_hr_bpm: int | None


@dataclass(frozen=True, slots=True)
class Route:
    """Runs over the same way in the same direction.

    ``id`` is that of the oldest run. ``name`` is the most frequent title, ``distance_m`` the median. ``best`` is the
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

    ``number`` counts the runs on the route up to this one, ``pace_rank`` is its rank by pace among all ``runs`` on it.
    Differences are this run's mean minus the mean of those before; None where one of them is unknown.
    """

    route_id: int
    runs: int
    number: int
    pace_rank: int | None
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
    rows = sorted(stored.runs_on_shared_routes(connection), key=lambda row: row["route_id"])
    groups = (list(group) for _, group in groupby(rows, key=lambda row: row["route_id"]))
    found = [_route(group[0]["route_id"], [_run(row) for row in group]) for group in groups if len(group) > 1]
    return tuple(sorted(found, key=lambda route: (-route.runs, -route.last.start_time)))


def route(connection: sqlite3.Connection, activity_ref: str) -> RouteDetail:
    """The route with this id, or that of any run on it; NotFoundError for an activity without a route."""
    activity_id = activity_queries.resolve(connection, activity_ref)
    route_id = stored.route_of(connection, activity_id)
    runs = _runs_with(connection, activity_id)
    if route_id is None or not runs:
        problem = f"activity {activity_id} has no route: it is no outdoor run with positions, or not compared yet"
        raise NotFoundError(problem, hint="`runcoach routes` lists routes")
    return RouteDetail(_route(route_id, runs), tuple(reversed(runs)))


def compare_with_last(connection: sqlite3.Connection, activity_id: int) -> RouteComparison | None:
    """A run beside the last runs before it on the same route; None where there are none."""
    runs = _runs_with(connection, activity_id)
    at = next((at for at, run in enumerate(runs) if run.activity_id == activity_id), 0)
    route_id = stored.route_of(connection, activity_id)
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
        before=tuple(reversed(before)),
        pace_sec_per_km=pace,
        avg_hr_bpm=heart_rate,
        pace_difference_sec_per_km=_difference(own.pace_sec_per_km, pace),
        heart_rate_difference_bpm=_difference(own.avg_hr_bpm, heart_rate),
    )


def not_compared(connection: sqlite3.Connection) -> str | None:
    """A message for stderr where routes of runs are not known yet; None where all are."""
    from runcoach.services.analytics.missing import REMEDY, not_analyzed

    count = stored.count_without_route(connection)
    if count:
        return f"{count} {'run is' if count == 1 else 'runs are'} not compared with others yet: {REMEDY}"
    return not_analyzed(connection)


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


def _runs_with(connection: sqlite3.Connection, activity_id: int) -> list[RouteRun]:
    """The runs on the route of an activity, oldest first."""
    route_id = stored.route_of(connection, activity_id)
    return [] if route_id is None else [_run(row) for row in stored.runs_on_route(connection, route_id)]


def _run(row: sqlite3.Row) -> RouteRun:
    values: dict[str, Any] = dict(row)
    del values["route_id"]
    return RouteRun(**values)


def _route(route_id: int, runs: Sequence[RouteRun]) -> Route:
    """The figures of a route, given its runs, oldest first."""
    names = Counter(run.name for run in reversed(runs))
    distances = [run.distance_m for run in runs if run.distance_m is not None]
    return Route(
        id=route_id,
        name=names.most_common(1)[0][0],
        runs=len(runs),
        distance_m=median(distances) if distances else None,
        first_date=runs[0].local_date,
        last=runs[-1],
        best=min(
            (run for run in runs if run.pace_sec_per_km), key=lambda run: run.pace_sec_per_km or 0.0, default=None
        ),
        pace_trend=_trend(runs, [run.pace_sec_per_km for run in runs]),
        heart_rate_trend=_trend(runs, [run.avg_hr_bpm for run in runs]),
    )


def _trend(runs: Sequence[RouteRun], values: Sequence[float | None]) -> Trend:
    known = [(run.start_time / _DAY_S, value) for run, value in zip(runs, values, strict=True) if value]
    return linear_trend([day for day, _ in known], [value for _, value in known])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value]
    return fmean(known) if known else None


def _difference(own: float | None, mean: float | None) -> float | None:
    return own - mean if own and mean else None
