"""``runcoach jobs``: list, run, retry and cancel queued jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import JsonOption, LimitOption
from runcoach.cli.output import plain_table, text, wrapped

app = CommandGroup(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(
    current: Invocation,
    status: Annotated[str | None, typer.Option(help="Only queued, running, done, error or retry.")] = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """List the jobs of the queue, unfinished ones first.

    Examples:

      runcoach jobs

      runcoach jobs --status error --json

      runcoach jobs retry
    """
    from runcoach.services import jobs

    with current.reader() as connection:
        rows = jobs.listed(connection, status=status, limit=limit or None)
    if current.answered(
        rows, as_json=as_json, empty="No jobs." if status is None else f"No jobs with status {status}."
    ):
        return
    table = plain_table("Job", "Task", "Status", "Attempts", wrapped("Last error"))
    for row in rows:
        task = f"{row['type']} {row['strava_id'] or row['payload'].get('activityId', '')}".strip()
        table.add_row(str(row["id"]), text(task), row["status"], str(row["attempts"]), text(row["last_error"] or ""))
    current.show(table)


@app.command("run")
def run(
    current: Invocation,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait when Strava's rate limit is reached.")] = False,
) -> int:
    """Run the jobs that are due, without asking Strava for new activities."""
    from runcoach.cli.commands import thumbnails
    from runcoach.cli.commands.sync import render
    from runcoach.services.sync.sync import sync
    from runcoach.services.sync.sync_types import SyncOptions

    # Thumbnails first: they need no network, so errors of Strava do not delay them.
    before = thumbnails.draw(current)
    report = sync(current.config, SyncOptions(wait=wait, queue_only=True))
    render(current, report)
    after = thumbnails.draw(current)
    return report.exit_code or before.exit_code or after.exit_code


@app.command("retry")
def retry(
    current: Invocation,
    job_id: Annotated[
        int | None, typer.Argument(help="The job; all failed and waiting ones if none is given.", metavar="[JOB]")
    ] = None,
) -> None:
    """Queue failed jobs again for the next sync."""
    from runcoach.services import jobs

    current.say(f"{jobs.retry(current.config, job_id)} queued again; `runcoach jobs run` runs them now.")


@app.command("cancel")
def cancel(
    current: Invocation,
    job_id: Annotated[
        int | None, typer.Argument(help="The job; all unfinished ones if none is given.", metavar="[JOB]")
    ] = None,
) -> None:
    """Cancel unfinished jobs; a sync queues them again only if the activity changes, `jobs retry JOB` at once."""
    from runcoach.services import jobs

    current.say(f"{jobs.cancel(current.config, job_id)} canceled.")
