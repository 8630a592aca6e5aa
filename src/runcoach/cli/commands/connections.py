"""``runcoach connections``: the connected sources and their last syncs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import amounts, local_minute, plain_table, right, text, wrapped

if TYPE_CHECKING:
    from rich.table import Table

    from runcoach.services.queries.connections import Connection


def command(
    context: typer.Context,
    as_json: JsonOption = False,
) -> None:
    """List the connected sources: state, last attempt, last success and its result.

    Example:

      runcoach connections
    """
    from runcoach.services.queries.connections import connections_of

    current = Invocation.of(context)
    with current.reader() as connection:
        listed = connections_of(connection)
    if as_json:
        current.emit_json(listed)
        return
    if not listed:
        current.say("No connections. Use `runcoach login` for Strava, `runcoach connect` for Garmin or intervals.icu.")
        return
    current.show(_table(listed))


def _table(listed: tuple[Connection, ...]) -> Table:
    table = plain_table("Source", wrapped("Status"), "Last success", "Last attempt", right("Activities"), "Key expires")
    for each in listed:
        brought = amounts((number, name) for name, number in each.last_result.items())
        table.add_row(
            text(each.title),
            text(each.status if each.last_error is None else f"{each.status}: {each.last_error}"),
            text(_time(each.last_success_at) + (f" ({brought})" if brought else "")),
            text(_time(each.last_try_at)),
            text(str(each.activities)),
            text(_time(each.key_ends_at)[:10]),
        )
    return table


def _time(at: float | None) -> str:
    return "" if at is None else local_minute(at)
