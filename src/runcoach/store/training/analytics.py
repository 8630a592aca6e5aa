"""Stored analytics of activities and the jobs that compute them; the caller holds the transaction of every change.

Writing the samples of an activity removes its row and queues a job (:func:`outdated`). Activities without a row of the
current version, as in files of earlier versions, are queued by :func:`queue_missing`.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from runcoach.domain.training.activity_analytics import ANALYTICS_VERSION, ActivityAnalytics, HeartRateFault
from runcoach.store.sqlite.statements import RUNNING_SPORTS, insert

if TYPE_CHECKING:
    import sqlite3

_QUEUE = """
INSERT INTO job (type, payload, reason, status, next_run_at, created_at, updated_at)
SELECT 'analytics', json_object('activityId', id, 'startTime', start_time), :reason, 'queued', 0, :now, :now
FROM activity WHERE {which}
ON CONFLICT DO NOTHING
"""

# Activities with samples and without a row of the current version.
_MISSING = f"""
deleted_at IS NULL
AND EXISTS (SELECT 1 FROM activity_stream AS s WHERE s.activity_id = activity.id)
AND NOT EXISTS (SELECT 1 FROM activity_analytics AS x WHERE x.activity_id = activity.id
    AND x.version = {ANALYTICS_VERSION})
"""  # noqa: S608

# … that have no open job either, and none that failed for good.
_NOT_QUEUED = f"""{_MISSING}
AND id NOT IN (SELECT json_extract(payload, '$.activityId') FROM job
    WHERE type = 'analytics' AND status IN ('queued', 'running', 'retry', 'error'))
"""  # noqa: S608

_SCALARS = ("moving_s", "max_heart_rate_bpm", "threshold_heart_rate_bpm")
_PUT = insert(
    "activity_analytics",
    ("activity_id", "version", "heart_rate_ms", "heart_rate_faults", *_SCALARS, "computed_at"),
    or_replace=True,
)


def outdated(connection: sqlite3.Connection, activity_id: int, reason: str) -> None:
    """Remove an activity's outdated figures and queue a job that computes new ones."""
    for table in ("activity_analytics", "training_load"):
        connection.execute(f"DELETE FROM {table} WHERE activity_id = ?", (activity_id,))  # noqa: S608
    connection.execute(_QUEUE.format(which="id = :id"), {"id": activity_id, "reason": reason, "now": int(time.time())})


def queue_missing(connection: sqlite3.Connection) -> int:
    """Queue activities with samples that have neither current figures nor a job; their number."""
    return connection.execute(_QUEUE.format(which=_NOT_QUEUED), {"reason": "manual", "now": int(time.time())}).rowcount


def is_missing_any(connection: sqlite3.Connection) -> bool:
    """Whether :func:`queue_missing` would queue anything."""
    return connection.execute(f"SELECT 1 FROM activity WHERE {_NOT_QUEUED} LIMIT 1").fetchone() is not None  # noqa: S608


def count_missing(connection: sqlite3.Connection) -> int:
    """The number of runs with samples whose current figures have not been computed yet."""
    row = connection.execute(
        f"SELECT count(*) AS n FROM activity WHERE sport_type IN {RUNNING_SPORTS} AND {_MISSING}"  # noqa: S608
    ).fetchone()
    return int(row["n"])


def put(connection: sqlite3.Connection, activity_id: int, figures: ActivityAnalytics) -> None:
    """Store the figures of an activity; its load is due again."""
    connection.execute("DELETE FROM training_load WHERE activity_id = ?", (activity_id,))
    connection.execute(
        _PUT,
        (
            activity_id,
            ANALYTICS_VERSION,
            json.dumps(figures.heart_rate_ms, separators=(",", ":")),
            json.dumps([asdict(fault) for fault in figures.heart_rate_faults], separators=(",", ":")),
            *(getattr(figures, name) for name in _SCALARS),
            int(time.time()),
        ),
    )


def read(connection: sqlite3.Connection, activity_id: int) -> ActivityAnalytics | None:
    """The current figures of an activity; None where they are not computed yet."""
    row = connection.execute(
        "SELECT * FROM activity_analytics WHERE activity_id = ? AND version = ?", (activity_id, ANALYTICS_VERSION)
    ).fetchone()
    if row is None:
        return None
    return ActivityAnalytics(
        heart_rate_ms={int(bpm): int(ms) for bpm, ms in json.loads(row["heart_rate_ms"]).items()},
        heart_rate_faults=tuple(HeartRateFault(**fault) for fault in json.loads(row["heart_rate_faults"])),
        **{name: row[name] for name in _SCALARS},
    )


def remove(connection: sqlite3.Connection, activity_id: int) -> None:
    """Delete the figures of an activity without samples."""
    connection.execute("DELETE FROM activity_analytics WHERE activity_id = ?", (activity_id,))


def settle(connection: sqlite3.Connection, activity_id: int) -> None:
    """Delete the open job of an activity: its row in ``activity_analytics`` is the result."""
    connection.execute(
        "DELETE FROM job WHERE type = 'analytics' AND status IN ('queued', 'running', 'retry')"
        " AND json_extract(payload, '$.activityId') = ?",
        (activity_id,),
    )
