"""Syncs a profile with a source that is opened by a key: list, queue, files, rankings; running again resumes."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from runcoach.errors import DegradedError, NotFoundError, RateLimitError, RuncoachError, SourceError
from runcoach.ingest import remote
from runcoach.ingest.writer import rankings_are_stale, update_rankings
from runcoach.services.analytics.jobs import update_analytics
from runcoach.services.auth.api_key import StoredKey, active_connection
from runcoach.services.auth.remote_sources import key_source
from runcoach.services.locks import sync_lock
from runcoach.services.sync.queue_runner import FetchResult, QueueRunner, Tally, WaitPolicy
from runcoach.services.sync.remote.listing import RemoteListing, queue_of, read_list, read_row
from runcoach.services.sync.remote.wellness import fetch_wellness
from runcoach.services.sync.sync_types import SyncProgress, SyncReport, SyncStage
from runcoach.store import jobs
from runcoach.store.remote import connections, remote_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.config import Config
    from runcoach.domain.activity import BuiltActivity
    from runcoach.services.auth.remote_sources import OpenedSource
    from runcoach.services.sync.sync_types import SyncOptions
    from runcoach.sources.remote.protocol import RemoteActivity, RemoteSource
    from runcoach.store.remote.connections import StoredConnection


def sync_remote(
    config: Config,
    source: str,
    options: SyncOptions,
    *,
    progress: Callable[[SyncProgress], None] = lambda _: None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Fetch new and changed activities from a source, newest first.

    Raises SyncRunningError where another process syncs this profile, NotConnectedError and DegradedError where the
    connection is missing or refused, RemoteUnavailableError where not even the list could be read. What was fetched
    before is kept and ranked, the rest stays queued.
    """
    kind = key_source(source)
    with sync_lock(config), open_database(config) as connection:
        stored = active_connection(connection, source)
        with write_transaction(connection):
            jobs.recover(connection, queue_of(source))
            connections.note_try(connection, source, clock())
        try:
            with kind.open(config, StoredKey(config, stored), clock=clock, sleep=sleep) as opened:
                keep = config.settings.keeps_downloads
                report = _Run(connection, stored, opened, options, keep, progress, clock, sleep, stop).report()
        except DegradedError as refused:
            with write_transaction(connection):
                connections.degrade(connection, source, refused.message)
            raise
        except RuncoachError as problem:
            with write_transaction(connection):
                connections.note_failure(connection, source, problem.message)
            raise
        finally:
            if rankings_are_stale(connection):
                with write_transaction(connection):
                    update_rankings(connection)
        update_analytics(connection, stop=stop, clock=clock)
        return report


