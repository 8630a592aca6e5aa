"""The first half of a sync: ask Strava for its list, write what it tells, queue what is to be fetched in full."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcoach.domain.sports import is_running
from runcoach.ingest.strava import put_summary
from runcoach.sources.strava.client import PER_PAGE
from runcoach.sources.strava.models import activity_of, summary_hash
from runcoach.store import jobs
from runcoach.store.remote import known_activities, sync_state
from runcoach.store.sqlite.connection import write_transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from runcoach.sources.strava.client import StravaClient
    from runcoach.sources.strava.models import StravaActivity
    from runcoach.store.remote.known_activities import KnownActivity

#: How long the last whole list is good for: only a whole list shows late uploads of old runs, and old edits.
FULL_EVERY_S = 7 * 86_400

#: More than so many, and more than this share, missing at once is more likely a fault than a wish.
MANY_GONE, MANY_GONE_SHARE = 5, 0.1

LAST_FULL = "last_full_list_at"


@dataclass(slots=True)
class Listing:
    """What the list told: ids seen, entries written, jobs queued; ``is_whole`` if nothing was left out.

    ``missing`` activities are here and were not in the whole list: Strava is asked for each of them by itself, and what
    it has no more leaves the lists. ``withheld`` ones are so many at once that nothing is done without a person's word.
    ``unknown_behind`` ones were new here and stood behind the first page: pages that were read while a run was deleted
    may have skipped as many, and only another whole list tells.
    """

    seen: set[int] = field(default_factory=set)
    queued: int = 0
    written: int = 0
    is_whole: bool = False
    missing: int = 0
    withheld: int = 0
    unknown_behind: int = 0


@dataclass(frozen=True, slots=True)
class ListedActivity:
    """One activity as the list shows it; ``in_full`` where detail and streams are wanted, not the summary alone."""

    told: StravaActivity
    fingerprint: str
    in_full: bool
    is_current: bool


def needs_detail(connection: sqlite3.Connection, *, full: bool, after: int | None, now: float) -> bool:
    """Whether the whole list is due: the first time, every seven days and when asked to (``full``)."""
    last = sync_state.get(connection, LAST_FULL)
    # A last one of the future was dated by a clock that was wrong.
    return after is None and (full or last is None or abs(now - float(last)) >= FULL_EVERY_S)


def read_pages(
    client: StravaClient,
    known: dict[int, KnownActivity],
    listing: Listing,
    *,
    whole: bool,
    after: int | None,
    all_sports: bool,
) -> Iterator[list[ListedActivity]]:
    """As many pages of the list as are needed, asked for one by one; ``listing`` learns the ids and if it was whole.

    The ``whole`` list, or that since ``after``, ends with an empty page, the only sure end. Otherwise pages until a
    full one tells nothing new; where all that is known fits on one page, that page is whole.
    """
    for number, page in enumerate(client.list_activities(after=after)):
        entries = [_entry(summary, known, all_sports=all_sports) for summary in page]
        listing.seen.update(entry.told.strava_id for entry in entries)
        listing.unknown_behind += number > 0 and sum(entry.told.strava_id not in known for entry in entries)
        yield entries
        if whole or after is not None:
            continue
        is_short = len(page) < PER_PAGE
        if is_short and _holds_all_known(known, listing):
            listing.is_whole = True
            return
        if not is_short and all(entry.is_current for entry in entries):
            return
    listing.is_whole = after is None


def read_list(
    connection: sqlite3.Connection,
    client: StravaClient,
    *,
    full: bool,
    after: int | None,
    all_sports: bool,
    accept_deletions: bool,
    sees_private: bool,
    now: float,
    progress: Callable[[int], None],
    stop: Callable[[], bool] = lambda: False,
) -> Listing:
    """Read as much of the list as is needed, and keep each page in one transaction; ``stop`` ends it after a page."""
    known = known_activities.known(connection)
    whole = needs_detail(connection, full=full, after=after, now=now)
    listing = Listing()
    for page in read_pages(client, known, listing, whole=whole, after=after, all_sports=all_sports):
        _keep(connection, page, listing)
        progress(len(listing.seen))
        if stop():
            return listing
    if listing.is_whole:
        with write_transaction(connection):
            _look_for_missing(connection, known, listing, accept=accept_deletions, sees_private=sees_private)
            sync_state.put(connection, LAST_FULL, None if listing.unknown_behind else str(int(now)))
    return listing


def deleted_ids(
    known: dict[int, KnownActivity], listing: Listing, *, accept: bool, sees_private: bool
) -> dict[int, KnownActivity]:
    """What is here and not in a whole list; nothing where that is so much that it is ``withheld``.

    Private ones that the connection may not see are not missing, and what a person has brought back stays.
    """
    gone = {
        strava_id: here
        for strava_id, here in known.items()
        if strava_id not in listing.seen
        and not here.is_deleted
        and here.summary_hash != known_activities.KEPT
        and (sees_private or not here.is_private)
    }
    standing = sum(not here.is_deleted for here in known.values())
    if len(gone) > MANY_GONE and len(gone) > MANY_GONE_SHARE * standing and not accept:
        listing.withheld = len(gone)
        return {}
    return gone


def _look_for_missing(
    connection: sqlite3.Connection,
    known: dict[int, KnownActivity],
    listing: Listing,
    *,
    accept: bool,
    sees_private: bool,
) -> None:
    """Queue a fetch for each activity that a whole list does not hold any more: a 404 is what makes it deleted.

    A list that changed while it was paged may have skipped one; asking for it by its id tells.
    """
    for strava_id, here in deleted_ids(known, listing, accept=accept, sees_private=sees_private).items():
        payload = {"stravaId": strava_id, "startTime": here.start_time, "listHash": here.summary_hash}
        listing.missing += jobs.enqueue(connection, "fetch", payload, "sync")


def _holds_all_known(known: dict[int, KnownActivity], listing: Listing) -> bool:
    """After a short page on which nothing known is missing there is no reason to think that another one follows."""
    return all(
        strava_id in listing.seen or here.is_deleted or here.summary_hash == known_activities.KEPT
        for strava_id, here in known.items()
    )


def _keep(connection: sqlite3.Connection, page: list[ListedActivity], listing: Listing) -> None:
    """Write one page."""
    with write_transaction(connection):
        for entry in page:
            if entry.is_current:
                continue
            told = entry.told
            put_summary(connection, told, entry.fingerprint, is_final=not entry.in_full)
            listing.written += 1
            if entry.in_full and not known_activities.was_given_up(connection, told.strava_id, entry.fingerprint):
                payload = {"stravaId": told.strava_id, "startTime": told.start_time_s, "listHash": entry.fingerprint}
                listing.queued += jobs.enqueue(connection, "fetch", payload, "sync")


def _entry(summary: dict[str, Any], known: dict[int, KnownActivity], *, all_sports: bool) -> ListedActivity:
    told, fingerprint = activity_of(summary), summary_hash(summary)
    in_full = all_sports or is_running(told.sport_type or "")
    here = known.get(told.strava_id)
    is_current = here is not None and _is_current(here, fingerprint, in_full=in_full)
    return ListedActivity(told, fingerprint, in_full, is_current)


def _is_current(here: KnownActivity, fingerprint: str, *, in_full: bool) -> bool:
    return here.summary_hash == fingerprint and not here.is_deleted and (here.was_fetched or not in_full)
