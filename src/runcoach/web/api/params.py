"""Parameters of the routes: their limits, and the filters they become. Unknown parameters are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from runcoach.domain.filters import ActivityFilter, EffortFilter, activity_filter
from runcoach.domain.windows import local_today, parse_date, parse_last_date, parse_window

#: An activity: its id, Strava's id, or ``strava:ID`` to mean Strava's.
Reference = Annotated[
    str, Path(pattern=r"^(strava:)?[0-9]{1,18}$", description="An id, Strava's id, or strava:ID to mean Strava's.")
]

#: The largest integer of SQLite.
MAX_ID = 2**63 - 1

_DAY_PATTERN = r"^[0-9]{4}(-[0-9]{1,2}){0,2}$"


def day(example: str) -> Any:
    """A day, a month or a year that can be left out."""
    return Field(default=None, max_length=10, pattern=_DAY_PATTERN, examples=[example])


DAY = day("2026-11-23")
AS_OF = Field(default=None, alias="asOf", max_length=10, pattern=_DAY_PATTERN)
WINDOW_PATTERN = r"^(all|[1-9][0-9]{0,3}[dmy])$"
_DISTANCE = Field(default=None, max_length=20, examples=["5k", "half", "3000"])


class QueryParams(BaseModel):
    """Parameters of every route: ``v`` is ignored, and bypasses caches."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    v: str | None = Field(default=None, max_length=64, description="Ignored; another value bypasses caches.")


def _no_params(_query: Annotated[QueryParams, Query()]) -> None:
    """Accept no parameter but ``v``."""


#: For routes without parameters of their own.
NO_PARAMS = Depends(_no_params)


class ActivityParams(QueryParams):
    """Filter of activities, as the options of ``runcoach activities``."""

    since: str | None = DAY
    until: str | None = DAY
    sport: list[Annotated[str, Field(max_length=40)]] = Field(
        default=[], max_length=20, description="Run, TrailRun … or running, cycling."
    )
    text: str | None = Field(default=None, max_length=200, description="Words in the title or the description.")
    min_distance: str | None = Field(default=None, alias="minDistance", max_length=20, examples=["10k"])
    max_distance: str | None = Field(default=None, alias="maxDistance", max_length=20, examples=["half"])
    deleted: bool = False
    races: bool = Field(default=False, description="Only races.")
    gear: str | None = Field(default=None, max_length=200, description="Name of shoes or a bike.")
    indoor: bool | None = Field(default=None, description="Only indoor activities, or none of them.")

    def filter(self) -> ActivityFilter:
        """The filter; UsageError for an invalid date or distance."""
        first = None if self.since is None else parse_date(self.since)
        last = None if self.until is None else parse_last_date(self.until)
        where = activity_filter(first, last, self.sport, self.min_distance, self.max_distance, self.text or None)
        return replace(where, deleted=self.deleted, races=self.races, gear=self.gear or None, indoor=self.indoor)


class ActivityListParams(ActivityParams):
    """A page of the list."""

    sort: Literal["date", "distance", "time", "pace", "fastest", "climb", "name"] = "date"
    reverse: bool = False
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = Field(default=None, max_length=2000, pattern=r"^[A-Za-z0-9_-]+$")
    fields: str | None = Field(
        default=None, max_length=1000, description="Names of an activity's fields, with commas between them."
    )

    def names(self) -> tuple[str, ...]:
        """The requested fields."""
        return _words(self.fields)


class SplitParams(QueryParams):
    """Length of a split."""

    unit: Literal["km", "mi"] = "km"


class RouteParams(QueryParams):
    """Number of points."""

    max_points: int | None = Field(default=None, ge=2, le=100_000, description="Downsampled, keeping the shape.")


class StreamParams(RouteParams):
    """Channels of the samples."""

    channels: str | None = Field(default=None, max_length=300, examples=["distanceM,heartRateBpm"])

    def names(self) -> tuple[str, ...]:
        """The requested channels."""
        return _words(self.channels)


class ThumbnailParams(QueryParams):
    """Width of an image in pixels."""

    size: Annotated[Literal[256, 512], BeforeValidator(int)] = 256


class EffortParams(QueryParams):
    """Filter of efforts, as the options of ``runcoach best``."""

    window: str = Field(default="all", pattern=WINDOW_PATTERN, examples=["1y", "90d"])
    as_of: str | None = AS_OF
    distance: str | None = _DISTANCE
    include_suspect: bool = Field(default=False, alias="includeSuspect")
    indoor: bool = False
    races: bool = False

    def filter(self) -> EffortFilter:
        """The filter; UsageError for an invalid date or window."""
        return EffortFilter(
            as_of=local_today() if self.as_of is None else parse_date(self.as_of),
            window=parse_window(self.window),
            include_suspect=self.include_suspect,
            indoor=self.indoor,
            races=self.races,
        )


class BestParams(EffortParams):
    """Number of efforts of each distance."""

    top: int | None = Field(default=None, ge=1, le=1000)


class ProgressionParams(EffortParams):
    """The distance is required."""

    distance: str = Field(max_length=20, examples=["5000"])


class TotalsParams(ActivityParams):
    """Period of the sums."""

    by: Literal["week", "month", "year"] = "month"
    limit: int | None = Field(default=None, ge=1, le=10_000)


class JobParams(QueryParams):
    """Filter of jobs."""

    status: Literal["queued", "running", "done", "error", "retry"] | None = None
    limit: int = Field(default=50, ge=1, le=500)


class AuditParams(QueryParams):
    """Filter of events."""

    activity: str | None = Field(default=None, pattern=r"^(strava:)?[0-9]{1,18}$")
    entity: Literal["activity", "split", "token", "job", "admin"] | None = None
    limit: int = Field(default=50, ge=1, le=500)


class Body(BaseModel):
    """The body of a change; unknown members are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class SyncRequest(Body):
    """Options of a sync; ``full`` reads the whole list."""

    full: bool = False


class EffortChoice(Body):
    """One effort of one activity; all of its efforts without a distance."""

    activity: str = Field(pattern=r"^(strava:)?[0-9]{1,18}$", examples=["17"])
    distance: str | None = Field(default=None, max_length=20, examples=["400m", "5k"])
    reason: str | None = Field(default=None, max_length=500)


def _words(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(word.strip() for word in text.split(",") if word.strip())
