"""``runcoach edit`` and ``undelete``: corrections that precede every source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.domain.distances import distance_title
from runcoach.domain.units import format_duration


def command(
    current: Invocation,
    activity_ref: Annotated[str, typer.Argument(help="An id from `runcoach activities`, or strava:ID.", metavar="ID")],
    name: Annotated[str | None, typer.Option(help="The name.")] = None,
    sport: Annotated[str | None, typer.Option(help="The sport: Run, TrailRun, Walk, Ride …")] = None,
    date: Annotated[
        str | None, typer.Option(help='The local start: 2026-11-23, or "2026-11-23 08:15".', metavar="DATE")
    ] = None,
    race: Annotated[bool | None, typer.Option("--race/--no-race", help="Whether it was a race.")] = None,
    gear: Annotated[
        str | None, typer.Option(help="The shoes, by name; `runcoach gear` sums them.", metavar="NAME")
    ] = None,
    official_time: Annotated[
        str | None, typer.Option(help="The official result; it ranks instead of the recorded effort.", metavar="TIME")
    ] = None,
    official_distance: Annotated[
        str | None, typer.Option(help="The distance of the result: 5k, 10k, half, marathon …", metavar="DISTANCE")
    ] = None,
    reset: Annotated[
        list[str] | None, typer.Option(help="Undo an edit: name, sport, date, race, gear or official.", metavar="FIELD")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Correct an activity. Your word wins over Strava and files, survives every sync and import, and can be undone.

    Examples:

      runcoach edit 17 --name "Rome Marathon" --race --official-time 3:58:12 --official-distance marathon

      runcoach edit 17 --reset official
    """
    from runcoach.services.edits import ActivityEdit, edit

    changes = ActivityEdit(name, sport, date, race, official_time, official_distance, tuple(reset or ()), gear)
    report = edit(current.config, activity_ref, changes)
    if current.answered(report, as_json=as_json):
        return
    if not report.changed:
        current.say(f"activity {report.id} has these values already")
    for field, (old, new) in report.changed.items():
        title, write = _TITLES.get(field, (field, str))
        values = ("none" if value is None else write(value) for value in (old, new))
        current.say(f"activity {report.id}: {title} {' → '.join(values)}")


def undelete(
    current: Invocation,
    activity_ref: Annotated[str, typer.Argument(help="An ID from `runcoach activities --deleted`.", metavar="ID")],
    as_json: JsonOption = False,
) -> None:
    """Restore a deleted activity; later syncs keep it even if Strava no longer has it.

    Example:

      runcoach undelete 17
    """
    from runcoach.services import edits

    activity_id = edits.undelete(current.config, activity_ref)
    current.report({"id": activity_id}, f"Restored activity {activity_id}.", as_json=as_json)


#: Changed field → its title and how its values are written.
_TITLES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "sport_type": ("sport", str),
    "gear_name": ("gear", str),
    "start_time": ("start", lambda seconds: f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"),
    "workout_type": ("race", lambda value: "yes" if value == 1 else "no"),
    "avg_pace_sec_per_km": ("pace (s/km)", str),
    "official_time_s": ("official time", format_duration),
    "official_distance_m": ("official distance", distance_title),
}
