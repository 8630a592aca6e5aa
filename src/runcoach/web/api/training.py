"""Routes of the coach: races, goals, what to do today."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from runcoach.domain.distances import parse_distance
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import local_today, parse_window
from runcoach.services.reader import open_reader
from runcoach.services.training import durability as durability_queries
from runcoach.services.training import goals as goal_queries
from runcoach.services.training import races as race_queries
from runcoach.services.training import today as today_queries
from runcoach.web.api import params, schemas, training_schemas
from runcoach.web.http_cache import NO_STORE, data

router = APIRouter(tags=["training"])


class DurabilityParams(params.QueryParams):
    """Window of runs, as the option of ``runcoach durability``."""

    window: str = Field(default="1y", pattern=params.WINDOW_PATTERN, examples=["1y", "90d"])


class RaceParams(params.QueryParams):
    """Filter of races, as the options of ``runcoach races``."""

    year: int | None = Field(default=None, ge=1900, le=2200)
    distance: str | None = Field(default=None, max_length=20, examples=["5k", "half"])
    guesses: bool = Field(default=True, description="Include likely races.")


@router.get("/races", response_model=schemas.Many[training_schemas.Race])
def races(request: Request, query: Annotated[RaceParams, Query()]) -> Response:
    """The races, newest first: official and recorded times, and each as a percentage of the runner's best."""
    label = None if query.distance is None else parse_distance(query.distance)[0]
    with open_reader(request.app.state.config) as connection:
        found = race_queries.races(connection, year=query.year, distance_m=label, with_guesses=query.guesses)
    return data(request, found, NO_STORE, nextCursor=None)


@router.get("/goals", response_model=schemas.Many[training_schemas.Goal], dependencies=[params.NO_PARAMS])
def goals(request: Request) -> Response:
    """The goals, the next one first: coming ones with what could be run now, past ones with what was run."""
    with open_reader(request.app.state.config) as connection:
        found = goal_queries.with_forecasts(connection, goal_queries.goals(connection), local_today())
    return data(request, found, NO_STORE, nextCursor=None)


@router.get("/today", response_model=schemas.One[training_schemas.Today], dependencies=[params.NO_PARAMS])
def today(request: Request) -> Response:
    """Where training stands: the week, the longest run without a spike, the next goal, and one suggestion."""
    with open_reader(request.app.state.config) as connection:
        found = today_queries.today(connection)
    return data(request, found, NO_STORE)


@router.get("/durability", response_model=schemas.Many[training_schemas.Durability])
def durability(request: Request, query: Annotated[DurabilityParams, Query()]) -> Response:
    """The fastest 1, 3 and 5 km that begin late in runs, beside fresh ones."""
    with open_reader(request.app.state.config) as connection:
        found = durability_queries.durability(connection, EffortFilter(window=parse_window(query.window)))
    return data(request, found, NO_STORE, nextCursor=None)
