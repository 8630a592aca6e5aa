"""``runcoach backup`` and ``restore``: back up the database, list the backups, and return to one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, YesOption, complete_backup, confirm
from runcoach.cli.output import activities, local_minute, one_line, plain_table, right, text
from runcoach.errors import UsageError

if TYPE_CHECKING:
    from runcoach.services.maintenance.restore import RestorePreview


def command(
    current: Invocation,
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
    if target == Path("list") and not target.exists():  # as other programs have it; nobody means a file of that name
        target, listing = None, True
    if listing:
        if target is not None or force:
            raise UsageError("--list cannot be combined with FILE or --force")
        _list(current, as_json=as_json)
        return
    from runcoach.services.maintenance.backups import backup

    done = backup(current.config, target, force=force)
    if current.answered(done, as_json=as_json):
        return
    made = done.backup
    span = f" from {made.first_date} to {made.last_date}" if made.activities else ""
    current.print(str(made.path))
    current.say(f"{activities(made.activities)}{span}, {made.size_bytes / 2**20:.1f} MiB, verified")
    for path in done.removed:
        current.say(f"Removed the oldest backup, {path.name} (backups_kept = {current.config.settings.backups_kept}).")


def _list(current: Invocation, *, as_json: bool) -> None:
    from runcoach.services.maintenance.backups import list_backups

    backups = list_backups(current.config)
    if current.answered(backups, as_json=as_json, empty="No backups yet. Make one with `runcoach backup`."):
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


def restore(
    current: Invocation,
    source: Annotated[
        Path,
        typer.Argument(
            help="A backup: a path, or a name from `runcoach backup --list`.",
            metavar="FILE",
            autocompletion=complete_backup,
        ),
    ],
    yes: YesOption = False,
    other_athlete: Annotated[bool, typer.Option("--other-athlete", help="Accept a backup of another athlete.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Replace the database by a backup; the current one is backed up first.

    FILE is checked before anything changes. The login stays as it is now. A damaged database is kept under another
    name.

    Examples:

      runcoach restore default.2026-11-22-031500.db

      runcoach restore /media/stick/runcoach.db --yes
    """
    from runcoach.services.maintenance.restore import preview_restore
    from runcoach.services.maintenance.restore import restore as replace_database

    if not yes:
        confirm(_restore_question(preview_restore(current.config, source)), declined="Nothing restored.")
    done = replace_database(current.config, source, other_athlete=other_athlete)
    if as_json:
        current.emit_json(done)
    else:
        if not current.quiet:
            current.print(one_line(f"Restored {activities(done.activities)} from {done.backup.path}"))
        if done.kept is not None:
            current.say(f"To undo: runcoach restore {done.kept.name}")
        if done.aside is not None:
            current.say(f"The damaged file is kept as {done.aside}")
        if not done.login_kept:
            current.say("To sync with Strava again, run `runcoach login`.")


def _restore_question(preview: RestorePreview) -> str:
    offered = f"{activities(preview.backup.activities)} of {local_minute(preview.backup.created_at)}"
    if preview.is_damaged:
        return f"Replace the damaged database by {offered}?"
    if preview.present is None:
        return f"Restore {offered}?"
    return f"Replace {activities(preview.present.activities)} by {offered}?"
