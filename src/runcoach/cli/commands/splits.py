"""``runcoach splits``: the splits of one activity by kilometer or mile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import ActivityArgument, JsonOption
from runcoach.cli.output import bar, right, table_of, text
from runcoach.domain.units import Units, format_duration, format_elevation, format_pace

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


def command(
    current: Invocation,
    activity_ref: ActivityArgument,
    unit: Annotated[Literal["km", "mi"] | None, typer.Option(help="km or mi.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the splits of one activity, with a bar for the pace; the last split may be partial.

    Examples:

      runcoach splits 1

      runcoach splits 1 --unit mi
    """
    from runcoach.services.queries import activities

    units = current.units if unit is None else (Units.IMPERIAL if unit == "mi" else Units.METRIC)
    with current.reader() as connection:
        splits = activities.splits(connection, activities.activity(connection, activity_ref), units)
    if as_json:
        current.emit_json(splits)
    elif splits.rows:
        current.show(splits_table(splits.rows, units, per_m=splits.unit_m))
    else:
        current.say(f"{splits.name} has no splits: it has no samples with a distance.")


def splits_table(rows: Sequence[dict[str, Any]], units: Units, *, per_m: float) -> Table:
    """A table of splits with a bar per split: full for the fastest, shorter for slower ones.

    GAP is the grade-adjusted pace.
    """
    fastest = min((row["pace_sec"] for row in rows if row["pace_sec"]), default=0)

    def pace_bar(row: dict[str, Any]) -> Text:
        share = fastest / row["pace_sec"] if row["pace_sec"] else 0.0
        return text(bar((share - 0.5) * 2, 16), "green" if row["pace_sec"] == fastest else "cyan")

    return table_of(
        rows,
        (right("km" if per_m == 1000.0 else "mi"), lambda row: row["km"]),
        (right("m"), lambda row: text("–" if row["distance_m"] is None else f"{row['distance_m']:.0f}", "dim")),
        (right("Moving"), lambda row: format_duration(row["moving_time_sec"])),
        (right("Elapsed"), lambda row: format_duration(row["elapsed_time_sec"])),
        (right(f"min/{units.distance}"), lambda row: text(format_pace(row["pace_sec"], units), "bold")),
        ("", pace_bar),
        (right("GAP"), lambda row: format_pace(row["grade_adjusted_pace_sec_per_km"], units)),
        (right("Climb"), lambda row: format_elevation(row["elev_gain_m"], units)),
        (right("HR"), lambda row: row["hr_avg"]),
    )
