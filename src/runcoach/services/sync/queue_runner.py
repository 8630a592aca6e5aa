"""The second half of a sync: fetch what is queued within the source's limits, one transaction an activity."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from runcoach.errors import NotFoundError, RateLimitError, RemoteError, RuncoachError, SourceError, unexpected
from runcoach.ingest.writer import mark_rankings_stale
from runcoach.services.sync.sync_types import SyncStage
from runcoach.store import jobs
from runcoach.store.sqlite.connection import write_transaction


class FetchResult(StrEnum):
    """What storing a fetched activity did."""

    NEW = "new"
    UPDATED = "updated"
    NOTHING = "nothing"  # there was nothing to store


class Fetcher(Protocol):
    """What the queue needs of a source; the defaults are for one that publishes no limits.

    ``fetch`` runs in several threads, everything else in one.
    """

    queue: str
    in_flight: int

    def has_room(self, in_flight: int) -> bool:
        """Whether the limits allow another activity while ``in_flight`` others are fetched."""
        return in_flight < self.in_flight

    def limit_reached(self) -> RateLimitError | None:
        """The limit that allows no activity at all now; None where there is none."""
        return None

    def fetch(self, job: sqlite3.Row) -> Any:
        """Read and build what a job asks for; touches no database. NotFoundError where it is gone at the source."""

    def store(self, connection: sqlite3.Connection, job: sqlite3.Row, fetched: Any) -> FetchResult:
        """Write what :meth:`fetch` returned; the caller holds the transaction."""

    def remove(self, connection: sqlite3.Connection, job: sqlite3.Row) -> bool:
        """The activity is gone at the source; whether it is deleted now. The caller holds the transaction."""

    def save_limits(self, connection: sqlite3.Connection) -> None:  # noqa: ARG002  (none to keep)
        """Keep the limits for the next process; the caller holds the transaction."""
        return


@dataclass(slots=True)
class Tally:
    """What a sync has done of ``total`` waiting jobs; ``limited`` is the limit that ended it, if one did."""

    new: int = 0
    updated: int = 0
    gone: int = 0
    failed: int = 0
    total: int = 0
    limited: RateLimitError | None = None

    @property
    def finished(self) -> int:
        """Jobs that are done."""
        return self.new + self.updated + self.gone


@dataclass(frozen=True, slots=True)
class WaitPolicy:
    """How to wait: whether to wait at all (``may_wait``), and with which ``sleep`` and ``clock``.

    Once ``stop`` returns True nothing new is begun; what is in flight is finished.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    may_wait: bool
    stop: Callable[[], bool]

    def wait_until(self, until: float, show: Callable[[SyncStage, float], None]) -> None:
        """Wait second by second, so that a countdown can be shown and Ctrl-C is noticed."""
        while (left := until - self.clock()) > 0 and not self.stop():
            show(SyncStage.WAIT, left)
            self.sleep(min(left, 1.0))


@dataclass(slots=True)
class QueueRunner:
    """One run over a source's queue. Only this thread writes; the others fetch and build.

    ``show`` is called with what is being done and the seconds left to wait.
    """

    connection: sqlite3.Connection
    fetcher: Fetcher
    policy: WaitPolicy
    show: Callable[[SyncStage, float], None]
    limit: int | None
    tally: Tally
    _in_flight: dict[Future[Any], sqlite3.Row] = field(default_factory=dict)

    def run(self) -> None:
        """Fetch until the queue is empty, ``limit`` are done, or a rate limit or a refusal ends it.

        What is wrong with the connection as a whole (refused, out of scope, paused, vault locked) is raised, with every
        interrupted job back in the queue.
        """
        self.tally.total = jobs.count_waiting(self.connection, self.fetcher.queue)
        pool = ThreadPoolExecutor(self.fetcher.in_flight, thread_name_prefix="fetch")
        try:
            while self._submit(pool) or self._wait_for_more():
                done, _ = wait(self._in_flight, return_when=FIRST_COMPLETED)
                for future in done:
                    self._finish(future)
                self.show(SyncStage.FETCH, 0.0)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            with write_transaction(self.connection):
                jobs.recover(self.connection, self.fetcher.queue)
                self.fetcher.save_limits(self.connection)

    def _submit(self, pool: ThreadPoolExecutor) -> bool:
        """Fill the free places; whether anything is in flight."""
        while len(self._in_flight) < self.fetcher.in_flight and self._may_begin():
            with write_transaction(self.connection):
                job = jobs.claim(self.connection, self.fetcher.queue, self.policy.clock())
            if job is None:
                break
            self._in_flight[pool.submit(self.fetcher.fetch, job)] = job
        return bool(self._in_flight)

    def _may_begin(self) -> bool:
        if self.policy.stop() or self.tally.limited or self._is_enough():
            return False
        return self.fetcher.has_room(len(self._in_flight))

    def _is_enough(self) -> bool:
        return self.limit is not None and self.tally.finished + self.tally.failed + len(self._in_flight) >= self.limit

    def _wait_for_more(self) -> bool:
        """With nothing in flight: wait for the limit or for a retry to come due, if allowed; whether to go on."""
        due = jobs.next_due(self.connection, self.fetcher.queue, self.policy.clock())
        if due is None or self.policy.stop() or self._is_enough():
            return False
        self.tally.limited = self.fetcher.limit_reached() or self.tally.limited
        if self.tally.limited is not None:
            if self.tally.limited.window == "day" or not self.policy.may_wait:
                return False
            until = self.tally.limited.until
            self.tally.limited = None
        else:
            until = float(due)
            if until > self.policy.clock() and not self.policy.may_wait:
                return False
        self.policy.wait_until(until, self.show)
        return True

    def _finish(self, future: Future[Any]) -> None:
        """Write what was fetched, or deal with why it was not."""
        job = self._in_flight.pop(future)
        try:
            fetched = future.result()
        except RateLimitError as limited:
            self.tally.limited = limited
            with write_transaction(self.connection):
                jobs.requeue(self.connection, job["id"])
        except NotFoundError:
            self._remove(job)
        except (RemoteError, SourceError) as problem:
            self._retry_later(job, problem.message)
        except RuncoachError:  # of the connection or of this machine, not of one activity
            raise
        except Exception as bug:  # noqa: BLE001  (one activity must not stop the others; its job shows the error)
            self._retry_later(job, unexpected(bug))
        else:
            self._store(job, fetched)

    def _store(self, job: sqlite3.Row, fetched: Any) -> None:
        try:
            with write_transaction(self.connection):
                result = self.fetcher.store(self.connection, job, fetched)
                if result is not FetchResult.NOTHING:
                    mark_rankings_stale(self.connection)
                jobs.finish(self.connection, job)
                self.fetcher.save_limits(self.connection)
        except (sqlite3.IntegrityError, sqlite3.DataError, ArithmeticError, ValueError, LookupError, TypeError) as bug:
            self._retry_later(job, unexpected(bug))
            return
        self.tally.new += result is FetchResult.NEW
        self.tally.updated += result is FetchResult.UPDATED

    def _remove(self, job: sqlite3.Row) -> None:
        with write_transaction(self.connection):
            if self.fetcher.remove(self.connection, job):
                mark_rankings_stale(self.connection)
            jobs.finish(self.connection, job)
        self.tally.gone += 1

    def _retry_later(self, job: sqlite3.Row, problem: str) -> None:
        with write_transaction(self.connection):
            jobs.failed(self.connection, job, problem, self.policy.clock(), random.random())  # noqa: S311
        self.tally.failed += 1
