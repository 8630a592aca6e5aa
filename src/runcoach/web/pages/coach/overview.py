"""The overview: this week and a typical one, the last year by day and by week, newest runs, newest bests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from runcoach.domain.units import Units
from runcoach.services.queries.overview import overview
from runcoach.services.reader import open_reader
from runcoach.web.pages.coach import charts
from runcoach.web.pages.formatting import Formatter
from runcoach.web.pages.layout import show

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access


def router(config: Config, worker: Worker | None, access: Access) -> APIRouter:  # noqa: ARG001
    """The overview."""
    routes = APIRouter()

    @routes.get("/")
    def page(request: Request) -> Response:
        with open_reader(config) as connection:
            found = overview(connection)
        fmt = Formatter(Units(config.settings.units))
        return show(
            request,
            found.connection,
            "overview.html",
            "overview",
            data=found,
            state=worker.state() if worker is not None else None,
            calendar=charts.calendar(found.calendar, found.year, fmt),
            volume=charts.volume(found.weeks, found.week.typical_week, fmt, is_now=found.until == found.week.today),
            weekdays=charts.weekdays(found.week, fmt),
        )

    return routes
