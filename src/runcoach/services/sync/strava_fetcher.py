"""Fetches activities from Strava for the queue: detail and streams, within Strava's published limits."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcoach.domain.sports import is_running
from runcoach.domain.statuses import JobKind
from runcoach.errors import InvalidResponseError, RateLimitError, ScopeError
from runcoach.ingest.strava import build_from_strava, put_detail, put_summary
from runcoach.services.auth.connection_state import store_budget
from runcoach.services.sync import missing_streams
from runcoach.services.sync.backfill_estimate import READS_AN_ACTIVITY
from runcoach.services.sync.queue_runner import FetchResult
from runcoach.sources.remote.client_pool import IN_FLIGHT
from runcoach.sources.strava import rate_limit
from runcoach.sources.strava.models import StravaActivity, activity_of, summary_hash
from runcoach.store import audit
from runcoach.store.remote import known_activities

if TYPE_CHECKING:
    from runcoach.domain.activity import BuiltActivity
    from runcoach.sources.strava.client import StravaClient


@dataclass(frozen=True, slots=True)
class FetchedActivity:
    """One activity in full, ready to be written; ``built`` None: of a sport that keeps its summary alone."""

    payload: StravaActivity
    built: BuiltActivity | None
    raw: bytes


class StravaFetcher:
    """Strava for the queue runner; see :class:`~runcoach.services.sync.queue_runner.Fetcher`."""

    queue: str = JobKind.FETCH

    def __init__(self, client: StravaClient) -> None:
        self.in_flight = IN_FLIGHT
        self._client = client
        self._limiter = client.limiter

    def has_room(self, in_flight: int) -> bool:
        """Whether reads are left for all of another activity."""
        left = self._limiter.reads_left
        return left is None or left >= READS_AN_ACTIVITY * (in_flight + 1)

    def limit_reached(self) -> RateLimitError | None:
        """The window without room for the reads of one activity."""
        window = rate_limit.used_up(self._limiter.budget, self._limiter.server_time, READS_AN_ACTIVITY - 1)
        return None if window is None else self._limiter.reached(window)

    def fetch(self, job: sqlite3.Row) -> FetchedActivity | None:
        """One activity in full, or as a list would show it where an event named one that is not a run.

        An activity typed in by hand has no streams, and is not asked for any. A job without an id reads the athlete, to
        see whether Strava still accepts the connection: None where it does.
        """
        strava_id = job["strava_id"]
        if strava_id is None:
            with suppress(ScopeError):  # which only a token that is in force can meet
                self._client.athlete()
            return None
        document = self._client.activity(strava_id)
        if document.data.get("id") != strava_id:
            raise InvalidResponseError(f"Strava answers with another activity when asked for activity {strava_id}")
        sport = str(document.data.get("sport_type") or document.data.get("type"))
        if job["reason"] == "webhook" and not is_running(sport):
            payload = activity_of(document.data)
            summary = replace(payload, is_detailed=False, splits=None, laps=(), best_efforts=())
            return FetchedActivity(summary, None, document.raw)
        is_manual = document.data.get("manual") is True
        payload = activity_of(document.data, None if is_manual else self._client.streams(strava_id))
        return FetchedActivity(payload, build_from_strava(payload), document.raw)

    def store(self, connection: sqlite3.Connection, job: sqlite3.Row, fetched: FetchedActivity | None) -> FetchResult:
        """Write an activity in full or its summary; for a connection that is still accepted an audit row."""
        if fetched is None:
            audit.record(connection, "token", 0, "skip", "said to be revoked, but Strava still takes it")
            return FetchResult.NOTHING
        payload = json.loads(job["payload"])
        # An event is newer than the list.
        listed_as = None if "eventTime" in payload else payload.get("listHash")
        is_new = _put(connection, fetched, listed_as or summary_hash(json.loads(fetched.raw)))
        activity = fetched.payload
        if fetched.built is None or fetched.built.streams is not None or activity.is_manual:
            missing_streams.clear(connection, activity.strava_id)
        else:
            missing_streams.note(connection, activity.strava_id, activity.start_time_s, self._limiter.server_time)
        return FetchResult.NEW if is_new else FetchResult.UPDATED

    def remove(self, connection: sqlite3.Connection, job: sqlite3.Row) -> bool:
        """Mark the activity deleted, unless the user has undeleted it before."""
        missing_streams.clear(connection, job["strava_id"])
        activity_id = known_activities.find(connection, job["strava_id"])
        if activity_id is None or known_activities.is_kept(connection, activity_id):
            return False
        if not known_activities.mark_deleted(connection, activity_id):
            return False
        meta = {"stravaId": job["strava_id"]}
        audit.record(connection, "activity", activity_id, "delete", "gone from Strava", meta=meta)
        return True

    def save_limits(self, connection: sqlite3.Connection) -> None:
        """Keep the budget as Strava last stated it."""
        if self._limiter.budget is not None:
            store_budget(connection, self._limiter.budget)


def _put(connection: sqlite3.Connection, fetched: FetchedActivity, listed_as: str) -> bool:
    """Write an activity in full or its summary; whether it is new."""
    if fetched.built is not None:
        _, is_new = put_detail(connection, fetched.built, fetched.payload, fetched.raw, listed_as)
        return is_new
    is_new = known_activities.find(connection, fetched.payload.strava_id) is None
    activity_id = put_summary(connection, fetched.payload, listed_as, is_final=True)
    known_activities.revive(connection, activity_id)
    return is_new
