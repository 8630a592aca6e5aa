"""Schemas of routes, the map of all runs, and a run beside earlier ones."""

from __future__ import annotations

from runcoach.domain.training import trend
from runcoach.services.training.matched import routes
from runcoach.web.api.schemas import Schema, fields_of


@fields_of(routes.RouteRun)
class RouteRun(Schema):
    """One run on a route; pace and heart rate are means in motion."""


@fields_of(trend.Trend)
class Trend(Schema):
    """``change`` of a straight line from the first run to the last; null where there are too few runs."""


@fields_of(routes.Route)
class Route(Schema):
    """Runs over the same way in the same direction; ``id`` is that of the oldest."""


@fields_of(routes.RouteDetail)
class RouteDetail(Schema):
    """A route and its runs, newest first."""


@fields_of(routes.RouteComparison)
class RouteComparison(Schema):
    """A run beside those ``before`` it: its mean minus theirs. ``paceRank`` is among all ``runs`` on the route."""


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
