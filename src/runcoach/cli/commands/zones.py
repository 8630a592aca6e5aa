"""``runcoach zones``: heart rate zones, time in them, and the figures that they come from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import JsonOption, LimitOption, SinceOption
from runcoach.cli.output import bar, counted, flexible, plain_table, right, text, title, wrapped
from runcoach.domain.training.physiology import Sex  # noqa: TC001  (Typer evaluates annotations)
from runcoach.domain.units import format_duration, format_pace, parse_duration
from runcoach.domain.windows import local_today
from runcoach.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from runcoach.domain.training.physiology import Figure, Physiology
    from runcoach.services.training.zones import TimeInZones, ZoneReport

app = CommandGroup(invoke_without_command=True, rich_markup_mode="rich")

#: Terminals with fewer columns show whole minutes.
NARROW = 72

#: Name on the command line → figure.
FIGURES = {
    "max": "max_bpm",
    "rest": "rest_bpm",
    "threshold": "threshold_bpm",
    "threshold-pace": "threshold_sec_per_km",
    "zones": "zones",
    "sex": "sex",
}


@app.callback()
def command(
    current: Invocation,
    by: Annotated[Literal["run", "week", "month"], typer.Option(help="A row for each run, week or month.")] = "week",
    since: SinceOption = None,
    limit: LimitOption = 12,
    as_json: JsonOption = False,
) -> None:
    """Show your heart rate zones, the time in them over the last 12 weeks, and how much of it was easy.

    Maximum and threshold are estimated from your runs until you set them. Zones begin at 60, 70, 80 and 90 % of the
    maximum. Heart rates that are not to be believed count nowhere; `runcoach show ID` names them.

    Examples:

      runcoach zones --by run

      runcoach zones set --max 188 --rest 52 --threshold 171

      runcoach zones set --zones 125,143,160,174
    """
    from runcoach.services.analytics.missing import not_analyzed
    from runcoach.services.training.zones import DAYS, zones

    first = since or local_today() - timedelta(days=DAYS)
    with current.reader() as connection:
        report = zones(connection, by, first)
        remark = not_analyzed(connection)
    if remark:
        current.say(remark)
    rows = report.rows[: limit or None]
    if as_json:
        current.emit_json(rows, since=first, **report.context())
        return
    if report.inputs is None:
        current.say("No runs yet. Start with `runcoach import FOLDER`.")
        return
    current.show(_inputs(current, report.inputs))
    if report.zones is None:
        current.say("No zones: none of your runs has a heart rate.")
        return
    current.show("", _zones(report), "")
    if not rows:
        current.show(text(f"No runs with a heart rate since {first}.", "dim"))
        return
    width = current.console().width
    current.show(_table(rows, by, width), *([text("Z1 to Z5 in minutes", "dim")] if width < NARROW else []))
    found = report.polarization
    if found.easy_share_of_sessions is not None and found.easy_share_of_time is not None:
        current.show(
            "",
            text(
                f"Since {first}: {found.easy_share_of_sessions:.0%} of {counted(found.sessions, 'run')} easy,"
                f" {found.easy_share_of_time:.0%} of the time."
            ),
            text(
                "80/20 counts sessions; by time it is about 90/10. A run is hard with 10 minutes in zones 4 and 5, easy"
                " time is in zones 1 and 2.",
                "dim",
            ),
        )


@app.command("set")
def set_values(
    current: Invocation,
    maximum: Annotated[float | None, typer.Option("--max", help="Maximum heart rate.", metavar="BPM")] = None,
    rest: Annotated[float | None, typer.Option(help="Resting heart rate.", metavar="BPM")] = None,
    threshold: Annotated[float | None, typer.Option(help="Threshold heart rate.", metavar="BPM")] = None,
    threshold_pace: Annotated[
        str | None, typer.Option(help="Pace that you could hold for an hour, a kilometer or mile.", metavar="M:SS")
    ] = None,
    zones: Annotated[
        str | None,
        typer.Option(help="Where zones 2 to 5 begin, for example 125,143,160,174.", metavar="BPM,BPM,BPM,BPM"),
    ] = None,
    sex: Annotated[Sex | None, typer.Option(help="Whose coefficients the load uses; male by default.")] = None,
) -> None:
    """Set what zones and loads are computed with; all of them are computed again.

    Example:

      runcoach zones set --max 188 --threshold-pace 4:15
    """
    try:
        bounds = None if zones is None else [int(bound) for bound in zones.split(",")]
    except ValueError:
        hint = "name where zones 2 to 5 begin: 125,143,160,174"
        raise UsageError(f"{zones!r} are not zones", hint=hint) from None
    pace = None if threshold_pace is None else parse_duration(threshold_pace) * 1000.0 / current.units.metres
    changes = {
        "max_bpm": maximum,
        "rest_bpm": rest,
        "threshold_bpm": threshold,
        "threshold_sec_per_km": pace,
        "zones": bounds,
        "sex": None if sex is None else sex.value,
    }
    _change(current, {name: value for name, value in changes.items() if value is not None})


@app.command("unset")
def unset_values(
    current: Invocation,
    names: Annotated[list[str], typer.Argument(help=f"Any of {', '.join(FIGURES)}.", metavar="NAME…")],
) -> None:
    """Remove what you have set, so that estimates count again.

    Example:

      runcoach zones unset max zones
    """
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        raise UsageError(f"nothing is called {unknown[0]!r}", hint=f"use {', '.join(FIGURES)}")
    _change(current, {FIGURES[name]: None for name in names})


def _change(current: Invocation, changes: dict[str, object]) -> None:
    from runcoach.services.training.zones import change

    if not changes:
        raise UsageError("nothing to set", hint="see `runcoach zones set --help`")
    current.show(_inputs(current, change(current.config, changes)))


def _inputs(current: Invocation, inputs: Physiology) -> Table:
    """Each figure with its origin."""
    table = plain_table("", right(""), "", wrapped(), header=False)
    unit = f"/{current.units.distance}"
    rows: list[tuple[str, Figure | None, str]] = [
        ("Maximum", inputs.max_bpm, "bpm"),
        ("Threshold", inputs.threshold_bpm, "bpm"),
        ("Resting", inputs.rest_bpm, "bpm"),
        ("Threshold pace", inputs.threshold_sec_per_km, unit),
    ]
    for name, figure, of in rows:
        if figure is not None:
            value = format_pace(figure.value, current.units) if of == unit else f"{figure.value:.0f}"
            origin = figure.origin.value + (f": {figure.note}" if figure.note else "")
            table.add_row(text(name, "dim"), text(f"{value} {of}", "bold"), "", text(origin, "dim"))
    table.add_row(text("Coefficients", "dim"), text(inputs.sex.value), "", text("of TRIMP (Banister)", "dim"))
    return table


def _zones(report: ZoneReport) -> Table:
    """The zones with the time in each."""
    table = plain_table("Zone", right("bpm"), right("Time"), right("Share"), "")
    zones = report.zones
    lower = (0, *(zones.lower_bpm if zones is not None else ()))
    seconds = [sum(column) for column in zip(*(row.time_in_zone_s for row in report.rows), strict=True)] or [0] * 5
    total = sum(seconds)
    for number, (begin, spent) in enumerate(zip(lower, seconds, strict=True), start=1):
        end = lower[number] - 1 if number < len(lower) else None
        bounds = f"≤ {end}" if number == 1 else f"{begin}–{end}" if end is not None else f"≥ {begin}"
        share = spent / total if total else 0.0
        table.add_row(
            str(number),
            text(bounds),
            format_duration(spent),
            text(f"{share:.0%}", "bold"),
            text(bar(share, 20), "cyan"),
        )
    return table


def _table(rows: tuple[TimeInZones, ...], by: str, width: int) -> Table:
    """Time in zones; in whole minutes, and without the names of runs, where the terminal is narrow."""
    is_narrow = width < NARROW
    zones = [right(f"Z{number}") for number in range(1, 6)]
    names = [flexible("Run")] if by == "run" and not is_narrow else []
    first = ("Date", right("ID")) if by == "run" else (by.capitalize(), right("Runs"))
    table = plain_table(*first, right("Time"), *zones, *names, gap=1 if is_narrow else 2)
    for row in rows:
        of = row.runs if row.activity_id is None else row.activity_id
        cells = [text(row.period), text(of, "dim"), text(format_duration(row.total_s), "bold")]
        times = [f"{seconds / 60:.0f}" if is_narrow else format_duration(seconds) for seconds in row.time_in_zone_s]
        cells += [text(time if seconds else "–") for time, seconds in zip(times, row.time_in_zone_s, strict=True)]
        table.add_row(*cells, *([title(row.name or "")] if names else []))
    return table
