"""``runcoach doctor``: what is wrong with this installation, and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation

if TYPE_CHECKING:
    from runcoach.cli.invocation import Invocation
    from runcoach.services.maintenance.doctor import DoctorReport


def command(
    context: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended without a risk.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Ask Strava for the time, to check this clock.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Look at the file, its permissions, the login, the queue and the disk, and say what helps.

    Nothing is asked of Strava, unless with `--online`. Exit code 1 while a problem is left.

    Examples:

      runcoach doctor

      runcoach doctor --fix
    """
    from runcoach.services.maintenance.doctor import examine

    current = invocation.of(context)
    checkup = examine(current.settings, fix=fix, online=online)
    if as_json:
        from runcoach.cli import output

        output.emit("doctor", {"findings": checkup.findings, "problems": checkup.problems})
    else:
        _render(current, checkup)
    return checkup.exit_code


_STYLES = {"ok": "green", "note": "yellow", "problem": "bold red"}


def _render(current: Invocation, checkup: DoctorReport) -> None:
    """One line a finding, its remedy below it; with --quiet only problems."""
    from runcoach.cli.tables import plain_table, text

    table = plain_table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for finding in checkup.findings:
        if current.quiet and finding.level != "problem":
            continue
        table.add_row(text(finding.level, _STYLES[finding.level]), text(finding.check), text(finding.message))
        for word, what in (("mended:", finding.done), ("→", finding.remedy)):
            if what is not None:
                table.add_row("", "", text(f"{word} {what}", "dim"))
    if table.row_count:
        current.show(table)
    if checkup.problems:
        current.say(f"{checkup.problems} {'problem is' if checkup.problems == 1 else 'problems are'} left")
