"""``runcoach forget``: what came from Strava goes for good, the runner's own files stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.errors import ExitCode

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.maintenance.forget import ForgetPreview, Forgotten


def command(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Make no backup before.")] = False,
    backups: Annotated[bool, typer.Option("--backups", help="Remove earlier backups too: they hold the same.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Delete what came from Strava through its API, overwritten in the file; your files and archive stay as imported.

    A backup is made first, which still holds everything. A sync brings all back, as long as you are logged in:
    `runcoach logout` ends that. Exit code 3: another program has the file open, and traces may remain.

    Examples:

      runcoach forget

      runcoach forget --backups --no-backup      (nothing remains)
    """
    from runcoach.services.maintenance.forget import forget, preview_forget

    current = invocation.of(context)
    if not yes:
        from runcoach.cli.options import confirm

        question = _question(preview_forget(current.settings), backups=backups, back_up=not no_backup)
        confirm(question, declined="Nothing deleted.")
    done = forget(current.settings, back_up=not no_backup, with_backups=backups)
    if as_json:
        from runcoach.cli import output

        output.emit("forget", done)
    else:
        _render(current, done)
    return ExitCode.OK if done.is_clean else ExitCode.PARTLY


def _question(found: ForgetPreview, *, backups: bool, back_up: bool) -> str:
    kept = f"; {found.kept} stay as your own files tell them" if found.kept else ""
    also = f" and {len(found.backups)} backups" if backups and found.backups else ""
    how = "" if back_up else ", without a backup"
    return f"Delete {_counted(found.removed)} from Strava{also}{how}{kept}?"


def _render(current: Invocation, done: Forgotten) -> None:
    if not current.quiet:
        kept = f", {done.kept} kept as your own files tell them" if done.kept else ""
        current.show(f"{_counted(done.removed)} from Strava deleted{kept}")
    if done.without_samples:
        current.say(f"{done.without_samples} of those have no samples now; importing their files again brings them")
    if done.backups_removed:
        current.say(f"backups removed: {done.backups_removed}")
    if done.backups_left:
        number = len(done.backups_left)
        current.say(
            f"{'1 backup still holds' if number == 1 else f'{number} backups still hold'} it"
            " (`runcoach forget --backups --no-backup` removes them"
            + (f"; `runcoach restore {done.backup.name}` brings it back)" if done.backup else ")")
        )
    if done.is_connected:
        current.say("you are still logged in: a sync brings it all back, `runcoach logout` ends that")
    if not done.is_clean:
        current.warn(
            "another program has the file open, so traces may remain: close it and run `runcoach forget` again"
        )


def _counted(number: int) -> str:
    return "1 activity" if number == 1 else f"{number} activities"
