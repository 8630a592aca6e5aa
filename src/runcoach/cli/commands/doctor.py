"""``runcoach doctor``: check the installation."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import counted, plain_table, text, wrapped

_STYLES = {"ok": "green", "note": "yellow", "problem": "bold red"}


def command(
    current: Invocation,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what can be repaired safely.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Compare this machine's clock with Strava's.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Check the database, permissions, login, queue and disk, and suggest repairs.

    Without `--online` nothing is sent to Strava. The exit code is 1 if there are problems.

    Examples:

      runcoach doctor

      runcoach doctor --fix
    """
    from runcoach.services.maintenance.doctor import examine

    report = examine(current.config, fix=fix, online=online)
    if as_json:
        current.emit_json({"findings": report.findings, "problems": report.problems})
        return report.exit_code
    table = plain_table("", "", wrapped(), header=False)
    for finding in report.findings:
        if current.quiet and finding.level != "problem":
            continue
        table.add_row(text(finding.level, _STYLES[finding.level]), text(finding.check), text(finding.message))
        for label, value in (("repaired:", finding.done), ("→", finding.remedy)):
            if value is not None:
                table.add_row("", "", text(f"{label} {value}", "dim"))
    if table.row_count:
        current.show(table)
    if report.problems:
        current.say(f"{counted(report.problems, 'problem')} left")
    return report.exit_code
