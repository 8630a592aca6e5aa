"""Options of a sync, its progress, and its report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from runcoach.domain.json_format import EpochSeconds
from runcoach.errors import ExitCode


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """Options of one sync.

    ``limit`` bounds the activities fetched, ``wait`` allows waiting for rate limits and retries, ``queue_only``
    fetches what is queued without reading the list.
    """

    full: bool = False
    since: date | None = None
    limit: int | None = None
    wait: bool = False
    all_sports: bool = False
    accept_deletions: bool = False
    queue_only: bool = False

    @property
    def after_s(self) -> int | None:
        """Strava's exclusive ``after`` parameter for ``since``: one second before that day's local midnight."""
        if self.since is None:
            return None
        return int(datetime.combine(self.since, time.min).astimezone().timestamp()) - 1


class SyncStage(StrEnum):
    """What a sync is doing."""

    LIST = "list"
    FETCH = "fetch"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """Progress of a sync: ``done`` of ``total`` activities, reads left in this window, seconds left to wait."""

    stage: SyncStage
    done: int = 0
    total: int = 0
    reads_left: int | None = None
    wait_s: float = 0.0
    waits_for: str = "limit"  # or retry


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did; times in seconds since 1970.

    ``left`` activities are still queued and, within the known limits, fetched by ``done_at``. ``open_trouble`` counts
    jobs that wait for another attempt or were given up. ``limit`` is the window of the rate limit that ended the sync,
    ``limit_until`` its end. ``skipped`` rows of the list are not to be imported. ``withheld`` activities are missing
    from the list but too many to be marked deleted. ``list_read`` is False where a limit kept the list from being read.
    ``expired`` activities were removed by the setting ``strava_api_retention_days``. ``wellness_days`` days got new
    values of the body; ``wellness_problem`` is why others could not be fetched.
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
    source: str = "strava"
    skipped: int = 0
    withheld: int = 0
    list_read: bool = True
    expired: int = 0
    wellness_days: int = 0
    wellness_problem: str | None = None

    @property
    def stored_counts(self) -> dict[str, int]:
        """What is stored of a successful sync."""
        return {"new": self.new, "updated": self.updated, "deleted": self.deleted, "left": self.left}

    @property
    def exit_code(self) -> ExitCode:
        """5 where a limit left something to do, 3 where something failed, else 0."""
        if self.limit is not None and (self.left or not self.list_read):
            return ExitCode.LIMIT
        return ExitCode.PARTLY if self.open_trouble else ExitCode.OK
