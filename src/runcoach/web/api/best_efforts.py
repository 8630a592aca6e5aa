"""Best efforts: ranked in a window, how they came about, and the say a person has in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from runcoach.services.queries import best_efforts as efforts
from runcoach.web.api import params, schemas
from runcoach.web.http_cache import NOT_KEPT, data

if TYPE_CHECKING:
    from runcoach.config import Config

router = APIRouter(tags=["best"])


@router.get("/best", response_model=schemas.Many[schemas.Best])
def best(request: Request, query: Annotated[params.Top, Query()]) -> Response:
    """The fastest efforts: the best of every distance, or the ten (`top`) best of one."""
    report = efforts.fastest_efforts(_config(request), _question(query, query.top))
    return data(request, report.rows, NOT_KEPT, nextCursor=None)


@router.get("/best/progression", response_model=schemas.Many[schemas.Record])
def progression(request: Request, query: Annotated[params.Progress, Query()]) -> Response:
    """The records over one ranked distance, in the order in which they were run."""
    return data(request, efforts.progression(_config(request), _question(query, None)), NOT_KEPT, nextCursor=None)


@router.post("/efforts/ignore", response_model=schemas.One[schemas.Decided])
def ignore(request: Request, choice: params.EffortChoice) -> Response:
    """Take one effort out of the ranks; the audit trail keeps the reason."""
    return _decide(request, choice, ignore=True)


@router.post("/efforts/restore", response_model=schemas.One[schemas.Decided])
def restore(request: Request, choice: params.EffortChoice) -> Response:
    """Put an ignored effort back into the ranks."""
    return _decide(request, choice, ignore=False)


def _decide(request: Request, choice: params.EffortChoice, *, ignore: bool) -> Response:
    from runcoach.domain.distances import parse_distance

    label, _ = parse_distance(choice.distance)
    now = efforts.set_ignored(_config(request), choice.activity, choice.distance, ignore=ignore, reason=choice.reason)
    return data(request, {"distance_m": label, "ignored": ignore, "best": now}, NOT_KEPT)


def _question(query: params.Ranked, top: int | None) -> efforts.Question:
    return efforts.Question(
        window=query.window,
        distance=query.distance,
        top=top,
        as_of=query.day(),
        include_suspect=query.include_suspect,
        indoor=query.indoor,
        races=query.races,
    )


def _config(request: Request) -> Config:
    config: Config = request.app.state.config
    return config
