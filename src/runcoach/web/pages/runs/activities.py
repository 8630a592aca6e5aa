"""The list of activities: filtered and sorted by the query string, a page at a time."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

from runcoach.domain.filters import ActivityFilter
from runcoach.domain.sports import FAMILIES, sport_types
from runcoach.domain.units import Units
from runcoach.errors import UsageError
from runcoach.services.queries import totals
from runcoach.services.queries.activities import SORTS, activities, fastest_miles
from runcoach.services.reader import open_reader
from runcoach.web.pages.layout import formatter, show
from runcoach.web.pages.rates import rate_of

router = APIRouter()

#: Rows on a page.
ROWS = 100

#: Longer filter texts are cut.
_MAX_TEXT = 200

#: Sortable columns: name of the order, heading, whether the first click sorts descending.
_COLUMNS = (
    ("date", "Activity", True),
    ("distance", "Distance", True),
    ("time", "Time", True),
    ("pace", "Pace", False),
    ("fastest", "Fastest km", False),
    ("climb", "Climb", True),
)


#: The parameters that filter.
_FILTERS = ("q", "sport", "since", "until", "min", "max", "gear", "place", "race")

#: Values of ``place``.
_PLACES = {"indoor": True, "outdoor": False}


@dataclass(frozen=True, slots=True)
class ActivityListParams:
    """The query string as written; ``problems`` are messages about invalid parts."""

    q: str = ""
    sport: str = ""
    since: str = ""
    until: str = ""
    min: str = ""
    max: str = ""
    gear: str = ""
    place: str = ""
    race: str = ""
    sort: str = "date"
    reverse: bool = False
    problems: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is set."""
        return any(getattr(self, name) for name in _FILTERS)

    def query(self, **changes: Any) -> str:
        """The query string of this list, or of one that differs in ``changes``."""
        changed = replace(self, **changes)
        pairs = [(name, getattr(changed, name)) for name in _FILTERS]
        if changed.sort != "date" or changed.reverse:
            pairs += [("sort", changed.sort), ("reverse", "1" if changed.reverse else "")]
        return urlencode([(name, value) for name, value in pairs if value], errors="replace")


@dataclass(frozen=True, slots=True)
class Column:
    """A sortable heading: its link, and the current order (``ascending``, ``descending``, None if not sorted by it)."""

    name: str
    heading: str
    href: str
    order: str | None


@router.get("/activities")
def page(request: Request) -> Response:
    """The list."""
    units = formatter(request).units
    params, where = _read(request.query_params, units)
    with open_reader(request.app.state.config) as connection:
        return show(
            request,
            connection,
            "activities.html",
            "activities",
            params=params,
            sums=totals.sums(connection, where),
            columns=_columns(params, units),
            sports=totals.sports(connection),
            gear=totals.gear_names(connection),
            families=tuple(FAMILIES),
            **_rows(connection, request, params, where, units),
        )


@router.get("/activities/rows")
def rows(request: Request) -> Response:
    """Its rows alone, for the script that loads more."""
    units = formatter(request).units
    params, where = _read(request.query_params, units)
    with open_reader(request.app.state.config) as connection:
        found = _rows(connection, request, params, where, units)
        return show(request, connection, "activities_rows.html", None, params=params, **found)


def _rows(
    connection: sqlite3.Connection, request: Request, params: ActivityListParams, where: ActivityFilter, units: Units
) -> dict[str, Any]:
    """One page of rows; the first page for a cursor of another list."""
    cursor = request.query_params.get("cursor") or None
    try:
        found = activities(
            connection, where, sort=params.sort, reverse=params.reverse, limit=ROWS, cursor=cursor and cursor[:2000]
        )
    except UsageError:
        found = activities(connection, where, sort=params.sort, reverse=params.reverse, limit=ROWS)
    more = None
    if found.next_cursor is not None:
        query = params.query()
        more = f"{query}{'&' if query else ''}cursor={found.next_cursor}&month={_month(found.rows[-1])}"
    by_month = totals.totals(connection, "month", where, None) if params.sort == "date" else []
    return {
        "found": found,
        "more": more,
        "is_first": cursor is None,
        "months": {month["period"]: month for month in by_month},
        "last_month": request.query_params.get("month", ""),
        "month_of": _month,
        "miles": fastest_miles(connection, found) if units is Units.IMPERIAL else None,
        "rate_of": lambda row: rate_of(row["sport_type"], units),
    }


def _month(row: dict[str, Any]) -> str:
    """The month of an activity as its heading has it: ``2026-11``; empty where its date is not known."""
    return "" if row["is_undated"] else str(row["local_date"][:7])


def _columns(params: ActivityListParams, units: Units) -> tuple[Column, ...]:
    """The headings; clicking the current one reverses the order."""
    columns = []
    for name, heading, descends in _COLUMNS:
        if name == "fastest" and units is Units.IMPERIAL:
            name, heading = "fastest_mile", "Fastest mile"  # noqa: PLW2901
        is_current = params.sort == name
        href = f"/activities?{params.query(sort=name, reverse=is_current and not params.reverse)}"
        order = ("descending" if descends != params.reverse else "ascending") if is_current else None
        columns.append(Column(name, heading, href.rstrip("?"), order))
    return tuple(columns)


def _read(given: QueryParams, units: Units) -> tuple[ActivityListParams, ActivityFilter]:
    """The parameters and the filter; invalid parts are reported in ``problems`` and left out."""
    problems: list[str] = []
    texts: dict[str, Any] = {name: given.get(name, "").strip()[:_MAX_TEXT] for name in _FILTERS}
    texts["place"] = texts["place"] if texts["place"] in _PLACES else ""
    texts["race"] = "1" if texts["race"] == "1" else ""
    sort = given.get("sort", "date")
    params = ActivityListParams(
        **texts, sort=sort if sort in SORTS else "date", reverse=given.get("reverse", "") == "1", problems=()
    )
    since, until = _day(params.since, problems), _day(params.until, problems)
    minimum, maximum = _metres(params.min, units, problems), _metres(params.max, units, problems)
    where = ActivityFilter(
        since=since,
        until=until,
        sports=sport_types((params.sport,)) if params.sport else (),
        min_distance_m=minimum,
        max_distance_m=maximum,
        text=params.q or None,
        races=params.race == "1",
        gear=params.gear or None,
        indoor=_PLACES.get(params.place),
    )
    parsed = {"since": since, "until": until, "min": minimum, "max": maximum}
    invalid: dict[str, Any] = {name: "" for name, value in parsed.items() if value is None}
    return replace(params, **invalid, problems=tuple(problems)), where


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"“{text}” is not a valid date: use 2026-11-23")
        return None


def _metres(text: str, units: Units, problems: list[str]) -> float | None:
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100_000:
        problems.append(f"“{text}” is not a valid distance in {units.distance}")
        return None
    return number * units.metres
