"""Reads the state of a profile: counts, connection, queue, backfill, and the worker of a running server."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.config import Config
from runcoach.domain.statuses import JobKind
from runcoach.services.queries.connections import Connection, connections_of
from runcoach.services.sync.last_sync import LastSync, last_syncs
from runcoach.store import jobs, originals, totals
from runcoach.store.remote import credentials

if TYPE_CHECKING:
    from runcoach.services.scheduling.installation import ScheduleStatus
    from runcoach.services.sync.backfill_estimate import BackfillEstimate
    from runcoach.services.sync.worker_status import WorkerStatus
    from runcoach.store.originals import OriginalsSize

#: The columns of the connection that are shown; where its secrets are kept is not.
_CONNECTION = ("status", "scope", "athlete_id", "athlete_name", "expires_at", "last_used_at", "revoked_at")


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a profile.

    ``connection`` is None before the first login, ``backfill`` None where nothing is queued, ``worker`` None where no
    server runs. ``syncs`` holds the last sync of each source, ``schedule`` is None where none is installed. ``jobs``
    counts fetches from all sources by status, ``thumbnails`` thumbnails to be drawn. ``originals`` are part of
    ``size_bytes``.
    """

    database: str
    size_bytes: int
    profile: str
    counts: dict[str, Any]
    originals: OriginalsSize
    connection: dict[str, object] | None = None
    jobs: dict[str, int] | None = None
    backfill: BackfillEstimate | None = None
    worker: WorkerStatus | None = None
    thumbnails: dict[str, int] | None = None
    syncs: tuple[LastSync, ...] = ()
    schedule: ScheduleStatus | None = None
    connections: tuple[Connection, ...] = ()

    @property
    def strava_api_only(self) -> int:
        """Activities that no source but Strava's API knows."""
        return next((each.only_here for each in self.connections if each.source == "strava"), 0)


def status(connection: sqlite3.Connection, config: Config, *, clock: Callable[[], float] = time.time) -> Status:
    """The state of a profile; all counts are 0 before its first activity."""
    from runcoach.services.scheduling.installation import schedule_status
    from runcoach.services.sync.worker_status import last_known

    token = credentials.token_status(connection)
    worker = last_known(config, connection)
    schedule = schedule_status(config, connection, look=False)
    return Status(
        str(config.database),
        config.database.stat().st_size if config.database.exists() else 0,
        config.profile,
        dict(totals.overview(connection)),
        originals.size(connection),
        connection=None if token is None else {name: token[name] for name in _CONNECTION},
        jobs=jobs.counts(connection, kind=JobKind.FETCH),
        backfill=backfill(connection, clock()),
        worker=worker if worker is not None and worker.is_running else None,
        thumbnails=jobs.counts(connection, kind=JobKind.THUMBNAIL),
        syncs=last_syncs(connection),
        schedule=None if schedule.every is None else schedule,
        connections=connections_of(connection),
    )


def backfill(connection: sqlite3.Connection, now: float) -> BackfillEstimate | None:
    """When the queued fetches will be done, from the queue and the last known budget; None for an empty queue."""
    waiting = jobs.waiting(connection, JobKind.FETCH)
    if not waiting:
        return None
    from runcoach.services.auth.connection_state import stored_budget
    from runcoach.services.sync.backfill_estimate import PendingFetch, estimate_backfill

    pending = [PendingFetch(row["start_time"]) for row in waiting]
    return estimate_backfill(pending, stored_budget(connection), now)