class _Run:
    """One sync with one source."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        stored: StoredConnection,
        opened: OpenedSource,
        options: SyncOptions,
        keep_originals: bool,
        progress: Callable[[SyncProgress], None],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        stop: Callable[[], bool],
    ) -> None:
        self._connection = connection
        self._stored = stored
        self._opened = opened
        self._options = options
        self._keep_originals = keep_originals
        self._progress = progress
        self._queue = queue_of(stored.source)
        self._clock = clock
        self._total = 0
        self._tally = Tally()
        self._policy = WaitPolicy(
            clock,
            sleep,
            options.wait,
            on_wait=lambda left_s: self._progress(
                SyncProgress(SyncStage.WAIT, self._tally.finished, self._total, None, left_s)
            ),
            on_progress=lambda: self._progress(SyncProgress(SyncStage.FETCH, self._tally.finished, self._total)),
            stop=stop,
        )

    def report(self) -> SyncReport:
        """Read the list, run the queue, and say what that did."""
        listing, limited = RemoteListing(), None
        if not self._options.queue_only:
            try:
                listing = self._read_list()
            except RateLimitError as error:
                limited = error
        list_read = limited is None
        if limited is None:
            self._total = self._left()
            fetcher = RemoteFetcher(
                self._connection,
                self._stored.source,
                self._opened.client,
                self._in_flight(),
                keep_originals=self._keep_originals,
            )
            runner = QueueRunner(self._connection, fetcher, self._policy, self._options.limit, self._tally)
            limited = runner.run().limited
        wellness_days, wellness_problem = 0, None
        if limited is None and not self._options.queue_only and not self._policy.stop():
            try:
                wellness_days, wellness_problem = self._fetch_wellness()
            except RateLimitError as error:
                limited = error
        report = SyncReport(
            source=self._stored.source,
            listed=len(listing.seen),
            new=self._tally.new,
            updated=self._tally.updated + listing.updated,
            deleted=self._tally.gone,
            failed=self._tally.failed,
            left=self._left(),
            reads=self._opened.limiter.requests_sent,
            open_trouble=jobs.in_trouble(self._connection, self._queue),
            limit=limited.window if limited else None,
            limit_until=limited.until if limited else None,
            withheld=listing.withheld,
            skipped=listing.skipped,
            list_read=list_read,
            wellness_days=wellness_days,
            wellness_problem=wellness_problem,
        )
        self._note(report, limited)
        return report

    def _read_list(self) -> RemoteListing:
        return read_list(
            self._connection,
            self._opened.client,
            self._stored,
            self._options,
            now=self._clock(),
            progress=lambda seen: self._progress(SyncProgress(SyncStage.LIST, done=seen)),
            stop=self._policy.stop,
        )

    def _fetch_wellness(self) -> tuple[int, str | None]:
        client, now = self._opened.client, self._clock()
        return fetch_wellness(self._connection, self._stored.source, client, now, self._policy.stop)

    def _note(self, report: SyncReport, limited: RateLimitError | None) -> None:
        source = self._stored.source
        with write_transaction(self._connection):
            if limited is not None:
                connections.note_failure(self._connection, source, limited.message)
                return
            result = {"new": report.new, "updated": report.updated, "deleted": report.deleted, "left": report.left}
            connections.note_success(self._connection, source, self._clock(), result)

    def _left(self) -> int:
        counts = jobs.counts(self._connection, self._queue)
        return counts.get("queued", 0) + counts.get("retry", 0)

    def _in_flight(self) -> int:
        return key_source(self._stored.source).in_flight


class RemoteFetcher:
    """A source with a key for the queue runner; see :class:`~runcoach.services.sync.queue_runner.Fetcher`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        source: str,
        client: RemoteSource,
        in_flight: int,
        *,
        keep_originals: bool,
    ) -> None:
        self.queue = queue_of(source)
        self.in_flight = in_flight
        self._source = source
        self._client = client
        self._keep_originals = keep_originals
        self._rows = {
            remote_id: read_row(listed) for remote_id, listed in remote_activities.pending(connection, source).items()
        }

    def has_room(self, in_flight: int) -> bool:  # noqa: ARG002  (the source publishes no limits)
        """Always: the limiter paces single requests."""
        return True

    def limit_reached(self) -> RateLimitError | None:
        """None: a limit shows in a response alone."""
        return None

    def fetch(self, job: sqlite3.Row) -> list[BuiltActivity] | None:
        """The activities in one downloaded file, or the totals of the list where there is none or it is unreadable.

        For a check of a missing activity None where it still exists, NotFoundError where it does not.
        """
        payload = json.loads(job["payload"])
        remote_id = payload["remoteId"]
        listed = self._rows.get(remote_id)
        if payload.get("check") or listed is None:
            if not self._client.exists(remote_id):
                raise NotFoundError(f"activity {remote_id} is gone from {self._source}")
            return None
        file = self._client.download(remote_id) if listed.has_file else None
        if file is None:
            return [remote.build_from_row(self._source, listed)]
        try:
            return remote.build_from_file(self._source, listed, file, keep_original=self._keep_originals)
        except SourceError as unreadable:
            built = remote.build_from_row(self._source, listed)
            note = f"{file.name}: {unreadable.message}; only the totals of the list are imported"
            return [replace(built, source=replace(built.source, notes=(*built.source.notes, note)))]

    def store(
        self, connection: sqlite3.Connection, job: sqlite3.Row, fetched: list[BuiltActivity] | None
    ) -> FetchResult:
        """Write the activities of one file."""
        if fetched is None:
            return FetchResult.NOTHING
        listed: RemoteActivity = self._rows[json.loads(job["payload"])["remoteId"]]
        _, is_new = remote.store(connection, self._source, listed, fetched)
        return FetchResult.NEW if is_new else FetchResult.UPDATED

    def remove(self, connection: sqlite3.Connection, job: sqlite3.Row) -> bool:
        """Detach the source from the activity; see :func:`runcoach.ingest.remote.remove`."""
        return remote.remove(connection, self._source, json.loads(job["payload"])["remoteId"])

    def save_limits(self, connection: sqlite3.Connection) -> None:
        """Nothing to keep."""
