"""The calendar: a month by day, a year by day, all years by month."""

from __future__ import annotations

import re
import sqlite3
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from runcoach.domain.windows import local_today
from runcoach.services.history import calendar
from runcoach.services.reader import open_reader
from runcoach.services.training.week import sum_of
from runcoach.web.pages.layout import show

router = APIRouter()

_SHOWN = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)

#: Years before and after this cannot be shown.
_YEARS = range(1900, 2200)


@router.get("/calendar")
def page(request: Request) -> Response:
    """The calendar; ``/calendar`` is the current month, or the last one with runs."""
    given = request.query_params.get("show", "")
    shown = _SHOWN.fullmatch(given)
    if shown is not None and (int(shown[1]) not in _YEARS or not 1 <= int(shown[2] or 1) <= 12):
        shown = None
    context: dict[str, Any] = {}
    with open_reader(request.app.state.config) as connection:
        years = calendar.all_years(connection)
        if shown is not None and shown[2] is None:
            template, context = "calendar_year.html", _year(connection, years, int(shown[1]))
        elif shown is None and given == "all":
            template = "calendar_all.html"
        else:
            first = _usual_month(years) if shown is None else date(int(shown[1]), int(shown[2]), 1)
            template, context = "calendar_month.html", _month(connection, years, first)
        return show(request, connection, template, "calendar", years=years, today=local_today(), **context)


def _usual_month(years: tuple[calendar.YearOfMonths, ...]) -> date:
    """The current month, or the last one with runs where there were none for a year."""
    today = local_today().replace(day=1)
    if not years:
        return today
    last = max(nth for nth, sums in enumerate(years[0].months, start=1) if sums.runs)
    return today if (today - date(years[0].year, last, 1)).days < 365 else date(years[0].year, last, 1)


def _month(connection: sqlite3.Connection, years: tuple[calendar.YearOfMonths, ...], first: date) -> dict[str, Any]:
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
    return {
        "month": calendar.month(connection, first),
        "before": before if years and before.year >= years[-1].year else None,
        "after": after if after <= local_today() else None,
    }


def _year(connection: sqlite3.Connection, years: tuple[calendar.YearOfMonths, ...], number: int) -> dict[str, Any]:
    months = calendar.year(connection, number)
    return {
        "year": number,
        "months": months,
        "before": number - 1 if years and number > years[-1].year else None,
        "after": number + 1 if number < local_today().year else None,
        "sums": sum_of([month.sums for month in months]),
    }
