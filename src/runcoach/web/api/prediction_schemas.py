"""Schemas of forecasts of race times."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from runcoach.services.training.forecasts import backtest, predictions
from runcoach.web.api.schemas import Schema, fields_of


@fields_of(predictions.EffortUsed)
class EffortUsed(Schema):
    """An effort that a forecast is based on."""


@fields_of(predictions.Inputs)
class Inputs(Schema):
    """What a forecast is based on: nothing from ``knownBefore`` on."""


@fields_of(predictions.MethodTime)
class MethodTime(Schema):
    """What one published method says."""


@fields_of(predictions.Prediction)
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


@fields_of(backtest.BacktestRow)
class BacktestRow(Schema):
    """A past race and one method; ``errorPercent`` is positive where the forecast was too slow."""


@fields_of(backtest.MethodErrors)
class MethodErrors(Schema):
    """The errors of one method in percent; ``within50`` and ``within80`` are the races inside its intervals."""


@fields_of(backtest.BacktestReport)
class BacktestReport(Schema):
    """All past races by day, newest first, and the errors by method."""


class Backtest(BaseModel):
    """Envelope of a back-test."""

    model_config = ConfigDict(extra="forbid")
    data: BacktestReport
