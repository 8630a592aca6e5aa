"""Read Strava's list of activities, store the summaries and queue what has to be fetched in detail."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcoach.domain.sports import is_running
from runcoach.domain.statuses import JobKind
from runcoach.errors import InvalidResponseError, SourceError
from runcoach.ingest.strava import put_summary
from runcoach.sources.remote.json_reader import id_of
from runcoach.sources.strava.client import PER_PAGE
from runcoach.sources.strava.models import StravaActivity, activity_of, summary_hash
from runcoach.sources.strava.oauth import sees_private
from runcoach.store import jobs
from runcoach.store.remote import known_activities, sync_state
from runcoach.store.sqlite.connection import write_transaction

if TYPE_CHECKING:
    from runcoach.services.auth.strava_session import StravaSession
    from runcoach.services.sync.sync_types import SyncOptions

#: How often the full list is read: only a full list shows late uploads of old runs, and edits of them.
FULL_EVERY_S = 7 * 86_400

#: More missing activities than this number, and than this share, are not treated as deleted without confirmation.
MANY_MISSING, MANY_MISSING_SHARE = 5, 0.1

LAST_FULL = "last_full_list_at"


def are_many_missing(missing: int, stored: int) -> bool:
    """Whether so many of the stored activities are missing from a full list that they are not believed deleted."""
    return missing > MANY_MISSING and missing > MANY_MISSING_SHARE * stored


@dataclass(slots=True)
class Listing:
    """What a reading of the list found.

    ``is_complete``: the list was read to its end. ``withheld`` counts missing activities that need confirmation.
    ``new_after_first_page`` counts activities that were new on a later page: a run deleted while the pages were read
    shifts the pages, so others may have been skipped, and the full list has to be read again next time.
    """

    seen: set[int] = field(default_factory=set)
    is_complete: bool = False
    withheld: int = 0
    new_after_first_page: int = 0


@dataclass(frozen=True, slots=True)
class ListedActivity:
    """One row of the list; ``needs_detail``: detail and streams are kept, not the summary alone."""

    activity: StravaActivity
    summary_hash: str
    needs_detail: bool
    is_current: bool

    @property
    def is_due(self) -> bool:
        """Whether its detail has to be fetched."""
        return self.needs_detail and not self.is_current


class ListReader:
    """One reading of the list; ``now`` in seconds since 1970.

    Activities that are not stored and began more than ``retention_s`` ago are left out: they would be removed again.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        session: StravaSession,
        options: SyncOptions,
        *,
        now: float,
        retention_s: int | None,
    ) -> None:
        self.connection = connection
        self.session = session
        self.options = options
        self.listing = Listing()
        self.known = known_activities.known(connection)
        self._unreadable: list[tuple[int | None, str, str]] = []  # id, hash and problem, of the page read last
        self._now = now
        self._retention_s = retention_s

    def pages(self) -> Iterator[list[ListedActivity]]:
        """Pages of the list, one read each, until the listing is known to be complete or nothing more is new.

        A full list, or one from ``since`` on, ends with an empty page, the only certain end. Otherwise a full page
        without changes ends it, or a short page after which every known activity has been seen. A page without a new
        id ends it in any case.
        """
        after_s = self.options.after_s
        full = self._is_full_due()
        for number, page in enumerate(self.session.client.list_activities(after=after_s)):
            ids = {id_of(summary.get("id")) for summary in page}  # None: rows without an id
            new = ids - self.listing.seen
            self.listing.seen.update(strava_id for strava_id in ids if strava_id is not None)
            if not new:  # Strava repeats a page: nothing is known about the rest of the list
                return
            rows = [row for row in map(self._listed, page) if row is not None]
            if number:
                added = {row.activity.strava_id for row in rows if not row.is_current} - self.known.keys()
                self.listing.new_after_first_page += len(added & new)
            yield rows
            if full or after_s is not None:
                continue
            if len(page) < PER_PAGE and all(strava_id in self.listing.seen for strava_id, _ in self._expected()):
                self.listing.is_complete = True
                return
            if len(page) == PER_PAGE and len(rows) == PER_PAGE and all(row.is_current for row in rows):
                return
        self.listing.is_complete = after_s is None

    def store(self, progress: Callable[[int], None], stop: Callable[[], bool]) -> None:
        """Read the list and store each page in one transaction; ``stop`` is checked after each page."""
        for page in self.pages():
            with write_transaction(self.connection):
                for row in page:
                    self._store(row)
                for strava_id, fingerprint, problem in self._unreadable:  # one job for each state of the row
                    if strava_id is not None:
                        payload = {"stravaId": strava_id, "listHash": fingerprint}
                        jobs.add_failed(self.connection, JobKind.FETCH, payload, "sync", problem)
                self._unreadable.clear()
            progress(len(self.listing.seen))
            if stop():
                return
        if self.listing.is_complete:
            with write_transaction(self.connection):
                for strava_id, known in self.missing().items():  # only a 404 for its id means that it was deleted
                    self._queue(strava_id, known.start_time, known.summary_hash)
                read_at = None if self.listing.new_after_first_page else str(int(self._now))
                sync_state.put(self.connection, LAST_FULL, read_at)

    def missing(self) -> dict[int, known_activities.KnownActivity]:
        """Stored activities that a complete list does not hold; empty, and counted as withheld, where they are many.

        Private activities outside the scope are not missing. Activities that the runner has restored stay.
        """
        missing = {
            strava_id: known
            for strava_id, known in self._expected()
            if strava_id not in self.listing.seen and (sees_private(self.session.scope) or not known.is_private)
        }
        stored = sum(not known.is_deleted for known in self.known.values())
        if are_many_missing(len(missing), stored) and not self.options.accept_deletions:
            self.listing.withheld = len(missing)
            return {}
        return missing

    def _is_full_due(self) -> bool:
        last = sync_state.get(self.connection, LAST_FULL)
        if self.options.after_s is not None:
            return False
        # A time in the future was written while the clock was wrong.
        return self.options.full or last is None or not 0 <= self._now - float(last) < FULL_EVERY_S

    def _listed(self, summary: dict[str, object]) -> ListedActivity | None:
        """A row as stored values; None for an unreadable one, which is noted."""
        fingerprint = summary_hash(summary)
        try:
            activity = activity_of(summary)
        except InvalidResponseError as error:
            self._unreadable.append((id_of(summary.get("id")), fingerprint, error.message))
            return None
        needs_detail = self.options.all_sports or is_running(activity.sport_type or "")
        known = self.known.get(activity.strava_id)
        # By Strava's clock, as this machine's can be wrong.
        oldest_s = -math.inf if self._retention_s is None else self.session.limiter.server_time - self._retention_s
        is_current = (known is None and activity.start_time_s < oldest_s) or (
            known is not None
            and known.summary_hash == fingerprint
            and not known.is_deleted
            and (known.was_fetched or not needs_detail)
        )
        return ListedActivity(activity, fingerprint, needs_detail, is_current)

    def _store(self, row: ListedActivity) -> None:
        if row.is_current:
            return
        activity = row.activity
        try:
            put_summary(self.connection, activity, row.summary_hash, is_final=not row.needs_detail)
        except SourceError as error:
            self._unreadable.append((activity.strava_id, row.summary_hash, error.message))
            return
        if row.is_due and not known_activities.was_given_up(self.connection, activity.strava_id, row.summary_hash):
            self._queue(activity.strava_id, activity.start_time_s, row.summary_hash)

    def _queue(self, strava_id: int, start_time_s: int, fingerprint: str | None) -> None:
        payload = {"stravaId": strava_id, "startTime": start_time_s, "listHash": fingerprint}
        jobs.enqueue(self.connection, JobKind.FETCH, payload, "sync")

    def _expected(self) -> Iterator[tuple[int, known_activities.KnownActivity]]:
        """Stored activities that a complete list should hold."""
        for strava_id, known in self.known.items():
            if not known.is_deleted and known.summary_hash != known_activities.KEPT:
                yield strava_id, known
