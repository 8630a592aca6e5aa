"""``runcoach goals`` and ``goal``: lists, adds and removes the runner's goals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import counted, flexible, plain_table, right, text, title
from runcoach.domain.distances import distance_title
from runcoach.domain.training.goals import example_goal
from runcoach.domain.units import format_duration, format_pace

if TYPE_CHECKING:
    from rich.text import Text

    from runcoach.services.training.goals import Goal

app = CommandGroup(rich_markup_mode="rich", no_args_is_help=True)


def command(current: Invocation, as_json: JsonOption = False) -> None:
    """List your goals, the next one first, with what you could run now, and what you ran on the day of past ones.

    Examples:

      runcoach goals

      runcoach goal add "half 1:35:00 2027-04-18"
    """
    from runcoach.domain.windows import local_today
    from runcoach.services.training import goals

    with current.reader() as connection:
        found = goals.with_forecasts(connection, goals.goals(connection), local_today())
    empty = f'No goals yet. Add one with `runcoach goal add "{example_goal()}"`.'
    if current.answered(found, as_json=as_json, empty=empty):
        return
    names = [flexible("Race")] if any(goal.name for goal in found) else []
    columns = (right("Time"), right("Now"), "Day", "", right(f"min/{current.units.distance}"))
    table = plain_table(right("ID"), "Distance", *names, *columns, gap=1)
    for goal in found:
        pace = None if goal.time_s is None else goal.time_s / (goal.length_m / 1000.0)
        table.add_row(
            text(goal.id, "dim"),
            text(distance_title(goal.distance_m), "bold"),
            *([title(goal.name or "")] if names else []),
            text(format_duration(goal.time_s), "bold"),
            _forecast(goal),
            text(goal.race_date or "–"),
            _state(goal),
            format_pace(pace, current.units),
        )
    current.show(table)
    for reason in {goal.forecast_reason for goal in found if goal.forecast_reason}:
        current.say(f"No forecast: {reason}.")


def _state(goal: Goal) -> Text:
    """How many days are left, or what was run."""
    if goal.result is not None:
        is_reached = goal.time_s is None or goal.result.time_s <= goal.time_s
        return text(f"ran {format_duration(goal.result.time_s)}", "green" if is_reached else "yellow")
    if goal.days_left is None:
        return text("")
    if goal.days_left < 0:
        return text("no run found", "dim")
    return text(counted(goal.days_left, "day") if goal.days_left else "today", "dim")


def _forecast(goal: Goal) -> Text:
    """What could be run now, green where that reaches the goal."""
    if goal.forecast is None:
        return text("")
    is_reached = goal.forecast.gap_s is not None and goal.forecast.gap_s <= 0
    return text(format_duration(goal.forecast.duration_s), "green" if is_reached else "")


@app.callback()
def goal() -> None:
    """Add and remove goals; `runcoach goals` lists them.

    Examples:

      runcoach goal add "half 1:35:00 2027-04-18" --json

      runcoach goal remove 1
    """


@app.command("add")
def add(
    current: Invocation,
    goal: Annotated[str, typer.Argument(help='Distance, time and day: "half 1:35:00 2027-04-18".', metavar="GOAL")],
    name: Annotated[str | None, typer.Option(help="The name of the race.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Add a goal: a distance with a time, a day, or both. `runcoach today` shows how far off the next one is.

    Examples:

      runcoach goal add "half 1:35:00 2027-04-18" --name "Berlin half"

      runcoach goal add "5k 20:00"
    """
    from runcoach.services.training import goals

    added = goals.add(current.config, goal, name)
    current.report(added, f"Goal {added.id}: {added.title}. `runcoach goals` lists all.", as_json=as_json)


@app.command("remove")
def remove(
    current: Invocation,
    goal_id: Annotated[int, typer.Argument(help="A number from `runcoach goals`.", metavar="ID")],
    as_json: JsonOption = False,
) -> None:
    """Remove a goal."""
    from runcoach.services.training import goals

    removed = goals.remove(current.config, goal_id)
    current.report(removed, f"Removed goal {removed.id}: {removed.title}.", as_json=as_json)
