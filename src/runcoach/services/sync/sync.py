"""Brings a runner's Strava home: token, list, queue, fetch, ranks; running again goes on where the last one ended."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import (
    AccessTokenError,
    DegradedError,
    ExitCode,
    NotConnectedError,
    RateLimitError,
)
from runcoach.ingest.writer import rankings_are_stale, update_rankings
from runcoach.services.auth.connection_state import track_api_pause
from runcoach.services.auth.credentials import open_secret_stores, remove_leftovers
from runcoach.services.auth.token_refresh import TokenRefresher
from runcoach.services.locks import sync_lock, token_lock
from runcoach.services.sync.backfill_estimate import Wanted, estimate_backfill
from runcoach.services.sync.listing import Listing, read_list
from runcoach.services.sync.queue_runner import QueueRunner, Tally, WaitPolicy
from runcoach.services.sync.strava_fetcher import StravaFetcher
from runcoach.sources.strava.client import StravaClient
from runcoach.sources.strava.limiter import RateLimiter
from runcoach.sources.strava.oauth import READ_ALL_ACTIVITIES, missing_scopes, parse_scopes
from runcoach.sources.strava.rate_limit import RateLimitBudget
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store import jobs
from runcoach.store.remote import credentials, sync_state, webhook_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from datetime import date

    from runcoach.config import Config
    from runcoach.domain.json_format import EpochSeconds


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a person asks of one sync; ``most`` bounds the activities fetched, ``wait`` allows sleeping for limits."""

    full: bool = False
    since: date | None = None
    most: int | None = None
    wait: bool = False
    all_sports: bool = False
    accept_deletions: bool = False
    queue_alone: bool = False  # drain what is queued without asking for the list


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """Where a sync stands: activities ``done`` of ``total``, reads left in this window, how long it waits."""

    stage: str  # list, fetch, or wait
    done: int = 0
    total: int = 0
    reads_left: int | None = None
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did. ``left`` activities are still queued; with the limits as they are, they are home ``done_at``.

    ``open_trouble`` counts jobs that wait for another try or were given up; ``limit`` names the window that ended the
    sync, ``limit_until`` when it opens again (both in seconds since 1970).
    """

    listed: int
    new: int
    updated: int
    deleted: int
    failed: int
    left: int
    reads: int
    open_trouble: int
    limit: str | None = None
    limit_until: EpochSeconds | None = None
    done_at: EpochSeconds | None = None
    missing_scopes: tuple[str, ...] = ()
    withheld: int = 0  # so many are missing from Strava's list at once that nothing was done about it

    @property
    def exit_code(self) -> ExitCode:
        """5 where a limit left work, 3 where something failed, else 0."""
        if self.limit is not None and self.left:
            return ExitCode.LIMIT
        return ExitCode.PARTLY if self.open_trouble else ExitCode.OK


def sync(
    config: Config,
    wishes: SyncOptions,
    *,
    progress: Callable[[SyncProgress], None] | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Bring new and changed activities home, newest first, within Strava's limits.

    Once ``stop`` says so, what is on its way comes to its end and the rest stays queued.

    Raises SyncRunningError where another process syncs this profile, NotConnectedError and its kin where the connection
    is missing, refused or paused, RemoteUnavailableError where even the list cannot be had. Whatever was fetched before
    is kept and ranked, whatever was not stays queued.
    """
    with sync_lock(config), open_database(config) as connection:
        with write_transaction(connection):
            jobs.recover(connection, "fetch")
        seen = sync_state.read_budget(connection)
        meter = RateLimiter(None if seen is None else RateLimitBudget(**seen), clock)  # type: ignore[arg-type]
        with StravaTransport(meter, sleep=sleep) as transport:
            refresher = TokenRefresher(config, transport, clock=clock)
            client = StravaClient(transport, config.settings.strava_api_url, refresher.token, refresher.renew)
            run = _Run(connection, client, wishes, progress or _silence, clock, sleep, stop, refresher.scope)
            try:
                with _ended_if_revoked(config, connection), track_api_pause(connection, meter):
                    try:
                        run.read_list()
                        run.drain()
                    except AccessTokenError:  # refused although it has just been renewed
                        raise refresher.degrade() from None
            finally:
                run.conclude()
            return run.report(() if refresher.scope is None else missing_scopes(refresher.scope))


def _silence(_: SyncProgress) -> None:
    """Nobody is told."""


