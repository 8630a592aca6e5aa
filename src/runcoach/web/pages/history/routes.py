"""Routes: the map of everywhere one ran, the routes run twice or more, and one route with its trends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.units import Units
from runcoach.errors import NotFoundError, UsageError
from runcoach.services.auth.connection_state import connection_state
from runcoach.services.reader import open_reader
from runcoach.services.training.matched import descriptions
from runcoach.services.training.matched import routes as queries
from runcoach.web.pages.history.route_charts import scatter
from runcoach.web.pages.layout import show
from runcoach.web.security import policy

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access

#: Routes and runs that are listed before all are asked for.
_SHOWN = 30


def router(config: Config, worker: Worker | None, access: Access) -> APIRouter:  # noqa: ARG001
    """The list of routes and the page of one."""
    pages = APIRouter()

    @pages.get("/routes")
    def index(request: Request, shown: Annotated[str, Query(alias="show")] = "") -> Response:
        with open_reader(config) as connection:
            return _index(request, connection, config, show_all=shown == "all")

    @pages.get("/routes/{reference}")
    def page(request: Request, reference: str, shown: Annotated[str, Query(alias="show")] = "") -> Response:
        with open_reader(config) as connection:
            try:
                found = queries.route(connection, reference)
            except (NotFoundError, UsageError):
                state = connection_state(connection)
                return show(request, state, "route_missing.html", "routes", status=404, reference=reference[:40])
            return _page(request, connection, config, found, show_all=shown == "all")

    return pages


def _index(request: Request, connection: sqlite3.Connection, config: Config, *, show_all: bool) -> Response:
    found = queries.routes(connection)
    tiles = config.settings.map_tiles_url
    response = show(
        request,
        connection_state(connection),
        "routes.html",
        "routes",
        routes=found if show_all else found[:_SHOWN],
        total=len(found),
        areas=queries.map_areas(connection),
        mapped=queries.runs_on_map(connection),
        pending=queries.not_compared(connection),
        descriptions=descriptions,
        units=Units(config.settings.units),
        tiles=tiles,
        attribution=config.settings.map_attribution,
    )
    if tiles:
        parts = urlsplit(tiles)
        response.headers["Content-Security-Policy"] = policy(images=f"{parts.scheme}://{parts.netloc}")
    return response


def _page(
    request: Request, connection: sqlite3.Connection, config: Config, found: queries.RouteDetail, *, show_all: bool
) -> Response:
    units = Units(config.settings.units)
    runs = tuple(reversed(found.runs))
    paces = [(run.start_time, run.pace_sec_per_km) for run in runs]
    heart_rates = [(run.start_time, run.avg_hr_bpm) for run in runs]
    return show(
        request,
        connection_state(connection),
        "route.html",
        "routes",
        route=found.route,
        runs=found.runs if show_all else found.runs[:_SHOWN],
        pace_chart=scatter(paces, found.route.pace_trend, upside_down=True),
        heart_rate_chart=scatter(heart_rates, found.route.heart_rate_trend),
        descriptions=descriptions,
        units=units,
    )
