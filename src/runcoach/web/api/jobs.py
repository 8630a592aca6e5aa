"""Sums by period, the queue, the audit trail, and the word that starts a sync."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.services.queries import activities as queries
from runcoach.services.queries import totals as sums
from runcoach.services.reader import open_reader
from runcoach.services.sync import jobs as queue
from runcoach.web.api import params, schemas
from runcoach.web.http_cache import LIST, NOT_KEPT, data
from runcoach.web.problems import problem

router = APIRouter(tags=["work"])


@router.get("/totals", response_model=schemas.Many[schemas.Total])
def totals(request: Request, query: Annotated[params.Summed, Query()]) -> Response:
    """Sums by week (from Monday), month or year, newest first; of every sport unless `sport` says otherwise."""
    with open_reader(request.app.state.config) as connection:
        rows = sums.totals(connection, query.by, query.filter(), query.limit)
    return data(request, rows, LIST, nextCursor=None)


@router.get("/jobs", response_model=schemas.Many[schemas.Job])
def jobs(request: Request, query: Annotated[params.Jobs, Query()]) -> Response:
    """Background work, open jobs first."""
    with open_reader(request.app.state.config) as connection:
        rows = queue.listed(connection, status=query.status, limit=query.limit)
    return data(request, rows, NOT_KEPT, nextCursor=None)


@router.get("/audit", response_model=schemas.Many[schemas.Event])
def audit(request: Request, query: Annotated[params.Events, Query()]) -> Response:
    """What happened, newest first."""
    with open_reader(request.app.state.config) as connection:
        rows = queries.audit(connection, activity_ref=query.activity, entity=query.entity, limit=query.limit)
    return data(request, rows, NOT_KEPT, nextCursor=None)


@router.post("/sync", status_code=202, response_model=schemas.One[schemas.Queued])
def sync(request: Request, wish: params.SyncWish | None = None) -> Response:
    """Ask for a sync in the background; `status` tells how it goes. `queued` is false where one is under way."""
    worker = request.app.state.worker
    if worker is None:
        return problem(409, "nothing works in the background of this server", hint="run `runcoach sync`")
    response = data(request, {"queued": worker.request_sync(full=wish is not None and wish.full)}, NOT_KEPT)
    response.status_code = 202
    return response
