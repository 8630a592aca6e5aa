"""Activities: the list, one of them, and its splits, laps and efforts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.units import Units
from runcoach.services.reading import history, paging
from runcoach.web.api import asked, shapes
from runcoach.web.caching import DETAIL, LIST, NOT_KEPT, data

router = APIRouter(tags=["activities"])


@router.get("/activities", response_model=shapes.Page[shapes.Activity])
def activities(request: Request, query: Annotated[asked.Listing, Query()]) -> Response:
    """A page of activities, newest first; `nextCursor` begins the next page, wherever new ones have come in."""
    page = paging.activities(
        request.app.state.config,
        query.filter(),
        sort=query.sort,
        reverse=query.reverse,
        limit=query.limit,
        cursor=query.cursor,
        fields=query.names(),
    )
    return data(request, page.rows, LIST, nextCursor=page.next_cursor, total=page.total)


@router.get("/activities/{reference}", response_model=shapes.One[shapes.Detail], dependencies=[asked.NOTHING])
def activity(request: Request, reference: asked.Reference) -> Response:
    """One activity with all its columns, its sources, and where its images are."""
    return data(request, history.detail(request.app.state.config, reference), DETAIL)


@router.get("/activities/{reference}/splits", response_model=shapes.Many[shapes.Split])
def splits(request: Request, reference: asked.Reference, query: Annotated[asked.Units, Query()]) -> Response:
    """The splits: kilometres as stored, or miles (then `km` counts miles) computed from the samples."""
    units = Units.IMPERIAL if query.unit == "mi" else Units.METRIC
    return data(request, history.splits(request.app.state.config, reference, units).rows, DETAIL, nextCursor=None)


@router.get("/activities/{reference}/laps", response_model=shapes.Many[shapes.Lap], dependencies=[asked.NOTHING])
def laps(request: Request, reference: asked.Reference) -> Response:
    """The laps as the watch or Strava cut them."""
    return data(request, history.laps(request.app.state.config, reference), DETAIL, nextCursor=None)


@router.get("/activities/{reference}/efforts", response_model=shapes.Many[shapes.Effort], dependencies=[asked.NOTHING])
def efforts(request: Request, reference: asked.Reference) -> Response:
    """The fastest stretches of this activity, with their ranks as of today (and so never kept)."""
    return data(request, history.efforts(request.app.state.config, reference), NOT_KEPT, nextCursor=None)
