"""``runcoach best``: the fastest efforts of any window, and the say a person has in them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import is_new, local_today, parse_date, parse_window

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from runcoach.cli.invocation import Invocation
    from runcoach.services.queries.best_efforts import BestReport, BestRow

app = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(
    context: typer.Context,
    window: Annotated[str, typer.Option(help="all, 2y, 1y, 3m, or any Nd, Nm, Ny.")] = "all",
    distance: Annotated[
        str | None, typer.Option(help="One distance, any: 5k, half, mile, 3000, 2mi; the ten fastest of it.")
    ] = None,
    top: Annotated[int | None, typer.Option(help="So many of each distance.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As it stood on this day, 2026-11-23.")] = None,
    include_suspect: Annotated[
        bool, typer.Option("--include-suspect", help="Also efforts whose recording is broken.")
    ] = False,
    indoor: Annotated[bool, typer.Option("--indoor", help="Also treadmill and virtual runs.")] = False,
    races: Annotated[bool, typer.Option("--races", help="Races alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the fastest 400 m to 50 km, as Strava measures them: elapsed time, rounded up to the second.

    Examples:

      runcoach best --window 1y

      runcoach best --distance 5k --top 20

      runcoach best --distance 3000 --window 90d --as-of 2026-09-30

      runcoach best ignore 17 400m --reason "lost GPS under the bridge"
    """
    if context.invoked_subcommand is not None:
        return
    from runcoach.services.queries.best_efforts import fastest_efforts

    current = invocation.of(context)
    where = EffortFilter(
        as_of=local_today() if as_of is None else parse_date(as_of),
        window=parse_window(window),
        include_suspect=include_suspect,
        indoor=indoor,
        races=races,
    )
    with current.reader() as connection:
        report = fastest_efforts(connection, where, distance=distance, top=top)
    if as_json:
        from runcoach.cli import output

        output.emit("best", report.rows)
    elif report.rows:
        _render(current, report, one_distance=distance is not None or (top or 1) > 1)
    elif not report.is_empty_file:
        current.say("no run in that window is long enough; try --window all, or --indoor for treadmill runs")
    else:
        current.say("there are no runs yet; begin with `runcoach import FOLDER`")


@app.command("ignore")
def ignore(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="The activity.", metavar="ID")],
    distance: Annotated[str, typer.Argument(help="The ranked distance: 400m, 5k, half …")],
    reason: Annotated[str | None, typer.Option(help="Why, for later.")] = None,
) -> None:
    """Take one effort out of the ranks; nothing is deleted, and the audit trail remembers it."""
    _set_ignored(context, reference, distance, reason, ignored=True)


@app.command("restore")
def restore(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="The activity.", metavar="ID")],
    distance: Annotated[str, typer.Argument(help="The ranked distance: 400m, 5k, half …")],
) -> None:
    """Put an ignored effort back into the ranks."""
    _set_ignored(context, reference, distance, None, ignored=False)


def _set_ignored(context: typer.Context, reference: str, distance: str, reason: str | None, *, ignored: bool) -> None:
    from runcoach.domain.distances import distance_title, parse_distance
    from runcoach.domain.units import format_duration
    from runcoach.services.edits import set_ignored

    current = invocation.of(context)
    now = set_ignored(current.settings, reference, distance, ignore=ignored, reason=reason)
    title = distance_title(parse_distance(distance)[0])
    current.say(f"the {title} of activity {reference} {'no longer counts' if ignored else 'counts again'}")
    if now is not None:
        current.say(f"the fastest {title} is now {format_duration(now.duration_s)}, {now.local_date}")


def _render(current: Invocation, report: BestReport, *, one_distance: bool) -> None:
    table = _one_distance_table(current, report) if one_distance else _overview_table(current, report)
    current.show(_title(report, one_distance=one_distance), "", table)
    if any(row.quality != "ok" for row in report.rows):
        current.say(
            "? is an effort to look at: `runcoach show ID` says why, `runcoach best ignore ID DISTANCE` drops it"
        )


