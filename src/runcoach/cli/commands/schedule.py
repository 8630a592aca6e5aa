"""``runcoach schedule``: sync regularly with the operating system's scheduler."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli.invocation import CommandGroup, Invocation
from runcoach.cli.options import JsonOption
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from runcoach.services.scheduling.schedule import Schedule

app = CommandGroup(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(current: Invocation) -> None:
    """Sync regularly with a systemd timer, cron, launchd or Task Scheduler.

    Examples:

      runcoach schedule install --every 1h

      runcoach schedule status

      runcoach schedule remove

      runcoach schedule print --every 1h

      runcoach schedule print --every 30m --systemd

      (crontab -l; runcoach schedule print --every 1h --cron) | crontab -

      runcoach schedule print --every 1d --json
    """
    raise UsageError("schedule needs a subcommand", hint="run `runcoach schedule install --every 1h`")


@app.command("install")
def install_schedule(
    current: Invocation,
    every: Annotated[str, typer.Option(help="Interval, from 5m: 15m, 1h, 6h, 1d.")] = "1h",
    show: Annotated[bool, typer.Option("--print", help="Show what would be written; write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Install a regular sync, in place of an earlier one.

    A sync of one activity is tried first, in the environment that the scheduler gives. Runs never overlap, and missed
    ones are caught up. A problem that needs you is reported once a day.

    Examples:

      runcoach schedule install

      runcoach schedule install --every 15m

      runcoach schedule install --every 6h --print
    """
    from runcoach.services.scheduling.installation import install

    installation = install(current.config, every, dry_run=show)
    if current.answered(installation, as_json=as_json):
        return
    if show or not current.quiet:
        for place, text in installation.files.items():
            # Not through a console, which would break lines to a terminal's width.
            sys.stdout.write(f"# {place}\n{text}\n")
    for note in installation.notes:
        current.warn(note)
    if not show:
        if installation.tried is not None:
            current.say(installation.tried.message)
        current.show(f"installed: a sync every {installation.every} ({installation.scheduler})")


@app.command("status")
def show_status(current: Invocation, as_json: JsonOption = False) -> None:
    """Show the installed schedule, when it last ran and the result.

    Example:

      runcoach schedule status
    """
    from runcoach.cli.output import clock
    from runcoach.services.scheduling.installation import schedule_status

    with current.reader() as connection:
        status = schedule_status(current.config, connection)
    if current.answered(status, as_json=as_json):
        return
    if status.every is None:
        current.show("no schedule is installed; `runcoach schedule install` installs one")
        return
    place = status.place or "missing there now; run `runcoach schedule install` again"
    current.show(f"every {status.every} ({status.scheduler}): {place}")
    if status.last_run_at is None:
        current.show("not run yet")
    else:
        result = status.message or ("done" if status.exit_code == 0 else "will go on with the next run")
        current.show(f"last run {clock(status.last_run_at)}: exit code {status.exit_code}, {result}")


@app.command("remove")
def remove_schedule(current: Invocation, as_json: JsonOption = False) -> None:
    """Remove the installed schedule; other entries of the scheduler stay.

    Example:

      runcoach schedule remove
    """
    from runcoach.services.scheduling.installation import remove

    removed = remove(current.config)
    if as_json:
        current.emit_json({"removed": removed})
    else:
        current.show("removed" if removed else "no schedule is installed")


@app.command("run", hidden=True)
def run_now(
    current: Invocation,
    every: Annotated[str, typer.Option(help="The interval of the schedule.")] = "1h",
) -> int:
    """Sync if that is due; this is what a schedule runs. Prints only problems that need the user, once a day."""
    from runcoach.services.scheduling.unit_files import parse_interval
    from runcoach.services.sync.scheduled_run import run_schedule

    result = run_schedule(current.config, parse_interval(every) * 60)
    if result.message is not None:
        current.warn(result.message)
    return result.exit_code


@app.command("print")
def print_schedule(
    current: Invocation,
    every: Annotated[str, typer.Option(help="How often: 15m, 30m, 1h, 2h, 6h, 12h, 1d …")],
    cron: Annotated[bool, typer.Option("--cron", help="Only the crontab line.")] = False,
    systemd: Annotated[bool, typer.Option("--systemd", help="Only the systemd units.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Print a crontab line and a systemd user timer that sync regularly; nothing is installed.

    Both contain the paths and settings of this installation, and what the keyring needs if the tokens are there. The
    login is tested in the minimal environment of cron; exit code 4 if the token cannot be read there.

    The minute depends on this machine and profile, so that not all users sync at the same time.

    Examples:

      runcoach schedule print --every 1h

      (crontab -l; runcoach schedule print --every 1h --cron) | crontab -
    """
    from runcoach.services.scheduling.schedule import schedule

    planned = schedule(current.config, every)
    if as_json:
        current.emit_json(_json(planned))
    else:
        parts = [_cron(planned)] if cron or not systemd else []
        parts += [_systemd(planned)] if systemd or not cron else []
        # Not through the console, which would wrap the lines.
        sys.stdout.write("\n".join(parts))
    for note in planned.notes:
        current.warn(note)
    result = f"tested in the environment of cron: {planned.tried.message}"
    if planned.tried.ok:
        current.say(result)
        return ExitCode.OK
    current.warn(result + (f" ({planned.tried.hint})" if planned.tried.hint else ""))
    return ExitCode.NOT_CONNECTED


@app.command("check", hidden=True)
def check(
    current: Invocation,
    as_json: JsonOption = False,
) -> None:
    """Read the stored tokens and keys without using the network; exit code 4 if that fails."""
    from runcoach.services.auth.stored_secrets import check_all_secrets

    store = check_all_secrets(current.config)
    if as_json:
        current.emit_json({"store": store})
    else:
        current.show(f"tokens and keys can be read ({store})")


def _json(planned: Schedule) -> dict[str, object]:
    return {
        "every": planned.times.every,
        "cron": planned.cron,
        "systemd": {
            "service": planned.service,
            "timer": planned.timer,
            "paths": {"service": str(planned.service_path), "timer": str(planned.timer_path)},
        },
        "environment": planned.environment,
        "tried": asdict(planned.tried),
        "notes": planned.notes,
    }


def _cron(planned: Schedule) -> str:
    lines = [
        f"# runcoach, every {planned.times.every}, {planned.times.description}: a line for `crontab -e`",
        "# cron mails errors",
        *_keyring(planned),
        planned.cron,
    ]
    return "\n".join(lines) + "\n"


def _systemd(planned: Schedule) -> str:
    timer = planned.timer_path.name
    lines = [
        f"# {planned.service_path}",
        planned.service,
        f"# {planned.timer_path}",
        planned.timer,
        "# after saving both files:",
        f"#   systemctl --user daemon-reload && systemctl --user enable --now {timer}",
        f"# log: journalctl --user -u {planned.service_path.stem}",
        "# to sync while you are logged out: loginctl enable-linger",
        *_keyring(planned),
    ]
    return "\n".join(lines) + "\n"


def _keyring(planned: Schedule) -> list[str]:
    if not planned.in_keyring:
        return []
    return [
        "# the keyring is open only while you are logged in; a sync that finds it locked ends with exit code 4",
        "# (with `--token-store file` at `connect` and `login` a sync can always read the tokens)",
    ]
