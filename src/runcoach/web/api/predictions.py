"""Routes for forecasts of race times."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from runcoach.domain.distances import parse_distance
from runcoach.domain.json_format import to_json
from runcoach.domain.windows import parse_date
from runcoach.services.reader import open_reader
from runcoach.services.training.forecasts import backtest as backtests
from runcoach.services.training.forecasts import predictions as queries
from runcoach.web.api import params
from runcoach.web.api.schemas import Schema, fields_of
from runcoach.web.http_cache import NO_STORE, data

router = APIRouter(tags=["training"])


@fields_of(queries.EffortUsed)
class EffortUsed(Schema):
    """An effort that a forecast is based on."""


@fields_of(queries.Inputs)
class Inputs(Schema):
    """What a forecast is based on: nothing from ``knownBefore`` on."""


@fields_of(queries.MethodTime)
class MethodTime(Schema):
    """What one published method says."""


@fields_of(queries.Prediction)
class Prediction(Schema):
    """A forecast with its 50 and 80 % intervals; ``checked`` says how such forecasts were checked."""


class PaceRange(Schema):
    """A training pace: its slow and its fast end."""

    name: str
    slow_sec_per_km: float
    fast_sec_per_km: float


class Predictions(BaseModel):
    """Envelope of forecasts; ``reason`` says what is missing for distances without one."""

    model_config = ConfigDict(extra="forbid")
    data: list[Prediction]
    reason: str | None
    vdot: float | None
    trainingPaces: list[PaceRange]  # noqa: N815  (it is the name in JSON)


@fields_of(backtests.BacktestRow)
class BacktestRow(Schema):
    """A past race and one method; ``errorPercent`` is positive where the forecast was too slow."""


@fields_of(backtests.MethodErrors)
class MethodErrors(Schema):
    """The errors of one method in percent; ``within50`` and ``within80`` are the races inside its intervals."""


@fields_of(backtests.BacktestReport)
class BacktestReport(Schema):
    """All past races by day, newest first, and the errors by method."""


class Backtest(BaseModel):
    """Envelope of a back-test."""

    model_config = ConfigDict(extra="forbid")
    data: BacktestReport


class PredictionParams(params.QueryParams):
    """Distance and day of the race, and the day from which on nothing is known."""

    distance: str | None = Field(default=None, max_length=20, examples=["half", "10k"])
    date: str | None = params.day("2027-04-18")
    as_of: str | None = params.AS_OF


@router.get("/predictions", response_model=Predictions)
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


@router.get("/predictions/backtest", response_model=Backtest, dependencies=[params.NO_PARAMS])
def backtest(request: Request) -> Response:
    """Past races and hard efforts, forecast by each method from what was known two days before, and their errors."""
    with open_reader(request.app.state.config) as connection:
        return data(request, backtests.backtest(connection), NO_STORE)
