"""Syncs a profile with a source that is opened by a key: list, queue, files, rankings; running again resumes."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.errors import DegradedError, NotFoundError, RateLimitError, RuncoachError, SourceError
from runcoach.ingest import remote
from runcoach.ingest.writer import rankings_are_stale, update_rankings
from runcoach.services.analytics.jobs import update_analytics
from runcoach.services.auth.api_key import active_connection, read_key
from runcoach.services.auth.remote_sources import OpenedSource, key_source
from runcoach.services.locks import sync_lock
from runcoach.services.sync.queue_runner import Fetcher, FetchResult, QueueRunner, Tally, WaitPolicy
from runcoach.services.sync.remote.listing import RemoteListing, RemoteListReader, queue_of, read_row
from runcoach.services.sync.remote.wellness import fetch_wellness
from runcoach.services.sync.sync_types import SyncOptions, SyncProgress, SyncReport, SyncStage
from runcoach.sources.remote.transport import IN_FLIGHT
from runcoach.store import jobs
from runcoach.store.remote import connections, remote_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    from runcoach.domain.activity import BuiltActivity
    from runcoach.sources.remote.protocol import RemoteActivity, RemoteSource


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
            with kind.open(config, read_key(config, stored), clock=clock, sleep=sleep) as opened:
                run = _Run(connection, stored, opened, options, progress, WaitPolicy(clock, sleep, options.wait, stop))
                report = run.sync(keep_originals=config.settings.keeps_downloads)
        except RuncoachError as problem:
            note = connections.degrade if isinstance(problem, DegradedError) else connections.note_failure
            with write_transaction(connection):
                note(connection, source, problem.message)
            raise
        finally:
            if rankings_are_stale(connection):
                with write_transaction(connection):
                    update_rankings(connection)
        update_analytics(connection, stop=stop, clock=clock)
        return report


@dataclass(slots=True)
class _Run:
    """One sync with one source."""

    connection: sqlite3.Connection
    stored: connections.StoredConnection
    opened: OpenedSource
    options: SyncOptions
    progress: Callable[[SyncProgress], None]
    policy: WaitPolicy
    tally: Tally = field(default_factory=Tally)

    def sync(self, *, keep_originals: bool) -> SyncReport:
        """Read the list, run the queue, and say what that did."""
        source, tally, now, stop = self.stored.source, self.tally, self.policy.clock, self.policy.stop
        client, with_list = self.opened.client, not self.options.queue_only
        listing, list_read = RemoteListing(), not with_list
        wellness_days, wellness_problem = 0, None
        try:
            if with_list:
                listing = RemoteListReader(self.connection, client, self.stored, self.options).read(
                    now(), lambda seen: self.progress(SyncProgress(SyncStage.LIST, done=seen)), stop
                )
                list_read = True
            fetcher = RemoteFetcher(self.connection, source, client, keep_originals=keep_originals)
            QueueRunner(self.connection, fetcher, self.policy, self._show, self.options.limit, tally).run()
            if with_list and tally.limited is None and not stop():
                wellness_days, wellness_problem = fetch_wellness(self.connection, source, client, now(), stop)
        except RateLimitError as error:
            tally.limited = error
        report = SyncReport(
            source=source,
            listed=len(listing.seen),
            new=tally.new,
            updated=tally.updated + listing.updated,
            deleted=tally.gone,
            failed=tally.failed,
            left=jobs.count_waiting(self.connection, queue_of(source)),
            reads=self.opened.limiter.requests_sent,
            open_trouble=jobs.in_trouble(self.connection, queue_of(source)),
            limit=tally.limited.window if tally.limited else None,
            limit_until=tally.limited.until if tally.limited else None,
            withheld=listing.withheld,
            skipped=listing.skipped,
            list_read=list_read,
            wellness_days=wellness_days,
            wellness_problem=wellness_problem,
        )
        with write_transaction(self.connection):
            if tally.limited is not None:
                connections.note_failure(self.connection, source, tally.limited.message)
            else:
                connections.note_success(self.connection, source, now(), report.stored_counts)
        return report

    def _show(self, stage: SyncStage, wait_s: float) -> None:
        self.progress(SyncProgress(stage, self.tally.finished, self.tally.total, wait_s=wait_s))


class RemoteFetcher(Fetcher):
    """A source with a key for the queue runner; its limiter paces single requests."""

    def __init__(
        self, connection: sqlite3.Connection, source: str, client: RemoteSource, *, keep_originals: bool
    ) -> None:
        self.queue = queue_of(source)
        self.in_flight = IN_FLIGHT
        self._source = source
        self._client = client
        self._keep_originals = keep_originals
        self._rows = {
            remote_id: read_row(listed) for remote_id, listed in remote_activities.pending(connection, source).items()
        }

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
