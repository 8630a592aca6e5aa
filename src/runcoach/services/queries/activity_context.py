"""Reads the context of one activity: the activities before and after it, and the ranks of its efforts, then and now."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Any

from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import local_today, parse_window
from runcoach.services.queries.activities import counts
from runcoach.store import activities, activity_queries, effort_queries

#: Ranks are counted up to this.
COUNTED = 100


@dataclass(frozen=True, slots=True)
class ActivityName:
    """An activity as it is named beside something else."""

    id: int
    name: str
    local_date: str

    @classmethod
    def of(cls, row: sqlite3.Row) -> ActivityName:
        """From a row with these columns."""
        return cls(row["id"], row["name"], row["local_date"])


@dataclass(frozen=True, slots=True)
class RankedEffort:
    """An effort (``row`` holds its columns) and its rank of all time ``then``, on its day, and ``now``.

    ``year`` is the rank within the last year. A rank above :data:`COUNTED` means that or more; None where the effort
    does not rank.
    """

    row: dict[str, Any]
    then: int | None
    now: int | None
    year: int | None

    @property
    def pace_sec_per_km(self) -> float:
        """Exact pace over the measured length."""
        return float(self.row["duration_exact_s"] / (self.row["length_m"] / 1000.0))


@dataclass(frozen=True, slots=True)
class ActivityContext:
    """``efforts`` are those of the activity, shortest distance first; ``has_samples``: there are streams to draw."""

    before: ActivityName | None
    after: ActivityName | None
    efforts: tuple[RankedEffort, ...]
    has_samples: bool


def activity_context(connection: sqlite3.Connection, activity: dict[str, Any]) -> ActivityContext:
    """The context of one activity, given its columns."""
    activity_id, today = activity["id"], local_today()
    filters = (
        EffortFilter(date.fromisoformat(activity["local_date"])),
        EffortFilter(today),
        EffortFilter(today, parse_window("1y")),
    )
    then, now, year = (effort_queries.effort_ranks(connection, activity_id, where, limit=COUNTED) for where in filters)
    neighbours = activity_queries.neighbours(connection, activity_id)
    before, after = (None if row is None else ActivityName.of(row) for row in neighbours)
    return ActivityContext(
        before=before,
        after=after,
        efforts=tuple(
            RankedEffort(
                dict(row), *(ranks.get(row["distance_m"]) if counts(row) else None for ranks in (then, now, year))
            )
            for row in activity_queries.efforts(connection, activity_id)
        ),
        has_samples=activities.has_streams(connection, activity_id),
    )
