"""Analytics jobs: figures of one activity, computed from its samples and stored once.

Those of a new activity are computed where it is built (:mod:`runcoach.ingest.sample_figures`). Other changes of samples
or sport queue jobs. Imports, syncs and recomputing work them off at the end; ``runcoach serve`` works off what is left.
"""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runcoach.config import Config
from runcoach.domain.statuses import JobKind
from runcoach.errors import StoreError
from runcoach.services.analytics.loads import update_loads
from runcoach.services.analytics.routes import update_routes, update_some_routes
from runcoach.store import activities, jobs
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import analytics, route_tracks


@dataclass(frozen=True, slots=True)
class AnalyticsReport:
    """Activities ``computed``, ``failed``, and ``left`` in the queue."""

    computed: int = 0
    failed: int = 0
    left: int = 0


def run_queued(config: Config, *, stop: Callable[[], bool] = lambda: False) -> AnalyticsReport:
    """Analyze what is queued or missing in a profile, and draw the map; see :func:`update_analytics`."""
    if not config.database.exists():
        return AnalyticsReport()
    with open_database(config) as connection:
        return update_analytics(connection, with_map=True, stop=stop)


@contextmanager
def open_for_change(config: Config) -> Iterator[sqlite3.Connection]:
    """Open the profile's database for one transaction that changes activities; ranks, routes and analytics follow."""
    from runcoach.ingest.writer import update_rankings

    with open_database(config) as connection:
        with write_transaction(connection):
            yield connection
            update_rankings(connection)
            update_some_routes(connection)
        update_analytics(connection)


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether every activity is analyzed and has its load and route; False after a process that was killed."""
    return not (
        analytics.is_missing_any(connection) or analytics.count_open(connection) or analytics.count_missing(connection)
    ) and route_tracks.is_current(connection)


def update_analytics(
    connection: sqlite3.Connection,
    *,
    with_map: bool = False,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] | None = None,
    clock: Callable[[], float] = time.time,
) -> AnalyticsReport:
    """Analyze all activities that are queued or missing, newest first, until ``stop`` returns True, and update loads.

    Each activity is read, computed and stored in one transaction: a process may be killed at any point, and several
    may run at once. ``progress`` is called before each with (done, total). An activity that fails is retried later, as
    any job. ``with_map`` also draws the map of all runs. The caller holds no transaction.
    """
    if analytics.is_missing_any(connection):
        with write_transaction(connection):
            analytics.queue_missing(connection)
    computed = failed = 0
    total = None
    while not stop():
        with write_transaction(connection):
            job = jobs.claim(connection, JobKind.ANALYTICS, clock())
            if job is not None:
                if progress:
                    total = total or computed + failed + analytics.count_open(connection)
                    progress(computed + failed, total)
                if _run_job(connection, job, clock()):
                    computed += 1
                else:
                    failed += 1
        if job is None:
            update_routes(connection, with_map=with_map, stop=stop)
            break
    update_loads(connection)
    return AnalyticsReport(computed, failed, analytics.count_open(connection))


def _run_job(connection: sqlite3.Connection, job: sqlite3.Row, now: float) -> bool:
    """Analyze the activity of one job; False where that failed."""
    from runcoach.ingest.sample_figures import ANALYSIS_ERRORS, put_figures, sample_figures

    activity_id = int(json.loads(job["payload"])["activityId"])
    try:
        streams = activities.read_streams(connection, activity_id)
        if streams is None:
            analytics.remove(connection, activity_id)
            analytics.settle(connection, activity_id)
            return True
        sport = activities.read(connection, activity_id)["sport_type"]
        figures = sample_figures(streams, sport, analytics.lap_times(connection, activity_id))
        put_figures(connection, activity_id, figures)
    except (StoreError, *ANALYSIS_ERRORS) as error:  # of one damaged recording; the others are analyzed all the same
        jobs.failed(connection, job, str(error), now, random.random())  # noqa: S311
        return False
    return True
