"""``runcoach activities``: the list of a runner's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.domain.distances import parse_distance
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.sports import sport_types
from runcoach.domain.windows import parse_date, parse_last_date

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.queries.activities import ActivityPage


def command(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(help="From this day on: 2026-11-23, 2026-11 or 2026.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this day.")] = None,
    sport: Annotated[list[str] | None, typer.Option(help="Run, TrailRun, Ride … or running, cycling.")] = None,
    longer: Annotated[str | None, typer.Option("--min", help="At least this distance: 10k, half, 5mi.")] = None,
    shorter: Annotated[str | None, typer.Option("--max", help="At most this distance.")] = None,
    text: Annotated[str | None, typer.Option(help="Words in the title or the description.")] = None,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="Those that left the lists; `undelete` brings back.")
    ] = False,
    sort: Annotated[str, typer.Option(help="date, distance, time, pace, fastest, climb or name.")] = "date",
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List activities, newest first.

    Examples:

      runcoach activities --since 2026-01-01 --sport running

      runcoach activities --min half --sort pace

      runcoach activities --text parkrun --limit 0 --json
    """
    from runcoach.services.queries import activities

    current = invocation.of(context)
    where = ActivityFilter(
        since=None if since is None else parse_date(since),
        until=None if until is None else parse_last_date(until),
        sports=sport_types(sport or ()),
        min_distance_m=None if longer is None else parse_distance(longer)[1],
        max_distance_m=None if shorter is None else parse_distance(shorter)[1],
        text=text,
        deleted=deleted,
    )
    with current.reader() as connection:
        found = activities.activities(connection, where, sort=sort, reverse=reverse, limit=limit or None)
        is_empty = not (found.total or activities.has_activities(connection))
    if as_json:
        from runcoach.cli import output

        output.emit("activities", found.rows)
    elif found.rows:
        _render(current, found)
    else:
        current.say(_nothing(is_empty=is_empty))


def _nothing(*, is_empty: bool) -> str:
    if is_empty:
        return "there are no activities yet; begin with `runcoach import FOLDER`"
    return "no activity is like that; `runcoach activities` without options lists the newest"


def _render(current: Invocation, found: ActivityPage) -> None:
    from runcoach.cli.tables import plain_table, text, title
    from runcoach.domain.units import format_distance, format_duration, format_elevation, format_pace

    units = current.units
    table = plain_table()
    table.add_column("ID", justify="right", style="dim", no_wrap=True)
    table.add_column("Date", no_wrap=True)
    table.add_column("Activity", min_width=8)
    table.add_column("Sport", no_wrap=True)
    table.add_column(units.distance, justify="right", no_wrap=True)
    table.add_column("Time", justify="right", no_wrap=True)
    table.add_column(f"min/{units.distance}", justify="right", no_wrap=True)
    table.add_column("HR", justify="right", no_wrap=True)
    table.add_column("Climb", justify="right", no_wrap=True)
    for row in found.rows:
        table.add_row(
            str(row["id"]),
            row["local_date"],
            title(row["name"]),
            row["sport_type"],
            text(format_distance(row["distance_m"], units), "bold"),
            format_duration(row["moving_time_sec"]),
            format_pace(row["avg_pace_sec_per_km"], units),
            text("–" if row["avg_hr"] is None else row["avg_hr"]),
            format_elevation(row["elevation_gain_m"], units),
        )
    current.show(table)
    if len(found.rows) < found.total:
        current.say(f"{len(found.rows)} of {found.total}; --limit 0 shows all")
