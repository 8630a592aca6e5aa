"""``runcoach compare``: how our numbers agree with Strava's own, over the whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from runcoach.cli import invocation
from runcoach.domain.comparison import DifferenceCause
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.windows import parse_date, parse_last_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress
    from rich.table import Table

    from runcoach.cli.invocation import Invocation
    from runcoach.domain.comparison import EffortPair, SplitPair
    from runcoach.services.queries.strava_comparison import Comparison, ComparisonSummary, Share

#: What an explanation means, in the words of a runner.
MEANING = {
    DifferenceCause.EQUAL: "equal",
    DifferenceCause.ROUNDING: "rounding",
    DifferenceCause.OTHER_LENGTH: "other length",
    DifferenceCause.PAUSE: "pause",
    DifferenceCause.SUSPECT: "suspect",
    DifferenceCause.EDITED: "edited on Strava",
    DifferenceCause.INDOOR: "indoor",
    DifferenceCause.NOT_REPORTED: "not reported",
    DifferenceCause.NO_STREAMS: "no samples",
    DifferenceCause.UNEXPLAINED: "unexplained",
}


def command(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(help="From this day on: 2026-11-23, 2026-11 or 2026.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this day.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare our efforts and splits with those that Strava reported: how many agree to the second, and why not.

    Every effort that Strava reports is searched for in the samples, every kilometre computed again from them. What
    differs is counted by what explains it; `show ID --compare` has one run in full.

    Examples:

      runcoach compare

      runcoach compare --since 2026 --json
    """
    from runcoach.services.queries.strava_comparison import comparison_summary

    current = invocation.of(context)
    where = ActivityFilter(
        since=None if since is None else parse_date(since), until=None if until is None else parse_last_date(until)
    )
    with current.reader() as connection, _Bar(current) as bar:
        found = comparison_summary(connection, where, progress=bar.show)
    if as_json:
        from runcoach.cli import output

        output.emit("compare", found)
    elif found.activities:
        _render(current, found)
    else:
        current.say("there is nothing from Strava to compare with; `runcoach sync` fetches it")


class _Bar:
    """A progress bar on stderr where that is a terminal, silence elsewhere."""

    def __init__(self, current: Invocation) -> None:
        self._current = current
        self._bar: Progress | None = None

    def __enter__(self) -> _Bar:
        if self._current.is_watched:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("comparing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self._current.console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, done: int, total: int) -> None:
        """Show how far it is."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)


def _render(current: Invocation, found: ComparisonSummary) -> None:
    from runcoach.cli.tables import text

    activities = "1 activity" if found.activities == 1 else f"{found.activities} activities"
    current.show(text(f"Ours and Strava's · {activities}", "bold"), "")
    current.show(
        f"Efforts  {found.efforts_equal} of {found.efforts_compared} equal to the second",
        f"Splits   {found.splits_equal} of {found.splits_compared} equal to the second"
        f" ({found.splits_equal_in_motion} in motion too)",
    )
    for title, shares in (
        ("The others", found.differ),
        ("Here alone", found.only_here),
        ("On Strava alone", found.only_there),
    ):
        if shares:
            current.show("", _shares(title, shares))
    if found.worst:
        current.show("", text("Furthest apart", "bold"), _worst(found))
        current.say(f"`runcoach show {found.worst[0].id} --compare` shows one in full")
    if found.without_answer:
        current.say(f"{found.without_answer} more have no answer of Strava's beside them")


def _shares(title: str, shares: Sequence[Share]) -> Table:
    from runcoach.cli.tables import plain_table

    table = plain_table()
    table.add_column(title, no_wrap=True, min_width=16)
    for heading in ("Efforts", "Splits"):
        table.add_column(heading, justify="right", no_wrap=True)
    for share in shares:
        table.add_row(MEANING[share.explanation], str(share.efforts), str(share.splits))
    return table


def _worst(found: ComparisonSummary) -> Table:
    from runcoach.cli.tables import plain_table, text, title
    from runcoach.domain.units import format_duration

    table = plain_table()
    table.add_column("ID", justify="right", style="dim", no_wrap=True)
    table.add_column("Date", no_wrap=True)
    table.add_column("Activity", min_width=8)
    table.add_column("", no_wrap=True)
    for heading in ("Ours", "Strava's", "Apart"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in found.worst:
        table.add_row(
            str(row.id),
            row.local_date,
            title(row.name),
            text(row.what),
            format_duration(row.ours_s),
            format_duration(row.theirs_s),
            text(apart(row.difference_s), "bold"),
            text(MEANING[row.explanation], "yellow"),
        )
    return table


def apart(seconds: int | None) -> str:
    """How much longer ours is: +4 s, −1:02; nothing where they are equal, or one side is missing."""
    if not seconds:
        return ""
    size = abs(seconds)
    return f"{'+' if seconds > 0 else '−'}{f'{size} s' if size < 60 else f'{size // 60}:{size % 60:02d}'}"


def render_one(current: Invocation, found: Comparison) -> None:
    """One run: its efforts and its kilometres beside Strava's, each difference explained."""
    from runcoach.cli.tables import text

    current.show(text(found.name, "bold"), text(f"{found.local_date} · ours beside Strava's", "dim"))
    if found.efforts:
        current.show("", text("Best efforts", "bold"), _table("", [(pair.name, pair) for pair in found.efforts]))
    if found.splits:
        current.show("", text("Splits", "bold"), _table("km", [(str(pair.km), pair) for pair in found.splits]))
    if not found.efforts and not found.splits:
        current.say("neither side has efforts or splits of it")


def _table(heading: str, pairs: Sequence[tuple[str, EffortPair | SplitPair]]) -> Table:
    from runcoach.cli.tables import plain_table, text
    from runcoach.domain.units import format_duration

    table = plain_table()
    table.add_column(heading, no_wrap=True)
    for title in ("Ours", "Strava's", "Apart"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", ratio=1)
    for name, pair in pairs:
        is_equal = pair.explanation is DifferenceCause.EQUAL
        words = [*([] if is_equal else [MEANING[pair.explanation]]), *([pair.note] if pair.note else [])]
        table.add_row(
            text(name),
            text(format_duration(pair.ours_s), "bold"),
            format_duration(pair.theirs_s),
            apart(pair.difference_s) or ("=" if is_equal else ""),
            text(": ".join(words), "dim" if is_equal else "yellow"),
        )
    return table
