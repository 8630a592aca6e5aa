"""Routes of the API for the routes of runs, their map, and a run beside earlier ones."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from runcoach.services.queries import activities as queries
from runcoach.services.reader import open_reader
from runcoach.services.training.matched import routes as route_queries
from runcoach.web.api import params, route_schemas, schemas
from runcoach.web.http_cache import NO_STORE, REVALIDATE, answer, data

router = APIRouter(tags=["training"])


@router.get("/routes", response_model=schemas.Many[route_schemas.Route], dependencies=[params.NO_PARAMS])
def routes(request: Request) -> Response:
    """The routes that were run twice or more, the one with the most runs first."""
    with open_reader(request.app.state.config) as connection:
        found = route_queries.routes(connection)
    return data(request, found, NO_STORE, nextCursor=None)


@router.get("/routes/map", response_model=schemas.One[route_schemas.RunMap], dependencies=[params.NO_PARAMS])
def run_map(request: Request) -> Response:
    """How many runs went through each cell of a Mercator grid, by area."""
    with open_reader(request.app.state.config) as connection:
        found = route_queries.run_map(connection)
    return answer(request, f'{{"data":{found}}}'.encode(), "application/json", REVALIDATE)


@router.get(
    "/routes/{reference}", response_model=schemas.One[route_schemas.RouteDetail], dependencies=[params.NO_PARAMS]
)
def route(request: Request, reference: params.Reference) -> Response:
    """A route, given its id or that of any run on it, and its runs, newest first."""
    with open_reader(request.app.state.config) as connection:
        found = route_queries.route(connection, reference)
    return data(request, found, NO_STORE)


@router.get(
    "/activities/{reference}/route",
    response_model=schemas.One[route_schemas.RouteComparison | None],
    dependencies=[params.NO_PARAMS],
)
def comparison(request: Request, reference: params.Reference) -> Response:
    """A run beside the last five before it on the same route; null where there are none."""
    with open_reader(request.app.state.config) as connection:
        found = route_queries.compare_with_last(connection, queries.resolve(connection, reference))
    return data(request, found, NO_STORE)
