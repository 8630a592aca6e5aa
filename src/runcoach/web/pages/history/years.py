"""The year in review, and its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from runcoach.domain.units import Units
from runcoach.errors import NotFoundError
from runcoach.services.auth.connection_state import connection_state
from runcoach.services.history import years
from runcoach.services.reader import open_reader
from runcoach.web.http_cache import REVALIDATE, answer
from runcoach.web.pages.layout import show

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access


def router(config: Config, worker: Worker | None, access: Access) -> APIRouter:  # noqa: ARG001
    """``/years`` leads to the last year with runs."""
    routes = APIRouter()
    units = Units(config.settings.units)

    @routes.get("/years")
    def last(request: Request) -> Response:  # noqa: ARG001
        with open_reader(config) as connection:
            try:
                found = years.review(connection)
            except NotFoundError:
                return RedirectResponse("/calendar", 303)
        return RedirectResponse(f"/years/{found.year}", 303)

    @routes.get("/years/{year:int}.png")
    def picture(request: Request, year: int) -> Response:
        with open_reader(config) as connection:
            found = years.review(connection, year)
        return answer(request, years.picture(found, units), "image/png", REVALIDATE, pack=False)

    @routes.get("/years/{year:int}")
    def page(request: Request, year: int) -> Response:
        with open_reader(config) as connection:
            found = years.review(connection, year)
            state = connection_state(connection)
        return show(request, state, "year.html", "calendar", data=found)

    return routes
