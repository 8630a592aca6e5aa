"""``runcoach backup``: back up the database, or list the backups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import activities, local_minute, plain_table, right, text
from runcoach.errors import UsageError

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.maintenance.backups import Backup


def command(
    context: typer.Context,
    target: Annotated[
        Path | None,
        typer.Argument(help="File or folder to write to; by default a dated file among the backups.", metavar="[FILE]"),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the backups.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE even if it is not a backup.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Back up the database and verify the copy; the oldest dated backups are removed.

    It can run during a sync. A backup holds your whole history, but no tokens or secrets.

    Examples:

      runcoach backup

      runcoach backup /media/stick/runcoach.db

      runcoach backup --list
    """
    current = invocation.of(context)
    if target == Path("list") and not target.exists():  # as other programs have it; nobody means a file of that name
        target, listing = None, True
    if listing:
        if target is not None or force:
            raise UsageError("--list cannot be combined with FILE or --force")
        _list(current, as_json=as_json)
        return
    from runcoach.services.maintenance.backups import backup

    done = backup(current.config, target, force=force)
    if as_json:
        current.emit_json(done)
        return
    current.print(str(done.backup.path))
    current.say(f"{_summary(done.backup)}, verified")
    for path in done.removed:
        current.say(f"Removed the oldest backup, {path.name} (backups_kept = {current.config.settings.backups_kept}).")


def _list(current: Invocation, *, as_json: bool) -> None:
    from runcoach.services.maintenance.backups import list_backups

    backups = list_backups(current.config)
    if as_json:
        current.emit_json(backups)
        return
    if not backups:
        current.say("No backups yet. Make one with `runcoach backup`.")
        return
    table = plain_table("File", "Created", right("MiB"), right("Activities"))
    for one in backups:
        count = "?" if one.activities is None else str(one.activities)
        created = text(local_minute(one.created_at), "dim")
        table.add_row(text(one.path.name), created, f"{one.size_bytes / 2**20:.1f}", count)
    current.show(table)
    for one in backups:
        if one.problem is not None:
            current.say(one.problem)
    current.say(f"Folder: {current.config.paths.backups}")


def _summary(one: Backup) -> str:
    span = f" from {one.first_date} to {one.last_date}" if one.activities else ""
    return f"{activities(one.activities)}{span}, {one.size_bytes / 2**20:.1f} MiB"
