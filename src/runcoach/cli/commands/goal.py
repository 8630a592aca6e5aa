"""``runcoach goal``: add and remove goals."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation
from runcoach.cli.options import JsonOption

app = typer.Typer(rich_markup_mode="rich", no_args_is_help=True)


@app.callback()
def command() -> None:
    """Add and remove goals; `runcoach goals` lists them.

    Examples:

      runcoach goal add "half 1:35:00 2027-04-18" --json

      runcoach goal remove 1
    """


@app.command("add")
def add(
    context: typer.Context,
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

    current = invocation.of(context)
    added = goals.add(current.config, goal, name)
    if as_json:
        current.emit_json(added)
    else:
        current.say(f"Goal {added.id}: {added.title}. `runcoach goals` lists all.")


@app.command("remove")
def remove(
    context: typer.Context,
    goal_id: Annotated[int, typer.Argument(help="A number from `runcoach goals`.", metavar="ID")],
    as_json: JsonOption = False,
) -> None:
    """Remove a goal."""
    from runcoach.services.training import goals

    current = invocation.of(context)
    removed = goals.remove(current.config, goal_id)
    if as_json:
        current.emit_json(removed)
    else:
        current.say(f"Removed goal {removed.id}: {removed.title}.")
