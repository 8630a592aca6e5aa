"""Prints the plan of a sync (``runcoach sync --plan``)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from runcoach.cli.output import activities, amounts, clock, counted, plain_table, right, text
from runcoach.cli.progress import ProgressBar
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.sync.backfill_estimate import BackfillEstimate
    from runcoach.services.sync.sync_plan import SyncPlan
    from runcoach.services.sync.sync_types import SyncOptions


def show_plan(current: Invocation, source: str | None, options: SyncOptions, *, as_json: bool) -> int:
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
        render_plan(current, sync_plan)
    return ExitCode.OK if sync_plan.limit is None else ExitCode.LIMIT


def _plan_sources(current: Invocation, sources: tuple[str, ...], options: SyncOptions, *, as_json: bool) -> int:
    """The plans of the sources with a key; Strava's is printed with ``--source strava`` only."""
    from runcoach.services.sync.all_sources import source_title
    from runcoach.services.sync.remote.plan import plan_remote

    plans = [plan_remote(current.config, each, options) for each in sources if each != "strava"]
    if as_json:
        current.emit_json({"sources": plans})
        return ExitCode.OK
    for plan in plans:
        counts = amounts(((plan.new, "new"), (plan.changed, "changed"), (plan.queued, "queued")))
        to_fetch = counted(plan.new + plan.queued, "file")
        current.show(f"{source_title(plan.source)}: {to_fetch} to fetch{f' ({counts})' if counts else ''}")
    if "strava" in sources:
        current.say("Strava: `runcoach sync --source strava --plan`")
    return ExitCode.OK


def render_plan(current: Invocation, sync_plan: SyncPlan) -> None:
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
    warn_of_gaps(current, sync_plan.withheld, sync_plan.missing_scopes)


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


def warn_of_gaps(current: Invocation, withheld: int, missing_scopes: tuple[str, ...]) -> None:
    """Say which activities a sync or its plan cannot see."""
    if withheld:
        current.warn(
            f"{activities(withheld)} are missing from Strava's list; nothing was deleted"
            " (if you deleted them: `runcoach sync --full --accept-deletions`)"
        )
    for scope in missing_scopes:
        current.say(f"Without {scope} some activities are missing; run `runcoach login` and tick its box.")
