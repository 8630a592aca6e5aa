"""``runcoach restore``: replace the database by a backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.cli.options import JsonOption, YesOption, complete_backup, confirm
from runcoach.cli.output import activities, local_minute, one_line

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.maintenance.restore import Restored, RestorePreview


def command(
    context: typer.Context,
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
    from runcoach.services.maintenance.restore import preview_restore, restore

    current = invocation.of(context)
    if not yes:
        confirm(_question(preview_restore(current.config, source)), declined="Nothing restored.")
    done = restore(current.config, source, other_athlete=other_athlete)
    if as_json:
        current.emit_json(done)
    else:
        _render(current, done)


def _question(preview: RestorePreview) -> str:
    offered = f"{activities(preview.backup.activities)} of {local_minute(preview.backup.created_at)}"
    if preview.is_damaged:
        return f"Replace the damaged database by {offered}?"
    if preview.present is None:
        return f"Restore {offered}?"
    return f"Replace {activities(preview.present.activities)} by {offered}?"


def _render(current: Invocation, done: Restored) -> None:
    if not current.quiet:
        current.print(one_line(f"Restored {activities(done.activities)} from {done.backup.path}"))
    if done.kept is not None:
        current.say(f"To undo: runcoach restore {done.kept.name}")
    if done.aside is not None:
        current.say(f"The damaged file is kept as {done.aside}")
    if not done.login_kept:
        current.say("To sync with Strava again, run `runcoach login`.")
