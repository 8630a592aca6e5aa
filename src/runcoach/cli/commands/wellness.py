"""``runcoach wellness``: resting heart rate, HRV, sleep, weight, VO2max and steps by day and source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, LimitOption, SinceOption, UntilOption
from runcoach.cli.output import flexible, plain_table, right, text, title
from runcoach.domain.wellness import METRICS, format_unit, format_value, parse_metric

if TYPE_CHECKING:
    from runcoach.services.training.wellness import DailyValue

_NOTHING = (
    "No daily values yet. Import Apple Health's export or Garmin's, or sync with Garmin: `runcoach connect garmin`."
)

#: Header of a metric's column where its title is too long for one.
_HEADERS = {"resting-hr": "HR", "hrv-rmssd": "rMSSD", "hrv-sdnn": "SDNN"}


def command(
    current: Invocation,
    metric: Annotated[
        list[str] | None,
        typer.Option(help=f"{', '.join(METRICS)}. Can be repeated.", metavar="METRIC"),
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 14,
    as_json: JsonOption = False,
) -> None:
    """Show daily values of your body: resting heart rate, HRV, sleep, weight, VO2max and steps, newest day first.

    They come from Apple Health's export, from Garmin, and from Garmin's account export. Every source has rows of its
    own: nothing is averaged over them. --limit counts days.

    Examples:

      runcoach wellness

      runcoach wellness --metric sleep --since 2026-10

      runcoach wellness --metric hrv-sdnn --limit 0 --json
    """
    from runcoach.services.training.wellness import daily_values

    metrics = [parse_metric(name) for name in metric or ()]
    with current.reader() as connection:
        values = daily_values(connection, metrics=metrics, since=since, until=until, days=limit or None)
    empty = _NOTHING if metric is None and since is None and until is None else "No values match."
    if current.answered(values, as_json=as_json, empty=empty):
        return
    # A row a day and source, with a column for each metric that has a value, as far as they fit.
    headers = {**_HEADERS, "weight": format_unit("weight", current.units)}
    shown = [name for name in METRICS if any(value.metric == name for value in values)]
    table = plain_table("Date", flexible("Source"), *(right(headers.get(name, METRICS[name].title)) for name in shown))
    rows: dict[tuple[str, str], dict[str, DailyValue]] = {}
    for value in values:
        rows.setdefault((value.date, value.origin), {})[value.metric] = value
    last = None
    for (day, origin), by_metric in rows.items():
        cells = (
            format_value(name, by_metric[name].value, current.units) if name in by_metric else "" for name in shown
        )
        table.add_row(text("" if day == last else day), title(origin), *cells)
        last = day
    current.show(table)
