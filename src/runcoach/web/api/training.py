"""Routes of the coach: races, goals, what to do today."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from runcoach.domain.distances import parse_distance
from runcoach.domain.filters import EffortFilter
from runcoach.domain.training import coaching_rules
from runcoach.domain.windows import local_today, parse_window
from runcoach.services.reader import open_reader
from runcoach.services.training import durability as durability_queries
from runcoach.services.training import goals as goal_queries
from runcoach.services.training import races as race_queries
from runcoach.services.training import today as today_queries
from runcoach.services.training import week
from runcoach.web.api import params, schemas
from runcoach.web.api.schemas import Schema, fields_of
from runcoach.web.http_cache import NO_STORE, data

router = APIRouter(tags=["training"])


@fields_of(race_queries.Race)
class Race(Schema):
    """A race; ``markedBy`` is the kind of source that calls it one, ``edit`` or ``guess`` (with its ``reason``)."""


@fields_of(goal_queries.GoalResult)
class GoalResult(Schema):
    """What was run over the distance of a goal on its day."""


@fields_of(goal_queries.GoalForecast)
class GoalForecast(Schema):
    """What could be run now over the distance of a goal; ``gapS`` is by how much that is slower than the goal."""


@fields_of(goal_queries.Goal)
class Goal(Schema):
    """A goal; ``daysLeft`` is negative where its day has passed."""


@fields_of(week.Sums)
class Sums(Schema):
    """Sums over some days."""


@fields_of(week.Day)
class Day(Schema):
    """The sums of one day."""


@fields_of(week.ThisWeek)
class ThisWeek(Schema):
    """The current week, and the medians of earlier ones up to the same weekday and as a whole."""


class LongestRun(Schema):
    """The run that the spike limit comes from."""

    day: str
    distance_m: float


class SpikeLimit(Schema):
    """How long a run can be without a spike, until this day."""

    distance_m: float
    until: str
    longest: LongestRun


@fields_of(coaching_rules.Suggestion)
class Suggestion(Schema):
    """What to do today and why; ``rule`` is the rule that applied."""


@fields_of(today_queries.Form)
class Form(Schema):
    """Fitness, fatigue and form; ``formShare`` is form divided by fitness, ``ramp`` the change of fitness in 7 days."""


@fields_of(today_queries.Today)
class Today(Schema):
    """Where training stands today, and one suggestion."""


@fields_of(durability_queries.DurabilityRow)
class Durability(Schema):
    """The fastest ``distanceM`` that begin after ``afterM`` of a run (0: fresh); ``slower`` than fresh, a share."""


class DurabilityParams(params.QueryParams):
    """Window of runs, as the option of ``runcoach durability``."""

    window: str = Field(default="1y", pattern=params.WINDOW_PATTERN, examples=["1y", "90d"])


class RaceParams(params.QueryParams):
    """Filter of races, as the options of ``runcoach races``."""

    year: int | None = Field(default=None, ge=1900, le=2200)
    distance: str | None = Field(default=None, max_length=20, examples=["5k", "half"])
    guesses: bool = Field(default=True, description="Include likely races.")


@router.get("/races", response_model=schemas.Many[Race])
def races(request: Request, query: Annotated[RaceParams, Query()]) -> Response:
    """The races, newest first: official and recorded times, and each as a percentage of the runner's best."""
    label = None if query.distance is None else parse_distance(query.distance)[0]
    with open_reader(request.app.state.config) as connection:
        found = race_queries.races(connection, year=query.year, distance_m=label, with_guesses=query.guesses)
    return data(request, found, NO_STORE, nextCursor=None)


@router.get("/goals", response_model=schemas.Many[Goal], dependencies=[params.NO_PARAMS])
def goals(request: Request) -> Response:
    """The goals, the next one first: coming ones with what could be run now, past ones with what was run."""
    with open_reader(request.app.state.config) as connection:
        found = goal_queries.with_forecasts(connection, goal_queries.goals(connection), local_today())
    return data(request, found, NO_STORE, nextCursor=None)


@router.get("/today", response_model=schemas.One[Today], dependencies=[params.NO_PARAMS])
def today(request: Request) -> Response:
    """Where training stands: the week, the longest run without a spike, the next goal, and one suggestion."""
    with open_reader(request.app.state.config) as connection:
        return data(request, today_queries.today(connection), NO_STORE)


@router.get("/durability", response_model=schemas.Many[Durability])
def durability(request: Request, query: Annotated[DurabilityParams, Query()]) -> Response:
    """The fastest 1, 3 and 5 km that begin late in runs, beside fresh ones."""
    with open_reader(request.app.state.config) as connection:
        found = durability_queries.durability(connection, EffortFilter(window=parse_window(query.window)))
    return data(request, found, NO_STORE, nextCursor=None)
