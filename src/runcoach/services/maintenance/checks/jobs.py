"""The work under way and left over: the queue, what failed in it, imports that did not come to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.errors import SyncRunningError
from runcoach.ingest.writer import update_rankings
from runcoach.services.locks import sync_lock
from runcoach.services.maintenance.checks.findings import fine, note, problem
from runcoach.store import import_batches, jobs
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from runcoach.config import Config
    from runcoach.services.maintenance.checks.findings import Observation

_WORDS = {"fetch": "activities to fetch", "thumbnail": "pictures to draw", "analytics": "runs to compute"}


def look_at_queue(config: Config, connection: sqlite3.Connection) -> Iterator[Observation]:
    """What waits, what was given up, and what a process that died has left in its hands."""
    counts = {kind: jobs.counts(connection, kind) for kind in _WORDS}
    waiting = {kind: sum(found.get(status, 0) for status in ("queued", "retry")) for kind, found in counts.items()}
    said = ", ".join(f"{number} {_WORDS[kind]}" for kind, number in waiting.items() if number)
    yield fine("queue", f"waiting: {said}" if said else "nothing waits")
    failed = sum(jobs.given_up(connection, kind) for kind in _WORDS)
    if failed:
        said = f"{failed} {'job was' if failed == 1 else 'jobs were'} given up; `runcoach jobs --status error` says why"
        yield problem("failed jobs", said, "runcoach jobs retry")
    running = {kind: found["running"] for kind, found in counts.items() if found.get("running")}
    if running and _nobody_works(config):
        said = f"{sum(running.values())} jobs were left running by a process that died; the next sync takes them again"
        yield note("queue", said, mend=lambda: _recover(config, list(running)))


def look_at_imports(config: Config, connection: sqlite3.Connection) -> Observation:
    """Whether every import has come to its end."""
    numbers = import_batches.unfinished(connection)
    if not numbers:
        return fine("imports", "every import has come to its end")
    named = ", ".join(str(number) for number in numbers)
    said = f"import {named} was interrupted, or is under way; what it brought is whole"
    return note("imports", said, "run the same import again", mend=lambda: _close_imports(config))


def _nobody_works(config: Config) -> bool:
    try:
        with sync_lock(config):
            return True
    except SyncRunningError:
        return False


def _recover(config: Config, kinds: list[str]) -> str:
    with sync_lock(config), open_database(config) as connection, write_transaction(connection):
        return f"{sum(jobs.recover(connection, kind) for kind in kinds)} queued again"


def _close_imports(config: Config) -> str:
    with open_database(config) as connection, write_transaction(connection):
        closed = import_batches.close_interrupted(connection, except_for=None)
        update_rankings(connection)
    return f"{closed} closed and ranked; run the same import again for the rest"
