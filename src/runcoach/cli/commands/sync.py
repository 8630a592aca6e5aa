"""``runcoach sync``: fetch new and changed activities from the connected sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, SinceOption
from runcoach.cli.output import activities, amounts, clock, counted, plain_table, right, text
from runcoach.cli.progress import ProgressBar
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from runcoach.services.sync.all_sources import SourceResult
    from runcoach.services.sync.backfill_estimate import BackfillEstimate
    from runcoach.services.sync.sync_plan import SyncPlan
    from runcoach.services.sync.sync_types import SyncOptions, SyncProgress, SyncReport


def command(
    current: Invocation,
    source: Annotated[
        str | None, typer.Option(help="Only this source: strava, garmin or intervals; all connected by default.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read the whole list again, to find late uploads and old edits.")
    ] = False,
    since: SinceOption = None,
    limit: Annotated[
        int | None, typer.Option(help="Maximum number of activities to fetch now.", min=1, metavar="N")
    ] = None,
    wait: Annotated[
        bool | None,
        typer.Option("--wait/--no-wait", help="Wait when the rate limit is reached; default on a terminal."),
    ] = None,
    all_sports: Annotated[
        bool, typer.Option("--all-sports", help="Also fetch details of rides, walks and other sports.")
    ] = False,
    accept_deletions: Annotated[
        bool, typer.Option("--accept-deletions", help="Accept any number of deletions on Strava.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be fetched and when it would finish; fetch nothing.")
    ] = False,
    streams: Annotated[str | None, typer.Option(help="Only ask Strava now for the samples of this activity.")] = None,
    as_json: JsonOption = False,
) -> int:
    """Fetch new and changed activities from every connected source, newest first, within its rate limits.

    Run it again to continue. Exit code 5: a rate limit is reached and activities are left; 3: some activities could
    not be fetched and will be tried again; 6: another sync is running.

    Examples:

      runcoach sync

      runcoach sync --source garmin

      runcoach sync --plan

      runcoach sync --limit 50 --no-wait

      runcoach sync --quiet --no-wait      (from cron)
    """
    from runcoach.services.sync.all_sources import exit_code_of
    from runcoach.services.sync.sync_types import SyncOptions

    options = SyncOptions(
        full=full,
        since=since,
        limit=limit,
        wait=current.is_interactive if wait is None else wait,
        all_sports=all_sports,
        accept_deletions=accept_deletions,
    )
    if plan:
        return _show_plan(current, source, options, as_json=as_json)
    if streams is not None:
        from runcoach.services.sync.sync import queue_streams

        queue_streams(current.config, streams)
        options, source = replace(options, queue_only=True), "strava"
    results = _run(current, options, source)
    if results is None:
        return ExitCode.INTERRUPTED
    _print_results(current, results, as_json=as_json)
    return exit_code_of(results)


def _print_results(current: Invocation, results: tuple[SourceResult, ...], *, as_json: bool) -> None:
    from runcoach.domain.json_format import field_values
    from runcoach.services.sync.all_sources import source_title

    if as_json:
        # The report of the first source that has one, and every source's under "sources".
        reports = [result.report for result in results if result.report is not None]
        sources = [
            result.report
            if result.report is not None
            else {"source": result.source, "error": None if result.error is None else result.error.message}
            for result in results
        ]
        current.emit_json((field_values(reports[0]) if reports else {}) | {"sources": sources})
        return
    for result in results:
        title = source_title(result.source)
        if result.error is not None:
            current.warn(f"{title}: {result.error.with_hint}")
        elif result.report is not None:
            render(current, result.report, title if len(results) > 1 or result.source != "strava" else None)


def _run(current: Invocation, options: SyncOptions, source: str | None) -> tuple[SourceResult, ...] | None:
    """Sync with a progress bar; None after Ctrl-C, once what is fetched and what is left have been said."""
    from runcoach.services.sync.all_sources import sync_all
    from runcoach.services.sync.sync import count_open_jobs

    fetched = 0

    def show(progress: SyncProgress) -> None:
        nonlocal fetched
        fetched = fetched if progress.stage == "list" else progress.done
        bar.update(progress.done, progress.total, describe(progress))

    try:
        with ProgressBar(current, "asking for the list") as bar:
            return sync_all(current.config, options, source, progress=show)
    except KeyboardInterrupt:
        with current.reader() as connection:
            left = count_open_jobs(connection)
        current.warn(f"interrupted: {fetched} fetched, {left} left in the queue; `runcoach sync` continues")
        return None


def describe(progress: SyncProgress) -> str:
    """The current stage of a sync, for the progress bar."""
    if progress.stage == "wait":
        minutes, seconds = divmod(int(progress.wait_s), 60)
        reason = "for Strava's rate limit" if progress.waits_for == "limit" else "before trying failed activities again"
        return f"waiting {minutes}:{seconds:02d} {reason}"
    what = "listing" if progress.stage == "list" else "fetching"
    return what if progress.reads_left is None else f"{what}, {progress.reads_left} requests left"


def render(current: Invocation, report: SyncReport, title: str | None = None) -> None:
    """Print the report: one line on stdout, remarks on stderr."""
    kinds = (
        (report.new, "new"),
        (report.updated, "updated"),
        (report.deleted, f"deleted on {title or 'Strava'}"),
        (report.expired, "removed by strava_api_retention_days"),
        (report.failed, "failed"),
    )
    days = f"daily values of {counted(report.wellness_days, 'day')}" if report.wellness_days else ""
    counts = ", ".join(filter(None, (amounts(kinds), days)))
    if not current.quiet and (report.list_read or counts):
        prefix = f"{title}: " if title else ""
        skipped = f", {report.skipped} skipped" if report.skipped else ""
        current.show(f"{prefix}{counts or 'nothing new'}{skipped} ({counted(report.reads, 'request')})")
    if report.wellness_problem is not None:
        current.warn(report.wellness_problem)
    until = "" if report.limit_until is None else f" until {clock(report.limit_until)}"
    if report.source != "strava" and report.limit is not None:
        left = f"{activities(report.left)} left (run `runcoach sync` again)"
        current.warn(f"{title} accepts no more requests{until}; {left}")
        return
    if report.limit is not None and not report.list_read:
        left = f"; {activities(report.left)} left" if report.left else ""
        current.warn(f"could not look for new activities{until}: the rate limit is reached{left}")
    elif report.limit is not None and report.left:
        limit = "daily" if report.limit == "day" else "15-minute"
        resets = "" if report.limit_until is None else f", which resets at {clock(report.limit_until)}"
        done = "" if report.done_at is None else f", finished by {clock(report.done_at)}"
        left = f"{activities(report.left)} left{done} (run `runcoach sync` again)"
        current.warn(f"reached Strava's {limit} limit{resets}; {left}")
    elif report.left:
        current.say(f"{activities(report.left)} left; run `runcoach sync` again to fetch them.")
    if report.open_trouble:
        current.say(f"{activities(report.open_trouble)} could not be fetched yet; see `runcoach jobs`.")
    _warn_of_gaps(current, report.withheld, report.missing_scopes)


def _show_plan(current: Invocation, source: str | None, options: SyncOptions, *, as_json: bool) -> int:
    """Print what a sync would fetch and when it would finish; returns the exit code."""
    if options.limit is not None:
        raise UsageError("--plan and --limit cannot be combined")
    from runcoach.domain.json_format import field_values
    from runcoach.services.sync.all_sources import sources_to_sync
    from runcoach.services.sync.sync_plan import plan_sync

    sources = sources_to_sync(current.config, source)
    if sources != ("strava",):
        return _plan_sources(current, sources, options, as_json=as_json)
    with ProgressBar(current, "listing") as bar:
        sync_plan = plan_sync(current.config, options, progress=lambda seen: bar.update(seen, None))
    if as_json:
        planned = {name: value for name, value in field_values(sync_plan).items() if name != "plan"}
        current.emit_json(planned | field_values(sync_plan.plan))
    else:
        _render_plan(current, sync_plan)
    return ExitCode.OK if sync_plan.limit is None else ExitCode.LIMIT


def _plan_sources(current: Invocation, sources: tuple[str, ...], options: SyncOptions, *, as_json: bool) -> int:
    """The plans of the sources with a key; Strava's is printed with ``--source strava`` only."""
    from runcoach.services.sync.all_sources import source_title
    from runcoach.services.sync.sync_plan import plan_remote

    plans = [plan_remote(current.config, each, options) for each in sources if each != "strava"]
    if current.answered({"sources": plans}, as_json=as_json):
        return ExitCode.OK
    for plan in plans:
        counts = amounts(((plan.new, "new"), (plan.changed, "changed"), (plan.queued, "queued")))
        to_fetch = counted(plan.new + plan.queued, "file")
        current.show(f"{source_title(plan.source)}: {to_fetch} to fetch{f' ({counts})' if counts else ''}")
    if "strava" in sources:
        current.say("Strava: `runcoach sync --source strava --plan`")
    return ExitCode.OK


