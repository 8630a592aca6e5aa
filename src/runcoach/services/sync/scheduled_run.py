"""One run of the schedule: sync when that is due, and report only what needs the user, once a day."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from runcoach.config import Config
from runcoach.errors import ExitCode, RemoteUnavailableError, RuncoachError, SyncRunningError
from runcoach.services.scheduling.installation import note_run
from runcoach.services.scheduling.schedule import global_options
from runcoach.services.sync.all_sources import SourceResult, exit_code_of, sync_all
from runcoach.services.sync.last_sync import last_syncs
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

#: A message of the same kind is repeated after this time, and an unreachable source is reported after it.
_DAY_S = 86_400

#: How much earlier than its interval a run may be: schedulers spread their starts.
_EARLY_S = 150.0

_REPORTED = "schedule_reported"


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """The exit code of a run, and the message to print; None where there is nothing to report."""

    exit_code: ExitCode
    message: str | None = None
    was_due: bool = True


def run_schedule(
    config: Config,
    every_s: float,
    *,
    clock: Callable[[], float] = time.time,
    sync: Callable[..., tuple[SourceResult, ...]] = sync_all,
) -> ScheduledRun:
    """Sync all sources if the last attempt is ``every_s`` old; the message names what the user has to do."""
    now = clock()
    with open_database(config) as connection:
        if not _is_due(connection, now, every_s):
            return ScheduledRun(ExitCode.OK, was_due=False)
    exit_code, problem = _sync(config, sync)
    with open_database(config) as connection, write_transaction(connection):
        note_run(connection, now, exit_code, problem)
        message = _report(connection, now, exit_code, problem)
    options = " ".join(global_options(config))
    if message is not None and options:  # the commands that it names need this home and profile
        message = message.replace("`runcoach ", f"`runcoach {options} ")
    return ScheduledRun(exit_code, message)


def _sync(config: Config, sync: Callable[..., tuple[SourceResult, ...]]) -> tuple[ExitCode, str | None]:
    """The exit code, and why something is wrong; None where nothing is."""
    try:
        results = sync(config, SyncOptions())
    except SyncRunningError as running:
        return running.exit_code, None
    except RuncoachError as error:
        return error.exit_code, _text(error)
    for result in results:
        if result.error is not None:
            return exit_code_of(results), f"{result.source}: {_text(result.error)}"
    failed = sum(result.report.open_trouble for result in results if result.report is not None)
    problem = f"{failed} activities could not be fetched (see `runcoach jobs`)" if failed else None
    withheld = sum(result.report.withheld for result in results if result.report is not None)
    if withheld:
        problem = (
            f"{withheld} activities are missing from the list; nothing was deleted"
            " (if you deleted them: `runcoach sync --full --accept-deletions`)"
        )
    return exit_code_of(results), problem


def _is_due(connection: sqlite3.Connection, now: float, every_s: float) -> bool:
    tried = [entry.tried_at for entry in last_syncs(connection) if entry.tried_at is not None]
    # A time in the future was stored while the clock was wrong.
    return all(not 0 <= now - at < every_s - min(_EARLY_S, every_s / 2) for at in tried)


def _report(connection: sqlite3.Connection, now: float, exit_code: ExitCode, problem: str | None) -> str | None:
    """The message to print now. A success makes the next problem news again."""
    reported: dict[str, float] = sync_state.get_json(connection, _REPORTED) or {}
    if exit_code is ExitCode.OK and problem is None:
        if reported:
            sync_state.put(connection, _REPORTED, None)
        return None
    succeeded = [entry.succeeded_at for entry in last_syncs(connection) if entry.succeeded_at is not None]
    may_pass = exit_code is ExitCode.FAILED and any(now - at < _DAY_S for at in succeeded)
    if problem is None or may_pass:  # a limit or another sync, or a failure of today
        return None
    kind = str(int(exit_code))
    if 0 <= now - reported.get(kind, -_DAY_S) < _DAY_S:
        return None
    sync_state.put_json(connection, _REPORTED, reported | {kind: now})
    return problem


def _text(error: RuncoachError) -> str:
    hint = f" ({error.hint})" if error.hint and not isinstance(error, RemoteUnavailableError) else ""
    return f"{error.message}{hint}"
