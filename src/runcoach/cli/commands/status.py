"""``runcoach status``: what the file holds and where it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation

if TYPE_CHECKING:
    from runcoach.services.queries.status import Status


def command(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is here: how many activities, since when, and in which file.

    Example:

      runcoach status
    """
    from runcoach.services.queries.status import status as read_status

    current = invocation.of(context)
    with current.reader() as connection:
        status = read_status(connection, current.settings)
    if as_json:
        from runcoach.cli import output

        output.emit("status", status)
        return
    from runcoach.cli.tables import plain_table, text
    from runcoach.domain.units import format_distance

    counts = status.counts
    table = plain_table(header=False)
    table.add_row(text("Profile", "dim"), text(status.profile))
    size = f" ({status.size_bytes / 2**20:.1f} MiB)" if status.size_bytes else " (not there yet)"
    table.add_row(text("File", "dim"), text(f"{status.database}{size}"))
    table.add_row(text("Activities", "dim"), text(f"{counts['activities']}, {counts['runs']} of them runs"))
    if counts["activities"]:
        table.add_row(text("From – to", "dim"), text(f"{counts['first_date']} – {counts['last_date']}"))
        distance = f"{format_distance(counts['distance_m'], current.units, 0)} {current.units.distance}"
        table.add_row(text("Distance", "dim"), text(distance))
    lines = (("Strava", _connection(status)), ("Queue", _queue(status)), ("To fetch", _backfill(status)))
    for heading, value in (*lines, ("Server", _worker(status)), ("Trouble", _trouble(status))):
        if value:
            table.add_row(text(heading, "dim"), text(value))
    current.show(table)
    if not counts["activities"]:
        current.say("begin with `runcoach import FOLDER`")


def _connection(status: Status) -> str | None:
    """How it stands with Strava, and what to do about it."""
    if status.connection is None:
        return None
    name = status.connection["athlete_name"] or f"athlete {status.connection['athlete_id']}"
    words = {
        "active": f"connected as {name}",
        "degraded": f"refuses the login of {name}; run `runcoach login`",
        "inactive": "logged out",
    }
    state = str(status.connection["status"])
    return words.get(state, state)


def _queue(status: Status) -> str | None:
    counts = {name: number for name, number in (status.jobs or {}).items() if name != "done"}
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or None


def _backfill(status: Status) -> str | None:
    """What is still to come from Strava, and when the last of it will be here."""
    if status.backfill is None:
        return None
    from runcoach.cli.commands.sync import clock

    plan = status.backfill
    activities = "1 activity" if plan.activities == 1 else f"{plan.activities} activities"
    return f"{activities}: {plan.reads} reads, today {plan.today.reads}, finished by {clock(plan.done_at)}"


def _worker(status: Status) -> str | None:
    """What `runcoach serve` does in the background."""
    state = status.worker
    if state is None:
        return None
    from runcoach.cli.commands.sync import clock

    words = {"sync": "syncing", "fetch": "fetching", "thumbnails": "drawing thumbnails"}
    times = (
        ("", "" if state.waits_until is None else f"until {clock(state.waits_until)}"),
        ("last sync ", "" if state.last_sync_at is None else clock(state.last_sync_at)),
        ("next ", "" if state.next_sync_at is None else clock(state.next_sync_at)),
    )
    told = ", ".join([words.get(state.doing, state.doing), *(f"{word}{at}" for word, at in times if at)])
    return f"`runcoach serve` is running (pid {state.pid}): {told.replace('waiting, until', 'waiting until')}"


def _trouble(status: Status) -> str | None:
    """What keeps it from its work."""
    return status.worker.last_problem if status.worker is not None else None
