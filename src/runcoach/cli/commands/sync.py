"""``runcoach sync``: fetch new and changed activities from the connected sources."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.domain.windows import parse_date
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

    from runcoach.cli.invocation import Invocation
    from runcoach.services.sync.all_sources import SourceResult
    from runcoach.services.sync.backfill_estimate import BackfillEstimate
    from runcoach.services.sync.sync import SyncOptions, SyncProgress, SyncReport
    from runcoach.services.sync.sync_plan import SyncPlan


def command(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Option(help="Sync this source alone: strava, garmin or intervals. Default: all connected.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read the full list: finds old uploads and edits.")] = False,
    since: Annotated[str | None, typer.Option(help="Only activities from this day on.")] = None,
    limit: Annotated[int | None, typer.Option(help="How many activities to fetch now.", min=1)] = None,
    wait: Annotated[
        bool | None, typer.Option("--wait/--no-wait", help="Wait for rate limits; the default on a terminal.")
    ] = None,
    all_sports: Annotated[
        bool, typer.Option("--all-sports", help="Fetch details of all sports, not only runs.")
    ] = False,
    accept_deletions: Annotated[
        bool, typer.Option("--accept-deletions", help="Accept any number of deletions.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Fetch nothing; show what would be fetched and how long it takes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> int:
    """Fetch new and changed activities from every connected source, newest first, within its rate limits.

    Run it again to continue. Exit code 5: a rate limit is reached and something is left to do; 3: some activities could
    not be fetched and will be tried again; 6: another sync is running.

    Examples:

      runcoach sync

      runcoach sync --source garmin

      runcoach sync --plan

      runcoach sync --limit 50 --no-wait

      runcoach sync --quiet --no-wait      (from cron)
    """
    from runcoach.services.sync.all_sources import exit_code_of, sync_all
    from runcoach.services.sync.sync import SyncOptions

    current = invocation.of(context)
    options = SyncOptions(
        full=full,
        since=None if since is None else parse_date(since),
        limit=limit,
        wait=current.is_watched if wait is None else wait,
        all_sports=all_sports,
        accept_deletions=accept_deletions,
    )
    if plan:
        return _plan(current, source, options, as_json=as_json)
    with _Status(current) as status:
        results = sync_all(current.settings, options, source, progress=status.show)
    if as_json:
        _emit(results)
    else:
        for result in results:
            _render_result(current, result, is_named=len(results) > 1 or result.source != "strava")
    return exit_code_of(results)


def _emit(results: tuple[SourceResult, ...]) -> None:
    """The report of the first source that has one, and every source's under ``sources``."""
    from runcoach.cli import output
    from runcoach.domain.json_format import field_values

    reports = [result.report for result in results if result.report is not None]
    sources = [
        result.report
        if result.report is not None
        else {"source": result.source, "error": None if result.error is None else result.error.message}
        for result in results
    ]
    output.emit("sync", (field_values(reports[0]) if reports else {}) | {"sources": sources})


def _render_result(current: Invocation, result: SourceResult, *, is_named: bool) -> None:
    from runcoach.services.sync.all_sources import source_title

    title = source_title(result.source)
    if result.error is not None:
        hint = f" ({result.error.hint})" if result.error.hint else ""
        current.warn(f"{title}: {result.error.message}{hint}")
    elif result.report is not None:
        render(current, result.report, title if is_named else None)


def _plan(current: Invocation, source: str | None, options: SyncOptions, *, as_json: bool) -> int:
    if options.limit is not None:
        raise UsageError("--plan fetches nothing, so it takes no --limit")
    from runcoach.services.sync.all_sources import sources_to_sync
    from runcoach.services.sync.sync import SyncProgress, SyncStage
    from runcoach.services.sync.sync_plan import plan_sync

    sources = sources_to_sync(current.settings, source)
    if sources != ("strava",):
        return _plan_sources(current, sources, options, as_json=as_json)
    with _Status(current) as status:
        sync_plan = plan_sync(
            current.settings, options, progress=lambda seen: status.show(SyncProgress(SyncStage.LIST, done=seen))
        )
    if as_json:
        from runcoach.cli import output
        from runcoach.domain.json_format import field_values

        planned = {name: value for name, value in field_values(sync_plan).items() if name != "plan"}
        output.emit("sync", planned | field_values(sync_plan.plan))
    else:
        render_plan(current, sync_plan)
    return ExitCode.OK


def _plan_sources(current: Invocation, sources: tuple[str, ...], options: SyncOptions, *, as_json: bool) -> int:
    """The plans of sources with a key; Strava's own is that of ``--source strava``."""
    from runcoach.services.sync.all_sources import source_title
    from runcoach.services.sync.remote_plan import plan_remote

    plans = [plan_remote(current.settings, each, options) for each in sources if each != "strava"]
    if as_json:
        from runcoach.cli import output

        output.emit("sync", {"sources": plans})
        return ExitCode.OK
    for plan in plans:
        kinds = ((plan.new, "new"), (plan.changed, "changed"), (plan.queued, "in the queue"))
        counts = ", ".join(f"{number} {word}" for number, word in kinds if number)
        to_fetch = _counted(plan.new + plan.queued, "file", "files")
        current.show(f"{source_title(plan.source)}: {to_fetch} to fetch{f' ({counts})' if counts else ''}")
    if "strava" in sources:
        current.say("Strava: `runcoach sync --source strava --plan`")
    return ExitCode.OK


