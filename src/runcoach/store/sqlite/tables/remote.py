"""Connections with remote sources and the jobs of a sync."""

from sqlalchemy import Computed
from sqlmodel import Column, Field, Integer, String

from runcoach.store.sqlite.tables import Table


class StravaToken(Table, table=True):
    """One pair of tokens; the token columns hold its handle in the vault, never a token."""

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


class Job(Table, table=True):
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


class RemoteConnection(Table, table=True):
    """A connection with a remote source that is opened by a key; the key is in the vault under ``key_handle``."""

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


class RemoteActivity(Table, table=True):
    """An activity in the list of a remote source; ``listed`` is the row of the list as JSON."""

    source: str = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    fingerprint: str
    start_time: int
    listed: str
    activity_id: int | None = Field(default=None, foreign_key="activity.id", ondelete="SET NULL", index=True)
    fetched_as: str | None = None
    fetched_at: int | None = None
    gone_at: int | None = None


class RateBudget(Table, table=True):
    """Rate limits of Strava's last headers; one row, none while unknown."""

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


class SyncState(Table, table=True):
    """A value by key that a sync keeps."""

    key: str = Field(primary_key=True)
    value: str
    updated_at: int


class WebhookSubscription(Table, table=True):
    """The application's subscription to Strava's webhook events; its secrets are in the vault."""

    id: int | None = Field(default=None, primary_key=True)
    strava_id: int | None = Field(default=None, unique=True)
    callback_base: str
    secret_handle: str
    token_store: str
    status: str
    created_at: int
    updated_at: int
