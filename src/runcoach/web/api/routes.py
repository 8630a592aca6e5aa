"""Routes of the API for the routes of runs, their map, and a run beside earlier ones."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from runcoach.domain.training import trend
from runcoach.services.queries import activities as queries
from runcoach.services.reader import open_reader
from runcoach.services.training.matched import routes as route_queries
from runcoach.web.api.params import NO_PARAMS, Reference
from runcoach.web.api.schemas import Many, One, Schema, fields_of
from runcoach.web.http_cache import NO_STORE, REVALIDATE, answer, data

router = APIRouter(tags=["training"])


@fields_of(route_queries.RouteRun)
class RouteRun(Schema):
    """One run on a route; pace and heart rate are means in motion."""


@fields_of(trend.Trend)
class Trend(Schema):
    """``change`` of a straight line from the first run to the last; null where there are too few runs."""


@fields_of(route_queries.Route)
class Route(Schema):
    """Runs over the same way in the same direction; ``id`` is that of the oldest."""


@fields_of(route_queries.RouteDetail)
class RouteDetail(Schema):
    """A route and its runs, newest first."""


@fields_of(route_queries.RouteComparison)
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


@router.get("/routes", response_model=Many[Route], dependencies=[NO_PARAMS])
def routes(request: Request) -> Response:
    """The routes that were run twice or more, the one with the most runs first."""
    with open_reader(request.app.state.config) as connection:
        return data(request, route_queries.routes(connection), NO_STORE, nextCursor=None)


@router.get("/routes/map", response_model=One[RunMap], dependencies=[NO_PARAMS])
def run_map(request: Request) -> Response:
    """How many runs went through each cell of a Mercator grid, by area."""
    with open_reader(request.app.state.config) as connection:
        found = route_queries.run_map(connection)
    return answer(request, f'{{"data":{found}}}'.encode(), "application/json", REVALIDATE)


@router.get("/routes/{reference}", response_model=One[RouteDetail], dependencies=[NO_PARAMS])
def route(request: Request, reference: Reference) -> Response:
    """A route, given its id or that of any run on it, and its runs, newest first."""
    with open_reader(request.app.state.config) as connection:
        return data(request, route_queries.route(connection, reference), NO_STORE)


@router.get("/activities/{reference}/route", response_model=One[RouteComparison | None], dependencies=[NO_PARAMS])
def comparison(request: Request, reference: Reference) -> Response:
    """A run beside the last five before it on the same route; null where there are none."""
    with open_reader(request.app.state.config) as connection:
        found = route_queries.compare_with_last(connection, queries.resolve(connection, reference))
    return data(request, found, NO_STORE)
