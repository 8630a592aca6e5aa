"""``runcoach audit``: what happened, newest first."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli import invocation


def command(
    context: typer.Context,
    reference: Annotated[str | None, typer.Argument(help="One activity's events alone.", metavar="[ID]")] = None,
    entity: Annotated[str | None, typer.Option(help="activity, split, token, job or admin.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what was created, changed, deleted or failed, and why.

    Examples:

      runcoach audit

      runcoach audit 17 --json
    """
    from runcoach.services.queries import activities

    current = invocation.of(context)
    with current.reader() as connection:
        rows = activities.audit(connection, activity_ref=reference, entity=entity, limit=limit)
    if as_json:
        from runcoach.cli import output

        output.emit("audit", rows)
        return
    if not rows:
        current.say("nothing has happened yet")
        return
    from datetime import datetime

    from runcoach.cli.tables import plain_table, text

    table = plain_table()
    for title in ("When", "What", "ID", "Did"):
        table.add_column(title, no_wrap=True)
    table.add_column("", ratio=1)
    for row in rows:
        when = datetime.fromtimestamp(row["created_at"]).astimezone()
        table.add_row(
            text(f"{when:%Y-%m-%d %H:%M}", "dim"),
            row["entity"],
            str(row["entity_id"]),
            row["action"],
            text(row["message"]),
        )
    current.show(table)
