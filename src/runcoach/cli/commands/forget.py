"""``runcoach forget``: delete all data that came from Strava's API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, YesOption, confirm
from runcoach.cli.output import activities, counted
from runcoach.errors import ExitCode

if TYPE_CHECKING:
    from runcoach.services.maintenance.forget import ForgetPreview, Forgotten


def command(
    current: Invocation,
    yes: YesOption = False,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Do not make a backup first.")] = False,
    older_than: Annotated[
        int | None,
        typer.Option(
            help="Only activities that began more than this many days ago and that no file has.", min=1, metavar="DAYS"
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted; change nothing.")] = False,
    backups: Annotated[bool, typer.Option("--backups", help="Also delete earlier backups.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Delete everything that came from Strava's API; your own files and Strava's archive stay as imported.

    A backup, which still holds everything, is made first. While you are logged in, a sync fetches it all again. Exit
    code 3: traces may remain, because another program has the database open or the disk is full.

    Examples:

      runcoach forget

      runcoach forget --backups --no-backup      (no copy is kept)

      runcoach forget --older-than 7 --dry-run
    """
    from runcoach.services.maintenance.forget import forget, preview_forget

    before_s = None if older_than is None else time.time() - older_than * 86_400
    if dry_run:
        preview = preview_forget(current.config, before_s=before_s)
        if current.answered(preview, as_json=as_json):
            return ExitCode.OK
        current.show(f"dry run, nothing changed: {activities(preview.removed)} from Strava would be deleted")
        if preview.kept:
            current.say(f"{preview.kept} would stay with the data of your own files.")
        return ExitCode.OK
    if not yes:
        preview = preview_forget(current.config, before_s=before_s)
        confirm(_question(preview, backups=backups, back_up=not no_backup), declined="Nothing deleted.")
    done = forget(current.config, before_s=before_s, back_up=not no_backup, with_backups=backups)
    if as_json:
        current.emit_json(done)
    else:
        _render(current, done)
        if done.is_connected:
            current.say(_what_sync_does(current, older_than))
    return ExitCode.OK if done.is_clean else ExitCode.PARTLY


def _what_sync_does(current: Invocation, older_than: int | None) -> str:
    """What happens at the next sync to what was deleted."""
    if older_than is None:
        return "You are still logged in: the next sync fetches everything again (`runcoach logout` prevents it)."
    if current.config.settings.strava_api_retention_days == "keep":
        setting = f"`runcoach config set strava_api_retention_days {older_than}` prevents it"
        return f"You are still logged in: the next full sync fetches them again ({setting})."
    return "The next sync leaves out what is past strava_api_retention_days."


def _question(preview: ForgetPreview, *, backups: bool, back_up: bool) -> str:
    kept = f"; {preview.kept} stay with the data of your own files" if preview.kept else ""
    also = f" and {counted(len(preview.backups), 'backup')}" if backups and preview.backups else ""
    how = "" if back_up else ", without a backup"
    return f"Delete {activities(preview.removed)} from Strava{also}{how}{kept}?"


def _render(current: Invocation, done: Forgotten) -> None:
    if not current.quiet:
        kept = f", {done.kept} kept with the data of your own files" if done.kept else ""
        current.show(f"Deleted {activities(done.removed)} from Strava{kept}")
    if done.without_samples:
        current.say(f"{done.without_samples} of them have no samples now; import their files again to restore them.")
    if done.backups_removed:
        current.say(f"Removed {counted(done.backups_removed, 'backup')}.")
    if done.backups_left:
        holds = "still holds" if len(done.backups_left) == 1 else "still hold"
        current.say(
            f"{counted(len(done.backups_left), 'backup')} {holds} the deleted data"
            " (`runcoach forget --backups --no-backup` removes them"
            + (f"; to undo: runcoach restore {done.backup.name})" if done.backup else ")")
        )
    if not done.is_clean:
        current.warn(f"traces may remain in the file, since {done.problem}; then run `runcoach forget` again")
