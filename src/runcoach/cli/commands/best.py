"""``runcoach best``: the fastest efforts of any window, and the say a person has in them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.domain.windows import parse_date

if TYPE_CHECKING:
    from rich.text import Text

    from runcoach.cli.invocation import Invocation
    from runcoach.services.best import BestReport, BestRow

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
    from runcoach.services.best import Question, best

    current = invocation.of(context)
    question = Question(
        window=window,
        distance=distance,
        top=top,
        as_of=None if as_of is None else parse_date(as_of),
        include_suspect=include_suspect,
        indoor=indoor,
        races=races,
    )
    report = best(current.settings, question)
    if as_json:
        from runcoach.cli import jsonform

        jsonform.emit("best", report.rows)
    elif report.rows:
        _render(current, report, one_distance=distance is not None or (top or 1) > 1)
    elif report.runs:
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
    from runcoach.services.best import set_ignored

    current = invocation.of(context)
    now = set_ignored(current.settings, reference, distance, ignore=ignored, reason=reason)
    title = distance_title(parse_distance(distance)[0])
    current.say(f"the {title} of activity {reference} {'no longer counts' if ignored else 'counts again'}")
    if now is not None:
        current.say(f"the fastest {title} is now {format_duration(now.duration_s)}, {now.local_date}")


def _render(current: Invocation, report: BestReport, *, one_distance: bool) -> None:
    from runcoach.cli.tables import age, gap, plain_table, text, trend
    from runcoach.domain.distances import distance_title
    from runcoach.domain.units import format_duration, format_pace

    table = plain_table()
    table.add_column("#" if one_distance else "", justify="right" if one_distance else "left", no_wrap=True)
    table.add_column("Time", justify="right", no_wrap=True)
    table.add_column(f"min/{current.units.distance}", justify="right", no_wrap=True)
    table.add_column("Date", no_wrap=True)
    table.add_column("Run", ratio=1, no_wrap=True, overflow="ellipsis", min_width=8)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("" if one_distance else "vs ever", justify="right", no_wrap=True)
    table.add_column("" if one_distance else "2 years", no_wrap=True)
    previous = None
    for row in report.rows:
        if one_distance and row.distance_m != previous and len({r.distance_m for r in report.rows}) > 1:
            table.add_row(text(""), text(distance_title(row.distance_m), "bold"))
        previous = row.distance_m
        leader = next(r for r in report.rows if r.distance_m == row.distance_m)
        table.add_row(
            text(row.rank, "dim") if one_distance else text(distance_title(row.distance_m)),
            text(format_duration(row.duration_s), "bold"),
            text(format_pace(row.pace_sec_per_km, current.units)),
            text(row.local_date),
            _run(row),
            text(age(row.local_date, report.as_of), "bold green" if _is_new(row, report.as_of) else "dim"),
            text(gap(row.duration_s - leader.duration_s), "dim") if one_distance else _versus(row),
            _gap_bar(row, report) if one_distance else text(trend(row.trend_s), "cyan"),
        )
    current.show(_title(report, one_distance=one_distance), table)
    if any(row.quality != "ok" for row in report.rows):
        current.say(
            "? marks an effort to look at: `runcoach show ID` says why, `runcoach best ignore ID DISTANCE` drops it"
        )


def _title(report: BestReport, *, one_distance: bool) -> Text:
    from runcoach.cli.tables import text
    from runcoach.domain.distances import distance_title

    labels = {row.distance_m for row in report.rows}
    what = distance_title(labels.pop()) if one_distance and len(labels) == 1 else "Best efforts"
    span = "all time" if report.window == "all" else f"the last {_in_words(report.window)}"
    until = "" if report.as_of == date.today() else f" up to {report.as_of}"  # noqa: DTZ011
    line = text(f"{what}, {span}{until}", "bold")
    line.append(f" · {report.runs} runs\n", "not bold dim")
    return line


def _in_words(window: str) -> str:
    number, unit = int(window[:-1]), {"d": "day", "m": "month", "y": "year"}[window[-1]]
    return unit if number == 1 else f"{number} {unit}s"


def _run(row: BestRow) -> Text:
    from runcoach.cli.tables import text

    line = text(row.name)
    if row.is_race:
        line.append(" race", "magenta")
    if row.quality != "ok":
        line.append(f" ? {row.reason}", "yellow")
    line.append(f" #{row.activity_id}", "dim")
    return line


def _is_new(row: BestRow, as_of: date) -> bool:
    return (as_of - date.fromisoformat(row.local_date)).days < 28


def _versus(row: BestRow) -> Text:
    """How far the window's best is from the best there has ever been."""
    from runcoach.cli.tables import gap, text

    if row.all_time_duration_s is None or row.duration_s <= row.all_time_duration_s:
        return text("best", "green")
    return text(gap(row.duration_s - row.all_time_duration_s), "dim")


def _gap_bar(row: BestRow, report: BestReport) -> Text:
    """A bar a row, full for the fastest; a tenth slower is empty, so that seconds can be told apart."""
    from runcoach.cli.tables import bar, text

    leader = next(r for r in report.rows if r.distance_m == row.distance_m)
    return text(bar(1.0 - (row.duration_exact_s / leader.duration_exact_s - 1.0) * 10.0, 10), "cyan")
