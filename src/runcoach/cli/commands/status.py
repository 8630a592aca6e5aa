"""``runcoach status``: what the file holds and where it lies."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is here: how many activities, since when, and in which file.

    Example:

      runcoach status
    """
    from runcoach.services import history

    current = invocation.of(context)
    status = history.status(current.settings)
    if as_json:
        from runcoach.cli import jsonform

        jsonform.emit("status", status)
        return
    from runcoach.cli.tables import plain_table, text
    from runcoach.domain.units import format_distance

    counts = status.counts
    table = plain_table(header=False)
    table.add_row(text("Profile", "dim"), text(status.profile))
    size = f" ({status.size_bytes / 2**20:.1f} MiB)" if status.size_bytes else " (not there yet)"
    table.add_row(text("File", "dim"), text(f"{status.database}{size}"))
    table.add_row(text("Activities", "dim"), text(f"{counts['activities']}, {counts['runs']} of them runs"))
    if counts["activities"]:
        table.add_row(text("From – to", "dim"), text(f"{counts['first_date']} – {counts['last_date']}"))
        distance = f"{format_distance(counts['distance_m'], current.units, 0)} {current.units.distance}"
        table.add_row(text("Distance", "dim"), text(distance))
    current.show(table)
    if not counts["activities"]:
        current.say("begin with `runcoach import FOLDER`")
