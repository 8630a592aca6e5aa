"""The job queues: work that outlives the process, one open fetch an activity, capped attempts with backoff.

A queue is named by the type of its jobs ("fetch", "thumbnail"); that of a remote source with a key by type and source
("fetch:garmin"), and the payloads of its jobs hold ``source`` and ``remoteId``.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from runcoach.domain.statuses import JobStatus
from runcoach.store import audit
from runcoach.store.sqlite.statements import select

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

#: After so many attempts a job is an error, and says so in the audit trail.
MOST_ATTEMPTS = 5

#: The first pause between two attempts; each further one is twice as long.
FIRST_PAUSE_S = 60

#: No job waits longer: one that seems to was put off by a clock that was wrong, and is due.
LONGEST_PAUSE_S = 2 * FIRST_PAUSE_S * 2**MOST_ATTEMPTS

#: ``next_run_at`` of a job that waits for nothing; None where jobs are read.
AT_ONCE = 0

_COLUMNS = (
    *(
        "id",
        "type",
        "payload",
        "strava_id",
        "reason",
        "status",
        "attempts",
        "nullif(next_run_at, 0) AS next_run_at [timestamp]",
        "last_error",
    ),
    *("created_at [timestamp]", "updated_at [timestamp]"),
)

OPEN = "('queued', 'running', 'retry')"


def enqueue(connection: sqlite3.Connection, queue: str, payload: Mapping[str, Any], reason: str) -> bool:
    """Queue a job to run at once; False where the same fetch is open already. The caller holds the transaction."""
    now = int(time.time())
    cursor = connection.execute(
        "INSERT INTO job (type, payload, reason, status, next_run_at, created_at, updated_at)"
        " VALUES (?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT DO NOTHING",
        (queue.partition(":")[0], json.dumps(dict(payload)), reason, AT_ONCE, now, now),
    )
    return cursor.rowcount > 0


def claim(connection: sqlite3.Connection, queue: str, now: float) -> sqlite3.Row | None:
    """The next job that is due, newest activity first, now marked running; the caller holds the transaction."""
    row: sqlite3.Row | None = connection.execute(
        select(
            _COLUMNS,
            "FROM job WHERE queue = ? AND status IN ('queued', 'retry')"
            " AND next_run_at NOT BETWEEN ? + 1 AND ? ORDER BY start_time DESC, id LIMIT 1",
        ),
        (queue, int(now), int(now) + LONGEST_PAUSE_S),
    ).fetchone()
    if row is not None:
        _set(connection, row["id"], JobStatus.RUNNING, None)
    return row


def done(connection: sqlite3.Connection, job_id: int) -> None:
    """The work is done, in this very transaction."""
    _set(connection, job_id, JobStatus.DONE, None)


def finish(connection: sqlite3.Connection, job: sqlite3.Row) -> None:
    """As :func:`done`; but where news of the activity has come since the job was taken, it is queued once more."""
    connection.execute(
        "UPDATE job SET status = CASE WHEN payload = ? THEN 'done' ELSE 'queued' END, updated_at = ? WHERE id = ?",
        (job["payload"], int(time.time()), job["id"]),
    )


def requeue(connection: sqlite3.Connection, job_id: int) -> None:
    """Back into the queue with its attempts unchanged: it was not the job that failed."""
    _set(connection, job_id, JobStatus.QUEUED, None)


def failed(connection: sqlite3.Connection, job: sqlite3.Row, problem: str, now: float, jitter: float) -> JobStatus:
    """Count a failed attempt: retry later, or error with an audit row after the last; the new status.

    ``jitter`` from 0 to 1 spreads retries over a tenth of the pause, so that they do not come all at once.
    """
    attempts = job["attempts"] + 1
    status = JobStatus.ERROR if attempts >= MOST_ATTEMPTS else JobStatus.RETRY
    pause_s = FIRST_PAUSE_S * 2 ** (attempts - 1) * (1 + jitter / 10)
    connection.execute(
        "UPDATE job SET status = ?, attempts = ?, next_run_at = ?, last_error = ?, updated_at = ? WHERE id = ?",
        (status, attempts, int(now + pause_s), problem, int(now), job["id"]),
    )
    if status is JobStatus.ERROR:
        message = f"{job['type']} given up after {attempts} attempts: {problem}"
        audit.record(connection, "job", job["id"], "error", message, meta=json.loads(job["payload"]))
    return status


def recover(connection: sqlite3.Connection, queue: str) -> int:
    """Take jobs again that a dead process left running; only the process that holds the sync lock may say so."""
    cursor = connection.execute(
        "UPDATE job SET status = 'queued', updated_at = ? WHERE queue = ? AND status = 'running'",
        (int(time.time()), queue),
    )
    return cursor.rowcount


def retry(connection: sqlite3.Connection, job_id: int | None) -> int:
    """Queue failed and waiting jobs to run at once, all but cancelled ones if None, attempts forgotten; how many.

    A failed fetch for which another is open already is left alone: one is enough.
    """
    now = int(time.time())
    cursor = connection.execute(
        "UPDATE OR IGNORE job SET status = 'queued', attempts = 0, next_run_at = ?, updated_at = ?"
        " WHERE status IN ('retry', 'error') AND (id = ? OR (? IS NULL AND last_error IS NOT 'cancelled'))",
        (AT_ONCE, now, job_id, job_id),
    )
    return cursor.rowcount


def cancel(connection: sqlite3.Connection, job_id: int | None) -> int:
    """Give up open jobs that are not running, all of them if None; how many. They can be asked for again by a sync."""
    cursor = connection.execute(
        "UPDATE job SET status = 'error', last_error = 'cancelled', updated_at = ?"
        " WHERE status IN ('queued', 'retry') AND (? IS NULL OR id = ?)",
        (int(time.time()), job_id, job_id),
    )
    return cursor.rowcount


def listed(connection: sqlite3.Connection, status: str | None, limit: int) -> list[sqlite3.Row]:
    """Jobs, open ones first (pictures last among them), then the newest; of one status where it is named."""
    return connection.execute(
        select(
            _COLUMNS,
            "FROM job WHERE (:status IS NULL OR status = :status)"
            f" ORDER BY status IN {OPEN} DESC, status IN {OPEN} AND type = 'thumbnail', updated_at DESC, id DESC"
            " LIMIT :limit",
        ),
        {"status": status, "limit": limit},
    ).fetchall()


def counts(connection: sqlite3.Connection, queue: str | None = None) -> dict[str, int]:
    """Status → how many jobs, of one queue where it is named."""
    rows = connection.execute(
        "SELECT status, count(*) AS n FROM job WHERE (:queue IS NULL OR queue = :queue) GROUP BY status",
        {"queue": queue},
    )
    return {row["status"]: row["n"] for row in rows}


def in_trouble(connection: sqlite3.Connection, queue: str) -> int:
    """How many jobs wait for another try or were given up, but for those that a person cancelled."""
    row = connection.execute(
        "SELECT count(*) AS n FROM job WHERE queue = ? AND status IN ('retry', 'error')"
        " AND last_error IS NOT 'cancelled'",
        (queue,),
    ).fetchone()
    return int(row["n"])


def waiting(connection: sqlite3.Connection, queue: str) -> list[sqlite3.Row]:
    """Open jobs of a queue in the order in which they will be taken: strava_id and start_time."""
    return connection.execute(
        select(
            ("strava_id", "start_time"), f"FROM job WHERE queue = ? AND status IN {OPEN} ORDER BY start_time DESC, id"
        ),
        (queue,),
    ).fetchall()


def given_up(connection: sqlite3.Connection, queue: str) -> int:
    """How many jobs of a queue failed for good, but for those that a person cancelled."""
    row = connection.execute(
        "SELECT count(*) AS n FROM job WHERE queue = ? AND status = 'error' AND last_error IS NOT 'cancelled'", (queue,)
    ).fetchone()
    return int(row["n"])


def next_due(connection: sqlite3.Connection, queue: str, now: float | None = None) -> int | None:
    """When the next open job of a queue may run (``now`` is this machine's time); None where none is open."""
    row = connection.execute(
        "SELECT min(iif(next_run_at > ?, 0, next_run_at)) AS due FROM job"
        " WHERE queue = ? AND status IN ('queued', 'retry')",
        (int(time.time() if now is None else now) + LONGEST_PAUSE_S, queue),
    ).fetchone()
    return None if row["due"] is None else int(row["due"])


def is_running(connection: sqlite3.Connection, queue: str) -> bool:
    """Whether a process works on a job of a queue, or has died over it."""
    row = connection.execute("SELECT 1 FROM job WHERE status = 'running' AND queue = ? LIMIT 1", (queue,)).fetchone()
    return row is not None


def _set(connection: sqlite3.Connection, job_id: int, status: JobStatus, problem: str | None) -> None:
    connection.execute(
        "UPDATE job SET status = ?, last_error = coalesce(?, last_error), updated_at = ? WHERE id = ?",
        (status, problem, int(time.time()), job_id),
    )
