"""``runcoach gear``: shoes and bikes with their distance, and when they are to be retired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import flexible, right, table_of, text, title
from runcoach.domain.units import Units, format_distance, format_length, format_pace
from runcoach.errors import UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from runcoach.services.history.gear import Gear

app = CommandGroup(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(current: Invocation, as_json: JsonOption = False) -> None:
    """List shoes and bikes: distance, pace and since when. They come from Strava, or from `runcoach edit ID --gear`.

    Examples:

      runcoach gear

      runcoach gear set "Pegasus 41" --retire-at 800
    """
    from runcoach.services.history.gear import gear

    with current.reader() as connection:
        found = gear(connection)
    empty = 'No activity has gear yet. Enter it with `runcoach edit ID --gear "Pegasus 41"`.'
    if current.answered([_as_row(one) for one in found], as_json=as_json, empty=empty):
        return
    units = current.units
    table = table_of(
        found,
        (flexible("Gear"), lambda one: title(one.name)),
        (right(units.distance), lambda one: text(format_distance(one.distance_m, units, 0), "bold")),
        ("", lambda one: _state(one, units)),
        ("Since", lambda one: one.first_date),
        ("Last", lambda one: one.last_date),
        (right("Activities"), lambda one: one.activities),
        (right(f"min/{units.distance}"), lambda one: format_pace(one.pace_sec_per_km, units)),
        (right("Retire at"), lambda one: format_distance(one.retire_at_m, units, 0)),
    )
    current.show(table)


@app.command("set")
def set_gear(
    current: Invocation,
    name: Annotated[str, typer.Argument(help="Its name, or a part of it that no other has.", metavar="NAME")],
    retire_at: Annotated[
        str, typer.Option("--retire-at", help="The distance at which to retire it, or none.", metavar="DISTANCE")
    ],
    as_json: JsonOption = False,
) -> None:
    """Set the distance, in km (miles with imperial units), from which `runcoach gear` warns.

    Examples:

      runcoach gear set "Pegasus 41" --retire-at 800

      runcoach gear set pegasus --retire-at none
    """
    from runcoach.services.history.gear import set_retire_at

    changed = set_retire_at(current.config, name, _metres(retire_at, current.units))
    run = f"{changed.name}: {format_length(changed.distance_m, current.units, 0)}"
    limit = ", no distance to retire it at"
    if changed.retire_at_m is not None:
        limit = f" of {format_length(changed.retire_at_m, current.units, 0)}"
    current.report(_as_row(changed), run + limit, as_json=as_json)


def _as_row(gear: Gear) -> dict[str, object]:
    from runcoach.domain.json_format import field_values

    return {**field_values(gear), "left_m": gear.left_m, "state": gear.state}


def _metres(value: str, units: Units) -> float | None:
    """A distance in the runner's unit; None for ``none``."""
    if value.strip().casefold() == "none":
        return None
    try:
        number = float(value.strip().casefold().removesuffix(units.distance).replace(",", "."))
    except ValueError:
        number = 0.0
    if not 1 <= number <= 1_000_000:
        raise UsageError(f"{value!r} is not a distance in {units.distance}", hint="write it as 800, or none")
    return number * units.metres


def _state(gear: Gear, units: Units) -> Text:
    if gear.is_retired:
        return text("retired", "dim")
    if gear.left_m is None or gear.state is None:
        return text("")
    if gear.state == "due":
        return text("retire now", "red")
    return text(f"{format_length(gear.left_m, units, 0)} left", "yellow")
