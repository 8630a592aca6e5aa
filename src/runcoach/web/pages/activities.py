"""The list of activities: filtered, searched and sorted by what the address says, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from runcoach.domain.filters import ActivityFilter
from runcoach.domain.sports import FAMILIES, sport_types
from runcoach.domain.units import Units
from runcoach.errors import UsageError
from runcoach.services.auth.connection_state import connection_state
from runcoach.services.queries.activities import SORTS, activities
from runcoach.services.queries.totals import sports
from runcoach.services.reader import open_reader
from runcoach.web.pages.layout import show

if TYPE_CHECKING:
    import sqlite3

    from starlette.datastructures import QueryParams

    from runcoach.config import Config
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access

#: Rows on a page.
ROWS = 100

#: A title nobody types is longer.
_LONGEST_TEXT = 200

#: Columns that can be sorted by: the name of the order, the heading, and whether it begins with the largest.
_COLUMNS = (
    ("date", "Activity", True),
    ("distance", "Distance", True),
    ("time", "Time", True),
    ("pace", "Pace", False),
    ("fastest", "Fastest km", False),
    ("climb", "Climb", True),
)


@dataclass(frozen=True, slots=True)
class ActivityListParams:
    """What the address asks for, as it was written; ``problems`` say in words what could not be understood."""

    q: str = ""
    sport: str = ""
    since: str = ""
    until: str = ""
    min: str = ""
    max: str = ""
    sort: str = "date"
    reverse: bool = False
    problems: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether anything at all is left out."""
        return any((self.q, self.sport, self.since, self.until, self.min, self.max))

    def query(self, **changes: Any) -> str:
        """The address's query for this list, or for one that differs in ``changes``."""
        wanted = replace(self, **changes)
        pairs = [(name, getattr(wanted, name)) for name in ("q", "sport", "since", "until", "min", "max")]
        if wanted.sort != "date" or wanted.reverse:
            pairs += [("sort", wanted.sort), ("reverse", "1" if wanted.reverse else "")]
        return urlencode([(name, value) for name, value in pairs if value], errors="replace")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading that sorts: where it leads, and how the list is sorted by it now (None: it is not)."""

    name: str
    heading: str
    href: str
    order: str | None


def router(config: Config, worker: Worker | None, access: Access) -> APIRouter:  # noqa: ARG001
    """The list, and its rows alone for the script that appends them."""
    made = APIRouter()

    @made.get("/activities")
    def page(request: Request) -> Response:
        asked, where = _read(request.query_params, Units(config.settings.units))
        with open_reader(config) as connection:
            return show(
                request,
                connection_state(connection),
                "activities.html",
                "activities",
                asked=asked,
                columns=_columns(asked),
                sports=sports(connection),
                families=tuple(FAMILIES),
                **_rows(connection, request, asked, where),
            )

    @made.get("/activities/rows")
    def rows(request: Request) -> Response:
        asked, where = _read(request.query_params, Units(config.settings.units))
        with open_reader(config) as connection:
            found = _rows(connection, request, asked, where)
            return show(request, connection_state(connection), "activities_rows.html", None, asked=asked, **found)

    return made


def _rows(
    connection: sqlite3.Connection, request: Request, asked: ActivityListParams, where: ActivityFilter
) -> dict[str, Any]:
    """One page of rows; a cursor of another list begins this one."""
    cursor = request.query_params.get("cursor") or None
    try:
        found = activities(
            connection, where, sort=asked.sort, reverse=asked.reverse, limit=ROWS, cursor=cursor and cursor[:2000]
        )
    except UsageError:
        found = activities(connection, where, sort=asked.sort, reverse=asked.reverse, limit=ROWS)
    more = None
    if found.next_cursor is not None:
        query = asked.query()
        more = f"{query}{'&' if query else ''}cursor={found.next_cursor}"
    return {"found": found, "more": more, "is_first": cursor is None}


def _columns(asked: ActivityListParams) -> tuple[Column, ...]:
    """A second click on a heading turns the order around."""
    columns = []
    for name, heading, descends in _COLUMNS:
        is_current = asked.sort == name
        href = f"/activities?{asked.query(sort=name, reverse=is_current and not asked.reverse)}"
        order = ("descending" if descends != asked.reverse else "ascending") if is_current else None
        columns.append(Column(name, heading, href.rstrip("?"), order))
    return tuple(columns)


def _read(given: QueryParams, units: Units) -> tuple[ActivityListParams, ActivityFilter]:
    """What is asked, and the filter it means; whatever makes no sense is said and left out."""
    problems: list[str] = []
    names = ("q", "sport", "since", "until", "min", "max")
    words: dict[str, Any] = {name: given.get(name, "").strip()[:_LONGEST_TEXT] for name in names}
    sort = given.get("sort", "date")
    asked = ActivityListParams(
        **words, sort=sort if sort in SORTS else "date", reverse=given.get("reverse", "") == "1", problems=()
    )
    since, until = _day(asked.since, problems), _day(asked.until, problems)
    least, most = _metres(asked.min, units, problems), _metres(asked.max, units, problems)
    where = ActivityFilter(
        since=since,
        until=until,
        sports=sport_types((asked.sport,)) if asked.sport else (),
        min_distance_m=least,
        max_distance_m=most,
        text=asked.q or None,
    )
    understood = {"since": since, "until": until, "min": least, "max": most}
    left_out: dict[str, Any] = {name: "" for name, value in understood.items() if value is None}
    return replace(asked, **left_out, problems=tuple(problems)), where


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"“{text}” is no date; write it as 2026-11-23")
        return None


def _metres(text: str, units: Units, problems: list[str]) -> float | None:
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100_000:
        problems.append(f"“{text}” is no distance in {units.distance}")
        return None
    return number * units.metres
