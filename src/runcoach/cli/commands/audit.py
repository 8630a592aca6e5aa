"""``runcoach audit``: the log of changes."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, LimitOption
from runcoach.cli.output import local_minute, table_of, text, wrapped


def command(
    current: Invocation,
    activity_ref: Annotated[str | None, typer.Argument(help="Only this activity.", metavar="[ID]")] = None,
    entity: Annotated[str | None, typer.Option(help="Only activity, split, token, job or admin.")] = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Show what was created, changed, deleted or failed, newest first.

    Examples:

      runcoach audit

      runcoach audit 17 --json
    """
    from runcoach.services.queries import activities

    with current.reader() as connection:
        rows = activities.audit(connection, activity_ref=activity_ref, entity=entity, limit=limit or None)
    if current.answered(rows, as_json=as_json, empty="No events yet."):
        return
    table = table_of(
        rows,
        ("Time", lambda row: text(local_minute(row["created_at"]), "dim")),
        ("Type", lambda row: row["entity"]),
        ("ID", lambda row: row["entity_id"]),
        ("Action", lambda row: row["action"]),
        (wrapped("Details"), lambda row: row["message"]),
    )
    current.show(table)
