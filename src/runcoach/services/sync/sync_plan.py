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
from runcoach.services.auth.strava_session import strava_session
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
        reader = ListReader(connection, session, options, now=clock(), retention_s=retention_s)
        waiting = jobs.waiting(connection, JobKind.FETCH)
        pending = {row["strava_id"]: PendingFetch(row["start_time"]) for row in waiting}
        counts = {"new": 0, "changed": 0, "queued": len(pending), "missing": 0}
        limited = _read_list(reader, pending, counts, progress)
        limiter, list_reads = session.limiter, session.limiter.reads_sent
        newest_first = sorted(pending.values(), key=lambda fetch: -(fetch.start_time or 0))
        estimate = estimate_backfill(newest_first, limiter.budget, limiter.server_time, first_reads=list_reads)
        return SyncPlan(
            listed=len(reader.listing.seen),
            list_reads=list_reads,
            **counts,
            withheld=reader.listing.withheld,
            plan=replace(estimate, done_at=estimate.done_at - limiter.skew_s),
            limit=limited.window if limited else None,
            limit_until=limited.until if limited else None,
            missing_scopes=session.missing_scopes,
        )


def _read_list(
    reader: ListReader, pending: dict[int, PendingFetch], counts: dict[str, int], progress: Callable[[int], None]
) -> RateLimitError | None:
    """Add to ``pending`` and count what a sync would fetch; the rate limit that ended the list early."""
    limited = None
    try:
        for page in reader.pages():
            for row in page:
                if row.is_due:
                    _add(row, reader, pending, counts)
            progress(len(reader.listing.seen))
    except RateLimitError as error:
        limited = error
    if reader.listing.is_complete:
        for strava_id, known in reader.missing().items():
            if strava_id not in pending:
                pending[strava_id] = PendingFetch(known.start_time, READS_WITHOUT_STREAMS)
                counts["missing"] += 1
    return limited


def _add(row: ListedActivity, reader: ListReader, pending: dict[int, PendingFetch], counts: dict[str, int]) -> None:
    activity, strava_id = row.activity, row.activity.strava_id
    if strava_id not in pending:
        if known_activities.was_given_up(reader.connection, strava_id, row.summary_hash):
            return
        known = reader.known.get(strava_id)
        counts["new" if known is None or not known.was_fetched else "changed"] += 1
    reads = READS_WITHOUT_STREAMS if activity.is_manual else READS_AN_ACTIVITY
    pending[strava_id] = PendingFetch(activity.start_time_s, reads)


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
