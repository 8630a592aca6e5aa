"""The overview: today's suggestion, recent running beside the usual, forecasts, goals, newest runs and bests."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from runcoach.domain.training.goals import example_goal
from runcoach.services.queries.overview import overview
from runcoach.services.reader import open_reader
from runcoach.services.training import goals
from runcoach.services.training.fitness import fitness
from runcoach.services.training.forecasts.predictions import predict
from runcoach.services.training.goals import Goal, with_forecasts
from runcoach.services.training.today import today
from runcoach.services.training.week import year_to_date
from runcoach.web.pages.coach import charts, trend_charts
from runcoach.web.pages.coach.fitness import RANGES, form_words, range_of, shown_days
from runcoach.web.pages.layout import formatter, show

router = APIRouter()


@router.get("/")
def page(request: Request) -> Response:
    """The overview."""
    config, cache, worker = request.app.state.config, request.app.state.figures, request.app.state.worker
    chosen = range_of(request, "90d")
    fmt = formatter(request)
    with open_reader(config) as connection:
        found = cache.get("overview", lambda: overview(connection))
        day = cache.get("today", lambda: today(connection, units=fmt.units))
        fit = cache.get("fitness", lambda: fitness(connection, day.day))
        year = cache.get("year", lambda: year_to_date(connection, day.day))
        return show(
            request,
            connection,
            "overview.html",
            "overview",
            data=found,
            state=worker.state() if worker is not None else None,
            day=day,
            forecasts=cache.get("forecasts", lambda: predict(connection)),
            goals=cache.get("goals", lambda: _open_goals(connection, day.day)),
            fitness=fit,
            example_goal=example_goal(),
            form_words=form_words(fit),
            fitness_chart=trend_charts.fitness_chart(shown_days(fit, chosen)),
            ranges=RANGES,
            chosen=chosen,
            year_to_date=year,
            year_lines=charts.year_lines(year, fmt),
            calendar=charts.calendar(found.calendar, found.year, fmt),
            volume=charts.volume(found.weeks, found.week.typical_week, fmt, is_now=found.until == found.week.today),
            sunday=lambda monday: monday + timedelta(days=6),
        )


def _open_goals(connection: sqlite3.Connection, day: date) -> tuple[Goal, ...]:
    """The goals whose day has not passed, with their forecasts."""
    open_goals = [goal for goal in goals.goals(connection, day) if goal.days_left is None or goal.days_left >= 0]
    return with_forecasts(connection, open_goals, day)
