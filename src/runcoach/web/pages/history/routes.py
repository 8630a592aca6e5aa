"""Routes: the map of everywhere one ran, the routes run twice or more, and one route with its trends."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.errors import NotFoundError, UsageError
from runcoach.services.analytics.missing import not_compared
from runcoach.services.reader import open_reader
from runcoach.services.training.matched import descriptions
from runcoach.services.training.matched import routes as queries
from runcoach.web.pages.history.route_charts import scatter
from runcoach.web.pages.layout import formatter, show, show_with_map

router = APIRouter()

#: Routes and runs that are listed before all are asked for.
_SHOWN = 30


@router.get("/routes")
def index(request: Request, shown: Annotated[str, Query(alias="show")] = "") -> Response:
    """The list of routes and the map."""
    with open_reader(request.app.state.config) as connection:
        found = queries.routes(connection)
        return show_with_map(
            request,
            connection,
            "routes.html",
            "routes",
            routes=found if shown == "all" else found[:_SHOWN],
            total=len(found),
            areas=queries.map_areas(connection),
            mapped=queries.runs_on_map(connection),
            pending=not_compared(connection),
            descriptions=descriptions,
            units=formatter(request).units,
        )


@router.get("/routes/{reference}")
def page(request: Request, reference: str, shown: Annotated[str, Query(alias="show")] = "") -> Response:
    """A route and its runs."""
    with open_reader(request.app.state.config) as connection:
        try:
            found = queries.route(connection, reference)
        except (NotFoundError, UsageError):
            return show(request, connection, "route_missing.html", "routes", status=404, reference=reference[:40])
        runs = tuple(reversed(found.runs))
        paces = [(run.start_time, run.pace_sec_per_km) for run in runs]
        heart_rates = [(run.start_time, run.avg_hr_bpm) for run in runs]
        return show(
            request,
            connection,
            "route.html",
            "routes",
            route=found.route,
            runs=found.runs if shown == "all" else found.runs[:_SHOWN],
            pace_chart=scatter(paces, found.route.pace_trend, upside_down=True),
            heart_rate_chart=scatter(heart_rates, found.route.heart_rate_trend),
            descriptions=descriptions,
            units=formatter(request).units,
        )
