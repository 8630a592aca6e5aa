"""``runcoach totals``: how much, by week, month or year."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runcoach.cli import invocation
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.sports import sport_types
from runcoach.domain.windows import parse_date

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation


class Period(StrEnum):
    """What sums are made by."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


def command(
    context: typer.Context,
    by: Annotated[Period, typer.Option(help="week (from Monday), month or year.")] = Period.MONTH,
    sport: Annotated[list[str] | None, typer.Option(help="Run, Ride … or running, cycling.")] = None,
    since: Annotated[str | None, typer.Option(help="From this day on.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Sum up distance, time and climb by week, month or year, newest first; running alone unless told otherwise.

    Examples:

      runcoach totals --by week

      runcoach totals --by year --sport cycling
    """
    from runcoach.services.queries import totals

    current = invocation.of(context)
    where = ActivityFilter(
        since=None if since is None else parse_date(since), sports=sport_types(sport or ("running",))
    )
    with current.reader() as connection:
        rows = totals.totals(connection, by.value, where, limit or None)
    if as_json:
        from runcoach.cli import output

        output.emit("totals", rows)
    elif rows:
        _render(current, rows, by)
    else:
        current.say("there is nothing to sum up yet; begin with `runcoach import FOLDER`")


def _render(current: Invocation, rows: list[dict[str, Any]], by: Period) -> None:
    from runcoach.cli.tables import bar, plain_table, text
    from runcoach.domain.units import format_distance, format_duration, format_elevation

    table = plain_table()
    table.add_column(by.value.capitalize(), no_wrap=True)
    for title in ("Runs", current.units.distance, "Time", "Climb", "Longest"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", ratio=1, no_wrap=True)
    most = max((row["distance_m"] or 0.0) for row in rows) or 1.0
    for row in rows:
        table.add_row(
            row["period"],
            str(row["activities"]),
            text(format_distance(row["distance_m"], current.units, 1), "bold"),
            format_duration(row["moving_time_sec"]),
            format_elevation(row["elevation_gain_m"], current.units),
            format_distance(row["longest_m"], current.units, 1),
            text(bar((row["distance_m"] or 0.0) / most, 24), "cyan"),
        )
    current.show(table)
