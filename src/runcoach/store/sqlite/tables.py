"""The tables as SQLModel classes: a typed description of the whole schema, held to the DDL by a test.

Only logins and token renewals write through them (:mod:`runcoach.store.remote.credentials`); everything else is plain
SQL, as importing SQLModel takes half a second. There is no ``from __future__ import annotations`` here, which breaks
SQLModel. Sessions use an open connection inside its transaction (see :func:`session`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Computed, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import StaticPool
from sqlmodel import Column, Field, Float, Integer, Session, SQLModel, String, Text


class User(SQLModel, table=True):
    """The owner of the file; one row."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    role: str
    created_at: int


class Activity(SQLModel, table=True):
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


class ActivityPayload(SQLModel, table=True):
    """The large fields of an activity, which no list or response has."""

    __tablename__ = "activity_payload"
    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    raw: bytes | None = None
    thumb_png: bytes | None = None


class ImportBatch(SQLModel, table=True):
    """One import; without ``finished_at`` it was interrupted or is running."""

    __tablename__ = "import_batch"
    id: int | None = Field(default=None, primary_key=True)
    origin: str
    started_at: int
    finished_at: int | None = None
    undone_at: int | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0


class ActivitySource(SQLModel, table=True):
    """One source record: a file, archive row or remote activity."""

    __tablename__ = "activity_source"
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


class ActivityStream(SQLModel, table=True):
    """One channel of an activity, packed by :mod:`runcoach.store.stream_codec`."""

    __tablename__ = "activity_stream"
    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    channel: str = Field(primary_key=True)
    dtype: str
    n: int
    codec: int
    data: bytes


class Split(SQLModel, table=True):
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


class Lap(SQLModel, table=True):
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


class Effort(SQLModel, table=True):
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


class ActivityEdit(SQLModel, table=True):
    """A field that the runner has corrected; ``value`` is JSON."""

    __tablename__ = "activity_edit"
    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    field: str = Field(primary_key=True)
    value: str
    created_at: int


class BestEffort(SQLModel, table=True):
    """One rank of one stored window, as of one day."""

    __tablename__ = "best_effort"
    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id", index=True)
    distance_m: int
    duration_s: int
    window: str
    rank: int
    as_of: str


class Audit(SQLModel, table=True):
    """One significant event."""

    id: int | None = Field(default=None, primary_key=True)
    entity: str
    entity_id: int
    action: str
    message: str
    meta: str
    created_at: int


class StravaToken(SQLModel, table=True):
    """One pair of tokens; the token columns hold its handle in the vault, never a token."""

    __tablename__ = "strava_token"
    id: int | None = Field(default=None, primary_key=True)
    athlete_id: int
    access_token: str
    refresh_token: str
    expires_at: int
    scope: str | None = None
    is_active: bool = True
    status: str
    created_at: int
    updated_at: int
    last_used_at: int | None = None
    revoked_at: int | None = None
    athlete_name: str | None = None
    profile_url: str | None = None


class Job(SQLModel, table=True):
    """One queued job; ``payload`` is JSON."""

    id: int | None = Field(default=None, primary_key=True)
    type: str
    payload: str
    strava_id: int | None = Field(
        default=None, sa_column=Column(Integer, Computed("json_extract(payload, '$.stravaId')", persisted=True))
    )
    start_time: int | None = Field(
        default=None, sa_column=Column(Integer, Computed("json_extract(payload, '$.startTime')", persisted=True))
    )
    reason: str
    status: str
    attempts: int = 0
    next_run_at: int
    last_error: str | None = None
    created_at: int
    updated_at: int
    queue: str | None = Field(
        default=None,
        sa_column=Column(String, Computed("type || coalesce(':' || json_extract(payload, '$.source'), '')")),
    )


