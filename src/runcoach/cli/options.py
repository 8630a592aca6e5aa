"""Options that several commands share, and the confirmation before a change that is hard to undo."""

from __future__ import annotations

import glob
import sys
from datetime import date
from typing import Annotated, Any

import typer

from runcoach.domain.windows import parse_date, parse_last_date
from runcoach.errors import DeclinedError, UsageError

_DISTANCE_NAMES = ("400m", "800m", "1k", "mile", "5k", "10k", "half", "marathon", "50k")


def day_option(name: str, about: str) -> Any:
    """An option for a day, which can be written as a month or a year."""
    return typer.Option(name, parser=parse_date, metavar="DATE", help=about)


def complete_distance(incomplete: str) -> list[str]:
    """Names of standard distances, for the shell's completion."""
    return [name for name in _DISTANCE_NAMES if name.startswith(incomplete)]


def distance_option(about: str) -> Any:
    """The option for a distance, with completion of the standard ones."""
    return typer.Option("--distance", metavar="DISTANCE", autocompletion=complete_distance, help=about)


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
LimitOption = Annotated[int, typer.Option("--limit", help="How many to show; 0 for all.", min=0, metavar="N")]
SinceOption = Annotated[date | None, day_option("--since", "From this day on: 2026-11-23, 2026-11 or 2026.")]
UntilOption = Annotated[
    date | None,
    typer.Option("--until", parser=parse_last_date, metavar="DATE", help="Up to and including this day."),
]
SportOption = Annotated[
    list[str] | None,
    typer.Option("--sport", help="Run, Ride … or a group: running, cycling. Can be repeated.", metavar="SPORT"),
]

MinDistanceOption = Annotated[str | None, typer.Option("--min", help="Minimum distance: 10k, half, 5mi.")]
MaxDistanceOption = Annotated[str | None, typer.Option("--max", help="Maximum distance.")]
WordsOption = Annotated[str | None, typer.Option("--text", help="Words in the title or the description.")]


def complete_window(incomplete: str) -> list[str]:
    """Usual values of ``--window``, for the shell's completion."""
    return [value for value in ("all", "2y", "1y", "6m", "3m", "90d", "30d") if value.startswith(incomplete)]


WindowOption = Annotated[
    str,
    typer.Option(
        help="all, or a number of days, months or years: 90d, 3m, 1y.",
        metavar="WINDOW",
        autocompletion=complete_window,
    ),
]
ActivityArgument = Annotated[
    str, typer.Argument(help="An ID from `runcoach activities`, or strava:ID.", metavar="ID", show_default=False)
]


def complete_profile(incomplete: str) -> list[str]:
    """The profiles below ``RUNCOACH_HOME`` or in the usual folder, for the shell's completion."""
    from runcoach.config import find_paths

    return sorted(path.stem for path in find_paths().data.glob(f"{glob.escape(incomplete)}*.db"))


def complete_backup(incomplete: str) -> list[str]:
    """The backups of the default profile, for the shell's completion."""
    from runcoach.config import load

    return sorted(path.name for path in load().paths.backups.glob(f"{glob.escape(incomplete)}*.db"))


def confirm(question: str, declined: str) -> None:
    """Ask on the terminal; DeclinedError with the message ``declined`` on no, UsageError without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError("confirmation needs a terminal", hint="add --yes to confirm")
    if not typer.confirm(question, err=True):
        raise DeclinedError(declined)