def _render_plan(current: Invocation, sync_plan: SyncPlan) -> None:
    """Print what would be fetched, day by day."""
    plan = sync_plan.plan
    kinds = (
        (sync_plan.new, "new"),
        (sync_plan.changed, "changed"),
        (sync_plan.queued, "queued"),
        (sync_plan.missing, "missing from Strava's list"),
    )
    if plan.activities:
        current.show(
            f"{activities(plan.activities)} to fetch ({amounts(kinds)}): {counted(plan.reads, 'request')}, newest first"
        )
        _show_when(current, plan)
    elif sync_plan.limit is None:
        current.show("nothing to fetch")
    current.say(f"Reading the list took {counted(sync_plan.list_reads, 'request')}; nothing was fetched or changed.")
    if sync_plan.limit is not None:
        resets = "" if sync_plan.limit_until is None else f"; it resets at {clock(sync_plan.limit_until)}"
        current.warn(f"the rate limit was reached while reading the list, so there may be more{resets}")
    _warn_of_gaps(current, sync_plan.withheld, sync_plan.missing_scopes)


def _show_when(current: Invocation, plan: BackfillEstimate) -> None:
    if plan.this_quarter.activities == plan.activities:
        current.show("all within this 15-minute window")
        return
    table = plain_table("Day (UTC)", right("Activities"), right("Requests"), "Back to")
    for day in plan.days:
        back_to = "" if day.back_to is None else f"{datetime.fromtimestamp(day.back_to).astimezone():%Y-%m-%d}"
        table.add_row(day.day.isoformat(), str(day.activities), str(day.reads), text(back_to, "dim"))
    fit = plan.this_quarter
    current.show(
        f"in this 15-minute window: {activities(fit.activities)}, {counted(fit.reads, 'request')}",
        "",
        table,
        "",
        f"finished by {clock(plan.done_at)}",
    )


def _warn_of_gaps(current: Invocation, withheld: int, missing_scopes: tuple[str, ...]) -> None:
    """Say which activities a sync or its plan cannot see."""
    if withheld:
        current.warn(
            f"{activities(withheld)} are missing from Strava's list; nothing was deleted"
            " (if you deleted them: `runcoach sync --full --accept-deletions`)"
        )
    for scope in missing_scopes:
        current.say(f"Without {scope} some activities are missing; run `runcoach login` and tick its box.")
