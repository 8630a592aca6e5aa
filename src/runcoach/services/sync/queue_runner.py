"""The second half of a sync: drain the fetch queue within Strava's limits, four at a time, one transaction each."""

from __future__ import annotations

import json
import random
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from runcoach.domain.sports import is_running
from runcoach.errors import NotFoundError, RateLimitError, RemoteError, ScopeError
from runcoach.ingest.strava import build_from_strava, put_detail, put_summary
from runcoach.ingest.writer import mark_rankings_stale
from runcoach.services.sync.backfill_estimate import READS_AN_ACTIVITY
from runcoach.sources.strava import rate_limit as limits
from runcoach.sources.strava.models import activity_of, summary_hash
from runcoach.store import audit, jobs
from runcoach.store.remote import known_activities, sync_state
from runcoach.store.sqlite.connection import write_transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.domain.activity import BuiltActivity
    from runcoach.sources.strava.client import StravaClient
    from runcoach.sources.strava.models import StravaActivity

#: So many activities travel at once.
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class Fetched:
    """One activity in full, built and ready to be written; ``whole`` None: of a sport that keeps its summary alone."""

    told: StravaActivity
    whole: BuiltActivity | None
    raw: bytes


@dataclass(slots=True)
class Tally:
    """What draining the queue did; ``limited`` is the limit that ended it, if one did."""

    new: int = 0
    updated: int = 0
    gone: int = 0
    failed: int = 0
    limited: RateLimitError | None = None

    @property
    def finished(self) -> int:
        """How many jobs came to their end."""
        return self.new + self.updated + self.gone


