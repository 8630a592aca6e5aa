"""One activity among the others: the runs before and after it, and the places of its efforts, then and now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import parse_window
from runcoach.store import activity_queries, places
from runcoach.store.sqlite.database import open_reader

if TYPE_CHECKING:
    from runcoach.config import Config

#: Places are counted no further than this.
COUNTED = 100


@dataclass(frozen=True, slots=True)
class AdjacentActivity:
    """An activity next to another one in time."""

    id: int
    name: str
    local_date: str


@dataclass(frozen=True, slots=True)
class RankedEffort:
    """An effort (``row`` holds its columns) and the places it had among all before on its day, and has today.

    ``year`` is the place among those of the last year. A place beyond :data:`COUNTED` is so many or more; None where
    the effort does not rank.
    """

    row: dict[str, Any]
    then: int | None
    now: int | None
    year: int | None

    @property
    def pace_sec_per_km(self) -> float:
        """Exact pace over the length measured."""
        return float(self.row["duration_exact_s"] / (self.row["length_m"] / 1000.0))


@dataclass(frozen=True, slots=True)
class ActivityContext:
    """``efforts`` are those of the activity, shortest first; ``has_samples`` says whether charts can be drawn."""

    before: AdjacentActivity | None
    after: AdjacentActivity | None
    efforts: tuple[RankedEffort, ...]
    has_samples: bool


def activity_context(config: Config, reference: str) -> ActivityContext:
    """What stands around one activity; NotFoundError where there is none."""
    with open_reader(config) as connection:
        activity_id = activity_queries.resolve(connection, reference)
        day = date.fromisoformat(activity_queries.activity(connection, activity_id)["local_date"])
        today = date.today()  # noqa: DTZ011  (the person's own day)
        scopes = (EffortFilter(day), EffortFilter(today), EffortFilter(today, parse_window("1y")))
        then, now, year = (places.effort_ranks(connection, activity_id, scope, COUNTED) for scope in scopes)
        before, after = places.neighbours(connection, activity_id)
        rows = [dict(row) for row in activity_queries.efforts(connection, activity_id)]
        return ActivityContext(
            before=_neighbour(before),
            after=_neighbour(after),
            efforts=tuple(
                RankedEffort(row, then.get(row["distance_m"]), now.get(row["distance_m"]), year.get(row["distance_m"]))
                for row in rows
            ),
            has_samples=places.has_samples(connection, activity_id),
        )


def _neighbour(row: Any) -> AdjacentActivity | None:
    return None if row is None else AdjacentActivity(row["id"], row["name"], row["local_date"])
