"""The calendar: a month by day, a year by day, all years by month."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from runcoach.domain.windows import local_today
from runcoach.services.auth.connection_state import connection_state
from runcoach.services.history import calendar
from runcoach.services.reader import open_reader
from runcoach.services.training.week import sum_of
from runcoach.web.pages.layout import show

if TYPE_CHECKING:
    import sqlite3

    from runcoach.services.auth.connection_state import ConnectionState

router = APIRouter()

_SHOWN = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)

#: Years before and after this cannot be shown.
_YEARS = range(1900, 2200)


@router.get("/calendar")
def page(request: Request) -> Response:
    """The calendar; ``/calendar`` is the current month, or the last one with runs."""
    with open_reader(request.app.state.config) as connection:
        years = calendar.all_years(connection)
        state = connection_state(connection)
        shown = _SHOWN.fullmatch(request.query_params.get("show", ""))
        if shown is None or int(shown[1]) not in _YEARS or not 1 <= int(shown[2] or 1) <= 12:
            if request.query_params.get("show") == "all":
                return show(request, state, "calendar_all.html", "calendar", years=years, today=local_today())
            return _month(request, connection, state, years, _usual_month(years))
        if shown[2] is not None:
            return _month(request, connection, state, years, date(int(shown[1]), int(shown[2]), 1))
        return _year(request, connection, state, years, int(shown[1]))


def _usual_month(years: tuple[calendar.YearOfMonths, ...]) -> date:
    """The current month, or the last one with runs where there were none for a year."""
    today = local_today().replace(day=1)
    if not years:
        return today
    last = max(nth for nth, sums in enumerate(years[0].months, start=1) if sums.runs)
    return today if (today - date(years[0].year, last, 1)).days < 365 else date(years[0].year, last, 1)


def _month(
    request: Request,
    connection: sqlite3.Connection,
    state: ConnectionState,
    years: tuple[calendar.YearOfMonths, ...],
    first: date,
) -> Response:
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
    return show(
        request,
        state,
        "calendar_month.html",
        "calendar",
        month=calendar.month(connection, first),
        before=before if years and before.year >= years[-1].year else None,
        after=after if after <= local_today() else None,
        years=years,
        today=local_today(),
    )


def _year(
    request: Request,
    connection: sqlite3.Connection,
    state: ConnectionState,
    years: tuple[calendar.YearOfMonths, ...],
    number: int,
) -> Response:
    months = calendar.year(connection, number)
    return show(
        request,
        state,
        "calendar_year.html",
        "calendar",
        year=number,
        months=months,
        before=number - 1 if years and number > years[-1].year else None,
        after=number + 1 if number < local_today().year else None,
        sums=sum_of([month.sums for month in months]),
        years=years,
        today=local_today(),
    )
