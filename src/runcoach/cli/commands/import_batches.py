"""``runcoach imports``: the list of imports."""

from __future__ import annotations

from pathlib import Path

import typer

from runcoach.cli import invocation
from runcoach.cli.options import JsonOption, LimitOption
from runcoach.cli.output import flexible, local_minute, plain_table, right, text, title


def command(context: typer.Context, limit: LimitOption = 20, as_json: JsonOption = False) -> None:
    """List imports, newest first; `runcoach import --undo N` undoes one.

    Example:

      runcoach imports
    """
    from runcoach.services.imports import batches

    current = invocation.of(context)
    with current.reader() as connection:
        rows = batches.list_batches(connection, limit or None)
    if as_json:
        current.emit_json(rows)
        return
    if not rows:
        current.say("No imports yet. Start with `runcoach import FOLDER`.")
        return
    table = plain_table(right("Import"), "Time", right("New"), right("Merged"), right("Failed"), flexible("Source"))
    for row in rows:
        state = "undone: " if row["undone_at"] else "" if row["finished_at"] else "interrupted: "
        names = ", ".join(Path(origin).name or origin for origin in row["origin"].split(", "))
        table.add_row(
            str(row["id"]),
            text(local_minute(row["started_at"]), "dim"),
            *(str(row[name]) for name in ("created", "updated", "failed")),
            title(state + names),
        )
    current.show(table)
