"""The background thread of ``runcoach serve``: decides when to sync, fetch and draw thumbnails.

It takes the same lock as the commands do, so that only one of them syncs a profile.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from runcoach.config import Config
from runcoach.domain.statuses import JobKind
from runcoach.errors import RemoteError, RuncoachError, StoreError, SyncRunningError, unexpected
from runcoach.services.sync import missing_streams
from runcoach.services.sync.backoff import Backoff
from runcoach.services.sync.last_sync import STRAVA, last_success
from runcoach.services.sync.worker_status import PublishedStatus, WorkerStatus
from runcoach.store import jobs
from runcoach.store.sqlite.database import open_reader

#: How often the queue is checked when nothing is due: another process may have queued something.
POLL_EVERY_S = 60.0

#: The shortest pause between two rounds, unless it is woken.
MIN_PAUSE_S = 1.0

#: The pause while another process holds the sync lock.
LOCKED_PAUSE_S = 2.0

#: Python's thread switch interval while the worker runs: a response waits for it several times.
SWITCH_INTERVAL_S = 0.0005

#: How long ``stop`` waits for the thread: longer than a request's time-out.
STOP_TIMEOUT_S = 15.0


class _StoppedError(Exception):
    """Ends a pause when the server stops; never leaves the worker."""


class Worker:
    """A background thread from :meth:`start` to :meth:`stop`; all methods are thread-safe.

    ``sync_every_s`` None: a full round of sync only on request. ``clock`` gives seconds since 1970.
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
        self._lock = threading.Lock()
        self._requested: bool | None = None  # None: no sync is requested; True: with the full list
        self._was_woken = False
        self._worked_off: set[JobKind] = set()
        self._backoff = Backoff()
        self._status = PublishedStatus(config, clock)

    def start(self) -> None:
        """Start the thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Check the queue at once."""
        with self._lock:
            self._was_woken = True
        self._signal.set()

    def request_sync(self, *, full: bool = False) -> bool:
        """Request a sync; False where one is requested or running already. ``full``: read the full list."""
        with self._lock:
            was_requested = self._requested is not None
            is_running = self._status.state.doing == "sync" and not full
            if not is_running:
                self._requested = full or bool(self._requested)
                self._was_woken = True
        self._signal.set()
        return not was_requested and not is_running

    def stop(self) -> None:
        """Stop the thread: requests in flight are finished or stay queued."""
        self._stopping.set()
        self._signal.set()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_S)

    def state(self) -> WorkerStatus:
        """The current status."""
        is_running = self._thread is not None and self._thread.is_alive()
        return replace(self._status.state, is_running=is_running)

    def _run(self) -> None:
        before_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._load_last_sync()
        try:
            with suppress(_StoppedError):
                while not self._stopping.is_set():
                    self._signal.clear()
                    until = self._run_round()
                    self._signal.wait(min(max(until - self._clock(), MIN_PAUSE_S), POLL_EVERY_S))
        finally:
            sys.setswitchinterval(before_s)
            self._status.end()

    def _load_last_sync(self) -> None:
        """Read when the last sync was, also by a command: a restarted server does not sync again at once."""
        last_at: float | None = None
        try:
            with open_reader(self._config) as connection:
                last_at = last_success(connection, self._clock())
        except StoreError as problem:
            self._status.update(last_problem=problem.with_hint)
        next_at = None
        if self._every_s is not None:
            next_at = self._clock() if last_at is None else last_at + self._every_s
        self._status.update(is_running=True, last_sync_at=last_at, next_sync_at=next_at)

    def _run_round(self) -> float:
        """Do what is due; returns the time of the next round."""
        from runcoach.services.analytics.jobs import run_queued
        from runcoach.services.thumbnails import draw_queued

        try:
            self._sync_if_due()
            self._work_off(JobKind.THUMBNAIL, "thumbnails", draw_queued)
            self._work_off(JobKind.ANALYTICS, "analytics", run_queued)
            return self._next_round_at()
        except _StoppedError:
            raise
        except RuncoachError as problem:
            self._status.update(last_problem=problem.with_hint)
        except Exception as bug:  # noqa: BLE001  (an error in one round must not end the worker; it is shown in the status)
            self._status.update(last_problem=unexpected(bug))
        self._backoff.failed(self._clock())
        self._status.set_doing("waiting", self._backoff.retry_at)
        return self._backoff.retry_at

    def _sync_if_due(self) -> None:
        """Sync if that is due or requested, else fetch what is queued."""
        now = self._clock()
        self._backoff.drop_future(now)
        with self._lock:
            has_news, self._was_woken = self._was_woken, False
            if has_news or self._is_time(now):
                self._backoff.clear()
            if self._backoff.needs_help or now < self._backoff.until:
                return
            whole, self._requested = self._requested, None
            if self._is_time(now):
                whole = bool(whole)
                self._set_next(now)
        if whole is not None:
            self._sync("sync", full=whole)
        elif self._is_due(JobKind.FETCH, now):
            self._sync("fetch", full=False)

    def _sync(self, doing: str, *, full: bool) -> None:
        """Run one sync of every connected source, or Strava's queue alone; an error decides when to try again."""
        from runcoach.services.sync.all_sources import sources_to_sync, sync_key_sources
        from runcoach.services.sync.sync import sync
        from runcoach.services.sync.sync_types import SyncOptions

        self._status.set_doing(doing)
        is_whole = doing == "sync"
        options = SyncOptions(full=full, queue_only=not is_whole)
        sources = sources_to_sync(self._config, None)
        how: dict[str, Any] = {"clock": self._clock, "sleep": self._sleep, "stop": self._stopping.is_set}
        key_problem = sync_key_sources(self._config, sources, options, **how) if is_whole else None
        if STRAVA not in sources:
            self._finish_sync()
            self._status.update(last_problem=key_problem)
            return
        again = True
        try:
            report = sync(self._config, options, **how)
        except SyncRunningError:
            self._backoff.retry_at = self._clock() + LOCKED_PAUSE_S
        except (RemoteError, StoreError) as problem:
            self._backoff.failed(self._clock())
            self._status.update(last_problem=problem.with_hint)
        except RuncoachError as problem:
            self._backoff.needs_help, again = True, False
            self._status.update(last_problem=problem.with_hint)
        else:
            self._backoff.clear()
            if report.limit_until is not None:
                self._backoff.limited_until = report.limit_until
            again = not report.list_read
            if is_whole and report.list_read and not self._stopping.is_set():
                self._finish_sync()
            self._status.update(last_problem=key_problem)
        if is_whole and again:
            with self._lock:
                self._requested = full or bool(self._requested)

    def _finish_sync(self) -> None:
        """Note that a sync has succeeded now."""
        now = self._clock()
        self._status.update(last_sync_at=now)
        self._set_next(now)

    def _set_next(self, now: float) -> None:
        if self._every_s is not None:
            self._status.update(next_sync_at=now + self._every_s)

    def _work_off(self, kind: JobKind, doing: str, run: Callable[..., object]) -> None:
        """Run the jobs of a kind until something else is due.

        The first time without regard to the queue: an upgrade or a changed setting makes results out of date.
        """
        if kind in self._worked_off and not self._is_due(kind, self._clock()):
            return
        self._worked_off.add(kind)
        self._status.set_doing(doing)
        run(self._config, stop=lambda: self._stopping.is_set() or self._signal.is_set())

    def _next_round_at(self) -> float:
        """Publish what is waited for; returns the time of the next round."""
        now = self._clock()
        fetch_at = self._next_due(JobKind.FETCH)
        drawing_at, analysis_at = self._next_due(JobKind.THUMBNAIL), self._next_due(JobKind.ANALYTICS)
        with self._lock:
            sync_at = now if self._requested is not None else self._status.state.next_sync_at
        due = [at for at in (fetch_at, sync_at) if at is not None]
        strava_at = max(min(due), self._backoff.until) if due and not self._backoff.needs_help else sync_at
        is_held = bool(due) and min(due) <= now < self._backoff.until
        self._status.set_doing("waiting" if is_held else "idle", self._backoff.until if is_held else None)
        return min([now + POLL_EVERY_S, *(at for at in (strava_at, drawing_at, analysis_at) if at is not None)])

    def _is_time(self, now: float) -> bool:
        at = self._status.state.next_sync_at
        # A time further ahead than the interval was set while the clock was wrong.
        return at is not None and (at <= now or (self._every_s is not None and at > now + self._every_s))

    def _is_due(self, kind: str, now: float) -> bool:
        due = self._next_due(kind)
        return due is not None and due <= now

    def _next_due(self, kind: str) -> float | None:
        """When the next job of a kind is due: at once for one that a dead process left; None where none is open."""
        with open_reader(self._config) as connection:
            if jobs.is_running(connection, kind):
                return jobs.AT_ONCE
            now = self._clock()
            due = [jobs.next_due(connection, kind, now)]
            if kind is JobKind.FETCH:
                due.append(missing_streams.next_due(connection, now))
            return min((at for at in due if at is not None), default=None)

    def _sleep(self, seconds: float) -> None:
        """``sleep`` for a sync; stopping the worker ends it."""
        if self._stopping.wait(seconds):
            raise _StoppedError
