"""Routes for forecasts of race times."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from runcoach.domain.distances import parse_distance
from runcoach.domain.json_format import to_json
from runcoach.domain.windows import parse_date
from runcoach.services.reader import open_reader
from runcoach.services.training.forecasts import backtest as backtests
from runcoach.services.training.forecasts import predictions as queries
from runcoach.web.api import params, prediction_schemas
from runcoach.web.http_cache import NO_STORE, data

router = APIRouter(tags=["training"])


class PredictionParams(params.QueryParams):
    """Distance and day of the race, and the day from which on nothing is known."""

    distance: str | None = Field(default=None, max_length=20, examples=["half", "10k"])
    date: str | None = params.day("2027-04-18")
    as_of: str | None = params.AS_OF


@router.get("/predictions", response_model=prediction_schemas.Predictions)
def predictions(request: Request, query: Annotated[PredictionParams, Query()]) -> Response:
    """Forecasts of race times with their intervals; `data` is empty and `reason` says why where not enough is known."""
    distances = queries.DISTANCES if query.distance is None else (parse_distance(query.distance),)
    with open_reader(request.app.state.config) as connection:
        report = queries.predict(
            connection,
            distances,
            as_of=None if query.as_of is None else parse_date(query.as_of),
            race_date=None if query.date is None else parse_date(query.date),
        )
    return data(
        request,
        report.rows,
        NO_STORE,
        reason=report.reason,
        vdot=report.vdot,
        trainingPaces=to_json(report.paces),
    )


@router.get("/predictions/backtest", response_model=prediction_schemas.Backtest, dependencies=[params.NO_PARAMS])
def backtest(request: Request) -> Response:
    """Past races and hard efforts, forecast by each method from what was known two days before, and their errors."""
    with open_reader(request.app.state.config) as connection:
        report = backtests.backtest(connection)
    return data(request, report, NO_STORE)