class _Status:
    """A progress bar on stderr, if that is a terminal."""

    def __init__(self, current: Invocation) -> None:
        self._current = current
        self._bar: Progress | None = None

    def __enter__(self) -> _Status:
        if self._current.is_watched:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self._current.console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("asking for the list", total=None)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: SyncProgress) -> None:
        """Update the bar."""
        if self._bar is not None:
            total = progress.total or None
            self._bar.update(self._task, description=describe(progress), completed=progress.done, total=total)


def describe(progress: SyncProgress) -> str:
    """The progress in a few words."""
    if progress.stage == "wait":
        minutes, seconds = divmod(int(progress.wait_s), 60)
        return f"waiting {minutes}:{seconds:02d} for Strava's limit"
    what = "listing" if progress.stage == "list" else "fetching"
    return what if progress.reads_left is None else f"{what}, {progress.reads_left} reads left now"


def render(current: Invocation, report: SyncReport, title: str | None = None) -> None:
    """Print the report: one line on stdout, remarks on stderr."""
    counts = [
        f"{number} {word}"
        for number, word in (
            (report.new, "new"),
            (report.updated, "updated"),
            (report.deleted, f"gone from {title or 'Strava'}"),
            (report.failed, "failed"),
        )
        if number
    ]
    if not current.quiet:
        reads = (
            _counted(report.reads, "read", "reads") if title is None else _counted(report.reads, "request", "requests")
        )
        skipped = f", {report.skipped} skipped" if report.skipped else ""
        current.show(f"{f'{title}: ' if title else ''}{', '.join(counts) or 'nothing new'}{skipped} ({reads})")
    if report.source != "strava" and report.limit is not None:
        until = "" if report.limit_until is None else f" until {clock(report.limit_until)}"
        current.warn(f"{title} refuses more requests{until}; {report.left} activities left (run `runcoach sync` again)")
        return
    if report.limit is not None and report.left:
        window = "for today" if report.limit == "day" else "for this quarter of an hour"
        current.warn(_limit_line(report, window))
    elif report.left:
        current.say(f"{report.left} activities are left; `runcoach sync` goes on with them")
    if report.open_trouble:
        current.say(f"{report.open_trouble} activities could not be fetched yet; `runcoach jobs` says why")
    _hints(current, report.withheld, report.missing_scopes)


def _hints(current: Invocation, withheld: int, missing_scopes: tuple[str, ...]) -> None:
    """Print what needs the user's attention."""
    if withheld:
        current.warn(
            f"{withheld} activities are missing from Strava's list at once; none was deleted"
            " (if that is right: `runcoach sync --full --accept-deletions`)"
        )
    for scope in missing_scopes:
        current.say(f"without {scope} some activities stay invisible; run `runcoach login` and tick its box")


def render_plan(current: Invocation, sync_plan: SyncPlan) -> None:
    """Print what would be fetched, and the days it takes."""
    plan = sync_plan.plan
    kinds = (
        (sync_plan.new, "new"),
        (sync_plan.changed, "changed"),
        (sync_plan.queued, "in the queue"),
        (sync_plan.missing, "missing from Strava's list"),
    )
    told = ", ".join(f"{number} {word}" for number, word in kinds if number)
    if plan.activities:
        current.show(
            f"{_counted(plan.activities, 'activity', 'activities')} to fetch ({told}):"
            f" {_counted(plan.reads, 'read', 'reads')}, newest first"
        )
        _show_when(current, plan)
    else:
        current.show("nothing to fetch")
    current.say(f"the list took {_counted(sync_plan.list_reads, 'read', 'reads')}; nothing was fetched or changed")
    if sync_plan.limit is not None:
        again = "" if sync_plan.limit_until is None else f", it resets at {clock(sync_plan.limit_until)}"
        current.warn(f"Strava's limit is used up before the end of the list{again}; there may be more to fetch")
    _hints(current, sync_plan.withheld, sync_plan.missing_scopes)


def _show_when(current: Invocation, plan: BackfillEstimate) -> None:
    if plan.this_quarter.activities == plan.activities:
        current.show("all of them in this quarter of an hour")
        return
    fit = plan.this_quarter
    current.show(
        f"this quarter of an hour: {_counted(fit.activities, 'activity', 'activities')}, {fit.reads} reads",
        "",
        _days(plan),
        "",
        f"finished by {clock(plan.done_at)}",
    )


def _days(plan: BackfillEstimate) -> Table:
    from runcoach.cli.tables import plain_table, text

    table = plain_table()
    table.add_column("Day (UTC)", no_wrap=True)
    for title in ("Activities", "Reads"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("back to", no_wrap=True)
    for day in plan.days:
        back_to = "" if day.back_to is None else f"{datetime.fromtimestamp(day.back_to).astimezone():%Y-%m-%d}"
        table.add_row(day.day.isoformat(), str(day.activities), str(day.reads), text(back_to, "dim"))
    return table


def _limit_line(report: SyncReport, window: str) -> str:
    again = "" if report.limit_until is None else f", it resets at {clock(report.limit_until)}"
    done = "" if report.done_at is None else f", finished by {clock(report.done_at)}"
    return f"Strava's limit is used up {window}{again}; {report.left} activities left{done} (run `runcoach sync` again)"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def clock(progress: float) -> str:
    """A local time with its zone, and the date unless it is today."""
    local = datetime.fromtimestamp(progress).astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return f"{local:%H:%M %Z}" if today else f"{local:%Y-%m-%d %H:%M %Z}"
