"""``runcoach compare``: compare efforts and splits with those that Strava reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, SinceOption, UntilOption
from runcoach.cli.output import activities, difference, flexible, plain_table, right, text, title, wrapped
from runcoach.cli.progress import ProgressBar
from runcoach.domain.comparison import DifferenceCause, EffortPair, SplitPair
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.units import format_duration

if TYPE_CHECKING:
    from rich.table import Table

    from runcoach.services.queries.strava_comparison import Comparison, ComparisonSummary


def command(
    current: Invocation,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare best efforts and splits with those that Strava reported.

    Strava's efforts and kilometers are computed again from the samples. Differences are counted by their cause;
    `runcoach show ID --compare` shows one run in detail.

    Examples:

      runcoach compare

      runcoach compare --since 2026 --json
    """
    from runcoach.services.queries.strava_comparison import comparison_summary

    where = ActivityFilter(since=since, until=until)
    with current.reader() as connection, ProgressBar(current, "comparing") as bar:
        found = comparison_summary(connection, where, progress=bar.update)
    if as_json:
        current.emit_json(found)
    elif found.activities:
        _render(current, found)
    else:
        current.say("Nothing from Strava to compare with. `runcoach sync` fetches it.")


def _render(current: Invocation, found: ComparisonSummary) -> None:
    from rich.table import Column

    current.show(text(f"Comparison with Strava · {activities(found.activities)}", "bold"), "")
    current.show(
        f"Efforts  {found.efforts_equal} of {found.efforts_compared} match",
        f"Splits   {found.splits_equal} of {found.splits_compared} match"
        f" ({found.splits_equal_in_motion} also in moving time)",
    )
    for header, shares in (
        ("Differences", found.differ),
        ("Only here", found.only_here),
        ("Only on Strava", found.only_there),
    ):
        if shares:
            causes = plain_table(Column(header, no_wrap=True, min_width=19), right("Efforts"), right("Splits"))
            for share in shares:
                causes.add_row(share.explanation.label, str(share.efforts), str(share.splits))
            current.show("", causes)
    if found.worst:
        times = (right(header) for header in ("Here", "Strava", "Diff."))
        table = plain_table(right("ID", style="dim"), "Date", flexible("Activity"), "Part", *times, "Cause")
        for row in found.worst:
            table.add_row(
                str(row.id),
                row.local_date,
                title(row.name),
                text(row.what),
                format_duration(row.ours_s),
                format_duration(row.theirs_s),
                text(difference(row.difference_s), "bold"),
                text(row.explanation.label, "yellow"),
            )
        current.show("", text("Largest differences", "bold"), table)
        current.say(f"Details: runcoach show {found.worst[0].id} --compare")
    if found.without_answer:
        current.say(f"{found.without_answer} have nothing from Strava to compare with.")


def render_one(current: Invocation, found: Comparison) -> None:
    """Print the efforts and splits of one run next to Strava's, with the cause of each difference."""
    current.show(text(found.name, "bold"), text(f"{found.local_date} · comparison with Strava", "dim"))
    if found.efforts:
        current.show("", text("Best efforts", "bold"), _table("", [(pair.name, pair) for pair in found.efforts]))
    if found.splits:
        current.show("", text("Splits", "bold"), _table("km", [(str(pair.km), pair) for pair in found.splits]))
    if not found.efforts and not found.splits:
        current.say("It has no efforts or splits, here or on Strava.")


def _table(heading: str, pairs: Sequence[tuple[str, EffortPair | SplitPair]]) -> Table:
    table = plain_table(heading, right("Here"), right("Strava"), right("Diff."), wrapped("Cause"))
    for name, pair in pairs:
        is_equal = pair.explanation is DifferenceCause.EQUAL
        parts = [*([] if is_equal else [pair.explanation.label]), *([pair.note] if pair.note else [])]
        table.add_row(
            text(name),
            text(format_duration(pair.ours_s), "bold"),
            format_duration(pair.theirs_s),
            difference(pair.difference_s) or ("=" if is_equal else ""),
            text(": ".join(parts), "dim" if is_equal else "yellow"),
        )
    return table
