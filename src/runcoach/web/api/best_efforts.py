"""Routes for best efforts, their progression, and ignoring an effort."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.distances import parse_distance
from runcoach.services import edits
from runcoach.services.queries import best_efforts
from runcoach.services.reader import open_reader
from runcoach.web.api import params, schemas
from runcoach.web.http_cache import NO_STORE, data

router = APIRouter(tags=["best"])


@router.get("/best", response_model=schemas.Many[schemas.Best])
def best(request: Request, query: Annotated[params.BestParams, Query()]) -> Response:
    """The fastest effort of every distance, or the `top` (10) of one."""
    with open_reader(request.app.state.config) as connection:
        report = best_efforts.fastest_efforts(connection, query.filter(), distance=query.distance, top=query.top)
    return data(request, report.rows, NO_STORE, nextCursor=None)


@router.get("/best/progression", response_model=schemas.Many[schemas.Record])
def progression(request: Request, query: Annotated[params.ProgressionParams, Query()]) -> Response:
    """The records over one standard distance, in the order they were set."""
    with open_reader(request.app.state.config) as connection:
        steps = best_efforts.progression(connection, query.distance, query.filter())
    return data(request, steps, NO_STORE, nextCursor=None)


@router.post("/efforts/ignore", response_model=schemas.One[schemas.Decided])
def ignore(request: Request, choice: params.EffortChoice) -> Response:
    """Remove one effort, or all efforts of an activity, from the rankings; the reason is kept in the audit trail."""
    return _decide(request, choice, ignore=True)


@router.post("/efforts/restore", response_model=schemas.One[schemas.Decided])
def restore(request: Request, choice: params.EffortChoice) -> Response:
    """Put an ignored effort, or all efforts of an ignored activity, back into the rankings."""
    return _decide(request, choice, ignore=False)


def _decide(request: Request, choice: params.EffortChoice, *, ignore: bool) -> Response:
    config = request.app.state.config
    if choice.distance is None:
        edits.set_run_ignored(config, choice.activity, ignore=ignore, reason=choice.reason)
        return data(request, {"distance_m": None, "ignored": ignore, "best": None}, NO_STORE)
    label, _ = parse_distance(choice.distance)
    change = edits.set_ignored(config, choice.activity, choice.distance, ignore=ignore, reason=choice.reason)
    return data(request, {"distance_m": label, "ignored": ignore, "best": change.fastest}, NO_STORE)
