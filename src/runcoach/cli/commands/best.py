"""``runcoach best``: the fastest efforts, and ignoring or restoring one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import (
    ActivityArgument,
    JsonOption,
    WindowOption,
    complete_distance,
    day_option,
    distance_option,
)
from runcoach.cli.output import age, bar, counted, difference, flexible, plain_table, right, text, title, trend
from runcoach.domain.distances import distance_title, parse_distance
from runcoach.domain.filters import EffortFilter
from runcoach.domain.units import format_duration, format_pace
from runcoach.domain.windows import is_new, local_today, parse_window

if TYPE_CHECKING:
    from rich.table import Column, Table
    from rich.text import Text

    from runcoach.services.queries.best_efforts import BestReport, BestRow

_StandardDistance = Annotated[
    str | None,
    typer.Argument(
        help="A standard distance: 400m, 5k, half …; all efforts without one.", autocompletion=complete_distance
    ),
]

app = CommandGroup(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(
    current: Invocation,
    window: WindowOption = "all",
    distance: Annotated[
        str | None, distance_option("The ten fastest over this distance: 5k, half, mile, 3000, 2mi.")
    ] = None,
    top: Annotated[int | None, typer.Option(help="How many to show for each distance.", metavar="N")] = None,
    as_of: Annotated[date | None, day_option("--as-of", "Only runs up to this day: 2026-11-23.")] = None,
    include_suspect: Annotated[bool, typer.Option("--include-suspect", help="Include suspect efforts.")] = False,
    indoor: Annotated[bool, typer.Option("--indoor", help="Include treadmill and virtual runs.")] = False,
    races: Annotated[bool, typer.Option("--races", help="Races only.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the fastest efforts from 400 m to 50 km: elapsed time, rounded up to the second as on Strava.

    Examples:

      runcoach best --window 1y

      runcoach best --distance 5k --top 20

      runcoach best --distance 3000 --window 90d --as-of 2026-09-30

      runcoach best ignore 17 400m --reason "lost GPS under the bridge"
    """
    from runcoach.services.queries.best_efforts import fastest_efforts

    where = EffortFilter(
        as_of=as_of or local_today(),
        window=parse_window(window),
        include_suspect=include_suspect,
        indoor=indoor,
        races=races,
    )
    with current.reader() as connection:
        report = fastest_efforts(connection, where, distance=distance, top=top)
    if as_json:
        current.emit_json(report.rows)
    elif report.rows:
        one_distance = distance is not None or (top or 1) > 1
        table = _one_distance_table(current, report) if one_distance else _overview_table(current, report)
        current.show(_title(report, one_distance=one_distance), "", table)
        if any(row.quality != "ok" for row in report.rows):
            current.say("?: check this effort with `runcoach show ID`; `runcoach best ignore ID DISTANCE` excludes it.")
    elif not report.is_empty_file:
        current.say("No efforts match. Try `--window all`, or `--indoor` for treadmill runs.")
    else:
        current.say("No runs yet. Start with `runcoach import FOLDER`.")


@app.command("ignore")
def ignore(
    current: Invocation,
    activity_ref: ActivityArgument,
    distance: _StandardDistance = None,
    reason: Annotated[str | None, typer.Option(help="A note to keep with it.")] = None,
) -> None:
    """Exclude one effort, or all of a run, from the rankings; `runcoach best restore` undoes it."""
    _set_ignored(current, activity_ref, distance, reason, ignored=True)


@app.command("restore")
def restore(
    current: Invocation,
    activity_ref: ActivityArgument,
    distance: _StandardDistance = None,
) -> None:
    """Include an ignored effort, or an ignored run, in the rankings again."""
    _set_ignored(current, activity_ref, distance, None, ignored=False)


