"""``runcoach imports``: what was imported, batch by batch."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List imports, newest first; `import --undo N` takes one back.

    Example:

      runcoach imports
    """
    from runcoach.services.imports import batches

    current = invocation.of(context)
    with current.reader() as connection:
        rows = batches.list_batches(connection, limit)
    if as_json:
        from runcoach.cli import output

        output.emit("imports", rows)
        return
    if not rows:
        current.say("nothing has been imported yet; begin with `runcoach import FOLDER`")
        return
    from runcoach.cli.tables import plain_table, text, title

    table = plain_table()
    for name in ("Import", "When", "New", "Merged", "Failed"):
        table.add_column(name, justify="left" if name == "When" else "right", no_wrap=True)
    table.add_column("From")
    for row in rows:
        when = datetime.fromtimestamp(row["started_at"]).astimezone()
        state = "taken back: " if row["undone_at"] else "" if row["finished_at"] else "interrupted: "
        names = ", ".join(Path(origin).name or origin for origin in row["origin"].split(", "))
        counts = (str(row[name]) for name in ("created", "updated", "failed"))
        table.add_row(str(row["id"]), text(f"{when:%Y-%m-%d %H:%M}", "dim"), *counts, title(state + names))
    current.show(table)
