"""``runcoach today``: where training stands, and one suggestion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import counted, plain_table, text, wrapped
from runcoach.domain.training.goals import example_goal
from runcoach.domain.units import Units, format_duration, format_length

if TYPE_CHECKING:
    from rich.text import Text

    from runcoach.services.training.goals import Goal
    from runcoach.services.training.today import Today


def command(current: Invocation, as_json: JsonOption = False) -> None:
    """Show the state of your training on one screen, with one suggestion and its reason.

    Examples:

      runcoach today

      runcoach goal add "half 1:35:00 2027-04-18"
    """
    from runcoach.services.training import today

    with current.reader() as connection:
        screen = today.today(connection, units=current.units)
    if current.answered(screen, as_json=as_json):
        return
    table = plain_table("", wrapped(), header=False)
    for title, line in _lines(current.units, screen):
        table.add_row(text(title, "dim"), line)
    current.show(text(f"{screen.day:%A %Y-%m-%d}", "bold"), "", table)


def _lines(units: Units, screen: Today) -> Iterator[tuple[str, Text]]:
    yield "Form", text(_form(screen))
    yield "This week", text(_week(units, screen))
    yield "Spike", text(_limit(units, screen))
    if screen.spike_limit is not None:
        yield "", text(screen.spike_evidence, "dim")
    yield "Goal", text(_goal(screen))
    if screen.goal is not None:
        yield "", text(_forecast(screen.goal))
    yield "", text("")
    yield "Today", text(screen.suggestion.text, "bold")
    yield "", text(screen.suggestion.reason)


def _form(screen: Today) -> str:
    form = screen.form
    if form is None:
        return f"Not yet: {screen.form_reason}."
    line = f"{form.form:+.0f}, {form.state} ({form.form_share:+.0%} of fitness)."
    return f"{line} Fitness {form.fitness:.0f} ({form.ramp:+.1f} in a week), fatigue {form.fatigue:.0f}."


def _week(units: Units, screen: Today) -> str:
    week = screen.week
    line = f"{format_length(week.sums.distance_m, units, 1)} in {counted(int(week.sums.runs), 'run')}"
    if week.typical_so_far is None or week.typical_week is None:
        return f"{line}. Not yet: a typical week needs three weeks of runs."
    typical = format_length(week.typical_so_far.distance_m, units, 1)
    whole = format_length(week.typical_week.distance_m, units, 1)
    return f"{line}. Typical: {typical} by {screen.day:%A}, {whole} a week."


def _limit(units: Units, screen: Today) -> str:
    limit = screen.spike_limit
    if limit is None:
        return "Not yet: no run in the last 30 days to compare with."
    longest = f"{format_length(limit.longest.distance_m, units, 1)} on {_day(limit.longest.day)}"
    until = _day(limit.until)
    return f"Longest without a spike: {format_length(limit.distance_m, units, 1)} until {until} (after {longest})."


def _goal(screen: Today) -> str:
    goal = screen.goal
    if goal is None:
        return f'None yet: `runcoach goal add "{example_goal()}"` adds one.'
    if goal.days_left is None:
        return f"{goal.title}."
    when = f"in {counted(goal.days_left, 'day')}" if goal.days_left else "today"
    return f"{goal.title}, {when}."


def _forecast(goal: Goal) -> str:
    """What could be run now, and how far off the goal is."""
    forecast = goal.forecast
    if forecast is None:
        return f"Forecast: {goal.forecast_reason}."
    likely = f"{format_duration(forecast.low_80_s)} to {format_duration(forecast.high_80_s)} in 4 of 5 races"
    line = f"Today about {format_duration(forecast.duration_s)} ({likely})"
    if forecast.gap_s is None:
        return f"{line}."
    gap = format_duration(abs(forecast.gap_s))
    return f"{line}: {gap} {'slower' if forecast.gap_s > 0 else 'faster'} than your goal."


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
