"""``runcoach activities``: list activities."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import (
    JsonOption,
    LimitOption,
    MaxDistanceOption,
    MinDistanceOption,
    SinceOption,
    SportOption,
    UntilOption,
    WordsOption,
)
from runcoach.cli.output import flexible, right, table_of, text, title
from runcoach.domain.filters import ActivityFilter, activity_filter
from runcoach.domain.units import format_distance, format_duration, format_elevation, format_pace


def command(
    current: Invocation,
    since: SinceOption = None,
    until: UntilOption = None,
    sport: SportOption = None,
    min_distance: MinDistanceOption = None,
    max_distance: MaxDistanceOption = None,
    words: WordsOption = None,
    races: Annotated[bool, typer.Option("--races", help="Only races.")] = False,
    gear: Annotated[str | None, typer.Option(help="Name of shoes or a bike.")] = None,
    indoor: Annotated[
        bool | None, typer.Option("--indoor/--outdoor", help="Only indoor or only outdoor activities.")
    ] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Only deleted activities.")] = False,
    sort: Annotated[str, typer.Option(help="date, distance, time, pace, fastest, climb or name.")] = "date",
    reverse: Annotated[bool, typer.Option("--reverse", help="Reverse the order.")] = False,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """List activities, newest first.

    Examples:

      runcoach activities --since 2026-01-01 --sport running

      runcoach activities --min half --sort pace

      runcoach activities --text parkrun --limit 0 --json
    """
    from runcoach.services.queries import activities, totals

    where = activity_filter(since, until, sport or (), min_distance, max_distance, words)
    where = replace(where, deleted=deleted, races=races, gear=gear, indoor=indoor)
    with current.reader() as connection:
        page = activities.activities(connection, where, sort=sort, reverse=reverse, limit=limit or None)
        sports = () if page.total else totals.sports(connection)
    empty = _no_rows(where, [name for name, _ in sports])
    if current.answered(page.rows, as_json=as_json, empty=empty):
        return
    units = current.units
    table = table_of(
        page.rows,
        (right("ID", style="dim"), lambda row: row["id"]),
        ("Date", lambda row: text("clock not set", "yellow") if row["is_undated"] else row["local_date"]),
        (flexible("Activity"), lambda row: title(row["name"])),
        ("Sport", lambda row: row["sport_type"]),
        (right(units.distance), lambda row: text(format_distance(row["distance_m"], units), "bold")),
        (right("Time"), lambda row: format_duration(row["moving_time_sec"])),
        (right(f"min/{units.distance}"), lambda row: format_pace(row["avg_pace_sec_per_km"], units)),
        (right("HR"), lambda row: row["avg_hr"]),
        (right("Climb"), lambda row: format_elevation(row["elevation_gain_m"], units)),
    )
    current.show(table)
    if len(page.rows) < page.total:
        current.say(f"Showing {len(page.rows)} of {page.total}; --limit 0 shows all.")


def _no_rows(where: ActivityFilter, sports: list[str]) -> str:
    if not sports and not where.deleted:
        return "No activities yet. Start with `runcoach import FOLDER`."
    if where.sports and not set(where.sports) & set(sports):
        return f"No activities of this sport. Sports: {', '.join(sports)}."
    return "No activities match."
