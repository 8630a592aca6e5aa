"""Options that several commands share, and the confirmation before a change that is hard to undo."""

from __future__ import annotations

import sys
from datetime import date
from typing import Annotated

import typer

from runcoach.domain.windows import parse_date, parse_last_date
from runcoach.errors import DeclinedError, UsageError

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
LimitOption = Annotated[int, typer.Option("--limit", help="How many to show; 0 for all.", min=0)]
SinceOption = Annotated[
    date | None,
    typer.Option("--since", parser=parse_date, metavar="DATE", help="From this day on: 2026-11-23, 2026-11 or 2026."),
]
UntilOption = Annotated[
    date | None,
    typer.Option("--until", parser=parse_last_date, metavar="DATE", help="Up to and including this day."),
]
SportOption = Annotated[
    list[str] | None,
    typer.Option("--sport", help="Run, TrailRun, Ride … or a group: running, cycling. Can be repeated."),
]
ActivityArgument = Annotated[
    str, typer.Argument(help="An ID from `runcoach activities`, or strava:ID.", metavar="ID", show_default=False)
]


def confirm(question: str, declined: str) -> None:
    """Ask on the terminal; DeclinedError with the message ``declined`` on no, UsageError without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError("confirmation needs a terminal", hint="add --yes to confirm")
    if not typer.confirm(question, err=True):
        raise DeclinedError(declined)
