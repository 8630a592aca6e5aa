"""Schemas of the responses about one activity and its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from runcoach.domain.activity_fields import ACTIVITY_FIELDS, ActivityField
from runcoach.domain.json_format import Timestamp
from runcoach.domain.training import activity_analytics
from runcoach.services.queries import streams
from runcoach.web.api.schemas import Schema, fields_of


def _described(field: ActivityField) -> Any:
    """Type and default of an activity's field; lists show some fields only, so that none is required."""
    kind = str if field.type is Timestamp else field.type
    about = "When it began, ISO 8601 in UTC." if field.name == "start_time" else None
    return (kind, Field(kind(), description=about)) if field.is_required else (kind | None, None)


if TYPE_CHECKING:

    class Activity(Schema):
        """An activity; lists have some of these fields, or those of ``fields``."""

else:
    Activity = create_model(
        "Activity",
        __base__=Schema,
        __doc__="An activity; lists show some of these fields unless ``fields`` names others.",
        **{field.name: _described(field) for field in ACTIVITY_FIELDS},
    )


class Source(Schema):
    """A source record of an activity."""

    id: int
    batch_id: int | None
    kind: str
    format: str
    name: str
    sha256: str | None
    item: int
    items: int
    totals: dict[str, Any]
    notes: list[str]
    created_at: str
    detached_at: str | None


class Thumbnail(Schema):
    """A thumbnail of the route."""

    url: str
    width: int
    height: int
    created_at: str


@fields_of(activity_analytics.HeartRateFault)
class HeartRateFault(Schema):
    """A stretch whose heart rate is not to be believed: `dropout`, `cadence`, `frozen` or `jump`."""


class Detail(Activity):
    """An activity with all its fields; ``spike`` and the figures of runs are null for other sports.

    ``spike`` says by more than how many percent a run was longer than ``longestBeforeM``, the longest of the 30 days
    before: ``none``, ``10``, ``30`` or ``100``.
    """

    grade_adjusted_pace_sec_per_km: int | None
    efficiency_m_per_beat: float | None
    decoupling: float | None
    grade_factor: float | None
    methods: dict[str, str]
    load: float | None
    load_method: str | None
    time_in_zone_s: list[int] | None
    heart_rate_faults: list[HeartRateFault]
    spike: str | None
    longest_before_m: float | None
    sources: list[Source]
    thumbnails: list[Thumbnail]


class Split(Schema):
    """One kilometre (or mile), as Strava reported it or as computed."""

    km: int
    distance_m: float | None
    moving_time_sec: int | None
    elapsed_time_sec: int | None
    avg_speed_ms: float | None
    pace_sec: int | None
    elev_gain_m: float | None
    hr_avg: int | None
    source: str
    grade_adjusted_pace_sec_per_km: int | None


class Lap(Schema):
    """One lap."""

    lap_index: int
    name: str | None
    start_s: float | None
    distance_m: float | None
    elapsed_s: float | None
    moving_s: float | None
    elevation_gain_m: float | None
    avg_hr_bpm: int | None
    max_hr_bpm: int | None
    avg_cadence_spm: float | None
    avg_power_w: float | None
    calories_kcal: int | None
    grade_adjusted_pace_sec_per_km: int | None


class Effort(Schema):
    """The fastest stretch of one distance in an activity; ``ranks`` by window, null where it is not ranked."""

    distance_m: int
    length_m: float
    duration_s: int
    duration_exact_s: float
    start_s: float
    end_s: float
    quality: str
    reason: str | None
    ignored_at: str | None
    ignored_reason: str | None
    is_official: bool
    is_superseded: bool
    ranks: dict[str, int | None]


@fields_of(streams.StreamView)
class Samples(Schema):
    """Channels of equal length; ``timeS`` counts from the start, null is a missing value."""


class Map(Schema):
    """The route: a GeoJSON Feature, the encoded polyline (5 digits), and bounds west, south, east, north."""

    activity_id: int
    geojson: dict[str, Any]
    polyline: str | None
    bounds: list[float] | None
