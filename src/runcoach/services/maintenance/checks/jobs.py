"""Checks of the queue and of imports: failed jobs, jobs of processes that died, interrupted imports."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from runcoach.config import Config
from runcoach.domain.statuses import JobKind, JobStatus
from runcoach.errors import SyncRunningError
from runcoach.ingest.writer import update_rankings
from runcoach.services.auth.remote_sources import key_source
from runcoach.services.locks import sync_lock
from runcoach.services.maintenance.checks.findings import CheckResult, note, ok, problem
from runcoach.services.scheduling.installation import schedule_status
from runcoach.services.sync.remote.listing import queue_of
from runcoach.store import import_batches, jobs
from runcoach.store.remote import connections
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database


def check_queue(config: Config, connection: sqlite3.Connection) -> Iterator[CheckResult]:
    """Waiting jobs, failed jobs, and jobs still marked running although no process runs them."""
    labels: dict[str, str] = {
        JobKind.FETCH: "activities to fetch",
        JobKind.THUMBNAIL: "thumbnails to draw",
        JobKind.ANALYTICS: "runs to analyze",
    }
    for each in connections.listed(connection):
        labels[queue_of(each.source)] = f"activities to fetch from {key_source(each.source).title}"
    waiting = {queue: jobs.count_waiting(connection, queue) for queue in labels}
    message = ", ".join(f"{number} {labels[queue]}" for queue, number in waiting.items() if number)
    yield ok("queue", f"waiting: {message}" if message else "nothing waits")
    failed = sum(jobs.given_up(connection, queue) for queue in labels)
    if failed:
        were = "job was" if failed == 1 else "jobs were"
        message = f"{failed} {were} given up; `runcoach jobs --status error` says why"
        yield problem("failed jobs", message, "runcoach jobs retry")
    running = sum(jobs.counts(connection, queue).get(JobStatus.RUNNING, 0) for queue in labels)
    if running and _is_idle(config):
        message = f"{running} jobs were left running by a process that died; the next sync takes them again"
        yield note("queue", message, repair=lambda: _requeue(config, list(labels)))


def check_schedule(config: Config, connection: sqlite3.Connection) -> CheckResult:
    """Whether the installed schedule is still there, and how its last run ended."""
    status = schedule_status(config, connection)
    if status.every is None:
        return ok("schedule", "none is installed")
    name = f"every {status.every} ({status.scheduler})"
    if status.place is None:
        return problem("schedule", f"{name} is no longer there", f"runcoach schedule install --every {status.every}")
    if status.last_run_at is None:
        return ok("schedule", f"{name}, not run yet")
    when = f"{datetime.fromtimestamp(status.last_run_at).astimezone():%Y-%m-%d %H:%M %Z}"
    if status.message is not None:
        return note("schedule", f"{name}, last run {when}: {status.message}", "runcoach sync")
    return ok("schedule", f"{name}, last run {when}")


def check_imports(config: Config, connection: sqlite3.Connection) -> CheckResult:
    """Whether every import was finished."""
    unfinished = import_batches.unfinished(connection)
    if not unfinished:
        return ok("imports", "every import was finished")
    ids = ", ".join(str(number) for number in unfinished)
    message = f"import {ids} was interrupted, or is under way; what it stored is complete"
    return note("imports", message, "run the same import again", repair=lambda: _close_batches(config))


def _is_idle(config: Config) -> bool:
    try:
        with sync_lock(config):
            return True
    except SyncRunningError:
        return False


def _requeue(config: Config, queues: list[str]) -> str:
    with sync_lock(config), open_database(config) as connection, write_transaction(connection):
        return f"{sum(jobs.recover(connection, queue) for queue in queues)} queued again"


def _close_batches(config: Config) -> str:
    with open_database(config) as connection, write_transaction(connection):
        closed = import_batches.close_interrupted(connection, except_for=None)
        update_rankings(connection)
    return f"{closed} closed and ranked; run the same import again for the rest"
