"""The status of the worker in ``runcoach serve``, stored for other processes.

A worker runs if its lock is held. Its process id proves nothing, because ids are reused.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

from runcoach.store.remote import sync_state

if TYPE_CHECKING:
    import sqlite3

    from filelock import BaseFileLock

    from runcoach.config import Config
    from runcoach.domain.json_format import EpochSeconds

_KEY = "worker"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """``doing`` is idle, sync, fetch, thumbnails, analytics or waiting, ``since`` when; times in seconds since 1970.

    ``last_problem`` is the error that stops it, if any; ``waits_until`` is the time of its next attempt.
    """

    is_running: bool
    doing: str
    since: EpochSeconds
    last_sync_at: EpochSeconds | None = None
    next_sync_at: EpochSeconds | None = None
    waits_until: EpochSeconds | None = None
    last_problem: str | None = None
    pid: int | None = None


def worker_lock(config: Config) -> BaseFileLock:
    """The lock that a running worker of this profile holds."""
    from filelock import FileLock

    return FileLock(config.paths.state / f"{config.profile}.worker.lock", timeout=0, mode=0o600, thread_local=False)


def store_status(connection: sqlite3.Connection, state: WorkerStatus) -> None:
    """Store the status; the caller holds the transaction and the worker lock."""
    sync_state.put(connection, _KEY, json.dumps(asdict(state)))


def last_known(config: Config, connection: sqlite3.Connection) -> WorkerStatus | None:
    """The status of the last worker; ``is_running`` is False where it has ended or died. None: there was none."""
    text = sync_state.get(connection, _KEY)
    if text is None:
        return None
    stored = json.loads(text)
    known = WorkerStatus(**{field.name: stored[field.name] for field in fields(WorkerStatus)})
    return replace(known, is_running=known.is_running and _is_held(config))


def _is_held(config: Config) -> bool:
    from filelock import Timeout

    if not config.paths.state.is_dir():  # taking the lock would create it
        return False
    try:
        with worker_lock(config):
            return False
    except Timeout:
        return True
    except (OSError, NotImplementedError):  # no lock can be taken there, so none is held
        return False
