"""Schemas of the responses for the OpenAPI document; the responses are built from what the services return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from runcoach.domain.activity_fields import ACTIVITY_FIELDS, ActivityField
from runcoach.domain.json_format import Timestamp, camel_case

Of = TypeVar("Of")


class Schema(BaseModel):
    """JSON names are camelCase; responses have no other fields."""

    model_config = ConfigDict(alias_generator=camel_case, extra="forbid")


class One(BaseModel, Generic[Of]):
    """Envelope of a single object."""

    model_config = ConfigDict(extra="forbid")
    data: Of


class Many(BaseModel, Generic[Of]):
    """Envelope of a list; ``nextCursor`` is null on the last page."""

    model_config = ConfigDict(extra="forbid")
    data: list[Of]
    nextCursor: str | None = None  # noqa: N815  (it is the name in JSON)


class Page(Many[Of], Generic[Of]):
    """A page of a list; ``total`` counts all that pass the filter."""

    total: int


class Problem(BaseModel):
    """An error (RFC 9457); ``hint`` says how to fix it, ``errors`` lists invalid parameters."""

    type: str
    title: str
    status: int
    detail: str
    hint: str | None
    errors: list[dict[str, str]] | None = None


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


class HeartRateFault(Schema):
    """A stretch whose heart rate is not to be believed: `dropout`, `cadence`, `frozen` or `jump`."""

    start_s: float
    end_s: float
    reason: str


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


class Samples(Schema):
    """Channels of equal length; ``timeS`` counts from the start, null is a missing value."""

    activity_id: int
    samples: int
    returned: int
    channels: dict[str, list[float | None]]


class Map(Schema):
    """The route: a GeoJSON Feature, the encoded polyline (5 digits), and bounds west, south, east, north."""

    activity_id: int
    geojson: dict[str, Any]
    polyline: str | None
    bounds: list[float] | None


class Best(Schema):
    """One ranked effort and its activity."""

    distance_m: int
    length_m: float
    duration_s: int
    duration_exact_s: float
    window: str
    rank: int
    activity_id: int
    strava_id: int | None
    name: str
    start_time: str
    utc_offset_s: int
    local_date: str
    is_race: bool
    start_s: float
    end_s: float
    quality: str
    reason: str | None
    is_official: bool
    all_time_duration_s: int | None
    trend_s: list[int | None]


class Record(Schema):
    """An effort faster than all before it, by ``gainedS`` seconds (null for the first)."""

    distance_m: int
    duration_s: int
    duration_exact_s: float
    gained_s: int | None
    activity_id: int
    strava_id: int | None
    name: str
    start_time: str
    utc_offset_s: int
    local_date: str
    is_race: bool
    quality: str
    is_official: bool


class Total(Schema):
    """Sums of a week (its Monday), a month or a year."""

    period: str
    activities: int
    distance_m: float | None
    moving_time_sec: int | None
    elevation_gain_m: float | None
    longest_m: float | None


class Job(Schema):
    """A background job."""

    id: int
    type: str
    payload: dict[str, Any]
    strava_id: int | None
    reason: str
    status: str
    attempts: int
    next_run_at: str | None = Field(description="Null: as soon as possible.")
    last_error: str | None
    created_at: str
    updated_at: str


class Event(Schema):
    """An event of the audit trail."""

    id: int
    entity: str
    entity_id: int
    action: str
    message: str
    meta: dict[str, Any]
    created_at: str


class Status(BaseModel):
    """Counts, connection state, queue, and the worker of this server."""

    model_config = ConfigDict(extra="allow")
    version: str
    counts: dict[str, Any]
    connection: dict[str, Any] | None
    jobs: dict[str, Any] | None
    worker: dict[str, Any] | None


class FormToken(BaseModel):
    """The form token, new with each start of the server."""

    token: str


class Queued(BaseModel):
    """Whether a sync was queued."""

    queued: bool


class Decided(Schema):
    """The distance and the effort that is now the fastest over it; both null for all efforts of an activity."""

    distance_m: int | None
    ignored: bool
    best: Best | None
