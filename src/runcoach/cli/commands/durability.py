"""``runcoach durability``: how fast you are late in long runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption, WindowOption
from runcoach.cli.output import plain_table, right, text
from runcoach.domain.filters import EffortFilter
from runcoach.domain.training.durability import AFTER_M, FRESH, LENGTHS_M
from runcoach.domain.units import format_duration
from runcoach.domain.windows import parse_window

if TYPE_CHECKING:
    from rich.text import Text

    from runcoach.services.training.durability import DurabilityRow


def command(
    current: Invocation,
    window: WindowOption = "1y",
    as_json: JsonOption = False,
) -> None:
    """Show your fastest 1, 3 and 5 km that begin after 10, 15, 20 or 30 km of a run, beside fresh ones.

    Examples:

      runcoach durability

      runcoach durability --window all
    """
    from runcoach.services.training.durability import durability

    with current.reader() as connection:
        rows = durability(connection, EffortFilter(window=parse_window(window)))
    if current.answered(rows, as_json=as_json):
        return
    if all(row.after_m == FRESH for row in rows):
        current.say("Not yet: needs a run of more than 11 km with samples. Try `--window all`.")
        return
    found = {(row.after_m, row.distance_m): row for row in rows}
    table = plain_table("Begins", *(right(f"{length_m // 1000} km") for length_m in LENGTHS_M))
    for after_m in (FRESH, *AFTER_M):
        title = f"after {after_m // 1000} km" if after_m else "fresh"
        cells = [_cell(found.get((after_m, length_m))) for length_m in LENGTHS_M]
        if any(cell.plain != "–" for cell in cells):
            table.add_row(text(title, "dim"), *cells)
    current.show(table)


def _cell(row: DurabilityRow | None) -> Text:
    if row is None:
        return text("–", "dim")
    cell = text(format_duration(row.duration_s), "bold")
    if row.slower is not None:
        cell.append(f" {row.slower:+.0%}", "not bold dim")
    return cell
