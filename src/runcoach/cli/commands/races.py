"""``runcoach races``: the list of races."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, distance_option
from runcoach.cli.output import counted, flexible, plain_table, right, text, title
from runcoach.domain.distances import distance_title, parse_distance
from runcoach.domain.units import format_distance, format_duration, format_length, format_pace

if TYPE_CHECKING:
    from rich.text import Text

    from runcoach.services.training.races import Race


def command(
    current: Invocation,
    year: Annotated[int | None, typer.Option(help="Only races of this year.", metavar="YEAR")] = None,
    distance: Annotated[str | None, distance_option("Only this distance: 5k, half …")] = None,
    guesses: Annotated[bool, typer.Option("--guesses/--no-guesses", help="Include likely races.")] = True,
    as_json: JsonOption = False,
) -> None:
    """List your races by year: official and recorded time, and each as a percentage of your best over the distance.

    Races are runs that Strava, Garmin or you have marked as such, and, marked with ~, runs that probably were races by
    their name and pace.

    Examples:

      runcoach races --year 2026

      runcoach races --distance half --no-guesses

      runcoach edit 17 --race --official-time 1:38:20 --official-distance half
    """
    from runcoach.services.training.races import races

    label = None if distance is None else parse_distance(distance)[0]
    with current.reader() as connection:
        found = races(connection, year=year, distance_m=label, with_guesses=guesses)
    if current.answered(found, as_json=as_json, empty="No races found. Mark one with `runcoach edit ID --race`."):
        return
    unit = current.units.distance
    headers = ("% best", f"min/{unit}", "Recorded", f"GPS {unit}")
    table = plain_table("Date", "Distance", right("Time"), flexible("Race"), right("ID"), *map(right, headers), gap=1)
    for number, group in groupby(found, key=lambda race: race.year):
        of_year = tuple(group)
        table.add_row(text(number, "bold"), text(counted(len(of_year), "race"), "dim"))
        for race in of_year:
            table.add_row(*_cells(current, race))
    current.show(table)
    if any(race.is_guess for race in found):
        current.say(
            "~: probably a race. `runcoach edit ID --race` marks it as one, `--no-race` takes it off this list."
        )


def _cells(current: Invocation, race: Race) -> list[Text]:
    units, gps_m, percent = current.units, race.gps_distance_m, race.percent_of_best
    length_m = race.distance_m or gps_m
    pace = race.time_s / (length_m / 1000.0) if race.time_s and length_m else None
    return [
        text(race.local_date),
        text(format_length(gps_m, units, 1) if race.distance_m is None else distance_title(race.distance_m)),
        text(format_duration(race.time_s), "bold"),
        _name(race),
        text(race.activity_id, "dim"),
        text("–" if percent is None else f"{percent:.1f}", "bold green" if percent == 100 else ""),
        text(format_pace(pace, units)),
        text(format_duration(race.recorded_time_s or race.elapsed_s), "dim"),
        text(format_distance(gps_m, units), "dim"),
    ]


def _name(race: Race) -> Text:
    line = title(f"~ {race.name}" if race.is_guess else race.name)
    if race.official_time_s is not None:
        line.append(" official", "magenta")
    if race.is_guess:
        line.stylize("yellow", 0, 1)
        line.append_text(text(f" {race.reason}", "dim"))
    return line
