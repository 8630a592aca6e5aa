"""``runcoach connections``: the connected sources and their last syncs."""

from __future__ import annotations

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import amounts, local_minute, plain_table, right, text, wrapped


def command(
    current: Invocation,
    as_json: JsonOption = False,
) -> None:
    """List the connected sources: state, last attempt, last success and its result.

    Example:

      runcoach connections
    """
    from runcoach.services.queries.connections import connections_of

    with current.reader() as connection:
        listed = connections_of(connection)
    if current.answered(
        listed,
        as_json=as_json,
        empty="No connections. Use `runcoach login` for Strava, `runcoach connect` for Garmin or intervals.icu.",
    ):
        return
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
    current.show(table)


def _time(at: float | None) -> str:
    return "" if at is None else local_minute(at)