def _overview_table(current: Invocation, report: BestReport) -> Table:
    """The best of each distance: how new it is, how far from the best ever, and the form of the last two years."""
    from runcoach.cli.tables import plain_table, text, trend
    from runcoach.domain.distances import distance_title

    table = plain_table(gap=1)
    table.add_column("", no_wrap=True)
    _add_columns(table, current)
    with_gap, with_trend = report.window != "all", any(any(row.trend_s) for row in report.rows)
    if with_gap:
        table.add_column("ever", justify="right", no_wrap=True)
    if with_trend:
        table.add_column("2 years", no_wrap=True)
    for row in report.rows:
        cells = [text(distance_title(row.distance_m)), *_cells(row, current, report.as_of)]
        cells += [_versus(row)] if with_gap else []
        cells += [text(trend(row.trend_s), "cyan")] if with_trend else []
        table.add_row(*cells)
    return table


def _one_distance_table(current: Invocation, report: BestReport) -> Table:
    """The fastest efforts of a distance, or of several below each other, with a bar and the gap to the fastest."""
    from runcoach.cli.tables import gap, plain_table, text
    from runcoach.domain.distances import distance_title

    table = plain_table(gap=1)
    table.add_column("#", justify="right", no_wrap=True)
    _add_columns(table, current)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    several = len({row.distance_m for row in report.rows}) > 1
    for row in report.rows:
        if row.rank == 1:
            leader = row
            if several:
                table.add_row(text(""), text(distance_title(row.distance_m), "bold"))
        behind = text(gap(row.duration_s - leader.duration_s), "dim")
        table.add_row(text(row.rank, "dim"), *_cells(row, current, report.as_of), behind, _gap_bar(row, leader))
    return table


def _add_columns(table: Table, current: Invocation) -> None:
    table.add_column("Time", justify="right", no_wrap=True)
    table.add_column(f"min/{current.units.distance}", justify="right", no_wrap=True)
    table.add_column("Date", no_wrap=True)
    table.add_column("Run", min_width=8)
    table.add_column("ID", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)


def _cells(row: BestRow, current: Invocation, as_of: date) -> list[Text]:
    """Time, pace, date, run, id, and how new it is (green in its first four weeks)."""
    from runcoach.cli.tables import age, text
    from runcoach.domain.units import format_duration, format_pace

    return [
        text(format_duration(row.duration_s), "bold"),
        text(format_pace(row.pace_sec_per_km, current.units)),
        text(row.local_date),
        _run(row),
        text(row.activity_id, "dim"),
        text(age(row.local_date, as_of), "bold green" if is_new(row.local_date, as_of) else "dim"),
    ]


def _title(report: BestReport, *, one_distance: bool) -> Text:
    from runcoach.cli.tables import text
    from runcoach.domain.distances import distance_title

    labels = {row.distance_m for row in report.rows}
    what = distance_title(labels.pop()) if one_distance and len(labels) == 1 else "Best efforts"
    span = "all time" if report.window == "all" else f"the last {_in_words(report.window)}"
    until = "" if report.as_of == date.today() else f" up to {report.as_of}"  # noqa: DTZ011
    line = text(f"{what}, {span}{until}", "bold")
    line.append(f" · {report.runs} {'run' if report.runs == 1 else 'runs'}", "not bold dim")
    return line


def _in_words(window: str) -> str:
    number, unit = int(window[:-1]), {"d": "day", "m": "month", "y": "year"}[window[-1]]
    return unit if number == 1 else f"{number} {unit}s"


def _run(row: BestRow) -> Text:
    from runcoach.cli.tables import title

    line = title(row.name)
    if row.is_race:
        line.append(" race", "magenta")
    if row.quality != "ok":
        line.append(f" ? {row.reason}", "yellow")
    return line


def _versus(row: BestRow) -> Text:
    """How far the window's best is from the best there has ever been."""
    from runcoach.cli.tables import gap, text

    if row.all_time_duration_s is None or row.duration_s <= row.all_time_duration_s:
        return text("best", "green")
    return text(gap(row.duration_s - row.all_time_duration_s), "dim")


def _gap_bar(row: BestRow, leader: BestRow) -> Text:
    """A bar a row, full for the fastest; a tenth slower is empty, so that seconds can be told apart."""
    from runcoach.cli.tables import bar, text

    return text(bar(1.0 - (row.duration_exact_s / leader.duration_exact_s - 1.0) * 10.0, 10), "cyan")
