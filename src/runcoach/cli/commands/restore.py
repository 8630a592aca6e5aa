"""``runcoach restore``: a backup in the place of what is here, which becomes a backup itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.maintenance.restore import Restored, RestorePreview


def command(
    context: typer.Context,
    source: Annotated[
        Path, typer.Argument(help="A backup: a path, or a name from `runcoach backup --list`.", metavar="FILE")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    other_athlete: Annotated[
        bool, typer.Option("--other-athlete", help="Take FILE although it is another athlete's.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring everything back as it was in a backup; what is here now becomes a backup first, so it can be undone.

    FILE is checked before anything changes. The login stays as it is now. A damaged file is put aside and kept.

    Examples:

      runcoach restore default.2026-11-22-031500.db

      runcoach restore /media/stick/runcoach.db --yes
    """
    from runcoach.services.maintenance.restore import preview_restore, restore

    current = invocation.of(context)
    if not yes:
        from runcoach.cli.options import confirm

        confirm(_question(preview_restore(current.settings, source)), declined="Nothing restored.")
    done = restore(current.settings, source, other_athlete=other_athlete)
    if as_json:
        from runcoach.cli import output

        output.emit("restore", done)
        return
    _render(current, done)


def _question(found: RestorePreview) -> str:
    when = datetime.fromtimestamp(found.backup.created_at).astimezone()
    offered = f"{_counted(found.backup.activities)} of {when:%Y-%m-%d %H:%M}"
    if found.is_damaged:
        return f"Put {offered} in the place of the damaged file?"
    if found.present is None:
        return f"Bring back {offered}?"
    return f"Put {offered} in the place of the {_counted(found.present.activities)} that are here?"


def _render(current: Invocation, done: Restored) -> None:
    from runcoach.cli.tables import text

    if not current.quiet:
        current.show(text(f"restored {_counted(done.activities)} from {done.backup.path}"))
    if done.kept is not None:
        current.say(f"to undo it: runcoach restore {done.kept.name}")
    if done.aside is not None:
        current.say(f"the damaged file is kept as {done.aside}")
    if not done.login_kept:
        current.say("if Strava is to be read again, run `runcoach login`")


def _counted(number: int | None) -> str:
    return "1 activity" if number == 1 else f"{number} activities"
