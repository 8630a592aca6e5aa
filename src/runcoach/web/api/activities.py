"""Routes for the list of activities, one activity, and its splits, laps and efforts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.units import Units
from runcoach.services.queries import activities as queries
from runcoach.services.reader import open_reader
from runcoach.web.api.activity_schemas import Activity, Detail, Effort, Lap, Split
from runcoach.web.api.params import NO_PARAMS, ActivityListParams, Reference, SplitParams
from runcoach.web.api.schemas import Many, One, Page
from runcoach.web.http_cache import DETAIL, LIST, NO_STORE, data

router = APIRouter(tags=["activities"])


@router.get("/activities", response_model=Page[Activity])
def activities(request: Request, query: Annotated[ActivityListParams, Query()]) -> Response:
    """A page of activities, newest first; `nextCursor` continues after its last row, also when new ones were added."""
    with open_reader(request.app.state.config) as connection:
        page = queries.activities(
            connection,
            query.filter(),
            sort=query.sort,
            reverse=query.reverse,
            limit=query.limit,
            cursor=query.cursor,
            fields=query.names(),
        )
    return data(request, page.rows, LIST, nextCursor=page.next_cursor, total=page.total)


@router.get("/activities/{reference}", response_model=One[Detail], dependencies=[NO_PARAMS])
def activity(request: Request, reference: Reference) -> Response:
    """One activity with all its fields, its sources, and the URLs of its thumbnails."""
    with open_reader(request.app.state.config) as connection:
        return data(request, queries.detail(connection, reference), DETAIL)


@router.get("/activities/{reference}/splits", response_model=Many[Split])
def splits(request: Request, reference: Reference, query: Annotated[SplitParams, Query()]) -> Response:
    """The splits: kilometres as stored, or miles computed from the samples (`km` then counts miles)."""
    units = Units.IMPERIAL if query.unit == "mi" else Units.METRIC
    with open_reader(request.app.state.config) as connection:
        found = queries.splits(connection, queries.activity(connection, reference), units)
    return data(request, found.rows, DETAIL, nextCursor=None)


@router.get("/activities/{reference}/laps", response_model=Many[Lap], dependencies=[NO_PARAMS])
def laps(request: Request, reference: Reference) -> Response:
    """The laps as recorded by the watch or Strava."""
    with open_reader(request.app.state.config) as connection:
        found = queries.laps(connection, queries.resolve(connection, reference))
    return data(request, found, DETAIL, nextCursor=None)


@router.get("/activities/{reference}/efforts", response_model=Many[Effort], dependencies=[NO_PARAMS])
def efforts(request: Request, reference: Reference) -> Response:
    """The efforts of this activity with their ranks as of today; not cached."""
    with open_reader(request.app.state.config) as connection:
        found = queries.efforts(connection, queries.resolve(connection, reference))
    return data(request, found, NO_STORE, nextCursor=None)
