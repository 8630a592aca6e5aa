"""``runcoach connections``: the sources of this profile and when each last worked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation

if TYPE_CHECKING:
    from rich.table import Table

    from runcoach.services.queries.connections import Connection


def command(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the connections as JSON.")] = False,
) -> None:
    """List the connected sources: state, last try, last success and what came.

    Example:

      runcoach connections
    """
    from runcoach.services.queries.connections import connections_of

    current = invocation.of(context)
    with current.reader() as connection:
        listed = connections_of(connection)
    if as_json:
        from runcoach.cli import output

        output.emit("connections", listed)
        return
    if not listed:
        current.say("No source is connected: `runcoach connect garmin`, `runcoach login` for Strava.")
        return
    current.show(_table(listed))


def _table(listed: tuple[Connection, ...]) -> Table:
    from runcoach.cli.tables import plain_table, text

    table = plain_table()
    for name in ("Source", "Status", "Last success", "Last try", "Activities", "Key ends"):
        table.add_column(name, no_wrap=name != "Status")
    for each in listed:
        table.add_row(
            text(each.title),
            text(each.status if each.last_error is None else f"{each.status}: {each.last_error}"),
            text(_time(each.last_success_at) + _brought(each)),
            text(_time(each.last_try_at)),
            text(str(each.activities)),
            text(_time(each.key_ends_at)[:10]),
        )
    return table


def _time(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def _brought(each: Connection) -> str:
    counts = [f"{number} {name}" for name, number in each.last_result.items() if number]
    return f" ({', '.join(counts)})" if counts else ""
