"""Schemas of routes, the map of all runs, and a run beside earlier ones."""

from __future__ import annotations

from runcoach.web.api.schemas import Schema


class RouteRun(Schema):
    """One run on a route; pace and heart rate are means in motion."""

    activity_id: int
    name: str
    start_time: str
    local_date: str
    distance_m: float | None
    moving_time_sec: int | None
    pace_sec_per_km: float | None
    avg_hr_bpm: int | None
    updated_at: str


class Trend(Schema):
    """``change`` of a straight line from the first run to the last; null where there are too few runs."""

    runs: int
    span_days: float
    change: float | None
    is_clear: bool


class Route(Schema):
    """Runs over the same way in the same direction; ``id`` is that of the oldest."""

    id: int
    name: str
    runs: int
    distance_m: float | None
    first_date: str
    last: RouteRun
    best: RouteRun | None
    pace_trend: Trend
    heart_rate_trend: Trend


class RouteDetail(Schema):
    """A route and its runs, newest first."""

    route: Route
    runs: list[RouteRun]


class RouteComparison(Schema):
    """A run beside those ``before`` it: its mean minus theirs. ``paceRank`` is among all ``runs`` on the route."""

    route_id: int
    runs: int
    number: int
    pace_rank: int | None
    own: RouteRun
    before: list[RouteRun]
    pace_sec_per_km: float | None
    avg_hr_bpm: float | None
    pace_difference_sec_per_km: float | None
    heart_rate_difference_bpm: float | None


class MapArea(Schema):
    """A part of the world with ``runs``: cells from ``west`` and ``north`` to the right and down, with their runs."""

    runs: int
    lat_deg: float
    lng_deg: float
    west: int
    north: int
    width: int
    height: int
    most_often: int
    x: list[int]
    y: list[int]
    count: list[int]


class RunMap(Schema):
    """The map of all runs; ``worldCells`` is the width of the world in cells (Mercator, as map tiles)."""

    world_cells: int
    areas: list[MapArea]