@contextmanager
def _ended_if_revoked(config: Config, connection: sqlite3.Connection) -> Iterator[None]:
    """Where an event has said that the runner took the access back, and Strava's refusal bears it out: it has ended."""
    try:
        yield
    except DegradedError:
        with token_lock(config), write_transaction(connection):
            if not webhook_state.end_access_checks(connection):
                raise
            credentials.retire(connection, "access was taken back on Strava")
        remove_leftovers(connection, open_secret_stores(config))
        raise NotConnectedError(
            "the access to Strava was taken back on strava.com; everything here is kept",
            hint="`runcoach login` connects again, `runcoach forget` removes what came from Strava",
        ) from None


@dataclass(slots=True)
class _Run:
    """One sync under way."""

    connection: sqlite3.Connection
    client: StravaClient
    wishes: SyncOptions
    progress: Callable[[SyncProgress], None]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    stop: Callable[[], bool]
    scope: str | None = None
    listing: Listing | None = None
    tally: Tally | None = None
    total: int = 0
    limited: RateLimitError | None = None

    def read_list(self) -> None:
        """The list; a limit that is met here already leaves the queue of the last sync for later too."""
        if self.wishes.queue_alone:
            return
        since = self.wishes.since
        try:
            self.listing = read_list(
                self.connection,
                self.client,
                full=self.wishes.full,
                after=None if since is None else midnight(since),
                all_sports=self.wishes.all_sports,
                accept_deletions=self.wishes.accept_deletions,
                sees_private=READ_ALL_ACTIVITIES in parse_scopes(self.scope) if self.scope else True,
                now=self.clock(),
                progress=lambda seen: self.progress(
                    SyncProgress("list", done=seen, reads_left=self.client.limiter.reads_left)
                ),
                stop=self.stop,
            )
        except RateLimitError as limited:
            self.limited = limited
            if not self.wishes.wait or limited.window == "day":
                return
            self._pace().wait_until(limited.until)
            self.limited = None
            self.read_list()

    def drain(self) -> None:
        """The queue."""
        if self.limited is not None:
            return
        self.total = self._left()
        drain = QueueRunner(self.connection, StravaFetcher(self.client), self._pace(), self.wishes.most)
        self.tally = drain.tally
        drain.run()
        self.limited = drain.tally.limited

    def conclude(self) -> None:
        """Ranks once, whatever ended the sync, and those that an earlier one has died before."""
        if rankings_are_stale(self.connection):
            with write_transaction(self.connection):
                update_rankings(self.connection)
        meter = self.client.limiter
        if meter.reads_sent and meter.budget is not None:  # Strava has answered, and so told its time
            with write_transaction(self.connection):
                sync_state.keep_skew(self.connection, meter.skew_s)

    def report(self, missing: tuple[str, ...]) -> SyncReport:
        """What has been done, and when the rest will be."""
        tally = self.tally or Tally()
        left = self._left()
        meter = self.client.limiter
        wanted = [Wanted(row["start_time"]) for row in jobs.waiting(self.connection, "fetch")]
        done_at = estimate_backfill(wanted, meter.budget, meter.server_time).done_at if left else None
        return SyncReport(
            listed=len(self.listing.seen) if self.listing else 0,
            new=tally.new,
            updated=tally.updated,
            deleted=tally.gone,
            failed=tally.failed,
            left=left,
            reads=meter.reads_sent,
            open_trouble=jobs.in_trouble(self.connection, "fetch"),
            limit=self.limited.window if self.limited else None,
            limit_until=self.limited.until if self.limited else None,
            done_at=None if done_at is None else done_at - meter.skew_s,
            missing_scopes=missing,
            withheld=self.listing.withheld if self.listing else 0,
        )

    def _left(self) -> int:
        counts = jobs.counts(self.connection, "fetch")
        return counts.get("queued", 0) + counts.get("retry", 0)

    def _moment(self, stage: str, wait_s: float = 0.0) -> SyncProgress:
        done = self.tally.finished if self.tally else 0
        return SyncProgress(stage, done, self.total, self.client.limiter.reads_left, wait_s)

    def _pace(self) -> WaitPolicy:
        return WaitPolicy(
            self.clock,
            self.sleep,
            self.wishes.wait,
            on_wait=lambda left: self.progress(self._moment("wait", wait_s=left)),
            on_progress=lambda: self.progress(self._moment("fetch")),
            stop=self.stop,
        )


def midnight(day: date) -> int:
    """The start of a day by this machine's clock, in seconds since 1970, less one: Strava's ``after`` is exclusive."""
    from datetime import datetime
    from datetime import time as time_of_day

    return int(datetime.combine(day, time_of_day.min).astimezone().timestamp()) - 1
