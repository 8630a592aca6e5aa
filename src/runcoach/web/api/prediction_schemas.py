"""Schemas of forecasts of race times."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from runcoach.web.api.schemas import Schema


class EffortUsed(Schema):
    """An effort that a forecast is based on."""

    date: str
    distance_m: float
    duration_s: float
    climb_m: float
    is_race: bool
    activity_id: int | None


class Inputs(Schema):
    """What a forecast is based on: nothing from ``knownBefore`` on."""

    known_before: str
    race_date: str
    efforts: list[EffortUsed]
    runs: int
    weekly_m: float
    pace_sec_per_km: float | None
    longest_run_m: float


class MethodTime(Schema):
    """What one published method says."""

    method: str
    duration_s: int


class Prediction(Schema):
    """A forecast with its 50 and 80 % intervals; ``checked`` says how such forecasts were checked."""

    distance_m: int
    length_m: float
    duration_s: int
    low_50_s: int
    high_50_s: int
    low_80_s: int
    high_80_s: int
    method: str
    inputs: Inputs
    others: list[MethodTime]
    checked: str


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


class BacktestRow(Schema):
    """A past race and one method; ``errorPercent`` is positive where the forecast was too slow."""

    date: str
    distance_m: int
    activity_id: int | None
    name: str
    kind: str
    time_s: int
    method: str
    forecast_s: int
    error_percent: float
    low_50_s: int | None
    high_50_s: int | None
    low_80_s: int | None
    high_80_s: int | None


class MethodErrors(Schema):
    """The errors of one method in percent; ``within50`` and ``within80`` are the races inside its intervals."""

    method: str
    n: int
    bias: float
    median: float
    mape: float
    p90: float
    within_50: float | None
    within_80: float | None


class BacktestReport(Schema):
    """All past races by day, newest first, and the errors by method."""

    races: int
    rows: list[BacktestRow]
    summary: list[MethodErrors]


class Backtest(BaseModel):
    """Envelope of a back-test."""

    model_config = ConfigDict(extra="forbid")
    data: BacktestReport
