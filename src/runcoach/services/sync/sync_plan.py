"""What a sync would do, before it does it: Strava is asked for the list alone, and nothing is kept but the limits."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from runcoach.errors import AccessTokenError, RateLimitError
from runcoach.services.auth.token_refresh import TokenRefresher
from runcoach.services.sync.backfill_estimate import BackfillEstimate, Wanted, estimate_backfill
from runcoach.services.sync.listing import Listing, deleted_ids, needs_detail, read_pages
from runcoach.services.sync.sync import midnight
from runcoach.sources.strava.client import StravaClient
from runcoach.sources.strava.limiter import RateLimiter
from runcoach.sources.strava.oauth import READ_ALL_ACTIVITIES, missing_scopes, parse_scopes
from runcoach.sources.strava.rate_limit import RateLimitBudget
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store import jobs
from runcoach.store.remote import known_activities, sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.config import Config
    from runcoach.domain.json_format import EpochSeconds
    from runcoach.services.sync.listing import ListedActivity
    from runcoach.services.sync.sync import SyncOptions
    from runcoach.store.remote.known_activities import KnownActivity

#: Typed in by hand: it has no streams to ask for. Missing from the list: the answer is that there is none.
READS_WITHOUT_STREAMS = 1


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a sync would fetch, and when the last of it would be home.

    ``new`` and ``changed`` are not in the queue yet, ``queued`` are; ``missing`` are not in Strava's list any more and
    would be asked for one by one, unless so many are ``withheld``. ``list_reads`` is what the list took, and will take
    again. Where ``limit`` names the window that kept it from being read to its end, the rest is planned without it.
    """

    listed: int
    list_reads: int
    new: int
    changed: int
    queued: int
    missing: int
    withheld: int
    plan: BackfillEstimate
    limit: str | None = None
    limit_until: EpochSeconds | None = None
    missing_scopes: tuple[str, ...] = ()


def plan_sync(
    config: Config,
    wishes: SyncOptions,
    *,
    progress: Callable[[int], None] | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> SyncPlan:
    """Plan the sync that these wishes ask for. Its errors are those of a sync; a limit is none."""
    with open_database(config) as connection:
        seen = sync_state.read_budget(connection)
        meter = RateLimiter(None if seen is None else RateLimitBudget(**seen), clock)  # type: ignore[arg-type]
        with StravaTransport(meter, sleep=sleep) as transport:
            refresher = TokenRefresher(config, transport, clock=clock)
            client = StravaClient(transport, config.settings.strava_api_url, refresher.token, refresher.renew)
            look = _Look(connection, client, wishes, refresher.scope, progress or _silence)
            try:
                look.read_list(clock())
            except AccessTokenError:  # refused although it has just been renewed
                raise refresher.degrade() from None
            finally:
                if meter.budget is not None:
                    with write_transaction(connection):
                        sync_state.write_budget(connection, asdict(meter.budget))
            return look.outlook()


def _silence(_: int) -> None:
    """Nobody is told."""


class _Look:
    """One reading of the list: what it shows, sorted by what a sync would do about it."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        client: StravaClient,
        wishes: SyncOptions,
        scope: str | None,
        progress: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._client = client
        self._wishes = wishes
        self._scope = scope
        self._progress = progress
        self._known = known_activities.known(connection)
        self._listing = Listing()
        self._limited: RateLimitError | None = None
        self._wanted = {row["strava_id"]: Wanted(row["start_time"]) for row in jobs.waiting(connection, "fetch")}
        self._counts = {"new": 0, "changed": 0, "queued": len(self._wanted), "missing": 0}

    def read_list(self, now: float) -> None:
        """As much of the list as a sync would read; where a limit ends it, what was read counts."""
        wishes = self._wishes
        after = None if wishes.since is None else midnight(wishes.since)
        whole = needs_detail(self._connection, full=wishes.full, after=after, now=now)
        try:
            for page in read_pages(
                self._client, self._known, self._listing, whole=whole, after=after, all_sports=wishes.all_sports
            ):
                for entry in page:
                    self._take(entry)
                self._progress(len(self._listing.seen))
        except RateLimitError as limited:
            self._limited = limited
        if self._listing.is_whole:
            self._take_missing()

    def outlook(self) -> SyncPlan:
        """The counts, and the plan: newest first, the list before all of them."""
        meter, scope = self._client.limiter, self._scope
        wanted = sorted(self._wanted.values(), key=lambda one: -(one.start_time or 0))
        list_reads = meter.reads_sent
        planned = estimate_backfill(wanted, meter.budget, meter.server_time, first_reads=list_reads)
        return SyncPlan(
            listed=len(self._listing.seen),
            list_reads=list_reads,
            **self._counts,
            withheld=self._listing.withheld,
            plan=replace(planned, done_at=planned.done_at - meter.skew_s),
            limit=self._limited.window if self._limited else None,
            limit_until=self._limited.until if self._limited else None,
            missing_scopes=() if scope is None else missing_scopes(scope),
        )

    def _take(self, entry: ListedActivity) -> None:
        told = entry.told
        if entry.is_current or not entry.in_full:
            return
        reads = {"reads": READS_WITHOUT_STREAMS} if told.is_manual else {}
        wanted = Wanted(told.start_time_s, **reads)
        if told.strava_id in self._wanted:
            self._wanted[told.strava_id] = wanted
        elif not known_activities.was_given_up(self._connection, told.strava_id, entry.fingerprint):
            self._wanted[told.strava_id] = wanted
            here = self._known.get(told.strava_id)
            self._counts["new" if here is None or not here.was_fetched else "changed"] += 1

    def _take_missing(self) -> None:
        """What is gone from a whole list would be asked for by its id."""
        sees_private = READ_ALL_ACTIVITIES in parse_scopes(self._scope) if self._scope else True
        accept = self._wishes.accept_deletions
        gone: dict[int, KnownActivity] = deleted_ids(
            self._known, self._listing, accept=accept, sees_private=sees_private
        )
        for strava_id, here in gone.items():
            if strava_id not in self._wanted:
                self._wanted[strava_id] = Wanted(here.start_time, READS_WITHOUT_STREAMS)
                self._counts["missing"] += 1
