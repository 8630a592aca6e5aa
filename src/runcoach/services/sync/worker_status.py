"""The status of the worker in ``runcoach serve``, stored for other processes.

A worker runs if its lock is held. Its process id proves nothing, because ids are reused.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.domain.json_format import EpochSeconds
from runcoach.errors import StoreError
from runcoach.filesystem import make_private_folder
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    from filelock import BaseFileLock

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


class PublishedStatus:
    """The status of this process's worker, stored for other processes where it changes. Thread-safe."""

    def __init__(self, config: Config, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._mutex = threading.Lock()
        self._state = WorkerStatus(is_running=False, doing="idle", since=clock(), pid=os.getpid())
        self._published = self._state
        self._held: BaseFileLock | None = None

    @property
    def state(self) -> WorkerStatus:
        """The current status."""
        with self._mutex:
            return self._state

    def update(self, **changes: object) -> None:
        """Change fields for this process; other processes see them with the next :meth:`set_doing`."""
        with self._mutex:
            self._state = replace(self._state, **changes)  # type: ignore[arg-type]

    def set_doing(self, doing: str, waits_until: float | None = None) -> None:
        """Set what is being done, for this process and others."""
        with self._mutex:
            before = self._published
            since = self._state.since if doing == self._state.doing else self._clock()
            state = replace(self._state, doing=doing, since=since, waits_until=waits_until)
            self._state = self._published = state
        if state != before or self._held is None:
            self._publish(state)

    def end(self) -> None:
        """The worker has ended: say so, and release its lock."""
        self.update(is_running=False, doing="idle", waits_until=None)
        if self._held is not None:
            self._publish(self.state)
            self._held.release()

    def _publish(self, state: WorkerStatus) -> None:
        """Store the status; a busy or damaged database does not stop the worker."""
        if not self._config.database.exists() or not self._acquire():
            return
        with suppress(StoreError), open_database(self._config) as connection, write_transaction(connection):
            sync_state.put_json(connection, _KEY, asdict(state))

    def _acquire(self) -> bool:
        """Hold the lock that shows a worker runs; False where another worker holds it or it cannot be taken."""
        from filelock import Timeout

        if self._held is None:
            lock = worker_lock(self._config)
            try:
                make_private_folder(self._config.paths.state)
                lock.acquire()
            except (Timeout, OSError, NotImplementedError):
                return False
            self._held = lock
        return True


def last_known(config: Config, connection: sqlite3.Connection) -> WorkerStatus | None:
    """The status of the last worker; ``is_running`` is False where it has ended or died. None: there was none."""
    stored = sync_state.get_json(connection, _KEY)
    if stored is None:
        return None
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
