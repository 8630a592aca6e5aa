"""``runcoach duplicates``, ``merge`` and ``split``: activities that may be the same run."""

from __future__ import annotations

from typing import Annotated

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import JsonOption
from runcoach.cli.output import flexible, plain_table, right, text, title
from runcoach.domain.units import format_distance, format_duration


def command(current: Invocation, as_json: JsonOption = False) -> None:
    """List pairs of activities that overlap in time and may be the same run.

    `runcoach merge` combines a pair, `runcoach split` separates it again.

    Example:

      runcoach duplicates
    """
    from runcoach.services.imports.duplicates import possible_duplicates

    pairs = possible_duplicates(current.config)
    if current.answered(pairs, as_json=as_json, empty="No duplicates found."):
        return
    table = plain_table(
        right("ID"), "Date", flexible("Activity"), "Sport", right(current.units.distance), right("Time")
    )
    for pair in pairs:
        for row in (pair.first, pair.second):
            table.add_row(
                str(row["id"]),
                row["local_date"],
                title(row["name"]),
                text(row["sport_type"]),
                format_distance(row["distance_m"], current.units),
                format_duration(row["elapsed_time_sec"]),
            )
        table.add_row("", text(pair.verdict, "yellow"))
    current.show(table)
    current.say("`runcoach merge ID OTHER` combines two activities; the first keeps its ID.")


def merge(
    current: Invocation,
    kept: Annotated[str, typer.Argument(help="The activity to keep.", metavar="ID")],
    other: Annotated[str, typer.Argument(help="The activity to merge into it.", metavar="OTHER")],
    as_json: JsonOption = False,
) -> None:
    """Combine two activities that are the same run; `runcoach split` undoes it.

    The sources of both are kept.

    Example:

      runcoach merge 17 42
    """
    from runcoach.services.imports import duplicates

    activity_id = duplicates.merge(current.config, kept, other)
    current.report(
        {"id": activity_id}, f"Merged {other} into {kept}. To undo: runcoach split {kept} {other}", as_json=as_json
    )


def split(
    current: Invocation,
    activity_ref: Annotated[str, typer.Argument(help="The merged activity.", metavar="ID")],
    other: Annotated[str, typer.Argument(help="The ID of the activity that was merged into it.", metavar="OTHER")],
    as_json: JsonOption = False,
) -> None:
    """Separate two merged activities; they will not be merged automatically again.

    Example:

      runcoach split 17 42
    """
    from runcoach.services.imports import duplicates

    ids = duplicates.split(current.config, activity_ref, other)
    current.report({"ids": ids}, f"Split {other} from {activity_ref}.", as_json=as_json)
