"""Routes for load, fitness and heart rate zones."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.json_format import to_json
from runcoach.domain.windows import local_today, parse_date
from runcoach.services.analytics.missing import not_analyzed
from runcoach.services.reader import open_reader
from runcoach.services.training import fitness as fitness_queries
from runcoach.services.training import zones as zone_queries
from runcoach.web.api import params
from runcoach.web.api.schemas import Schema, fields_of
from runcoach.web.http_cache import NO_STORE, data

router = APIRouter(tags=["training"])


@fields_of(zone_queries.Figure)
class Figure(Schema):
    """A value with its origin: `set`, `garmin`, `estimate` or `assumed`."""


class Zones(Schema):
    """The lowest heart rates of zones 2 to 5."""

    lower_bpm: list[int]
    origin: str
    note: str | None


@fields_of(zone_queries.Physiology)
class Physiology(Schema):
    """What loads and zones are computed with."""


@fields_of(fitness_queries.FitnessDay)
class FitnessDay(Schema):
    """One day: load is null where a run has none, fitness and fatigue are after it, form is before it."""


@fields_of(fitness_queries.WeekLoad)
class WeekLoad(Schema):
    """Foster's monotony and strain of seven days; null where every day had the same load."""


@fields_of(fitness_queries.RunCounts)
class RunCounts(Schema):
    """How the load of runs was computed."""


class Fitness(Schema):
    """Every day, oldest first; `remark` says what is not computed yet."""

    data: list[FitnessDay]
    as_of: str
    settled_from: str | None
    ramp: float | None
    week: WeekLoad | None
    runs: RunCounts
    last_run: str | None
    inputs: Physiology | None
    method: str
    load_method: str
    remark: str | None


@fields_of(zone_queries.TimeInZones)
class TimeInZones(Schema):
    """Seconds in zones 1 to 5 of a run, a week or a month."""


@fields_of(zone_queries.Polarization)
class Polarization(Schema):
    """How much of the training is easy, by sessions and by time."""


class ZoneReport(Schema):
    """Time in zones, newest first; `remark` says what is not computed yet."""

    data: list[TimeInZones]
    by: str
    since: str
    zones: Zones | None
    polarization: Polarization
    inputs: Physiology | None
    method: str
    remark: str | None


class FitnessParams(params.QueryParams):
    """The first and the last day."""

    since: str | None = params.day("2026-01")
    as_of: str | None = params.AS_OF


class ZoneParams(params.QueryParams):
    """Rows, and the first day; the last 12 weeks by default."""

    by: Literal["run", "week", "month"] = "week"
    since: str | None = params.day("2026-01")


@router.get("/fitness", response_model=Fitness)
def fitness(request: Request, query: Annotated[FitnessParams, Query()]) -> Response:
    """Load, fitness, fatigue and form of every day, oldest first, and what they are computed from."""
    with open_reader(request.app.state.config) as connection:
        found = fitness_queries.fitness(connection, local_today() if query.as_of is None else parse_date(query.as_of))
        remark = not_analyzed(connection)
    since = None if query.since is None else parse_date(query.since)
    days = [day for day in found.days if since is None or day.date >= since]
    return data(request, days, NO_STORE, remark=remark, **to_json(found.context()))


@router.get("/zones", response_model=ZoneReport)
def zones(request: Request, query: Annotated[ZoneParams, Query()]) -> Response:
    """Seconds in heart rate zones by run, week or month, newest first, and how much of the training was easy."""
    since = local_today() - timedelta(days=zone_queries.DAYS) if query.since is None else parse_date(query.since)
    with open_reader(request.app.state.config) as connection:
        found = zone_queries.zones(connection, query.by, since)
        remark = not_analyzed(connection)
    return data(request, found.rows, NO_STORE, since=since.isoformat(), remark=remark, **to_json(found.context()))
