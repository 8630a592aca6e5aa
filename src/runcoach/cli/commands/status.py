"""``runcoach status``: counts, files and the state of the Strava connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import activities, amounts, clock, counted, plain_table, text, wrapped
from runcoach.domain.units import Units, format_length

if TYPE_CHECKING:
    from runcoach.services.queries.connections import Connection
    from runcoach.services.queries.status import Status
    from runcoach.services.sync.worker_status import WorkerStatus


def command(
    current: Invocation,
    as_json: JsonOption = False,
) -> None:
    """Show what is stored and where, and the state of the Strava connection and the queue.

    Example:

      runcoach status
    """
    from runcoach.services.queries.status import status as read_status

    with current.reader() as connection:
        status = read_status(connection, current.config)
    if current.answered(status, as_json=as_json):
        return
    table = plain_table("", wrapped(), header=False)
    for heading, value in _rows(status, current.units):
        if value:
            table.add_row(text(heading, "dim"), text(value))
    current.show(table)
    if not status.counts["activities"]:
        current.say("Start with `runcoach import FOLDER`.")


def _rows(status: Status, units: Units) -> Iterator[tuple[str, str | None]]:
    """Headings and values; a value that is None or empty is not shown."""
    counts = status.counts
    size = f"{status.size_bytes / 2**20:.1f} MiB" if status.size_bytes else "not created yet"
    yield "Profile", status.profile
    yield "File", f"{status.database} ({size})"
    # Indoor runs are named because `best` does not count them.
    indoor = f" ({counts['indoor_runs']} indoor, not counted by `best`)" if counts["indoor_runs"] else ""
    yield "Activities", f"{counts['activities']}, of which {counted(counts['runs'], 'run')}{indoor}"
    if counts["activities"]:
        yield "Dates", f"{counts['first_date']} – {counts['last_date']}"
        yield "Distance", format_length(counts["distance_m"], units, 0)
    for connection in status.connections:
        if connection.source != "strava" and connection.status != "inactive":
            yield connection.title, _key_connection(connection)
    if kept := status.originals.files:
        yield "Originals", f"{counted(kept, 'file')}, {status.originals.stored_bytes / 2**20:.1f} MiB"
    yield "Strava", _connection(status)
    if status.strava_api_only:
        yield "Strava only", f"{status.strava_api_only} activities have no other source"
    yield "Last sync", _last_sync(status)
    yield "Queue", amounts((number, name) for name, number in (status.jobs or {}).items() if name != "done")
    if (plan := status.backfill) is not None:
        reads = f"{counted(plan.reads, 'request')}, {plan.today.reads} of them today"
        yield "To fetch", f"{activities(plan.activities)}: {reads}; finished by {clock(plan.done_at)}"
    yield "Schedule", _schedule(status)
    if status.worker is not None:
        yield "Server", _worker(status.worker)
        yield "Problem", status.worker.last_problem


def _connection(status: Status) -> str | None:
    if status.connection is None:
        return None
    name = status.connection["athlete_name"] or f"athlete {status.connection['athlete_id']}"
    descriptions = {
        "active": f"connected as {name}",
        "degraded": f"login of {name} rejected; run `runcoach login`",
        "inactive": "logged out",
    }
    state = str(status.connection["status"])
    return descriptions.get(state, state)


def _key_connection(connection: Connection) -> str:
    """State of a source with a key, its last success, and when the key ends."""
    if connection.status == "degraded":
        return f"refuses the key; run `runcoach connect {connection.source}`"
    parts = [f"connected as {connection.athlete_name}" if connection.athlete_name else "connected"]
    if connection.last_success_at is not None:
        parts.append(f"last sync {clock(connection.last_success_at)}")
    if connection.last_error is not None:
        parts.append(f"last attempt failed: {connection.last_error}")
    if connection.key_ends_at is not None:
        parts.append(f"key expires {clock(connection.key_ends_at)}")
    return ", ".join(parts)


def _last_sync(status: Status) -> str | None:
    """The last sync with Strava: when it succeeded and what came, and why a later attempt failed."""
    last = next((last for last in status.syncs if last.source == "strava"), None)
    if last is None or last.tried_at is None:
        return None
    came = amounts((number, word) for word, number in last.result.items()) or "nothing new"
    success = "never succeeded" if last.succeeded_at is None else f"{clock(last.succeeded_at)}: {came}"
    return f"{success}; tried {clock(last.tried_at)}: {last.error}" if last.error else success


def _schedule(status: Status) -> str | None:
    """The installed schedule, its last run and the result."""
    schedule = status.schedule
    if schedule is None:
        return None
    if schedule.last_run_at is None:
        return f"every {schedule.every} ({schedule.scheduler}), not run yet"
    result = f", {schedule.message}" if schedule.message else ""
    last = f"last run {clock(schedule.last_run_at)}: exit code {schedule.exit_code}{result}"
    return f"every {schedule.every} ({schedule.scheduler}), {last}"


def _worker(state: WorkerStatus) -> str:
    """What the worker of a running server does."""
    tasks = {"sync": "syncing", "fetch": "fetching", "thumbnails": "drawing thumbnails", "analytics": "analyzing runs"}
    times = (
        ("", "" if state.waits_until is None else f"until {clock(state.waits_until)}"),
        ("last sync ", "" if state.last_sync_at is None else clock(state.last_sync_at)),
        ("next ", "" if state.next_sync_at is None else clock(state.next_sync_at)),
    )
    details = ", ".join([tasks.get(state.doing, state.doing), *(f"{label}{at}" for label, at in times if at)])
    return f"`runcoach serve` is running (pid {state.pid}): {details.replace('waiting, until', 'waiting until')}"
