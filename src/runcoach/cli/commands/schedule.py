"""``runcoach schedule``: the crontab line and the systemd units of a regular sync, tried before they are praised."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runcoach.cli import invocation
from runcoach.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from runcoach.services.scheduling.schedule import Schedule

app = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def command(context: typer.Context) -> None:
    """Have runs come home by themselves, from cron or from a systemd timer.

    Examples:

      runcoach schedule print --every 1h

      runcoach schedule print --every 30m --systemd

      (crontab -l; runcoach schedule print --every 1h --cron) | crontab -

      runcoach schedule print --every 1d --json
    """
    if context.invoked_subcommand is None:
        raise UsageError("schedule does nothing by itself", hint="run `runcoach schedule print --every 1h`")


@app.command("print")
def print_schedule(
    context: typer.Context,
    every: Annotated[str, typer.Option(help="How often: 15m, 30m, 1h, 2h, 6h, 12h, 1d …")],
    cron: Annotated[bool, typer.Option("--cron", help="The crontab line alone.")] = False,
    systemd: Annotated[bool, typer.Option("--systemd", help="The systemd units alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Print a crontab line and a systemd user timer that sync regularly; nothing is installed.

    Both work as they lie: right paths, the settings that are in force now, and the way to the keyring if the tokens
    are there. The token is tried in the bare environment that cron gives; exit code 4 where it cannot be read there.

    The minute is drawn from this machine's name and the profile's file: it is always the same here, and another for
    the next runner.

    Examples:

      runcoach schedule print --every 1h

      (crontab -l; runcoach schedule print --every 1h --cron) | crontab -
    """
    from runcoach.cli.app import one_line
    from runcoach.services.scheduling.schedule import schedule

    current = invocation.of(context)
    planned = schedule(current.settings, every)
    if as_json:
        from runcoach.cli import output

        output.emit("schedule", _json(planned))
    else:
        parts = [_cron(planned)] if cron or not systemd else []
        parts += [_systemd(planned)] if systemd or not cron else []
        # Not through a console, which would break lines to a terminal's width.
        sys.stdout.write("\n".join(parts))
    for note in planned.notes:
        current.warn(one_line(note))
    told = one_line(f"tried in cron's bare environment: {planned.tried.message}")
    if planned.tried.ok:
        current.say(told)
        return ExitCode.OK
    current.warn(told + (f" ({planned.tried.hint})" if planned.tried.hint else ""))
    return ExitCode.NOT_CONNECTED


@app.command("check", hidden=True)
def check(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read the sealed token and the secret that renews it, without asking Strava; exit code 4 where that fails."""
    from runcoach.services.auth.token_refresh import check_secrets

    current = invocation.of(context)
    store = check_secrets(current.settings)
    if as_json:
        from runcoach.cli import output

        output.emit("schedule", {"store": store})
    else:
        current.show(f"the token can be read ({store})")


def _json(planned: Schedule) -> dict[str, Any]:
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
        f"# runcoach, every {planned.times.every}, {planned.times.told}: a line for `crontab -e`",
        "# what goes wrong, cron sends by mail",
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
        "# when both files are there:",
        f"#   systemctl --user daemon-reload && systemctl --user enable --now {timer}",
        f"# what the syncs said: journalctl --user -u {planned.service_path.stem}",
        "# to go on while you are logged out: loginctl enable-linger",
        *_keyring(planned),
    ]
    return "\n".join(lines) + "\n"


def _keyring(planned: Schedule) -> list[str]:
    if not planned.in_keyring:
        return []
    return [
        "# the keyring is open while you are logged in; a sync that finds it closed ends with exit code 4, a later one",
        "# goes on (`runcoach login --token-store file` keeps the tokens where a sync can always read them)",
    ]
