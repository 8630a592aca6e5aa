"""The dry run of a sync (``--plan``): read a source's list and compare it with what is stored.

Stores nothing but Strava's rate limit budget.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.domain.json_format import EpochSeconds
from runcoach.domain.statuses import JobKind
from runcoach.errors import RateLimitError
from runcoach.services.auth.api_key import active_connection, read_key
from runcoach.services.auth.remote_sources import key_source
from runcoach.services.auth.strava_session import StravaSession, strava_session
from runcoach.services.sync.backfill_estimate import (
    READS_AN_ACTIVITY,
    BackfillEstimate,
    PendingFetch,
    estimate_backfill,
)
from runcoach.services.sync.listing import ListedActivity, ListReader
from runcoach.services.sync.remote.listing import queue_of
from runcoach.store import jobs
from runcoach.store.remote import known_activities, remote_activities
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    from runcoach.services.sync.sync_types import SyncOptions

#: Manual activities have no streams, and a deleted one is answered with 404.
READS_WITHOUT_STREAMS = 1


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a sync with Strava would fetch, and an estimate of when it would be done.

    ``new`` and ``changed`` are not queued yet, ``queued`` are. ``missing`` are no longer in Strava's list and would be
    asked for one by one, unless they are ``withheld`` for being too many. ``list_reads`` is what reading the list
    cost, and would cost again. ``limit`` is the window of a rate limit that ended the list early, ``limit_until`` its
    end in seconds since 1970.
    """

    listed: int
    list_reads: int
    new: int
    changed: int
    queued: int
    missing: int
    withheld: int
    plan: BackfillEstimate
    limit: str | None = None
    limit_until: EpochSeconds | None = None
    missing_scopes: tuple[str, ...] = ()


def plan_sync(
    config: Config,
    options: SyncOptions,
    *,
    progress: Callable[[int], None] = lambda _: None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> SyncPlan:
    """Plan a sync with Strava. Raises the errors of :func:`sync`; a rate limit is part of the plan."""
    with open_database(config) as connection, strava_session(config, connection, clock, sleep) as session:
        retention_s = config.settings.strava_api_retention_s
        run = _PlanRun(session, ListReader(connection, session, options, now=clock(), retention_s=retention_s))
        run.read_list(progress)
        return run.plan()


class _PlanRun:
    """One reading of the list, with what a sync would do about each row."""

    def __init__(self, session: StravaSession, reader: ListReader) -> None:
        self._session = session
        self._reader = reader
        self._limited: RateLimitError | None = None
        waiting = jobs.waiting(reader.connection, JobKind.FETCH)
        self._pending = {row["strava_id"]: PendingFetch(row["start_time"]) for row in waiting}
        self._queued = len(self._pending)
        self._new = self._changed = self._missing = 0

    def read_list(self, progress: Callable[[int], None]) -> None:
        """Read as much of the list as a sync would; a rate limit ends it early."""
        try:
            for page in self._reader.pages():
                for row in page:
                    if row.is_due:
                        self._add(row)
                progress(len(self._reader.listing.seen))
        except RateLimitError as limited:
            self._limited = limited
        if self._reader.listing.is_complete:
            for strava_id, known in self._reader.missing().items():
                if strava_id not in self._pending:
                    self._pending[strava_id] = PendingFetch(known.start_time, READS_WITHOUT_STREAMS)
                    self._missing += 1

    def plan(self) -> SyncPlan:
        """The counts and the estimate: the list first, then newest activities first."""
        limiter, listing = self._session.limiter, self._reader.listing
        pending = sorted(self._pending.values(), key=lambda fetch: -(fetch.start_time or 0))
        list_reads = limiter.reads_sent
        estimate = estimate_backfill(pending, limiter.budget, limiter.server_time, first_reads=list_reads)
        return SyncPlan(
            listed=len(listing.seen),
            list_reads=list_reads,
            new=self._new,
            changed=self._changed,
            queued=self._queued,
            missing=self._missing,
            withheld=listing.withheld,
            plan=replace(estimate, done_at=estimate.done_at - limiter.skew_s),
            limit=self._limited.window if self._limited else None,
            limit_until=self._limited.until if self._limited else None,
            missing_scopes=self._session.missing_scopes,
        )

    def _add(self, row: ListedActivity) -> None:
        activity = row.activity
        strava_id = activity.strava_id
        is_queued = strava_id in self._pending
        if not is_queued and known_activities.was_given_up(self._reader.connection, strava_id, row.summary_hash):
            return
        reads = READS_WITHOUT_STREAMS if activity.is_manual else READS_AN_ACTIVITY
        self._pending[strava_id] = PendingFetch(activity.start_time_s, reads)
        if is_queued:
            return
        known = self._reader.known.get(strava_id)
        if known is None or not known.was_fetched:
            self._new += 1
        else:
            self._changed += 1


@dataclass(frozen=True, slots=True)
class RemotePlan:
    """What a sync by key would fetch: ``new`` and ``changed`` activities, and those ``queued`` already."""

    source: str
    listed: int
    new: int
    changed: int
    queued: int
    requests: int


def plan_remote(
    config: Config, source: str, options: SyncOptions, *, clock: Callable[[], float] = time.time
) -> RemotePlan:
    """Read the list back to what is known, or whole with ``full``, and compare it with what is stored.

    Raises NotConnectedError, DegradedError, RateLimitError and RemoteUnavailableError.
    """
    with open_reader(config) as connection:
        stored = active_connection(connection, source)
        known = remote_activities.known(connection, source)
        queued = jobs.count_waiting(connection, queue_of(source))
        waiting = remote_activities.pending(connection, source)
    listed = new = changed = 0
    with key_source(source).open(config, read_key(config, stored), clock=clock) as opened:
        for page in opened.client.list_activities(options.since):
            listed += len(page)
            pairs = [(each, known.get(each.remote_id)) for each in page]
            news = [(each, before) for each, before in pairs if not (before and before.is_stored_as(each.fingerprint))]
            added = [before for each, before in news if each.skipped is None and each.remote_id not in waiting]
            fetched = sum(before is not None and before.was_fetched for before in added)
            new += len(added) - fetched
            changed += fetched
            if not (options.full or options.since or news or stored.last_full_at is None):
                break
        requests = opened.limiter.requests_sent
    return RemotePlan(source, listed, new, changed, queued, requests)
