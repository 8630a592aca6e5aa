"""``runcoach duplicates``, ``merge`` and ``split``: what may be one run, and a person's word on it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List pairs of activities that overlap in time and may be one; `merge` and `split` settle them.

    Example:

      runcoach duplicates
    """
    from runcoach.services.imports.duplicates import possible_duplicates

    current = invocation.of(context)
    found = possible_duplicates(current.settings)
    if as_json:
        from runcoach.cli import output

        output.emit("duplicates", found)
        return
    if not found:
        current.say("no two activities look like one")
        return
    from runcoach.cli.tables import plain_table, text, title
    from runcoach.domain.units import format_distance, format_duration

    table = plain_table()
    for name in ("ID", "Date", "Activity", "Sport", current.units.distance, "Time"):
        table.add_column(name, justify="right" if name in {"ID", "Time"} else "left", no_wrap=name != "Activity")

    def add(row: dict[str, Any]) -> None:
        distance, duration = format_distance(row["distance_m"], current.units), format_duration(row["elapsed_time_sec"])
        table.add_row(str(row["id"]), row["local_date"], title(row["name"]), row["sport_type"], distance, duration)

    for pair in found:
        add(pair.first)
        add(pair.second)
        table.add_row("", text(pair.verdict, "yellow"))
    current.show(table)
    current.say("`runcoach merge ID ID` makes two one; the first keeps its id")
