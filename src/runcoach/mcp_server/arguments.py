"""Types of the tools' arguments, with the descriptions that the assistant reads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcoach.errors import UsageError

ActivityId = Annotated[int, Field(description="The id of an activity, as in the tool activities.")]
Since = Annotated[str | None, Field(description="First day: 2026-11-23, 2026-11 or 2026.")]
Until = Annotated[str | None, Field(description="Last day: 2026-11-23, 2026-11 or 2026.")]
Sport = Annotated[str | None, Field(description="running, cycling, swimming … or a type such as TrailRun.")]
Distance = Annotated[str | None, Field(description="A distance: 400m, 5k, half, marathon, 3000, 2mi.")]
Limit = Annotated[int, Field(description="How many rows at most.")]
Offset = Annotated[int, Field(description="How many rows to skip: from the field more of an answer.")]


def check_page(limit: int, offset: int) -> None:
    """UsageError for a limit or an offset out of range."""
    if not 1 <= limit <= 1_000:
        raise UsageError(f"limit is {limit}", hint="use 1 to 1000; an answer holds what fits into 8 kB")
    if offset < 0:
        raise UsageError(f"offset is {offset}", hint="use 0, or what an answer says under more")
