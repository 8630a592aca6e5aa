"""``runcoach totals``: distance, time and climb by week, month or year."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, LimitOption, SinceOption, SportOption
from runcoach.cli.output import bar, right, table_of, text
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.sports import sport_types
from runcoach.domain.units import format_distance, format_duration, format_elevation


def command(
    current: Invocation,
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

    where = ActivityFilter(since=since, sports=sport_types(sport or ("running",)))
    with current.reader() as connection:
        rows = totals.totals(connection, by, where, limit or None)
    if current.answered(rows, as_json=as_json, empty="No activities to sum up. Start with `runcoach import FOLDER`."):
        return
    units = current.units
    max_m = max((row["distance_m"] or 0.0) for row in rows) or 1.0
    table = table_of(
        rows,
        (by.capitalize(), lambda row: row["period"]),
        (right("Runs" if sport is None else "Count"), lambda row: row["activities"]),
        (right(units.distance), lambda row: text(format_distance(row["distance_m"], units, 1), "bold")),
        (right("Time"), lambda row: format_duration(row["moving_time_sec"])),
        (right("Climb"), lambda row: format_elevation(row["elevation_gain_m"], units)),
        (right("Longest"), lambda row: format_distance(row["longest_m"], units, 1)),
        ("", lambda row: text(bar((row["distance_m"] or 0.0) / max_m, 24), "cyan")),
    )
    current.show(table)
