"""Sync a profile with Strava: read the list, run the fetch queue, update the rankings."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.domain.statuses import JobKind
from runcoach.errors import DegradedError, NotConnectedError, RateLimitError, RuncoachError, UsageError
from runcoach.ingest import retention
from runcoach.ingest.writer import rankings_are_stale, update_rankings
from runcoach.services.analytics import physiology
from runcoach.services.analytics.jobs import update_analytics
from runcoach.services.auth.connection_state import track_api_pause
from runcoach.services.auth.credentials import open_secret_stores, remove_leftovers
from runcoach.services.auth.strava_session import StravaSession, strava_session
from runcoach.services.locks import sync_lock, token_lock
from runcoach.services.sync import last_sync, missing_streams
from runcoach.services.sync.backfill_estimate import READS_AN_ACTIVITY, PendingFetch, estimate_backfill
from runcoach.services.sync.listing import Listing, ListReader
from runcoach.services.sync.queue_runner import QueueRunner, Tally, WaitPolicy
from runcoach.services.sync.strava_fetcher import StravaFetcher
from runcoach.services.sync.sync_types import SyncOptions, SyncProgress, SyncReport, SyncStage
from runcoach.store import activity_queries, jobs
from runcoach.store.remote import credentials, forget, sync_state, webhook_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    from runcoach.sources.strava.limiter import RateLimiter


def sync(
    config: Config,
    options: SyncOptions,
    *,
    progress: Callable[[SyncProgress], None] = lambda _: None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Fetch new and changed activities, newest first, within Strava's rate limits.

    Once ``stop`` returns True, requests in flight are finished and the rest stays queued. After an error, fetched
    activities are stored and ranked, and the rest stays queued.

    Raises SyncRunningError where another process syncs this profile, NotConnectedError and its subclasses where the
    connection is missing, refused or paused, RemoteUnavailableError where the list cannot be read.
    """
    with sync_lock(config), open_database(config) as connection:
        with write_transaction(connection):
            jobs.recover(connection, JobKind.FETCH)
            if not options.queue_only:
                last_sync.note_try(connection, clock())
        with (
            _end_revoked_connection(config, connection),
            strava_session(config, connection, clock, sleep) as session,
        ):
            retention_s = config.settings.strava_api_retention_s
            policy = WaitPolicy(clock, sleep, options.wait, stop)
            run = _SyncRun(connection, session, options, retention_s, progress, policy)
            try:
                with track_api_pause(connection, session.limiter):
                    run.read_list()
                    run.run_queue()
                    run.remove_expired()
            except RuncoachError as error:  # without its result, a sync stays marked as interrupted
                if not options.queue_only:
                    with write_transaction(connection):
                        last_sync.note_failure(connection, error.message)
                raise
            finally:
                _conclude(connection, session.limiter)
            report = run.report()
            if not options.queue_only:
                with write_transaction(connection):
                    if report.list_read:
                        last_sync.note_success(connection, clock(), report.stored_counts)
                    else:
                        last_sync.note_failure(connection, "a rate limit kept the list from being read")
        update_analytics(connection, stop=stop, clock=clock)
        return report


def queue_streams(config: Config, activity_ref: str) -> None:
    """Queue a fetch of one activity, to ask for its streams now; UsageError for one that is not from Strava."""
    with open_database(config) as connection, write_transaction(connection):
        activity_id = activity_queries.resolve(connection, activity_ref)
        activity = activity_queries.activity(connection, activity_id)
        if activity["strava_id"] is None:
            raise UsageError(f"activity {activity_ref} is not from Strava", hint="import its file again instead")
        payload = {"stravaId": activity["strava_id"], "startTime": int(activity["start_time"])}
        jobs.enqueue(connection, JobKind.FETCH, payload, "manual")


def count_open_jobs(connection: sqlite3.Connection) -> int:
    """Queued fetches from Strava, and those that wait for another attempt."""
    return jobs.count_waiting(connection, JobKind.FETCH)


@contextmanager
def _end_revoked_connection(config: Config, connection: sqlite3.Connection) -> Iterator[None]:
    """Log out where a webhook event said that access was revoked and Strava refuses the token."""
    try:
        yield
    except DegradedError:
        with token_lock(config), write_transaction(connection):
            if not webhook_state.end_access_checks(connection):
                raise
            credentials.retire(connection, "access was revoked on Strava")
        remove_leftovers(connection, open_secret_stores(config))
        raise NotConnectedError(
            "access to Strava was revoked on strava.com; all stored data is kept",
            hint="`runcoach login` connects again, `runcoach forget` removes what came from Strava",
        ) from None


