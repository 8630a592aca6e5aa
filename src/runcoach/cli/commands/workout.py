"""``runcoach workout``: a structured workout at your training paces, as a file for the watch."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, day_option
from runcoach.cli.output import flexible, one_line, plain_table, right, text, title
from runcoach.domain.units import format_distance, format_duration, format_pace

if TYPE_CHECKING:
    from rich.text import Text

    from runcoach.services.training.workouts import Extent, Step, Workout


def command(
    current: Invocation,
    workout: Annotated[str, typer.Argument(help='Its steps: "15min E, 5x(1km T, 90s E), 10min E".', metavar="WORKOUT")],
    output: Annotated[Path | None, typer.Option(help="Write it to this FIT file.", metavar="FILE")] = None,
    name: Annotated[str | None, typer.Option(help="Its name on the watch; by default its steps.")] = None,
    as_of: Annotated[date | None, day_option("--as-of", "Training paces from what was known before this day.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a workout with the paces to run it at, or write it as a FIT file for a watch.

    Steps are separated by commas. 5x(…) repeats the steps inside. A step is a time (15min, 90s, 1h, 1:30:00) or a
    distance (400m, 1km, 10k, 1mi), and then a training pace of `runcoach predict`: E easy, M marathon, T threshold,
    I interval, R repetition. In its place can be a pace of your own (4:30/km, 4:20-4:40/km, 7:00-7:20/mi), rest, or
    open for no target. The watch warns outside a range; a single pace leaves no room.

    Copy the file to the folder GARMIN/NEWFILES of a watch that is connected by USB.

    Examples:

      runcoach workout "15min E, 5x(1km T, 90s E), 10min E"

      runcoach workout "2km E, 6x(400m 3:50-4:00/km, 1min rest), 2km E" --output ~/400s.fit --name "6 x 400"
    """
    from runcoach.services.training import workouts

    with current.reader() as connection:
        found = workouts.read_workout(connection, workout, name=name, as_of=as_of)
    if output is not None:
        workouts.write_workout(found, output, force=force)
    if as_json:
        current.emit_json(found, file=output)
    elif output is not None:
        current.print(one_line(str(output)))
        current.say("Copy it to the folder GARMIN/NEWFILES of your watch, connected by USB.")
    else:
        _render(current, found)


def _render(current: Invocation, found: Workout) -> None:
    from runcoach.services.training.workouts import Extent, Repeat, extent

    units, done = current.units, Extent()
    table = plain_table(
        flexible("Step"),
        right(f"min/{units.distance}"),
        right("Time"),
        right(units.distance),
        right("Time so far"),
        right(f"{units.distance} so far"),
    )
    for item in found.steps:
        one = extent(item)
        done = done.plus(one)
        if isinstance(item, Repeat):
            table.add_row(text(f"{item.times} times"), "", *_amounts(current, one, "dim"), *_amounts(current, done))
            for step in item.steps:
                table.add_row(title(f"  {step.text}"), _pace(current, step), *_amounts(current, extent(step)))
        else:
            table.add_row(title(item.text), _pace(current, item), *_amounts(current, one), *_amounts(current, done))
    current.show(table)
    if found.reason is not None:
        current.say(f"No training paces: {found.reason}.")
    elif found.vdot is not None:
        current.say(
            f"Training paces of VDOT {found.vdot}, as in `runcoach predict`. Times and distances are estimates."
        )


def _pace(current: Invocation, step: Step) -> Text:
    slow, fast = (format_pace(pace, current.units) for pace in (step.slow_sec_per_km, step.fast_sec_per_km))
    return text(slow if slow == fast else f"{slow}–{fast}", "bold")


def _amounts(current: Invocation, extent: Extent, style: str = "") -> tuple[Text, Text]:
    """Time and distance; ``≥`` where steps without a pace are not in them, a dash where nothing is."""
    duration = format_duration(extent.duration_s or None)
    distance = format_distance(extent.distance_m or None, current.units, 1)
    return (
        text(f"≥ {duration}" if extent.is_duration_minimum and extent.duration_s else duration, style),
        text(f"≥ {distance}" if extent.is_distance_minimum and extent.distance_m else distance, style),
    )
