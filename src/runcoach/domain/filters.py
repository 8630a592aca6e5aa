"""Filters of activity lists and of rankings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from runcoach.domain.distances import parse_distance
from runcoach.domain.sports import sport_types
from runcoach.domain.windows import ALL_TIME, Window, local_today


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which activities a list holds; None does not restrict. ``sports`` are sport types, in any case.

    ``gear`` is its name, in any case; ``indoor`` is True for those without GPS or on a treadmill, False for others.
    """

    since: date | None = None
    until: date | None = None
    sports: tuple[str, ...] = ()
    min_distance_m: float | None = None
    max_distance_m: float | None = None
    text: str | None = None
    deleted: bool = False
    races: bool = False
    gear: str | None = None
    indoor: bool | None = None


def activity_filter(
    since: date | None,
    until: date | None,
    sports: Iterable[str],
    min_distance: str | None,
    max_distance: str | None,
    words: str | None,
) -> ActivityFilter:
    """A filter of the terms that commands, API and tools share; UsageError for an invalid distance."""
    return ActivityFilter(
        since=since,
        until=until,
        sports=sport_types(sports),
        min_distance_m=None if min_distance is None else parse_distance(min_distance)[1],
        max_distance_m=None if max_distance is None else parse_distance(max_distance)[1],
        text=words,
    )


@dataclass(frozen=True, slots=True)
class EffortFilter:
    """Which efforts take part in a ranking; suspect and indoor ones only on request.

    ``window`` ends on ``as_of``, today if not given; ``races`` restricts to races. Ignored efforts and those of deleted
    activities never take part.
    """

    as_of: date = field(default_factory=local_today)
    window: Window = ALL_TIME
    include_suspect: bool = False
    indoor: bool = False
    races: bool = False

    @property
    def after(self) -> date | None:
        """The last local date before the window; None where it has no beginning."""
        return self.window.after(self.as_of)

    def parameters(self) -> dict[str, object]:
        """Named SQL parameters, dates as ISO text."""
        after = self.after
        return {
            "as_of": self.as_of.isoformat(),
            "after": None if after is None else after.isoformat(),
            "include_suspect": self.include_suspect,
            "indoor": self.indoor,
            "races": self.races,
        }