def _set_ignored(
    current: Invocation, activity_ref: str, distance: str | None, reason: str | None, *, ignored: bool
) -> None:
    from runcoach.services.edits import set_ignored, set_run_ignored

    if distance is None:
        set_run_ignored(current.config, activity_ref, ignore=ignored, reason=reason)
        current.say(f"All efforts of activity {activity_ref} are {'now ignored' if ignored else 'ranked again'}.")
        return
    change = set_ignored(current.config, activity_ref, distance, ignore=ignored, reason=reason)
    name = distance_title(parse_distance(distance)[0])
    current.say(f"The {name} of activity {activity_ref} is {'now ignored' if ignored else 'ranked again'}.")
    if change.fastest is not None:
        verb = "is now" if change.is_new_fastest else "is still"
        when = change.fastest.local_date
        current.say(f"The fastest {name} {verb} {format_duration(change.fastest.duration_s)} ({when}).")


def _overview_table(current: Invocation, report: BestReport) -> Table:
    """The best of each distance, with its age, the gap to the best ever, and the trend of two years."""
    with_gap, with_trend = report.window != "all", any(any(row.trend_s) for row in report.rows)
    extra: list[Column | str] = [*([right("vs. ever")] if with_gap else []), *(["2 years"] if with_trend else [])]
    table = plain_table("", *_columns(current), *extra, gap=1)
    for row in report.rows:
        cells = [text(distance_title(row.distance_m)), *_cells(row, current, report.as_of)]
        cells += [_versus(row)] if with_gap else []
        cells += [text(trend(row.trend_s), "cyan")] if with_trend else []
        table.add_row(*cells)
    return table


def _one_distance_table(current: Invocation, report: BestReport) -> Table:
    """The fastest efforts of one or several distances, with the gap to the fastest and a bar.

    The bar is full for the fastest effort and empty for one that is 10 % slower.
    """
    table = plain_table(right("#"), *_columns(current), right("Gap"), "", gap=1)
    several = len({row.distance_m for row in report.rows}) > 1
    for row in report.rows:
        if row.rank == 1:
            leader = row
            if several:
                table.add_row(text(""), text(distance_title(row.distance_m), "bold"))
        behind = row.duration_exact_s / leader.duration_exact_s - 1.0
        table.add_row(
            text(row.rank, "dim"),
            *_cells(row, current, report.as_of),
            text(difference(row.duration_s - leader.duration_s), "dim"),
            text(bar(1.0 - behind * 10.0, 10), "cyan"),
        )
    return table


def _columns(current: Invocation) -> tuple[Column | str, ...]:
    return right("Time"), right(f"min/{current.units.distance}"), "Date", flexible("Run"), right("ID"), right("Age")


def _cells(row: BestRow, current: Invocation, as_of: date) -> list[Text]:
    """Time, pace, date, run, ID and age (green in the first four weeks)."""
    return [
        text(format_duration(row.duration_s), "bold"),
        text(format_pace(row.pace_sec_per_km, current.units)),
        text(row.local_date),
        _run(row),
        text(row.activity_id, "dim"),
        text(age(row.local_date, as_of), "bold green" if is_new(row.local_date, as_of) else "dim"),
    ]


def _title(report: BestReport, *, one_distance: bool) -> Text:
    labels = {row.distance_m for row in report.rows}
    what = distance_title(labels.pop()) if one_distance and len(labels) == 1 else "Best efforts"
    span = "all time"
    if report.window != "all":
        number, unit = int(report.window[:-1]), {"d": "day", "m": "month", "y": "year"}[report.window[-1]]
        span = f"last {unit if number == 1 else f'{number} {unit}s'}"
    until = "" if report.as_of == date.today() else f" up to {report.as_of}"  # noqa: DTZ011
    line = text(f"{what}, {span}{until}", "bold")
    indoor = f", {report.indoor_runs} indoor not counted" if report.indoor_runs else ""
    line.append(f" · {counted(report.runs, 'run')}{indoor}", "not bold dim")
    return line


def _run(row: BestRow) -> Text:
    line = title(row.name)
    if row.is_race:
        line.append(" race", "magenta")
    if row.is_official:
        line.append(" official", "magenta")
    elif row.quality != "ok":
        line.append_text(text(f" ? {row.reason}", "yellow"))
    return line


def _versus(row: BestRow) -> Text:
    """The gap between the best of the window and the best ever."""
    if row.all_time_duration_s is None or row.duration_s <= row.all_time_duration_s:
        return text("best", "green")
    return text(difference(row.duration_s - row.all_time_duration_s), "dim")
