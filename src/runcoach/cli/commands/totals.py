"""``runcoach totals``: distance, time and climb by week, month or year."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, LimitOption, SinceOption, SportOption
from runcoach.cli.output import bar, plain_table, right, text
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.sports import sport_types
from runcoach.domain.units import format_distance, format_duration, format_elevation


def command(
    context: typer.Context,
    by: Annotated[Literal["week", "month", "year"], typer.Option(help="The period; weeks begin on Monday.")] = "month",
    sport: SportOption = None,
    since: SinceOption = None,
    limit: LimitOption = 12,
    as_json: JsonOption = False,
) -> None:
    """Sum up distance, time and climb by week, month or year, newest first; runs only unless --sport is given.

    Examples:

      runcoach totals --by week

      runcoach totals --by year --sport cycling
    """
    from runcoach.services.queries import totals

    current = Invocation.of(context)
    where = ActivityFilter(since=since, sports=sport_types(sport or ("running",)))
    with current.reader() as connection:
        rows = totals.totals(connection, by, where, limit or None)
    if current.answered(rows, as_json=as_json, empty="No activities to sum up. Start with `runcoach import FOLDER`."):
        return
    distances = (right(header) for header in (current.units.distance, "Time", "Climb", "Longest"))
    table = plain_table(by.capitalize(), right("Runs" if sport is None else "Count"), *distances, "")
    max_m = max((row["distance_m"] or 0.0) for row in rows) or 1.0
    for row in rows:
        table.add_row(
            row["period"],
            str(row["activities"]),
            text(format_distance(row["distance_m"], current.units, 1), "bold"),
            format_duration(row["moving_time_sec"]),
            format_elevation(row["elevation_gain_m"], current.units),
            format_distance(row["longest_m"], current.units, 1),
            text(bar((row["distance_m"] or 0.0) / max_m, 24), "cyan"),
        )
    current.show(table)
