"""The year in review, and its picture."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from runcoach.errors import NotFoundError
from runcoach.services.history import years
from runcoach.services.reader import open_reader
from runcoach.web.http_cache import REVALIDATE, answer
from runcoach.web.pages.layout import formatter, show

router = APIRouter()


@router.get("/years")
def last(request: Request) -> Response:
    """Leads to the last year with runs."""
    with open_reader(request.app.state.config) as connection:
        try:
            found = years.review(connection)
        except NotFoundError:
            return RedirectResponse("/calendar", 303)
    return RedirectResponse(f"/years/{found.year}", 303)


@router.get("/years/{year:int}.png")
def picture(request: Request, year: int) -> Response:
    """The picture of a year."""
    with open_reader(request.app.state.config) as connection:
        found = years.review(connection, year)
    return answer(request, years.picture(found, formatter(request).units), "image/png", REVALIDATE, pack=False)


@router.get("/years/{year:int}")
def page(request: Request, year: int) -> Response:
    """The year in review."""
    with open_reader(request.app.state.config) as connection:
        return show(request, connection, "year.html", "calendar", data=years.review(connection, year))
