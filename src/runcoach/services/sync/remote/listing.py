"""The first half of a sync with a source that is opened by a key: read its list, queue what is to be fetched."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from runcoach.domain.recording import Totals
from runcoach.ingest import remote
from runcoach.services.sync.listing import FULL_EVERY_S, are_many_missing
from runcoach.sources.remote.protocol import RemoteActivity, RemoteSource
from runcoach.store import jobs
from runcoach.store.remote import connections, remote_activities
from runcoach.store.sqlite.connection import write_transaction

if TYPE_CHECKING:
    from runcoach.services.sync.sync_types import SyncOptions


@dataclass(slots=True)
class RemoteListing:
    """What reading the list did.

    ``updated`` activities were changed at the source without a new file, ``skipped`` rows are not to be imported.
    ``withheld`` activities are missing from the list, too many at once to be believed deleted.
    """

    seen: set[str] = field(default_factory=set)
    updated: int = 0
    skipped: int = 0
    withheld: int = 0


def queue_of(source: str) -> str:
    """The name of a source's fetch queue."""
    return f"fetch:{source}"


def read_row(listed: dict[str, Any]) -> RemoteActivity:
    """A row of the list from the JSON in which it is kept."""
    return RemoteActivity(**{**listed, "totals": Totals(**listed["totals"])})


@dataclass(slots=True)
class RemoteListReader:
    """One reading of a source's list."""

    connection: sqlite3.Connection
    client: RemoteSource
    stored: connections.StoredConnection
    options: SyncOptions
    listing: RemoteListing = field(default_factory=RemoteListing)

    def read(self, now: float, progress: Callable[[int], None], stop: Callable[[], bool]) -> RemoteListing:
        """Read the list back to what is known, or whole where that is due, each page in one transaction."""
        source, options, listing = self.stored.source, self.options, self.listing
        known = remote_activities.known(self.connection, source)
        last_full_at = self.stored.last_full_at  # in the future where it was dated by a wrong clock
        is_due = last_full_at is None or abs(now - last_full_at) >= FULL_EVERY_S
        is_whole = options.since is None and (options.full or is_due)
        for page in self.client.list_activities(options.since):
            with write_transaction(self.connection):
                is_current = [self._keep(activity, known.get(activity.remote_id)) for activity in page]
            listing.seen.update(activity.remote_id for activity in page)
            progress(len(listing.seen))
            if stop():
                return listing
            if not is_whole and options.since is None and all(is_current):
                return listing
        if options.since is None:
            with write_transaction(self.connection):
                self._queue_missing(known)
                connections.note_full_list(self.connection, source, now)
        return listing

    def _keep(self, activity: RemoteActivity, before: remote_activities.KnownRemoteActivity | None) -> bool:
        """Store one row and queue its file where that is needed; whether the row was known as it is."""
        connection, source, remote_id = self.connection, self.stored.source, activity.remote_id
        if before is not None and before.is_stored_as(activity.fingerprint):
            return True
        remote_activities.put_listed(
            connection,
            source,
            remote_id,
            fingerprint=activity.fingerprint,
            start_time=activity.start_time_s,
            listed=asdict(activity),
        )
        if activity.skipped is not None:
            remote_activities.mark_skipped(connection, source, remote_id, activity.fingerprint)
            self.listing.skipped += 1
        elif before is not None and before.was_fetched and before.activity_id is not None and not before.is_gone:
            remote.update_listed(connection, source, activity, before.activity_id)
            self.listing.updated += 1
        elif not remote_activities.was_given_up(connection, queue_of(source), remote_id, activity.fingerprint):
            self._queue(remote_id, startTime=activity.start_time_s, listHash=activity.fingerprint)
        return False

    def _queue_missing(self, known: dict[str, remote_activities.KnownRemoteActivity]) -> None:
        """Queue a check of each stored activity that a whole list lacks; nothing where too many are missing at once."""
        stored = [remote_id for remote_id, each in known.items() if each.activity_id is not None and not each.is_gone]
        missing = [remote_id for remote_id in stored if remote_id not in self.listing.seen]
        if are_many_missing(len(missing), len(stored)) and not self.options.accept_deletions:
            self.listing.withheld = len(missing)
            return
        for remote_id in missing:
            self._queue(remote_id, check=True)

    def _queue(self, remote_id: str, **payload: object) -> None:
        source = self.stored.source
        jobs.enqueue(self.connection, queue_of(source), {"source": source, "remoteId": remote_id, **payload}, "sync")
