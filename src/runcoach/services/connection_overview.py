"""Reads the connection page: connection state, rate limits, queue, backfill, events and imports."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.domain.statuses import JobKind, JobStatus
from runcoach.services.auth.connection_state import ConnectionState, connection_state
from runcoach.services.auth.remote_sources import KEY_SOURCES
from runcoach.services.imports import batches
from runcoach.services.queries import activities
from runcoach.services.queries.connections import connections_of, not_connected
from runcoach.services.queries.status import backfill
from runcoach.services.sync import jobs
from runcoach.sources.strava.rate_limit import DAY_S, QUARTER_S
from runcoach.store import jobs as queue
from runcoach.store import totals
from runcoach.store.remote import sync_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.domain.json_format import EpochSeconds
    from runcoach.services.queries.connections import Connection
    from runcoach.services.sync.backfill_estimate import BackfillEstimate

#: How many jobs of each status are shown, in this order; how many events and imports.
SHOWN_JOBS = {JobStatus.ERROR: 20, JobStatus.RETRY: 10, JobStatus.RUNNING: 5, JobStatus.QUEUED: 5}
SHOWN_EVENTS, SHOWN_IMPORTS = 30, 10

_ORDER = tuple(SHOWN_JOBS)


@dataclass(frozen=True, slots=True)
class RateLimitUsage:
    """One rate limit: ``used`` of ``limit`` reads; resets at ``opens_at`` (seconds since 1970)."""

    window: str  # quarter or day
    used: int
    limit: int
    opens_at: EpochSeconds

    @property
    def left(self) -> int:
        """Remaining reads."""
        return max(self.limit - self.used, 0)


@dataclass(frozen=True, slots=True)
class ConnectionOverview:
    """``rate_limits`` is empty until Strava has sent its limits; ``backfill`` is None for an empty queue.

    ``counts`` and ``thumbnails`` count open and failed jobs by status. ``sources`` are Strava, where it was ever
    connected, and every source with a key; one that is not connected is ``inactive``.
    """

    connection: ConnectionState
    activities: int
    rate_limits: tuple[RateLimitUsage, ...]
    backfill: BackfillEstimate | None
    counts: dict[str, int]
    thumbnails: dict[str, int]
    jobs: tuple[dict[str, Any], ...]
    events: tuple[dict[str, Any], ...]
    imports: tuple[dict[str, Any], ...]
    sources: tuple[Connection, ...]

    @property
    def key_sources(self) -> tuple[Connection, ...]:
        """The sources that are opened by a key."""
        return tuple(each for each in self.sources if each.source in KEY_SOURCES)

    @property
    def strava_api_only(self) -> int:
        """Activities that no source but Strava's API knows."""
        return next((each.only_here for each in self.sources if each.source not in KEY_SOURCES), 0)


def connection_overview(
    connection: sqlite3.Connection, *, clock: Callable[[], float] = time.time
) -> ConnectionOverview:
    """The state of the connection as of now."""
    now = clock()
    return ConnectionOverview(
        connection=connection_state(connection),
        activities=totals.overview(connection)["activities"],
        rate_limits=_rate_limits(connection, now),
        backfill=backfill(connection, now),
        counts=_counts(connection, JobKind.FETCH),
        thumbnails=_counts(connection, JobKind.THUMBNAIL),
        jobs=tuple(
            job for status in _ORDER for job in jobs.listed(connection, status=status, limit=SHOWN_JOBS[status])
        ),
        events=tuple(activities.audit(connection, activity_ref=None, entity=None, limit=SHOWN_EVENTS)),
        imports=tuple(batches.list_batches(connection, SHOWN_IMPORTS)),
        sources=_sources(connection),
    )


def _sources(connection: sqlite3.Connection) -> tuple[Connection, ...]:
    stored = {each.source: each for each in connections_of(connection)}
    missing = [not_connected(name) for name in KEY_SOURCES if name not in stored]
    return (*stored.values(), *missing)


def _counts(connection: sqlite3.Connection, kind: JobKind) -> dict[str, int]:
    return {status: n for status, n in queue.counts(connection, kind).items() if status != JobStatus.DONE}


def _rate_limits(connection: sqlite3.Connection, now: float) -> tuple[RateLimitUsage, ...]:
    """The reads of the current 15 minutes and of the current day, by Strava's clock; the tighter of its two limits."""
    seen = sync_state.read_budget(connection)
    if seen is None:
        return ()
    skew = sync_state.last_skew(connection)
    ahead = skew[0] if skew else 0.0
    at = now + ahead
    return tuple(
        RateLimitUsage(window, *tightest, (at // length_s + 1) * length_s - ahead)
        for window, length_s in (("quarter", QUARTER_S), ("day", DAY_S))
        if (tightest := _tightest(seen, window, is_current=(seen["seen_at"] or 0) // length_s == at // length_s))
    )


def _tightest(seen: dict[str, float | None], window: str, *, is_current: bool) -> tuple[int, int] | None:
    """(used, limit) of the limit with the fewest remaining reads."""
    pairs = [
        (int(seen[f"{kind}{window}_used"] or 0) if is_current else 0, int(limit))
        for kind in ("", "read_")
        if (limit := seen[f"{kind}{window}_limit"])
    ]
    return min(pairs, key=lambda pair: pair[1] - pair[0], default=None)