class RemoteConnection(SQLModel, table=True):
    """A connection with a remote source that is opened by a key; the key is in the vault under ``key_handle``."""

    __tablename__ = "remote_connection"

    source: str = Field(primary_key=True)
    status: str
    key_handle: str
    token_store: str
    athlete_id: str | None = None
    athlete_name: str | None = None
    key_ends_at: int | None = None
    connected_at: int
    last_full_at: int | None = None
    last_try_at: int | None = None
    last_success_at: int | None = None
    last_error: str | None = None
    last_result: str | None = None
    updated_at: int


class RemoteActivity(SQLModel, table=True):
    """An activity in the list of a remote source; ``listed`` is the row of the list as JSON."""

    __tablename__ = "remote_activity"

    source: str = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    fingerprint: str
    start_time: int
    listed: str
    activity_id: int | None = Field(default=None, foreign_key="activity.id", ondelete="SET NULL", index=True)
    fetched_as: str | None = None
    fetched_at: int | None = None
    gone_at: int | None = None


class Gear(SQLModel, table=True):
    """A pair of shoes or a bicycle, as Strava knows it."""

    id: int | None = Field(default=None, primary_key=True)
    strava_id: str = Field(unique=True)
    name: str | None = None
    distance_m: float | None = None
    is_retired: bool | None = None
    updated_at: int


class RateBudget(SQLModel, table=True):
    """Rate limits of Strava's last headers; one row, none while unknown."""

    __tablename__ = "rate_budget"
    id: int | None = Field(default=1, primary_key=True)
    seen_at: float
    quarter_limit: int | None = None
    quarter_used: int | None = None
    day_limit: int | None = None
    day_used: int | None = None
    read_quarter_limit: int | None = None
    read_quarter_used: int | None = None
    read_day_limit: int | None = None
    read_day_used: int | None = None


class SyncState(SQLModel, table=True):
    """A value by key that a sync keeps."""

    __tablename__ = "sync_state"
    key: str = Field(primary_key=True)
    value: str
    updated_at: int


class Thumbnail(SQLModel, table=True):
    """The address of an activity's thumbnail."""

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id")
    url: str
    width: int
    height: int
    created_at: int


class WebhookSubscription(SQLModel, table=True):
    """The application's subscription to Strava's webhook events; its secrets are in the vault."""

    __tablename__ = "webhook_subscription"
    id: int | None = Field(default=None, primary_key=True)
    strava_id: int | None = Field(default=None, unique=True)
    callback_base: str
    secret_handle: str
    token_store: str
    status: str
    created_at: int
    updated_at: int


class DistinctPair(SQLModel, table=True):
    """Two activities that the runner has declared distinct."""

    __tablename__ = "distinct_pair"
    first_id: int = Field(primary_key=True, foreign_key="activity.id")
    second_id: int = Field(primary_key=True, foreign_key="activity.id")
    created_at: int


class SchemaMigration(SQLModel, table=True):
    """One applied migration."""

    __tablename__ = "schema_migration"
    version: int | None = Field(default=None, primary_key=True)
    name: str
    applied_at: int


class _BorrowedConnection(SQLiteDialect_pysqlite):
    """SQLite on a borrowed connection: only its owner commits, rolls back and closes."""

    supports_statement_cache = True

    def do_commit(self, dbapi_connection: object) -> None:
        """Does nothing."""

    def do_rollback(self, dbapi_connection: object) -> None:
        """Does nothing."""

    def do_close(self, dbapi_connection: object) -> None:
        """Does nothing."""


registry.register("sqlite.borrowed", __name__, _BorrowedConnection.__name__)


@contextmanager
def session(connection: sqlite3.Connection) -> Iterator[Session]:
    """A SQLModel session on an open connection, inside a :func:`~.connection.write_transaction`.

    It flushes at its end and neither begins, commits nor closes anything.
    """
    engine = create_engine("sqlite+borrowed://", creator=lambda: connection, poolclass=StaticPool)
    row_factory, connection.row_factory = connection.row_factory, None
    try:
        with engine.connect() as borrowed, Session(borrowed) as open_session:
            yield open_session
            open_session.flush()
    finally:
        connection.row_factory = row_factory
