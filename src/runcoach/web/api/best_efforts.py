"""Best efforts: ranked in a window, how they came about, and the say a person has in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.distances import parse_distance
from runcoach.services import edits
from runcoach.services.queries import best_efforts
from runcoach.services.reader import open_reader
from runcoach.web.api import params, schemas
from runcoach.web.http_cache import NOT_KEPT, data

router = APIRouter(tags=["best"])


@router.get("/best", response_model=schemas.Many[schemas.Best])
def best(request: Request, query: Annotated[params.Top, Query()]) -> Response:
    """The fastest efforts: the best of every distance, or the ten (`top`) best of one."""
    with open_reader(request.app.state.config) as connection:
        report = best_efforts.fastest_efforts(connection, query.filter(), distance=query.distance, top=query.top)
    return data(request, report.rows, NOT_KEPT, nextCursor=None)


@router.get("/best/progression", response_model=schemas.Many[schemas.Record])
def progression(request: Request, query: Annotated[params.Progress, Query()]) -> Response:
    """The records over one ranked distance, in the order in which they were run."""
    with open_reader(request.app.state.config) as connection:
        steps = best_efforts.progression(connection, query.distance, query.filter())
    return data(request, steps, NOT_KEPT, nextCursor=None)


@router.post("/efforts/ignore", response_model=schemas.One[schemas.Decided])
def ignore(request: Request, choice: params.EffortChoice) -> Response:
    """Take one effort out of the ranks; the audit trail keeps the reason."""
    return _decide(request, choice, ignore=True)


@router.post("/efforts/restore", response_model=schemas.One[schemas.Decided])
def restore(request: Request, choice: params.EffortChoice) -> Response:
    """Put an ignored effort back into the ranks."""
    return _decide(request, choice, ignore=False)


def _decide(request: Request, choice: params.EffortChoice, *, ignore: bool) -> Response:
    label, _ = parse_distance(choice.distance)
    config = request.app.state.config
    change = edits.set_ignored(config, choice.activity, choice.distance, ignore=ignore, reason=choice.reason)
    return data(request, {"distance_m": label, "ignored": ignore, "best": change.fastest}, NOT_KEPT)
