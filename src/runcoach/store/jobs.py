"""The job queues: work that survives the process, one open fetch per activity, limited attempts with backoff.

A queue is named by the type of its jobs ("fetch", "thumbnail"); that of a remote source with a key by type and source
("fetch:garmin"), and the payloads of its jobs hold ``source`` and ``remoteId``. The caller holds the transaction.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from runcoach.domain.statuses import JobStatus
from runcoach.store import audit
from runcoach.store.sqlite.statements import count_rows, has_row, select, select_all, select_one, select_value

#: Attempts before a job becomes an error, with an audit row.
MAX_ATTEMPTS = 5

#: Delay before the second attempt; each further delay is twice as long.
FIRST_DELAY_S = 60

#: Upper bound of any delay: a job that seems to wait longer was scheduled by a wrong clock and is due.
MAX_DELAY_S = 2 * FIRST_DELAY_S * 2**MAX_ATTEMPTS

#: ``next_run_at`` of a job that can run at once; read as None.
AT_ONCE = 0

_COLUMNS = (
    *("id", "type", "payload", "strava_id", "reason", "status", "attempts"),
    *("nullif(next_run_at, 0) AS next_run_at [timestamp]", "last_error"),
    *("created_at [timestamp]", "updated_at [timestamp]"),
)

OPEN = "('queued', 'running', 'retry')"


def enqueue(connection: sqlite3.Connection, queue: str, payload: Mapping[str, Any], reason: str) -> bool:
    """Queue a job to run at once; False where the same fetch is open already."""
    now = int(time.time())
    cursor = connection.execute(
        "INSERT INTO job (type, payload, reason, status, next_run_at, created_at, updated_at)"
        " VALUES (?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT DO NOTHING",
        (queue.partition(":")[0], json.dumps(dict(payload)), reason, AT_ONCE, now, now),
    )
    return cursor.rowcount > 0


def queue_activities(
    connection: sqlite3.Connection, kind: str, condition: str, reason: str, activity_id: int | None = None
) -> int:
    """Queue a job of a kind for each activity that meets a condition, which may name ``:id``; how many are new."""
    sql = f"""
        INSERT INTO job (type, payload, reason, status, next_run_at, created_at, updated_at)
        SELECT :kind, json_object('activityId', id, 'startTime', start_time), :reason, 'queued', {AT_ONCE}, :now, :now
        FROM activity WHERE {condition}
        ON CONFLICT DO NOTHING
    """  # noqa: S608
    values = {"kind": kind, "reason": reason, "now": int(time.time()), "id": activity_id}
    return connection.execute(sql, values).rowcount


def has_no_job(kind: str) -> str:
    """The condition over ``activity`` that it has no open job of a kind, and none that failed for good."""
    job = f"FROM job WHERE type = '{kind}' AND status IN ('queued', 'running', 'retry', 'error')"
    queued = select(("json_extract(payload, '$.activityId')",), job)
    return f"id NOT IN ({queued})"


def add_failed(
    connection: sqlite3.Connection, queue: str, payload: Mapping[str, Any], reason: str, problem: str
) -> bool:
    """Add a job that has failed for good, with an audit row; False where the same one has failed or is open already."""
    is_known = has_row(
        connection,
        f"FROM job WHERE queue = ? AND strava_id = ? AND (status IN {OPEN}"
        " OR (status = 'error' AND json_extract(payload, '$.listHash') = ?))",
        (queue, payload["stravaId"], payload["listHash"]),
    )
    if is_known or not enqueue(connection, queue, payload, reason):
        return False
    (job_id,) = connection.execute("SELECT last_insert_rowid()").fetchone()
    _set(connection, job_id, JobStatus.ERROR, problem)
    audit.record(connection, "job", job_id, "error", problem, meta=dict(payload))
    return True


def claim(connection: sqlite3.Connection, queue: str, now: float) -> sqlite3.Row | None:
    """The next job that is due, newest activity first, now marked running."""
    row = select_one(
        connection,
        _COLUMNS,
        "FROM job WHERE queue = ? AND status IN ('queued', 'retry') AND next_run_at NOT BETWEEN ? + 1 AND ?"
        " ORDER BY start_time DESC, id LIMIT 1",
        (queue, int(now), int(now) + MAX_DELAY_S),
    )
    if row is not None:
        _set(connection, row["id"], JobStatus.RUNNING, None)
    return row


def done(connection: sqlite3.Connection, job_id: int) -> None:
    """Mark a job as done, in the transaction of its work."""
    _set(connection, job_id, JobStatus.DONE, None)


def finish(connection: sqlite3.Connection, job: sqlite3.Row) -> None:
    """Mark a claimed job as done; queue it again where its payload has changed since it was claimed."""
    connection.execute(
        "UPDATE job SET status = CASE WHEN payload = ? THEN 'done' ELSE 'queued' END, updated_at = ? WHERE id = ?",
        (job["payload"], int(time.time()), job["id"]),
    )


def requeue(connection: sqlite3.Connection, job_id: int) -> None:
    """Requeue a job without counting an attempt."""
    _set(connection, job_id, JobStatus.QUEUED, None)


def failed(connection: sqlite3.Connection, job: sqlite3.Row, problem: str, now: float, jitter: float) -> JobStatus:
    """Count a failed attempt and return the new status: retry, or error with an audit row after the last attempt.

    ``jitter`` (0 to 1) lengthens the delay by up to a tenth, so that retries do not all run at once.
    """
    attempts = job["attempts"] + 1
    status = JobStatus.ERROR if attempts >= MAX_ATTEMPTS else JobStatus.RETRY
    pause_s = FIRST_DELAY_S * 2 ** (attempts - 1) * (1 + jitter / 10)
    connection.execute(
        "UPDATE job SET status = ?, attempts = ?, next_run_at = ?, last_error = ?, updated_at = ? WHERE id = ?",
        (status, attempts, int(now + pause_s), problem, int(now), job["id"]),
    )
    if status is JobStatus.ERROR:
        message = f"{job['type']} given up after {attempts} attempts: {problem}"
        audit.record(connection, "job", job["id"], "error", message, meta=json.loads(job["payload"]))
    return status


def recover(connection: sqlite3.Connection, queue: str) -> int:
    """Requeue jobs that a dead process left running; only for the process that holds the lock of this queue."""
    return connection.execute(
        "UPDATE job SET status = 'queued', updated_at = ? WHERE queue = ? AND status = 'running'",
        (int(time.time()), queue),
    ).rowcount


def retry(connection: sqlite3.Connection, job_id: int | None) -> int:
    """Requeue one failed or waiting job, or all that were not cancelled (None); attempts start again. The count.

    A failed fetch is skipped where another fetch of the same activity is open.
    """
    now = int(time.time())
    return connection.execute(
        "UPDATE OR IGNORE job SET status = 'queued', attempts = 0, next_run_at = ?, updated_at = ?"
        " WHERE status IN ('retry', 'error') AND (id = ? OR (? IS NULL AND last_error IS NOT 'cancelled'))",
        (AT_ONCE, now, job_id, job_id),
    ).rowcount


def cancel(connection: sqlite3.Connection, job_id: int | None) -> int:
    """Cancel one open job that is not running, or all of them (None); the count. A sync may queue them again."""
    return connection.execute(
        "UPDATE job SET status = 'error', last_error = 'cancelled', updated_at = ?"
        " WHERE status IN ('queued', 'retry') AND (? IS NULL OR id = ?)",
        (int(time.time()), job_id, job_id),
    ).rowcount


def listed(connection: sqlite3.Connection, status: str | None, limit: int | None) -> list[sqlite3.Row]:
    """Jobs of one status or of all: open ones first (fetches first among them), then by last change."""
    return select_all(
        connection,
        _COLUMNS,
        "FROM job WHERE (:status IS NULL OR status = :status) ORDER BY"
        f" status IN {OPEN} DESC, status IN {OPEN} AND type != 'fetch', updated_at DESC, id DESC LIMIT :limit",
        {"status": status, "limit": -1 if limit is None else limit},
    )


def counts(connection: sqlite3.Connection, queue: str | None = None, *, kind: str | None = None) -> dict[str, int]:
    """Status → how many jobs, of one queue, or of a kind from all sources."""
    chosen = "FROM job WHERE (?1 IS NULL OR queue = ?1) AND (?2 IS NULL OR type = ?2) GROUP BY status"
    return dict(connection.execute(select(("status", "count(*)"), chosen), (queue, kind)))


def in_trouble(connection: sqlite3.Connection, queue: str) -> int:
    """The number of jobs that wait for another attempt or were given up, without those cancelled by the user."""
    return count_rows(
        connection,
        "FROM job WHERE queue = ? AND status IN ('retry', 'error') AND last_error IS NOT 'cancelled'",
        (queue,),
    )


def waiting(connection: sqlite3.Connection, queue: str) -> list[sqlite3.Row]:
    """Open jobs of a queue in the order in which they will be taken: strava_id and start_time."""
    return select_all(
        connection,
        ("strava_id", "start_time"),
        f"FROM job WHERE queue = ? AND status IN {OPEN} ORDER BY start_time DESC, id",
        (queue,),
    )


def count_waiting(connection: sqlite3.Connection, queue: str) -> int:
    """The number of queued jobs of a queue and of those that wait for another attempt."""
    found = counts(connection, queue)
    return found.get(JobStatus.QUEUED, 0) + found.get(JobStatus.RETRY, 0)


def given_up(connection: sqlite3.Connection, queue: str) -> int:
    """The number of jobs of a queue that failed permanently, without those cancelled by the user."""
    return count_rows(
        connection, "FROM job WHERE queue = ? AND status = 'error' AND last_error IS NOT 'cancelled'", (queue,)
    )


def next_due(connection: sqlite3.Connection, queue: str, now: float | None = None) -> int | None:
    """When the next open job of a queue may run (``now`` is this machine's time); None where none is open."""
    latest = int(time.time() if now is None else now) + MAX_DELAY_S
    due: int | None = select_value(
        connection,
        "min(iif(next_run_at > ?, 0, next_run_at))",
        "FROM job WHERE queue = ? AND status IN ('queued', 'retry')",
        (latest, queue),
    )
    return due


def is_running(connection: sqlite3.Connection, queue: str) -> bool:
    """Whether a process works on a job of a queue, or has died over it."""
    return has_row(connection, "FROM job WHERE status = 'running' AND queue = ?", (queue,))


def _set(connection: sqlite3.Connection, job_id: int, status: JobStatus, problem: str | None) -> None:
    connection.execute(
        "UPDATE job SET status = ?, last_error = coalesce(?, last_error), updated_at = ? WHERE id = ?",
        (status, problem, int(time.time()), job_id),
    )
