"""The state of a profile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity
from runcoach.services.queries.status import status
from runcoach.store import jobs


def test_the_overview_counts_all_running_sports(
    config: Config,
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
) -> None:
    for sport in ("Run", "TrailRun", "VirtualRun", "Ride", "Walk"):
        keep(connection, whole(sport_type=sport))
    counts = status(connection, config).counts
    assert (counts["activities"], counts["runs"]) == (5, 3)


def test_the_queue_counts_the_fetches_of_all_sources(config: Config, connection: sqlite3.Connection) -> None:
    jobs.enqueue(connection, "fetch", {"stravaId": 1, "startTime": 1}, "sync")
    jobs.enqueue(connection, "fetch", {"source": "garmin", "remoteId": "1", "startTime": 1}, "sync")
    jobs.enqueue(connection, "thumbnail", {"activityId": 1, "startTime": 1}, "sync")
    assert status(connection, config).jobs == {"queued": 2}
