"""Reads the connection page: connection state, rate limits, queue, backfill, events and imports."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from runcoach.domain.json_format import EpochSeconds
from runcoach.domain.statuses import JobKind, JobStatus
from runcoach.services import jobs
from runcoach.services.auth.connection_state import ConnectionState, connection_state, stored_budget
from runcoach.services.auth.remote_sources import KEY_SOURCES
from runcoach.services.imports import batches
from runcoach.services.queries import activities
from runcoach.services.queries.activity_context import ActivityName
from runcoach.services.queries.connections import Connection, connections_of
from runcoach.services.queries.status import backfill
from runcoach.sources.strava.rate_limit import DAY_S, QUARTER_S, Window
from runcoach.store import activity_queries, totals
from runcoach.store import jobs as queue
from runcoach.store.remote import sync_state

if TYPE_CHECKING:
    from runcoach.services.sync.backfill_estimate import BackfillEstimate

#: How many jobs of each status are shown, in this order; how many groups of events, of how many events; imports.
SHOWN_JOBS = {JobStatus.ERROR: 20, JobStatus.RETRY: 10, JobStatus.RUNNING: 5, JobStatus.QUEUED: 5}
SHOWN_EVENTS, READ_EVENTS, SHOWN_IMPORTS = 30, 500, 10

#: The message of the events of an import together; each names its file.
_IMPORTED = "imported from files"


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
class EventGroup:
    """Events of the same kind, or of one import, one after the other.

    ``number`` counts events, ``activities`` the activities they are about, ``is_cut`` where there may be more of both;
    ``activity`` is the only one, where it is here.
    """

    id: int
    created_at: int
    entity: str
    action: str
    message: str
    number: int
    activities: int
    is_cut: bool
    activity: ActivityName | None


@dataclass(frozen=True, slots=True)
class ConnectionOverview:
    """``rate_limits`` is empty until Strava has sent its limits; ``backfill`` is None for an empty queue.

    ``counts`` and ``thumbnails`` count open and failed jobs by status; ``activity`` of a job is its
    :class:`ActivityName` or None. ``sources`` are Strava, where it was ever
    connected, and every source with a key; one that is not connected is ``inactive``.
    """

    connection: ConnectionState
    activities: int
    rate_limits: tuple[RateLimitUsage, ...]
    backfill: BackfillEstimate | None
    counts: dict[str, int]
    thumbnails: dict[str, int]
    jobs: tuple[dict[str, object], ...]
    events: tuple[EventGroup, ...]
    imports: tuple[dict[str, object], ...]
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
        jobs=_jobs(connection),
        events=_events(connection),
        imports=tuple(batches.list_batches(connection, SHOWN_IMPORTS)),
        sources=_sources(connection),
    )


def _jobs(connection: sqlite3.Connection) -> tuple[dict[str, object], ...]:
    """The shown jobs, each with its ``activity``."""
    shown = [job for status, limit in SHOWN_JOBS.items() for job in jobs.listed(connection, status=status, limit=limit)]
    ids = {job["payload"].get("activityId") for job in shown} - {None}
    strava_ids = {job["strava_id"] for job in shown} - {None}
    rows = activity_queries.named(connection, ids=ids, strava_ids=strava_ids)
    by_id = {row["id"]: ActivityName.of(row) for row in rows}
    by_strava_id = {row["strava_id"]: ActivityName.of(row) for row in rows}
    return tuple(
        {**job, "activity": by_strava_id.get(job["strava_id"]) or by_id.get(job["payload"].get("activityId"))}
        for job in shown
    )


def _events(connection: sqlite3.Connection) -> tuple[EventGroup, ...]:
    """The newest events, those of the same kind together."""
    rows = activities.audit(connection, activity_ref=None, entity=None, limit=READ_EVENTS)
    groups = [list(group) for _, group in groupby(rows, key=_kind)][:SHOWN_EVENTS]
    oldest = rows[-1]["id"] if len(rows) == READ_EVENTS else None
    about = [{row["entity_id"] for row in group if row["entity"] == "activity"} for group in groups]
    single = {activity_id for ids in about if len(ids) == 1 for activity_id in ids}
    named = {row["id"]: ActivityName.of(row) for row in activity_queries.named(connection, ids=single)}
    return tuple(
        EventGroup(
            **{name: group[0][name] for name in ("id", "created_at", "entity", "action")},
            message=group[0]["message"] if len({row["message"] for row in group}) == 1 else _IMPORTED,
            number=len(group),
            activities=len(ids),
            is_cut=group[-1]["id"] == oldest,
            activity=named.get(next(iter(ids))) if len(ids) == 1 else None,
        )
        for group, ids in zip(groups, about, strict=True)
    )


def _kind(row: dict[str, Any]) -> tuple[Any, ...]:
    """Events with the same are one group: those of one import, or with the same message."""
    batch = row["meta"].get("batch")
    return ("import", batch) if batch is not None else (row["entity"], row["action"], row["message"])


def _sources(connection: sqlite3.Connection) -> tuple[Connection, ...]:
    stored = {each.source: each for each in connections_of(connection)}
    missing = [Connection(name, kind.title, "inactive") for name, kind in KEY_SOURCES.items() if name not in stored]
    return (*stored.values(), *missing)


def _counts(connection: sqlite3.Connection, kind: JobKind) -> dict[str, int]:
    return {status: n for status, n in queue.counts(connection, kind=kind).items() if status != JobStatus.DONE}


def _rate_limits(connection: sqlite3.Connection, now: float) -> tuple[RateLimitUsage, ...]:
    """The reads of the current 15 minutes and of the current day, by Strava's clock; the tighter of its two limits."""
    budget = stored_budget(connection)
    if budget is None:
        return ()
    skew = sync_state.last_skew(connection)
    ahead = skew[0] if skew else 0.0
    at = now + ahead
    windows: tuple[tuple[Window, int], ...] = (("quarter", QUARTER_S), ("day", DAY_S))
    return tuple(
        RateLimitUsage(window, *min(usage, key=lambda pair: pair[1] - pair[0]), (at // length_s + 1) * length_s - ahead)
        for window, length_s in windows
        if (usage := budget.usage(window, at))
    )
