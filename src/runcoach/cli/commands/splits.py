"""``runcoach splits``: one activity kilometre by kilometre, or mile by mile."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runcoach.cli import invocation
from runcoach.domain.units import Units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table


class Unit(StrEnum):
    """What a split is long."""

    KM = "km"
    MI = "mi"


def command(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="An id from `runcoach activities`, or strava:ID.", metavar="ID")],
    unit: Annotated[Unit | None, typer.Option(help="km or mi.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the splits of one activity; a bar shows how fast each was, the last one may be partial.

    Examples:

      runcoach splits 1

      runcoach splits 1 --unit mi
    """
    from runcoach.services.queries import activities

    current = invocation.of(context)
    units = current.units if unit is None else (Units.IMPERIAL if unit is Unit.MI else Units.METRIC)
    with current.reader() as connection:
        found = activities.splits(connection, activities.activity(connection, reference), units)
    if as_json:
        from runcoach.cli import output

        output.emit("splits", found)
    elif found.rows:
        current.show(splits_table(found.rows, units, per_m=found.unit_m))
    else:
        current.say(f"{found.name} has no splits: nobody recorded its distance along the way")


def splits_table(rows: Sequence[dict[str, Any]], units: Units, *, per_m: float) -> Table:
    """Splits with a bar a split: full for the fastest, shorter for slower ones."""
    from runcoach.cli.tables import bar, plain_table, text
    from runcoach.domain.units import format_duration, format_elevation, format_pace

    table = plain_table()
    for title in ("km" if per_m == 1000.0 else "mi", "m", "Moving", "Elapsed", f"min/{units.distance}"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("Rise", justify="right", no_wrap=True)
    table.add_column("HR", justify="right", no_wrap=True)
    paces = [row["pace_sec"] for row in rows if row["pace_sec"]]
    fastest = min(paces, default=0)
    for row in rows:
        pace = row["pace_sec"]
        share = fastest / pace if pace else 0.0
        table.add_row(
            str(row["km"]),
            text("–" if row["distance_m"] is None else f"{row['distance_m']:.0f}", "dim"),
            format_duration(row["moving_time_sec"]),
            format_duration(row["elapsed_time_sec"]),
            text(format_pace(pace, units), "bold"),
            text(bar((share - 0.5) * 2, 16), "green" if pace == fastest else "cyan"),
            format_elevation(row["elev_gain_m"], units),
            text("–" if row["hr_avg"] is None else row["hr_avg"]),
        )
    return table
