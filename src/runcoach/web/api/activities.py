"""Activities: the list, one of them, and its splits, laps and efforts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.units import Units
from runcoach.services.queries import activities as queries
from runcoach.services.reader import open_reader
from runcoach.web.api import params, schemas
from runcoach.web.http_cache import DETAIL, LIST, NOT_KEPT, data

router = APIRouter(tags=["activities"])


@router.get("/activities", response_model=schemas.Page[schemas.Activity])
def activities(request: Request, query: Annotated[params.Listing, Query()]) -> Response:
    """A page of activities, newest first; `nextCursor` begins the next page, wherever new ones have come in."""
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


@router.get("/activities/{reference}", response_model=schemas.One[schemas.Detail], dependencies=[params.NOTHING])
def activity(request: Request, reference: params.Reference) -> Response:
    """One activity with all its columns, its sources, and where its images are."""
    with open_reader(request.app.state.config) as connection:
        return data(request, queries.detail(connection, reference), DETAIL)


@router.get("/activities/{reference}/splits", response_model=schemas.Many[schemas.Split])
def splits(request: Request, reference: params.Reference, query: Annotated[params.Units, Query()]) -> Response:
    """The splits: kilometres as stored, or miles (then `km` counts miles) computed from the samples."""
    units = Units.IMPERIAL if query.unit == "mi" else Units.METRIC
    with open_reader(request.app.state.config) as connection:
        found = queries.splits(connection, queries.activity(connection, reference), units)
    return data(request, found.rows, DETAIL, nextCursor=None)


@router.get("/activities/{reference}/laps", response_model=schemas.Many[schemas.Lap], dependencies=[params.NOTHING])
def laps(request: Request, reference: params.Reference) -> Response:
    """The laps as the watch or Strava cut them."""
    with open_reader(request.app.state.config) as connection:
        found = queries.laps(connection, queries.resolve(connection, reference))
    return data(request, found, DETAIL, nextCursor=None)


@router.get(
    "/activities/{reference}/efforts", response_model=schemas.Many[schemas.Effort], dependencies=[params.NOTHING]
)
def efforts(request: Request, reference: params.Reference) -> Response:
    """The fastest stretches of this activity, with their ranks as of today (and so never kept)."""
    with open_reader(request.app.state.config) as connection:
        found = queries.efforts(connection, queries.resolve(connection, reference))
    return data(request, found, NOT_KEPT, nextCursor=None)
