"""What the worker inside ``runcoach serve`` does at the moment, kept so that another process can tell; it does nothing.

That a worker runs is proven by the lock it holds, never by the number of its process: those are given out again.
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
    """``doing`` is idle, sync, fetch, thumbnails or waiting, ``since`` when; all times in seconds since 1970.

    ``last_problem`` is what keeps it from its work, None where nothing does; ``waits_until`` is when it tries again.
    """

    is_running: bool
    doing: str
    since: EpochSeconds
    last_sync_at: EpochSeconds | None = None
    next_sync_at: EpochSeconds | None = None
    waits_until: EpochSeconds | None = None
    last_problem: str | None = None
    pid: int | None = None


def presence(config: Config) -> BaseFileLock:
    """The lock that a worker of this profile holds for as long as it lives."""
    from filelock import FileLock

    return FileLock(config.paths.state / f"{config.profile}.worker.lock", timeout=0, mode=0o600, thread_local=False)


def keep(connection: sqlite3.Connection, state: WorkerStatus) -> None:
    """Let others know; the caller holds the transaction and the lock."""
    sync_state.put(connection, _KEY, json.dumps(asdict(state)))


def last_known(config: Config, connection: sqlite3.Connection) -> WorkerStatus | None:
    """What the last worker said; ``is_running`` False where it has ended since, with or without a word. None: never."""
    text = sync_state.get(connection, _KEY)
    if text is None:
        return None
    told = json.loads(text)
    known = WorkerStatus(**{field.name: told[field.name] for field in fields(WorkerStatus)})
    return replace(known, is_running=known.is_running and _is_held(config))


def _is_held(config: Config) -> bool:
    from filelock import Timeout

    if not config.paths.state.is_dir():  # which taking the lock would make, and a question makes nothing
        return False
    try:
        with presence(config):
            return False
    except Timeout:
        return True
    except (OSError, NotImplementedError):  # where no lock can be had, none is held
        return False
