"""The thread inside ``runcoach serve`` that does what is queued: fetches, syncs, thumbnails; when, is decided here.

How a sync goes is in ``sync``; the lock that it takes is the command line's too, so the two never work at once.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcoach.domain.statuses import JobKind
from runcoach.errors import RemoteError, RuncoachError, StoreError, SyncRunningError
from runcoach.services.sync.worker_status import WorkerStatus, keep, last_known, presence
from runcoach.store import jobs
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from filelock import BaseFileLock

    from runcoach.config import Config
    from runcoach.services.sync.sync import SyncReport

#: Where nothing is due it looks again after so long: another process may have queued something.
LOOK_EVERY_S = 60.0

#: Never again sooner than this, unless it is woken.
LEAST_S = 1.0

#: While a command syncs, it is tried again this often.
LOCKED_S = 2.0

#: The first pause after Strava could not be had; each further one is twice as long, up to the second number.
BACKOFF_S, LONGEST_BACKOFF_S = 5.0, 900.0

#: Whoever asks the server waits for the thread that works to let go of the interpreter, several times an answer.
YIELDS_EVERY_S = 0.0005

#: How long ``stop`` waits: longer than Strava may be silent.
STOP_WITHIN_S = 15.0


class _StoppedError(Exception):
    """Out of a pause, because the server ends; never leaves the worker."""


@dataclass(slots=True)
class _Hold:
    """What keeps the worker from asking Strava.

    A limit stands until it opens; a failure is tried again at ``retry_at``; what only a person can mend waits for the
    next event, wish or hour.
    """

    limited_until: float = 0.0
    retry_at: float = 0.0
    failures: int = 0
    needs_help: bool = False

    def failed(self, now: float) -> None:
        """Out of reach: later, and each time later still."""
        self.retry_at = now + min(BACKOFF_S * 2**self.failures, LONGEST_BACKOFF_S)
        self.failures += 1

    def lift(self) -> None:
        """Something has happened: what failed before may work now. A limit does not open for that."""
        self.retry_at, self.failures, self.needs_help = 0.0, 0, False

    @property
    def until(self) -> float:
        """When Strava may be asked again."""
        return max(self.limited_until, self.retry_at)


class Worker:
    """Works in a thread of its own from :meth:`start` to :meth:`stop`; every method may be called from any thread.

    ``sync_every_s`` None: a whole sync only when asked for. ``clock`` gives seconds since 1970.
    """

    def __init__(
        self, config: Config, *, sync_every_s: float | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._config = config
        self._every_s = sync_every_s
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._signal = threading.Event()
        self._turn = threading.Lock()
        self._asked: bool | None = None  # None: no sync is asked for; True: of the whole list
        self._has_news = False
        self._has_drawn = False
        self._hold = _Hold()
        self._presence: BaseFileLock | None = None
        self._state = WorkerStatus(is_running=False, doing="idle", since=clock(), pid=os.getpid())
        self._told = self._state

    def start(self) -> None:
        """Begin."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Something was queued: look at once."""
        with self._turn:
            self._has_news = True
        self._signal.set()

    def request_sync(self, *, full: bool = False) -> bool:
        """Ask for a sync; False where one is asked for, or under way, already. ``full``: read the whole list."""
        with self._turn:
            was_asked = self._asked is not None
            is_under_way = self._state.doing == "sync" and not full
            if not is_under_way:
                self._asked = full or bool(self._asked)
                self._has_news = True
        self._signal.set()
        return not was_asked and not is_under_way

    def stop(self) -> None:
        """End: what is on its way comes to its end or stays queued, nothing is half-written."""
        self._stopping.set()
        self._signal.set()
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)

    def state(self) -> WorkerStatus:
        """What it does now."""
        is_running = self._thread is not None and self._thread.is_alive()
        with self._turn:
            return replace(self._state, is_running=is_running)

    # The thread.

    def _run(self) -> None:
        before_s = sys.getswitchinterval()
        sys.setswitchinterval(YIELDS_EVERY_S)
        self._remember()
        try:
            while not self._stopping.is_set():
                self._signal.clear()
                self._rest(self._round())
        except _StoppedError:
            pass
        finally:
            sys.setswitchinterval(before_s)
            self._leave()

    def _remember(self) -> None:
        """When the last sync was, also by a command: a server that starts anew does not ask Strava anew."""
        known: list[float] = []
        try:
            with open_reader(self._config) as connection:
                before, clock = last_known(self._config, connection), sync_state.last_skew(connection)
                known = [at for at in (before and before.last_sync_at, clock and clock[1]) if at]
        except StoreError as problem:
            self._trouble(_said(problem))
        last_at = max(known, default=None)
        next_at = None
        if self._every_s is not None:
            next_at = self._clock() if last_at is None else last_at + self._every_s
        with self._turn:
            self._state = replace(self._state, is_running=True, last_sync_at=last_at, next_sync_at=next_at)

    def _round(self) -> float:
        """Do what is due; when to look again."""
        try:
            self._ask_strava()
            self._draw()
            return self._settle()
        except _StoppedError:
            raise
        except RuncoachError as problem:
            self._trouble(_said(problem))
        except Exception as bug:  # noqa: BLE001  (a fault in one round must not end all rounds; it is said, not hidden)
            self._trouble(f"something runcoach did not expect: {type(bug).__name__}")
        self._hold.failed(self._clock())
        self._tell("waiting", self._hold.retry_at)
        return self._hold.retry_at

    def _ask_strava(self) -> None:
        """A whole sync where one is due, else the queue where something in it is."""
        now = self._clock()
        with self._turn:
            has_news, self._has_news = self._has_news, False
            if has_news or self._is_time(now):
                self._hold.lift()
            if self._hold.needs_help or now < self._hold.until:
                return
            whole, self._asked = self._asked, None
            if self._is_time(now):
                whole = bool(whole)
                self._set_next(now)
        if whole is not None:
            self._sync("sync", full=whole)
        elif self._is_due(JobKind.FETCH, now):
            self._sync("fetch", full=False)

    def _sync(self, doing: str, *, full: bool) -> None:
        """One sync, or one draining of the queue; what went wrong is remembered, and what it means for the next."""
        from runcoach.services.sync.sync import SyncOptions, sync

        self._tell(doing)
        is_whole = doing == "sync"
        wishes = SyncOptions(full=full, queue_only=not is_whole)
        try:
            report = sync(self._config, wishes, clock=self._clock, sleep=self._sleep, stop=self._stopping.is_set)
        except SyncRunningError:
            self._hold.retry_at = self._clock() + LOCKED_S
            self._ask_again(full=full, when=is_whole)
        except (RemoteError, StoreError) as problem:
            self._hold.failed(self._clock())
            self._ask_again(full=full, when=is_whole)
            self._trouble(_said(problem))
        except RuncoachError as problem:
            self._hold.needs_help = True
            self._trouble(_said(problem))
        else:
            self._conclude(report, full=full, is_whole=is_whole)

    def _conclude(self, report: SyncReport, *, full: bool, is_whole: bool) -> None:
        self._hold.lift()
        if report.limit_until is not None:
            self._hold.limited_until = report.limit_until
        if is_whole and report.limit is not None and not report.listed:
            self._ask_again(full=full, when=True)
        elif is_whole and not self._stopping.is_set():
            with self._turn:
                now = self._clock()
                self._state = replace(self._state, last_sync_at=now)
                self._set_next(now)
        self._trouble(None)

    def _ask_again(self, *, full: bool, when: bool) -> None:
        if when:
            with self._turn:
                self._asked = full or bool(self._asked)

    def _set_next(self, now: float) -> None:
        if self._every_s is not None:
            self._state = replace(self._state, next_sync_at=now + self._every_s)

    def _draw(self) -> None:
        """Thumbnails, for as long as nothing else comes up.

        The first time whatever the queue says: drawings may be out of date since an upgrade or a changed setting.
        """
        if self._has_drawn and not self._is_due(JobKind.THUMBNAIL, self._clock()):
            return
        self._has_drawn = True
        from runcoach.services import thumbnails

        self._tell("thumbnails")
        thumbnails.draw_queued(self._config, stop=lambda: self._stopping.is_set() or self._signal.is_set())

    def _settle(self) -> float:
        """Nothing more to do now: what is waited for, and until when."""
        now = self._clock()
        fetch_at, drawing_at = self._next_due(JobKind.FETCH), self._next_due(JobKind.THUMBNAIL)
        with self._turn:
            sync_at = now if self._asked is not None else self._state.next_sync_at
        wanted = [at for at in (fetch_at, sync_at) if at is not None]
        strava_at = max(min(wanted), self._hold.until) if wanted and not self._hold.needs_help else sync_at
        is_held = bool(wanted) and min(wanted) <= now < self._hold.until
        self._tell("waiting" if is_held else "idle", self._hold.until if is_held else None)
        return min([now + LOOK_EVERY_S, *(at for at in (strava_at, drawing_at) if at is not None)])

    def _is_time(self, now: float) -> bool:
        at = self._state.next_sync_at
        return at is not None and at <= now

    def _is_due(self, kind: str, now: float) -> bool:
        due = self._next_due(kind)
        return due is not None and due <= now

    def _next_due(self, kind: str) -> float | None:
        """When the next job of a kind may run: at once where a process has died over one; None where none is open."""
        with open_reader(self._config) as connection:
            if jobs.is_running(connection, kind):
                return jobs.AT_ONCE
            return jobs.next_due(connection, kind, self._clock())

    # Waiting.

    def _rest(self, until: float) -> None:
        self._signal.wait(min(max(until - self._clock(), LEAST_S), LOOK_EVERY_S))

    def _sleep(self, seconds: float) -> None:
        """The pauses of a sync, which the end of the server ends too."""
        if self._stopping.wait(seconds):
            raise _StoppedError

    # Telling.

    def _trouble(self, said: str | None) -> None:
        """What keeps it from its work; None: nothing does any more."""
        with self._turn:
            self._state = replace(self._state, last_problem=said)

    def _tell(self, doing: str, waits_until: float | None = None) -> None:
        """Say what is done now, here and to other processes."""
        with self._turn:
            before = self._told
            since = self._state.since if doing == self._state.doing else self._clock()
            state = replace(self._state, doing=doing, since=since, waits_until=waits_until)
            self._state = self._told = state
        if state != before or self._presence is None:
            self._publish(state)

    def _publish(self, state: WorkerStatus) -> None:
        """Into the file, for ``runcoach status``; a file that is busy or broken is no reason not to work."""
        if not self._config.database.exists() or not self._is_present():
            return
        try:
            with open_database(self._config) as connection, write_transaction(connection):
                keep(connection, state)
        except StoreError:
            return

    def _is_present(self) -> bool:
        """Hold the lock that proves this worker; False where another one of this profile does, or it cannot be had."""
        from filelock import Timeout

        from runcoach.filesystem import make_private_folder

        if self._presence is None:
            lock = presence(self._config)
            try:
                make_private_folder(self._config.paths.state)
                lock.acquire()
            except (Timeout, OSError, NotImplementedError):
                return False
            self._presence = lock
        return True

    def _leave(self) -> None:
        with self._turn:
            self._state = replace(self._state, is_running=False, doing="idle", waits_until=None)
            state = self._state
        if self._presence is not None:
            self._publish(state)
            self._presence.release()


def _said(problem: RuncoachError) -> str:
    return f"{problem.message} ({problem.hint})" if problem.hint else problem.message
