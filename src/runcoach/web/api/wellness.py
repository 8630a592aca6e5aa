"""Route for daily values of the body."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from runcoach.domain.wellness import METRICS
from runcoach.domain.windows import parse_date, parse_last_date
from runcoach.services.reader import open_reader
from runcoach.services.training import wellness as queries
from runcoach.web.api import params, schemas
from runcoach.web.http_cache import NO_STORE, data

router = APIRouter(tags=["training"])

MetricName = Literal["resting-hr", "hrv-rmssd", "hrv-sdnn", "sleep", "weight", "vo2max", "steps"]


class WellnessParams(params.QueryParams):
    """Metrics and days; ``days`` limits them to the last ones that have a value."""

    metric: list[MetricName] = Field(default=[], max_length=len(METRICS))
    since: str | None = params.DAY
    until: str | None = params.DAY
    days: int | None = Field(default=None, ge=1, le=36_600)


class DailyValue(schemas.Schema):
    """A value of one metric on one day from one source; nothing is averaged over sources."""

    date: str
    metric: MetricName
    value: float
    unit: str
    source: str
    device: str | None
    readings: int


@router.get("/wellness", response_model=schemas.Many[DailyValue])
def wellness(request: Request, query: Annotated[WellnessParams, Query()]) -> Response:
    """Daily values of the body, newest day first: resting heart rate, HRV, sleep, weight, VO2max, steps."""
    with open_reader(request.app.state.config) as connection:
        values = queries.daily_values(
            connection,
            metrics=query.metric,
            since=None if query.since is None else parse_date(query.since),
            until=None if query.until is None else parse_last_date(query.until),
            days=query.days,
        )
    return data(request, values, NO_STORE, nextCursor=None)