def _conclude(connection: sqlite3.Connection, limiter: RateLimiter) -> None:
    """Update the rankings, also for an earlier sync that died before it could, and store the clock skew."""
    if rankings_are_stale(connection):
        with write_transaction(connection):
            update_rankings(connection)
    if limiter.reads_sent and limiter.budget is not None:
        with write_transaction(connection):
            sync_state.keep_skew(connection, limiter.skew_s)


@dataclass(slots=True)
class _SyncRun:
    """One sync with Strava."""

    connection: sqlite3.Connection
    session: StravaSession
    options: SyncOptions
    retention_s: int | None
    progress: Callable[[SyncProgress], None]
    policy: WaitPolicy
    listing: Listing = field(default_factory=Listing)
    tally: Tally = field(default_factory=Tally)
    list_read: bool = True
    expired: int = 0

    def read_list(self) -> None:
        """Read the list, waiting for a quarter's limit where the options allow it."""
        limiter = self.session.limiter
        while not self.options.queue_only:
            now = self.policy.clock()
            reader = ListReader(self.connection, self.session, self.options, now=now, retention_s=self.retention_s)
            self.listing = reader.listing
            try:
                reader.store(
                    lambda count: self.progress(SyncProgress(SyncStage.LIST, count, reads_left=limiter.reads_left)),
                    self.policy.stop,
                )
            except RateLimitError as limited:
                if not self.options.wait or limited.window == "day":
                    self.tally.limited, self.list_read = limited, False
                    return
                self.policy.wait_until(limited.until, self._show)
            else:
                return

    def run_queue(self) -> None:
        """Fetch what is queued, unless a limit was reached while the list was read."""
        if self.tally.limited is not None:
            return
        self.remove_expired()
        with write_transaction(self.connection):
            missing_streams.queue_due(self.connection, self.policy.clock(), full=self.listing.is_complete)
        fetcher = StravaFetcher(self.session.client)
        QueueRunner(self.connection, fetcher, self.policy, self._show, self.options.limit, self.tally).run()

    def remove_expired(self) -> None:
        """Remove what is past ``strava_api_retention_days``, by Strava's clock; nothing where that is unknown."""
        limiter = self.session.limiter
        if self.retention_s is None or limiter.budget is None or not limiter.reads_sent:
            return
        forget.overwrite_deleted(self.connection)
        with write_transaction(self.connection):
            expired = retention.remove_expired(self.connection, limiter.server_time - self.retention_s)
            if expired:
                physiology.remove_stored(self.connection)
        if expired:
            forget.empty_log(self.connection)
        self.expired += expired

    def report(self) -> SyncReport:
        """The report, with an estimate of when the rest will be fetched."""
        tally, limiter, left = self.tally, self.session.limiter, count_open_jobs(self.connection)
        pending = [PendingFetch(row["start_time"]) for row in jobs.waiting(self.connection, JobKind.FETCH)]
        done_at = estimate_backfill(pending, limiter.budget, limiter.server_time).done_at - limiter.skew_s
        return SyncReport(
            listed=len(self.listing.seen),
            new=tally.new,
            updated=tally.updated,
            deleted=tally.gone,
            failed=tally.failed,
            left=left,
            reads=limiter.reads_sent,
            open_trouble=jobs.in_trouble(self.connection, JobKind.FETCH),
            limit=tally.limited.window if tally.limited else None,
            limit_until=tally.limited.until if tally.limited else None,
            done_at=done_at if left else None,
            missing_scopes=self.session.missing_scopes,
            withheld=self.listing.withheld,
            list_read=self.list_read,
            expired=self.expired,
        )

    def _show(self, stage: SyncStage, wait_s: float) -> None:
        limiter, left = self.session.limiter, self.session.limiter.reads_left
        is_limited = limiter.blocked_until is not None or (left is not None and left < READS_AN_ACTIVITY)
        waits_for = "retry" if stage is SyncStage.WAIT and self.tally.failed and not is_limited else "limit"
        self.progress(SyncProgress(stage, self.tally.finished, self.tally.total, left, wait_s, waits_for))
