"""The page of fitness: fitness, fatigue and form, load, heart rate zones, decoupling, durability, easy pace."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from runcoach.domain.filters import EffortFilter
from runcoach.domain.training.coaching_rules import form_state
from runcoach.domain.units import format_duration
from runcoach.domain.windows import local_today, parse_window
from runcoach.services.reader import open_reader
from runcoach.services.training.durability import durability
from runcoach.services.training.fitness import Fitness, FitnessDay, fitness, weeks_of
from runcoach.services.training.run_trends import RunTrends, run_trends
from runcoach.services.training.week import monday_of
from runcoach.services.training.zones import TimeInZones, zones
from runcoach.web.pages.coach import trend_charts
from runcoach.web.pages.formatting import Formatter
from runcoach.web.pages.layout import formatter, show

router = APIRouter()

#: Ranges of the charts: days, None for all.
RANGES: dict[str, tuple[str, int | None]] = {"90d": ("90 days", 90), "1y": ("A year", 365), "all": ("All", None)}

#: Runs in the table of the newest.
_RUNS = 20

#: Decoupling below this is good (Friel).
_GOOD_DECOUPLING = 0.05


def range_of(request: Request, usual: str) -> str:
    """The range in the query string, ``usual`` for none and for an unknown one."""
    given = request.query_params.get("range", usual)
    return given if given in RANGES else usual


def shown_days(found: Fitness, chosen: str) -> tuple[FitnessDay, ...]:
    """The days of a range, the newest last; those up to the last run where it was before them."""
    count = RANGES[chosen][1]
    if count is None or found.last_run is None:
        return found.days
    last = len(found.days) - 1 - (found.as_of - found.last_run).days
    end = len(found.days) if last >= len(found.days) - count else last + 1
    return found.days[max(0, end - count) : end]


def form_words(found: Fitness) -> str:
    """The form of today in words, as ``runcoach today`` has them."""
    now = found.today
    if now is None or not found.is_settled:
        return "too early to compare"
    return form_state(now.form / now.fitness) if now.fitness >= 1.0 else "no training to recover from"


@router.get("/fitness")
def page(request: Request) -> Response:
    """The page of fitness."""
    config, cache = request.app.state.config, request.app.state.figures
    today = local_today()
    chosen = range_of(request, "1y")
    with open_reader(config) as connection:
        found = cache.get("fitness", lambda: fitness(connection, today))
        figures = cache.get(chosen, lambda: _figures(connection, found, chosen, formatter(request)))
        return show(
            request,
            connection,
            "fitness.html",
            "fitness",
            fitness=found,
            form_words=form_words(found),
            ranges=RANGES,
            chosen=chosen,
            good_decoupling=_GOOD_DECOUPLING,
            **figures,
        )


def _figures(connection: sqlite3.Connection, found: Fitness, chosen: str, fmt: Formatter) -> dict[str, Any]:
    days = shown_days(found, chosen)
    weeks = weeks_of(days)
    since, until = (days[0].date, days[-1].date) if days else (found.as_of, found.as_of)
    by_week = zones(connection, "week", monday_of(since))
    trends = run_trends(connection, since)
    runs = EffortFilter(until, parse_window("all" if chosen == "all" else chosen))
    return {
        "until": until,
        "chart": trend_charts.fitness_chart(days),
        "weeks": weeks[::-1],
        "loads": trend_charts.load_bars(
            weeks, lambda week: f"Week of {fmt.recent_day(week.monday)}: load {week.load:.0f}"
        ),
        "zones": by_week,
        "zone_chart": trend_charts.zone_bars(by_week.rows, lambda row: zone_words(row, fmt)),
        "trends": trends,
        "runs": trends.runs[:_RUNS],
        "decoupling": _decoupling(trends, since, until, fmt),
        "easy_pace": _easy_pace(trends, since, until, fmt),
        "durability": durability(connection, runs),
    }


def zone_words(row: TimeInZones, fmt: Formatter) -> str:
    """A week and its time in each zone, for tooltips."""
    parts = ", ".join(f"Z{number} {format_duration(s)}" for number, s in enumerate(row.time_in_zone_s, start=1))
    return f"Week of {fmt.recent_day(row.period)}: {parts}"


def _decoupling(trends: RunTrends, since: date, until: date, fmt: Formatter) -> trend_charts.Dots | None:
    points = [
        (
            date.fromisoformat(run.local_date),
            100.0 * run.decoupling,
            f"{fmt.day(run.local_date)}: {fmt.number(100 * run.decoupling, 1)} %, {run.name}",
            f"/activities/{run.activity_id}",
        )
        for run in trends.runs
        if run.decoupling is not None
    ]
    return trend_charts.dots(points, [], since, until, lambda value: f"{fmt.number(value)} %")


def _easy_pace(trends: RunTrends, since: date, until: date, fmt: Formatter) -> trend_charts.Dots | None:
    per_unit = fmt.units.metres / 1000.0
    points = [
        (
            date.fromisoformat(run.local_date),
            run.pace_at_bpm_sec_per_km * per_unit,
            f"{fmt.day(run.local_date)}: {fmt.pace(run.pace_at_bpm_sec_per_km)} /{fmt.distance_unit}, {run.name}",
            f"/activities/{run.activity_id}",
        )
        for run in trends.runs
        if run.pace_at_bpm_sec_per_km is not None
    ]
    line = [
        (min(max(date.fromisoformat(f"{month.month}-15"), since), until), month.sec_per_km * per_unit)
        for month in trends.months
    ]
    step_of = trend_charts.duration_step
    return trend_charts.dots(points, line, since, until, format_duration, step_of=step_of)