@dataclass(frozen=True, slots=True)
class WaitPolicy:
    """How waiting is done: whether it ``may_wait`` at all, with which ``sleep`` and ``clock``, and who is told.

    Once ``stop`` says so nothing new is begun; what is on its way comes to its end.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    may_wait: bool
    on_wait: Callable[[float], None]
    on_progress: Callable[[], None]
    stop: Callable[[], bool] = lambda: False

    def wait_until(self, until: float) -> None:
        """Wait second by second, so that a countdown can be shown and Ctrl-C is heard."""
        while (left := until - self.clock()) > 0 and not self.stop():
            self.on_wait(left)
            self.sleep(min(left, 1.0))


@dataclass(slots=True)
class QueueRunner:
    """One draining of the queue; this thread alone writes, the others read from Strava and build."""

    connection: sqlite3.Connection
    client: StravaClient
    pace: WaitPolicy
    most: int | None = None
    tally: Tally = field(default_factory=Tally)
    _travelling: dict[Future[Fetched | None], sqlite3.Row] = field(default_factory=dict)

    def run(self) -> Tally:
        """Fetch until the queue is empty, ``most`` are done, or a limit or a refusal ends it; the rest stays queued.

        Whatever is wrong with the connection as a whole (refused, out of scope, paused, vault locked) is raised, with
        every job that it interrupted back in the queue.
        """
        pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="fetch")
        try:
            while self._send_off(pool) or self._wait_for_more():
                done, _ = wait(self._travelling, return_when=FIRST_COMPLETED)
                for future in done:
                    self._arrive(future)
                self.pace.on_progress()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            with write_transaction(self.connection):
                jobs.recover(self.connection, "fetch")
                self._keep_budget()
        return self.tally

    def _send_off(self, pool: ThreadPoolExecutor) -> bool:
        """Fill the places that are free; whether anything is on its way."""
        while len(self._travelling) < IN_FLIGHT and self._may_begin():
            with write_transaction(self.connection):
                job = jobs.claim(self.connection, "fetch", self.pace.clock())
            if job is None:
                break
            self._travelling[pool.submit(run_queue, self.client, job["strava_id"], job["reason"])] = job
        return bool(self._travelling)

    def _may_begin(self) -> bool:
        """Whether another activity may be asked for: wanted, no limit met, and reads left for all of it."""
        if self.pace.stop() or self.tally.limited or (self.most is not None and self._begun() >= self.most):
            return False
        left = self.client.limiter.reads_left
        return left is None or left >= READS_AN_ACTIVITY * (len(self._travelling) + 1)

    def _begun(self) -> int:
        return self.tally.finished + self.tally.failed + len(self._travelling)

    def _wait_for_more(self) -> bool:
        """Nothing is on its way: wait for the limits or for a retry to come due, if that may be; whether to go on."""
        due = jobs.next_due(self.connection, "fetch", self.pace.clock())
        if due is None or self.pace.stop() or (self.most is not None and self._begun() >= self.most):
            return False
        meter = self.client.limiter
        hold = limits.wait(meter.budget, meter.server_time, READS_AN_ACTIVITY - 1)
        if hold.window is not None:
            self.tally.limited = meter.reached(hold.window)
        if self.tally.limited is not None:
            if self.tally.limited.window == "day" or not self.pace.may_wait:
                return False
            until = self.tally.limited.until
            self.tally.limited = None
        else:
            until = float(due)
            if until > self.pace.clock() and not self.pace.may_wait:
                return False
        self.pace.wait_until(until)
        return True

    def _arrive(self, future: Future[Fetched | None]) -> None:
        """Write what has come, or deal with why it has not."""
        job = self._travelling.pop(future)
        try:
            fetched = future.result()
        except RateLimitError as limited:
            self.tally.limited = limited
            with write_transaction(self.connection):
                jobs.requeue(self.connection, job["id"])
        except NotFoundError:
            self._bury(job)
        except RemoteError as problem:
            self._retry_later(job, problem)
        else:
            self._write(job, fetched)

    def _write(self, job: sqlite3.Row, fetched: Fetched | None) -> None:
        if fetched is None:
            self._connection_stands(job)
            return
        payload = json.loads(job["payload"])
        # What an event tells of is newer than what the list had told.
        listed_as = None if "eventTime" in payload else payload.get("listHash")
        with write_transaction(self.connection):
            is_new = self._put(fetched, listed_as or summary_hash(json.loads(fetched.raw)))
            mark_rankings_stale(self.connection)
            jobs.finish(self.connection, job)
            self._keep_budget()
        if is_new:
            self.tally.new += 1
        else:
            self.tally.updated += 1

    def _put(self, fetched: Fetched, listed_as: str) -> bool:
        """Write what has come, in full or as a list would tell it; whether it is new here."""
        if fetched.whole is not None:
            _, is_new = put_detail(self.connection, fetched.whole, fetched.told, fetched.raw, listed_as)
            return is_new
        is_new = known_activities.find(self.connection, fetched.told.strava_id) is None
        activity_id = put_summary(self.connection, fetched.told, listed_as, is_final=True)
        known_activities.revive(self.connection, activity_id)
        return is_new

    def _connection_stands(self, job: sqlite3.Row) -> None:
        """An event claimed that the runner has taken the access back, and Strava still gives it."""
        with write_transaction(self.connection):
            audit.record(self.connection, "token", 0, "skip", "said to be revoked, but Strava still takes it")
            jobs.finish(self.connection, job)
            self._keep_budget()

    def _bury(self, job: sqlite3.Row) -> None:
        """Strava has no such activity any more: a tombstone here, nothing lost; what a person brought back stays."""
        with write_transaction(self.connection):
            activity_id = known_activities.find(self.connection, job["strava_id"])
            is_kept = activity_id is not None and known_activities.is_kept(self.connection, activity_id)
            if activity_id is not None and not is_kept and known_activities.mark_deleted(self.connection, activity_id):
                meta = {"stravaId": job["strava_id"]}
                audit.record(self.connection, "activity", activity_id, "delete", "gone from Strava", meta=meta)
                mark_rankings_stale(self.connection)
            jobs.finish(self.connection, job)
        self.tally.gone += 1

    def _retry_later(self, job: sqlite3.Row, problem: RemoteError) -> None:
        with write_transaction(self.connection):
            jobs.failed(self.connection, job, problem.message, self.pace.clock(), random.random())  # noqa: S311
        self.tally.failed += 1

    def _keep_budget(self) -> None:
        if self.client.limiter.budget is not None:
            sync_state.write_budget(self.connection, asdict(self.client.limiter.budget))


def run_queue(client: StravaClient, strava_id: int | None, reason: str = "sync") -> Fetched | None:
    """Read one activity in full and build it; runs in a thread of its own and touches no database.

    An activity typed in by hand has no streams, and is not asked for any; one that an event named and that is no run
    is told as a list would tell it. Without an id the athlete is read, to see whether Strava still takes the
    connection: None where it does.
    """
    if strava_id is None:
        with suppress(ScopeError):  # which only a token that is in force can meet
            client.athlete()
        return None
    document = client.activity(strava_id)
    if reason == "webhook" and not is_running(str(document.data.get("sport_type") or document.data.get("type"))):
        told = activity_of(document.data)
        return Fetched(replace(told, is_detailed=False, splits=None, laps=(), best_efforts=()), None, document.raw)
    is_manual = document.data.get("manual") is True
    told = activity_of(document.data, None if is_manual else client.streams(strava_id))
    return Fetched(told, build_from_strava(told), document.raw)
