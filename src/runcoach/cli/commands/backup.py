"""``runcoach backup``: a checked copy of everything, while other commands may write."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.errors import UsageError

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.maintenance.backups import Backup


def command(
    context: typer.Context,
    target: Annotated[
        Path | None,
        typer.Argument(help="A file or folder of your own; a dated file among the backups if none.", metavar="[FILE]"),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Show the backups that are there.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE whatever it is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Copy the profile's file as it is now, check the copy, and keep the last few; a sync may run meanwhile.

    The copy holds your whole history and can be brought back with `restore`; it holds no token and no secret.

    Examples:

      runcoach backup

      runcoach backup /media/stick/runcoach.db

      runcoach backup --list
    """
    current = invocation.of(context)
    if listing:
        if target is not None or force:
            raise UsageError("--list takes no FILE and no --force")
        _list(current, as_json=as_json)
        return
    from runcoach.services.maintenance.backups import backup

    made = backup(current.settings, target, force=force)
    if as_json:
        from runcoach.cli import output

        output.emit("backup", made)
        return
    current.print(str(made.backup.path))
    current.say(f"{_content(made.backup)}, checked")
    for path in made.removed:
        current.say(f"removed {path.name}, the oldest (backups_kept = {current.settings.settings.backups_kept})")


def _list(current: Invocation, *, as_json: bool) -> None:
    from runcoach.services.maintenance.backups import list_backups

    found = list_backups(current.settings)
    if as_json:
        from runcoach.cli import output

        output.emit("backup", found)
        return
    if not found:
        current.say("there are no backups yet; `runcoach backup` makes one")
        return
    from runcoach.cli.tables import plain_table, text

    table = plain_table()
    for name in ("File", "Made", "MiB", "Holds"):
        table.add_column(name, justify="right" if name in {"MiB", "Holds"} else "left", no_wrap=True)
    for one in found:
        when = datetime.fromtimestamp(one.created_at).astimezone()
        count = "?" if one.activities is None else str(one.activities)
        table.add_row(
            text(one.path.name), text(f"{when:%Y-%m-%d %H:%M}", "dim"), f"{one.size_bytes / 2**20:.1f}", count
        )
    current.show(table)
    for one in found:
        if one.problem is not None:
            current.say(one.problem)
    current.say(f"they lie in {current.settings.paths.backups}")


def _content(one: Backup) -> str:
    """What a backup holds, in words."""
    number = "1 activity" if one.activities == 1 else f"{one.activities} activities"
    span = f" from {one.first_date} to {one.last_date}" if one.activities else ""
    return f"{number}{span}, {one.size_bytes / 2**20:.1f} MiB"
