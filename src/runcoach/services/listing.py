"""The first half of a sync: ask Strava for its list, write what it tells, queue what is to be fetched in full."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runcoach.domain.sports import is_running
from runcoach.ingest.strava import put_summary
from runcoach.sources.strava.client import PER_PAGE
from runcoach.sources.strava.payload import activity_of, summary_hash
from runcoach.store import jobs, strava, syncstate
from runcoach.store.engine import write

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.sources.strava.client import StravaClient
    from runcoach.store.strava import Known

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
    """

    seen: set[int] = field(default_factory=set)
    queued: int = 0
    written: int = 0
    is_whole: bool = False
    missing: int = 0
    withheld: int = 0


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
) -> Listing:
    """Read as much of the list as is needed, and keep each page in one transaction.

    The whole list the first time, every seven days and when asked to (``full``); it ends with an empty page, the only
    sure end. Otherwise pages until a full one tells nothing new; where all that is known fits on one page, that
    page is whole.
    """
    known = strava.known(connection)
    last = syncstate.get(connection, LAST_FULL)
    whole = after is None and (full or last is None or now - float(last) >= FULL_EVERY_S)
    listing = Listing()
    for page in client.list_activities(after=after):
        news = _keep(connection, page, known, listing, all_sports=all_sports)
        progress(len(listing.seen))
        if whole or after is not None:
            continue
        is_short = len(page) < PER_PAGE
        if is_short and _holds_all_known(known, listing):
            listing.is_whole = True
            break
        if not news and not is_short:
            break
    else:
        listing.is_whole = after is None
    if listing.is_whole:
        with write(connection):
            _look_for_missing(connection, known, listing, accept=accept_deletions, sees_private=sees_private)
            syncstate.put(connection, LAST_FULL, str(int(now)))
    return listing


def _look_for_missing(
    connection: sqlite3.Connection, known: dict[int, Known], listing: Listing, *, accept: bool, sees_private: bool
) -> None:
    """Queue a fetch for each activity that a whole list does not hold any more: a 404 is what makes it deleted.

    A list that changed while it was paged may have skipped one; asking for it by its id tells. Private ones that the
    connection may not see are not missing, and what a person has brought back stays.
    """
    gone = {
        strava_id: here
        for strava_id, here in known.items()
        if strava_id not in listing.seen
        and not here.is_deleted
        and here.summary_hash != strava.KEPT
        and (sees_private or not here.is_private)
    }
    standing = sum(not here.is_deleted for here in known.values())
    if len(gone) > MANY_GONE and len(gone) > MANY_GONE_SHARE * standing and not accept:
        listing.withheld = len(gone)
        return
    for strava_id, here in gone.items():
        payload = {"stravaId": strava_id, "startTime": here.start_time, "listHash": here.summary_hash}
        listing.missing += jobs.enqueue(connection, "fetch", payload, "sync")


def _holds_all_known(known: dict[int, Known], listing: Listing) -> bool:
    """After a short page on which nothing known is missing there is no reason to think that another one follows."""
    return all(
        strava_id in listing.seen or here.is_deleted or here.summary_hash == strava.KEPT
        for strava_id, here in known.items()
    )


def _keep(
    connection: sqlite3.Connection,
    page: list[dict[str, Any]],
    known: dict[int, Known],
    listing: Listing,
    *,
    all_sports: bool,
) -> bool:
    """Write one page; whether it told anything new."""
    news = False
    with write(connection):
        for summary in page:
            told = activity_of(summary)
            listing.seen.add(told.strava_id)
            fingerprint = summary_hash(summary)
            in_full = all_sports or is_running(told.sport_type or "")
            here = known.get(told.strava_id)
            if here is not None and _is_current(here, fingerprint, in_full=in_full):
                continue
            news = True
            put_summary(connection, told, fingerprint, is_final=not in_full)
            listing.written += 1
            if in_full and not strava.was_given_up(connection, told.strava_id, fingerprint):
                payload = {"stravaId": told.strava_id, "startTime": told.start_time_s, "listHash": fingerprint}
                listing.queued += jobs.enqueue(connection, "fetch", payload, "sync")
    return news


def _is_current(here: Known, fingerprint: str, *, in_full: bool) -> bool:
    return here.summary_hash == fingerprint and not here.is_deleted and (here.was_fetched or not in_full)
