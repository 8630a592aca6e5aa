"""List, retry and cancel jobs; retries and cancellations are audited."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from runcoach.config import Config
from runcoach.domain.statuses import JobStatus
from runcoach.errors import NotFoundError, UsageError
from runcoach.store import audit, jobs
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database


def listed(
    connection: sqlite3.Connection, *, status: str | None = None, limit: int | None = 20
) -> list[dict[str, Any]]:
    """Jobs as rows, open ones first; UsageError for an unknown status."""
    if status is not None and status not in set(JobStatus):
        raise UsageError(f"{status!r} is not a job status", hint=f"use {', '.join(JobStatus)}")
    rows = jobs.listed(connection, status, limit)
    return [{**dict(row), "payload": json.loads(row["payload"])} for row in rows]


def retry(config: Config, job_id: int | None) -> int:
    """Queue failed and waiting jobs again, all except cancelled ones if None; returns how many.

    NotFoundError for an id that is unknown or not in such a state.
    """
    return _change(config, job_id, jobs.retry, "queued again")


def cancel(config: Config, job_id: int | None) -> int:
    """Cancel open jobs, all if None; returns how many. NotFoundError for an id that is not open."""
    return _change(config, job_id, jobs.cancel, "cancelled")


def _change(config: Config, job_id: int | None, change: Callable[..., int], action: str) -> int:
    with open_database(config) as connection, write_transaction(connection):
        changed = change(connection, job_id)
        if job_id is not None and not changed:
            raise NotFoundError(
                f"job {job_id} does not exist, or its status does not allow this", hint="see `runcoach jobs`"
            )
        if changed:
            subject = "all" if job_id is None else str(job_id)
            audit.record(
                connection, "job", job_id or 0, "update", f"{action} by hand: {subject}", meta={"jobs": changed}
            )
        return changed
