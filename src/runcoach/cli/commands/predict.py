"""``runcoach predict``: forecasts of race times, and how right they were before."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, complete_distance, day_option
from runcoach.cli.output import counted, flexible, plain_table, right, text, title, wrapped
from runcoach.domain.distances import distance_title, parse_distance
from runcoach.domain.units import format_duration, format_length, format_pace
from runcoach.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from runcoach.services.training.forecasts.predictions import Prediction, PredictionReport


def command(
    current: Invocation,
    distance: Annotated[
        str | None,
        typer.Argument(help="5k, 10k, half, marathon …; all without it.", autocompletion=complete_distance),
    ] = None,
    race_date: Annotated[date | None, day_option("--date", "The day of the race: 2027-04-18.")] = None,
    as_of: Annotated[date | None, day_option("--as-of", "Forecast from what was known before this day.")] = None,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="Forecast your past races, and show how right that was.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Forecast a race time from your efforts and training, with the range that half and four of five races stay in.

    Examples:

      runcoach predict

      runcoach predict half --date 2027-04-18

      runcoach predict marathon --as-of 2026-04-26

      runcoach predict --backtest
    """
    from runcoach.services.training.forecasts import predictions

    if backtest:
        if distance or race_date or as_of:
            raise UsageError("--backtest takes no distance and no day", hint="it forecasts all your past races")
        _backtest(current, as_json=as_json)
        return
    with current.reader() as connection:
        report = predictions.predict(
            connection,
            predictions.DISTANCES if distance is None else (parse_distance(distance),),
            as_of=as_of,
            race_date=race_date,
        )
    if as_json:
        paces = {"vdot": report.vdot, "training_paces": report.paces}
        current.emit_json(report.rows, reason=report.reason, **paces)
        return
    if report.rows:
        _render(current, report, is_one=distance is not None)
    else:
        current.say(f"No forecast: {report.reason}.")


def _backtest(current: Invocation, *, as_json: bool) -> None:
    from runcoach.services.training.forecasts.backtest import COMBINATION, backtest

    with current.reader() as connection:
        report = backtest(connection)
    if as_json:
        current.emit_json({"races": report.races, "rows": report.rows, "summary": report.summary})
        return
    if not report.rows:
        current.say("No past race can be forecast yet. Mark races with `runcoach edit ID --race`.")
        return
    past = plain_table("Date", "", right("Run"), right("Forecast"), right("Error"), "80 %", flexible("Race"), gap=1)
    forecasts = [row for row in report.rows if row.method == COMBINATION]
    for row in forecasts:
        style = "" if row.is_within_80 else "yellow"
        name = title(row.name)
        if row.kind != "race":
            name.append(f" {row.kind}", "dim")
        past.add_row(
            text(row.date),
            text(distance_title(row.distance_m)),
            text(format_duration(row.time_s), "bold"),
            text(format_duration(row.forecast_s)),
            text(f"{row.error_percent:+.1f} %", style),
            text("in" if row.is_within_80 else "out", style),
            name,
        )
    headers = ("Races", "Median", "Mean", "Bias", "9 of 10", "50 %", "80 %")
    errors = plain_table("Method", *map(right, headers), gap=1)
    for one in report.summary:
        shares = ("" if share is None else f"{share:.0f} %" for share in (one.within_50, one.within_80))
        numbers = (f"{one.median:.1f}", f"{one.mape:.1f}", f"{one.bias:+.1f}", f"{one.p90:.1f}")
        errors.add_row(text(one.method), text(one.n), *map(text, (*numbers, *shares)))
    known = counted(len(forecasts), "race")
    heading = text(f"Past races, forecast from what was known two days before: {known}", "bold")
    current.show(heading, "", past, "", text("Errors in percent", "bold"), "", errors)
    current.say("Bias: mean error, positive where forecasts were too slow. 50 %, 80 %: races inside the ranges.")


def _render(current: Invocation, report: PredictionReport, *, is_one: bool) -> None:
    """The forecasts, then what one is based on, or training paces."""
    method = [] if is_one else ["From"]
    pace = right(f"min/{current.units.distance}")
    table = plain_table("", right("Time"), "Half of races", "4 of 5 races", pace, *method, gap=1)
    for row in report.rows:
        bounds = ((row.low_50_s, row.high_50_s), (row.low_80_s, row.high_80_s))
        table.add_row(
            text(distance_title(row.distance_m)),
            text(format_duration(row.duration_s), "bold"),
            *(text(f"{format_duration(low)}–{format_duration(high)}") for low, high in bounds),
            text(format_pace(row.pace_sec_per_km, current.units)),
            *(text(row.method, "dim") for _ in method),
        )
    current.show(text(f"Forecast for {report.race_date}", "bold"), "", table, "")
    if not is_one:
        paces = plain_table("", right(f"min/{current.units.distance}"), gap=1)
        for each in report.paces:
            slow, fast = (format_pace(bound, current.units) for bound in (each.slow_sec_per_km, each.fast_sec_per_km))
            paces.add_row(text(each.name.capitalize()), text(f"{slow}–{fast}"))
        current.show(text("Training paces", "bold"), "", paces)
        if report.reason is not None:
            current.say(f"Other distances: {report.reason}.")
    else:
        current.show(_basis(current, report.rows[0]))
        if report.rows[0].others:
            others = plain_table("Other methods", right("Time"))
            for one in report.rows[0].others:
                others.add_row(text(one.method), text(format_duration(one.duration_s)))
            current.show("", others)
    current.say("For a flat course and an ordinary day. `runcoach predict --backtest` shows how right this was before.")


def _basis(current: Invocation, row: Prediction) -> Table:
    """What the forecast is based on, a line each."""
    units, inputs = current.units, row.inputs
    table = plain_table("", wrapped(), header=False)
    for number, one in enumerate(inputs.efforts):
        length = format_length(one.distance_m, units)
        kind = "race" if one.is_race else "effort"
        where = "" if one.activity_id is None else f", activity {one.activity_id}"
        line = f"{length} in {format_duration(one.duration_s)}, {kind} of {one.date}{where}"
        table.add_row(text("" if number else "Efforts", "dim"), text(line))
    weekly = f"{format_length(inputs.weekly_m, units, 0)} a week over 8 weeks"
    longest = f"longest run {format_length(inputs.longest_run_m, units, 1)}"
    table.add_row(text("Training", "dim"), text(f"{weekly}, {longest}, {counted(inputs.runs, 'run')} in 26 weeks"))
    table.add_row(text("Method", "dim"), text(row.method))
    table.add_row(text("Checked on", "dim"), text(row.checked))
    return table
