"""Activities, where they came from and what belongs to them; the owner of the file, its audit trail and history."""

from sqlalchemy import Computed
from sqlmodel import Column, Field, Float, Text

from runcoach.store.sqlite.tables import Table


class Activity(Table, table=True):
    """The canonical record of one activity."""

    id: int | None = Field(default=None, primary_key=True)
    strava_id: int | None = Field(default=None, unique=True)
    athlete_id: int | None = None
    name: str
    sport_type: str = Field(index=True)
    start_time: int = Field(index=True)
    utc_offset_s: int
    timezone: str | None = None
    local_date: str | None = Field(
        default=None,
        sa_column=Column(
            Text, Computed("date(start_time + utc_offset_s, 'unixepoch')", persisted=True), nullable=False
        ),
    )
    distance_m: float | None = None
    distance_km: float | None = Field(
        default=None, sa_column=Column(Float, Computed("distance_m / 1000.0", persisted=True))
    )
    moving_time_sec: int | None = None
    elapsed_time_sec: int | None = None
    elevation_gain_m: float | None = None
    avg_hr: int | None = None
    max_hr: int | None = None
    avg_cadence: float | None = None
    max_cadence: float | None = None
    avg_pace_sec_per_km: int | None = Field(default=None, index=True)
    fastest_pace_sec_per_km: int | None = Field(default=None, index=True)
    calories: int | None = None
    avg_power: float | None = None
    max_power: float | None = None
    temperature: float | None = None
    description: str | None = None
    gear_name: str | None = None
    achievement_count: int | None = None
    photo_count: int | None = None
    elevation_low_m: float | None = None
    elevation_high_m: float | None = None
    is_private: bool = False
    workout_type: int | None = None
    trainer: bool = False
    has_gps: bool = False
    device_name: str | None = None
    created_at: int
    updated_at: int
    deleted_at: int | None = None
    summary_hash: str | None = None
    fetched_at: int | None = None
    is_undated: bool = False


class ActivityPayload(Table, table=True):
    """The large fields of an activity, which no list or response has."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    raw: bytes | None = None
    thumb_png: bytes | None = None


class ImportBatch(Table, table=True):
    """One import; without ``finished_at`` it was interrupted or is running."""

    id: int | None = Field(default=None, primary_key=True)
    origin: str
    started_at: int
    finished_at: int | None = None
    undone_at: int | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0


class ActivitySource(Table, table=True):
    """One source record: a file, archive row or remote activity."""

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id")
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    kind: str
    format: str
    name: str
    sha256: str | None = None
    item: int = 0
    items: int = 1
    totals: str
    account: str
    notes: str
    created_at: int
    detached_at: int | None = None


class OriginalFile(Table, table=True):
    """The file of one or several sources as it was read, deflated."""

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True)
    size_bytes: int
    created_at: int
    content: bytes


class SourceOriginal(Table, table=True):
    """The file of a source record."""

    source_id: int = Field(primary_key=True, foreign_key="activity_source.id")
    original_id: int = Field(foreign_key="original_file.id", index=True)


class ActivityStream(Table, table=True):
    """One channel of an activity, packed by :mod:`runcoach.store.stream_codec`."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    channel: str = Field(primary_key=True)
    dtype: str
    n: int
    codec: int
    data: bytes


class ActivityEdit(Table, table=True):
    """A field that the runner has corrected; ``value`` is JSON."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    field: str = Field(primary_key=True)
    value: str
    created_at: int


class DistinctPair(Table, table=True):
    """Two activities that the runner has declared distinct."""

    first_id: int = Field(primary_key=True, foreign_key="activity.id")
    second_id: int = Field(primary_key=True, foreign_key="activity.id")
    created_at: int


class Thumbnail(Table, table=True):
    """The address of an activity's thumbnail."""

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id")
    url: str
    width: int
    height: int
    created_at: int


class Gear(Table, table=True):
    """A pair of shoes or a bicycle, as Strava knows it."""

    id: int | None = Field(default=None, primary_key=True)
    strava_id: str = Field(unique=True)
    name: str | None = None
    distance_m: float | None = None
    is_retired: bool | None = None
    updated_at: int


class Split(Table, table=True):
    """One kilometre of an activity, exactly as Strava reported it or computed from the streams (``source``)."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    km: int = Field(primary_key=True)
    distance_m: float | None = None
    moving_time_sec: int | None = None
    elapsed_time_sec: int | None = None
    avg_speed_ms: float | None = None
    pace_sec: int | None = None
    elev_gain_m: float | None = None
    hr_avg: int | None = None
    source: str


class Lap(Table, table=True):
    """One lap as the device or Strava closed it."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    lap_index: int = Field(primary_key=True)
    name: str | None = None
    start_s: float | None = None
    distance_m: float | None = None
    elapsed_s: float | None = None
    moving_s: float | None = None
    elevation_gain_m: float | None = None
    avg_hr_bpm: int | None = None
    max_hr_bpm: int | None = None
    avg_cadence_spm: float | None = None
    avg_power_w: float | None = None
    calories_kcal: int | None = None


class Effort(Table, table=True):
    """A stretch of one distance inside one run: the fastest that counts, a suspect or an ignored one."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    distance_m: int = Field(primary_key=True)
    length_m: float
    duration_s: int
    duration_exact_s: float
    start_s: float = Field(primary_key=True)
    end_s: float = Field(primary_key=True)
    quality: str
    reason: str | None = None
    ignored_at: int | None = None
    ignored_reason: str | None = None
    is_official: bool = False
    is_superseded: bool = False


class BestEffort(Table, table=True):
    """One rank of one stored window, as of one day."""

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id", index=True)
    distance_m: int
    duration_s: int
    window: str
    rank: int
    as_of: str


class User(Table, table=True):
    """The owner of the file; one row."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    role: str
    created_at: int


class Audit(Table, table=True):
    """One significant event."""

    id: int | None = Field(default=None, primary_key=True)
    entity: str
    entity_id: int
    action: str
    message: str
    meta: str
    created_at: int


class SchemaMigration(Table, table=True):
    """One applied migration."""

    version: int | None = Field(default=None, primary_key=True)
    name: str
    applied_at: int
