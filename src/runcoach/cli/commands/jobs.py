"""``runcoach jobs``: the work that is queued, and a say in it."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation

app = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help="queued, running, done, error or retry.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List jobs, open ones first; `run` works on what is due, `retry` and `cancel` change them.

    Examples:

      runcoach jobs

      runcoach jobs --status error --json

      runcoach jobs retry
    """
    if context.invoked_subcommand is not None:
        return
    from runcoach.services.sync import jobs

    current = invocation.of(context)
    with current.reader() as connection:
        found = jobs.listed(connection, status=status, limit=limit)
    if as_json:
        from runcoach.cli import output

        output.emit("jobs", found)
        return
    if not found:
        current.say("no jobs" if status is None else f"no job is {status}")
        return
    from runcoach.cli.tables import plain_table, text

    table = plain_table()
    for title in ("Job", "Does", "Status", "Tries"):
        table.add_column(title, no_wrap=True)
    table.add_column("Last trouble", ratio=1)
    for row in found:
        does = f"{row['type']} {row['strava_id'] or row['payload'].get('activityId', '')}".strip()
        table.add_row(str(row["id"]), does, row["status"], str(row["attempts"]), text(row["last_error"] or ""))
    current.show(table)


@app.command("run")
def run(
    context: typer.Context,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for Strava's limits.")] = False,
) -> int:
    """Work on the jobs that are due, without asking Strava for its list first; pictures are drawn too."""
    from runcoach.cli.commands import thumbnails
    from runcoach.cli.commands.sync import render
    from runcoach.services.sync.sync import SyncOptions, sync

    current = invocation.of(context)
    here = thumbnails.draw(current)  # needs no network, so nothing that Strava says holds it up
    report = sync(current.settings, SyncOptions(wait=wait, queue_only=True))
    render(current, report)
    brought = thumbnails.draw(current)
    return report.exit_code or here.exit_code or brought.exit_code


@app.command("retry")
def retry(
    context: typer.Context,
    job_id: Annotated[
        int | None, typer.Argument(help="One job; all that failed or wait, if none.", metavar="[JOB]")
    ] = None,
) -> None:
    """Queue failed jobs again, to run with the next sync."""
    from runcoach.services.sync import jobs

    current = invocation.of(context)
    current.say(f"{jobs.retry(current.settings, job_id)} queued again; `runcoach jobs run` works on them")


@app.command("cancel")
def cancel(
    context: typer.Context,
    job_id: Annotated[int | None, typer.Argument(help="One job; all that are open, if none.", metavar="[JOB]")] = None,
) -> None:
    """Give up open jobs; a sync asks for them again only when the activity has changed, `jobs retry JOB` at once."""
    from runcoach.services.sync import jobs

    current = invocation.of(context)
    current.say(f"{jobs.cancel(current.settings, job_id)} cancelled")
