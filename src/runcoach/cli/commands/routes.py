"""``runcoach routes``: runs over the same way, and how pace and heart rate changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import JsonOption, LimitOption
from runcoach.cli.output import counted, flexible, right, table_of, text, title
from runcoach.domain.units import format_distance, format_duration, format_length, format_pace

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from runcoach.services.training.matched.routes import Route, RouteComparison, RouteDetail, RouteRun

app = CommandGroup(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(current: Invocation, limit: LimitOption = 20, as_json: JsonOption = False) -> None:
    """List the routes that you have run twice or more: the same way in the same direction, without a detour.

    Runs are compared by their GPS positions. A trend is shown where chance alone would make it less often than 1 time
    in 20.

    Examples:

      runcoach routes

      runcoach routes show 17
    """
    from runcoach.services.analytics.missing import not_compared
    from runcoach.services.training.matched.routes import routes

    with current.reader() as connection:
        found = routes(connection)
        pending = not_compared(connection)
    if as_json:
        current.emit_json(found[: limit or None])
    elif found:
        current.show(_table(current, found[: limit or None]))
        if limit and len(found) > limit:
            current.say(f"{len(found) - limit} more: `runcoach routes --limit 0` shows all.")
    elif not pending:
        current.say("No route was run twice yet.")
    if pending:
        current.warn(pending)


@app.command("show")
def show(
    current: Invocation,
    reference: Annotated[str, typer.Argument(help="A route's ID, or that of any run on it.", metavar="ID")],
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the runs on a route, newest first, and the trends of pace and heart rate.

    Examples:

      runcoach routes show 17

      runcoach routes show 17 --json
    """
    from runcoach.services.training.matched import routes
    from runcoach.services.training.matched.descriptions import (
        describe_both_trends,
        describe_heart_rate_trend,
        describe_pace_trend,
    )

    with current.reader() as connection:
        found = routes.route(connection, reference)
    if current.answered(found, as_json=as_json):
        return
    route, units = found.route, current.units
    distance = format_length(route.distance_m, units, 1)
    current.show(text(route.name, "bold"))
    current.show(text(f"{distance} · {counted(route.runs, 'run')} since {route.first_date}", "dim"), "")
    current.show(text(f"Pace: {describe_pace_trend(route.pace_trend, units)}"))
    current.show(text(f"Heart rate: {describe_heart_rate_trend(route.heart_rate_trend)}"))
    if sentence := describe_both_trends(route):
        current.show(text(sentence, "bold"))
    current.show("", _runs(current, found, limit or None))
    if limit and len(found.runs) > limit:
        current.say(f"{len(found.runs) - limit} more: `runcoach routes show {route.id} --limit 0` shows all.")


def show_comparison(current: Invocation, found: RouteComparison) -> None:
    """A run beside the last times on the same route, for ``runcoach show``."""
    from runcoach.services.training.matched.descriptions import describe_comparison, describe_rank

    current.show("", text("On this route", "bold"), text(f"{describe_comparison(found, current.units)}."))
    current.show(text(f"{describe_rank(found)} (`runcoach routes show {found.route_id}`)", "dim"))


def _table(current: Invocation, found: tuple[Route, ...]) -> Table:
    from runcoach.services.training.matched.descriptions import describe_pace_trend

    units = current.units

    def trend(route: Route) -> Text:
        known = "–" if route.pace_trend.change is None else describe_pace_trend(route.pace_trend, units)
        return text(known, "" if route.pace_trend.is_clear else "dim")

    return table_of(
        found,
        (right("ID"), lambda route: text(route.id, "dim")),
        (right(units.distance), lambda route: format_distance(route.distance_m, units, 1)),
        (right("Runs"), lambda route: text(route.runs, "bold")),
        (flexible("Route"), lambda route: title(route.name)),
        ("Last", lambda route: route.last.local_date),
        (right(f"Best /{units.distance}"), lambda route: route.best and format_pace(route.best.pace_sec_per_km, units)),
        ("Trend of pace", trend),
    )


def _runs(current: Invocation, found: RouteDetail, limit: int | None) -> Table:
    units, best = current.units, found.route.best

    def pace(run: RouteRun) -> Text:
        is_best = best is not None and run.activity_id == best.activity_id
        return text(format_pace(run.pace_sec_per_km, units), "bold green" if is_best else "bold")

    return table_of(
        found.runs[:limit],
        ("Date", lambda run: run.local_date),
        (right(f"min/{units.distance}"), pace),
        (right("HR"), lambda run: run.avg_hr_bpm),
        (right("Time"), lambda run: format_duration(run.moving_time_sec)),
        (right(units.distance), lambda run: format_distance(run.distance_m, units)),
        (flexible("Run"), lambda run: title(run.name)),
        ("ID", lambda run: text(run.activity_id, "dim")),
    )
