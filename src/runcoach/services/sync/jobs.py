"""The job queue as a person sees it: listed, tried again, given up; each decision leaves an audit row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from runcoach.errors import NotFoundError, UsageError
from runcoach.store import audit, jobs
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.config import Config

STATUSES = ("queued", "running", "done", "error", "retry")


def listed(connection: sqlite3.Connection, *, status: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Jobs, open ones first; UsageError for a status that does not exist."""
    if status is not None and status not in STATUSES:
        raise UsageError(f"no job can be {status!r}", hint=f"it can be {', '.join(STATUSES)}")
    rows = jobs.listed(connection, status, limit)
    return [{**dict(row), "payload": json.loads(row["payload"])} for row in rows]


def retry(config: Config, job_id: int | None) -> int:
    """Queue failed and waiting jobs again, all but cancelled ones if None; how many. NotFoundError for a wrong id."""
    return _decide(config, job_id, jobs.retry, "queued again")


def cancel(config: Config, job_id: int | None) -> int:
    """Give up open jobs, all if None; how many. NotFoundError for an id that is not open."""
    return _decide(config, job_id, jobs.cancel, "cancelled")


def _decide(config: Config, job_id: int | None, change: Callable[..., int], what: str) -> int:
    with open_database(config) as connection, write_transaction(connection):
        changed = change(connection, job_id)
        if job_id is not None and not changed:
            raise NotFoundError(f"job {job_id} is not there, or not in a state for that", hint="see `runcoach jobs`")
        if changed:
            subject = "all" if job_id is None else str(job_id)
            audit.record(connection, "job", job_id or 0, "update", f"{what} by hand: {subject}", meta={"jobs": changed})
        return changed
