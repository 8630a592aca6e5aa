"""The first page: how this week is beside the usual one, the year by day and by week, newest runs and newest bests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from runcoach.domain.units import Units
from runcoach.services.queries.overview import overview
from runcoach.services.reader import open_reader
from runcoach.web.pages import charts
from runcoach.web.pages.formatting import Formatter
from runcoach.web.pages.layout import show

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access


def router(config: Config, worker: Worker | None, access: Access) -> APIRouter:  # noqa: ARG001
    """The route of the overview."""
    made = APIRouter()

    @made.get("/")
    def page(request: Request) -> Response:
        with open_reader(config) as connection:
            told = overview(connection)
        fig = Formatter(Units(config.settings.units))
        return show(
            request,
            told.standing,
            "overview.html",
            "overview",
            told=told,
            state=worker.state() if worker is not None else None,
            calendar=charts.calendar(told.calendar, told.year, fig),
            volume=charts.volume(told.weeks, told.week.usual_whole, fig, is_now=told.until == told.week.today),
            weekdays=charts.weekdays(told.week, fig),
        )

    return made
