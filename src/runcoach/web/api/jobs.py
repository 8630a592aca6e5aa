"""Routes for totals, the queue, the audit trail, and requesting a sync."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.services import jobs as queue
from runcoach.services.queries import activities as queries
from runcoach.services.queries import totals as sums
from runcoach.services.reader import open_reader
from runcoach.web.api import params, schemas
from runcoach.web.http_cache import LIST, NO_STORE, data
from runcoach.web.problems import problem

router = APIRouter(tags=["work"])


@router.get("/totals", response_model=schemas.Many[schemas.Total])
def totals(request: Request, query: Annotated[params.TotalsParams, Query()]) -> Response:
    """Sums by week (from Monday), month or year, newest first; of all sports without `sport`."""
    with open_reader(request.app.state.config) as connection:
        rows = sums.totals(connection, query.by, query.filter(), query.limit)
    return data(request, rows, LIST, nextCursor=None)


@router.get("/jobs", response_model=schemas.Many[schemas.Job])
def jobs(request: Request, query: Annotated[params.JobParams, Query()]) -> Response:
    """Background jobs, open ones first."""
    with open_reader(request.app.state.config) as connection:
        rows = queue.listed(connection, status=query.status, limit=query.limit)
    return data(request, rows, NO_STORE, nextCursor=None)


@router.get("/audit", response_model=schemas.Many[schemas.Event])
def audit(request: Request, query: Annotated[params.AuditParams, Query()]) -> Response:
    """Events of the audit trail, newest first."""
    with open_reader(request.app.state.config) as connection:
        rows = queries.audit(connection, activity_ref=query.activity, entity=query.entity, limit=query.limit)
    return data(request, rows, NO_STORE, nextCursor=None)


@router.post("/sync", status_code=202, response_model=schemas.One[schemas.Queued])
def sync(request: Request, options: params.SyncRequest | None = None) -> Response:
    """Request a background sync; `queued` is false while one is running. See `status` for its progress."""
    worker = request.app.state.worker
    if worker is None:
        return problem(409, "this server does no background work", hint="run `runcoach sync`")
    response = data(request, {"queued": worker.request_sync(full=options is not None and options.full)}, NO_STORE)
    response.status_code = 202
    return response
