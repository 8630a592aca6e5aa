"""``runcoach year``: a year in review, and a picture of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import bar, counted, flexible, one_line, plain_table, right, table_of, text, title
from runcoach.domain.distances import distance_title
from runcoach.domain.units import format_distance, format_duration, format_elevation, format_length, format_pace
from runcoach.domain.windows import parse_date

if TYPE_CHECKING:
    from rich.table import Table

    from runcoach.services.history.years import YearInReview


def command(
    current: Invocation,
    year: Annotated[
        str | None, typer.Argument(help="2026; the last year with runs if none is given.", metavar="[YEAR]")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write a picture to share to this PNG file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a year in review: totals, months, bests. The picture has figures only, no names and no map.

    Examples:

      runcoach year 2026

      runcoach year 2026 --output year.png
    """
    from runcoach.filesystem import write_output
    from runcoach.services.history import years

    with current.reader() as connection:
        found = years.review(connection, None if year is None else parse_date(year).year)
    if output is not None:
        write_output(output, years.picture(found, current.units))
    if as_json:
        current.emit_json(found)
    elif output is not None:
        current.print(one_line(str(output)))
    else:
        _render(current, found)


def _render(current: Invocation, found: YearInReview) -> None:
    units, sums = current.units, found.sums
    until = "" if found.is_over else f", until {found.until}"
    current.show(
        text(f"{found.year}{until}", "bold"),
        text(
            f"{format_length(sums.distance_m, units, 0)} in {counted(int(sums.runs), 'run')},"
            f" {format_duration(sums.moving_time_sec)}, {format_elevation(sums.elevation_gain_m, units)} climb,"
            f" {counted(found.days, 'day')} with a run, {counted(found.races, 'race')}"
        ),
    )
    if found.before is not None:
        more_m = sums.distance_m - found.before.distance_m
        gain = f"{format_length(abs(more_m), units, 0)} {'more' if more_m >= 0 else 'less'}"
        current.show(text(f"{gain} than {found.year - 1} up to the same day", "dim"))
    if found.longest is not None:
        length = format_length(found.longest.distance_m, units, 1)
        current.show(text(f"Longest run: {length}, {found.longest.local_date}, {found.longest.name}"))
    current.show("", _months(current, found))
    if found.bests:
        bests = table_of(
            found.bests,
            ("Best", lambda best: distance_title(best.distance_m)),
            (right("Time"), lambda best: text(format_duration(best.duration_s), "bold")),
            (right(f"min/{units.distance}"), lambda best: format_pace(best.pace_sec_per_km, units)),
            ("", lambda best: text("record" if best.is_record else "", "green")),
            ("Date", lambda best: best.local_date),
            (flexible("Run"), lambda best: title(best.name)),
        )
        current.show("", bests)


def _months(current: Invocation, found: YearInReview) -> Table:
    table = plain_table("Month", right("Runs"), right(current.units.distance), right("Time"), "")
    longest = max(month.distance_m for month in found.months) or 1.0
    for number, month in enumerate(found.months, start=1):
        if found.first_month <= number <= found.until.month or month.runs:
            table.add_row(
                f"{found.year}-{number:02d}",
                text(int(month.runs)),
                text(format_distance(month.distance_m, current.units, 1), "bold"),
                format_duration(month.moving_time_sec),
                text(bar(month.distance_m / longest, 24), "cyan"),
            )
    return table
