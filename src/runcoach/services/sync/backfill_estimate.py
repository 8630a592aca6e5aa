"""Estimate when a backfill ends, rate limit window by window; no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter

from runcoach.domain.json_format import EpochSeconds
from runcoach.sources.strava.rate_limit import DAY_S, MARGIN_S, QUARTER_S, RateLimitBudget

#: The limits of a new application, assumed until Strava's headers have been seen.
DEFAULT_QUARTER_LIMIT, DEFAULT_DAY_LIMIT = 100, 1000

#: Detail and streams; a fetch begins only where both fit into the budget.
READS_AN_ACTIVITY = 2


@dataclass(frozen=True, slots=True)
class PendingFetch:
    """One activity to fetch: its start in seconds since 1970 (None: unknown), and the reads it costs."""

    start_time: int | None
    reads: int = READS_AN_ACTIVITY


@dataclass(frozen=True, slots=True)
class EstimateWindow:
    """What is fetched in the 15 minutes from ``opens_at`` on; the oldest activity starts at ``back_to``."""

    opens_at: EpochSeconds
    activities: int = 0
    reads: int = 0
    back_to: EpochSeconds | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """As :class:`EstimateWindow`, for a UTC day."""

    day: date
    activities: int = 0
    reads: int = 0
    back_to: EpochSeconds | None = None


@dataclass(frozen=True, slots=True)
class BackfillEstimate:
    """``activities`` to fetch with ``reads`` requests, by window and by day; done at ``done_at`` (since 1970).

    Windows and days without a fetch are left out, except ``this_quarter`` and ``today``.
    """

    activities: int
    reads: int
    this_quarter: EstimateWindow
    today: Day
    windows: tuple[EstimateWindow, ...]
    days: tuple[Day, ...]
    done_at: EpochSeconds


def estimate_backfill(
    pending: Sequence[PendingFetch], budget: RateLimitBudget | None, now: float, *, first_reads: int = 0
) -> BackfillEstimate:
    """Estimate fetching ``pending`` in this order from ``now`` on (Strava's clock), as fast as the limits allow.

    ``first_reads`` are spent before, on the list. Other users of the same limits are not considered.
    """
    budget_left = _ReadBudget(budget, now)
    for _ in range(first_reads):
        budget_left.spend(1, need=1)
    spent = [(budget_left.spend(item.reads, need=READS_AN_ACTIVITY), item) for item in pending]
    windows = tuple(EstimateWindow(*sums) for sums in _summed(spent))
    by_day = _summed((at // DAY_S * DAY_S, item) for at, item in spent)
    days = tuple(Day(_day(at), activities, reads, back_to) for at, activities, reads, back_to in by_day)
    opened = now // QUARTER_S * QUARTER_S
    return BackfillEstimate(
        activities=len(pending),
        reads=sum(item.reads for item in pending),
        this_quarter=next((window for window in windows if window.opens_at == opened), EstimateWindow(opened)),
        today=next((day for day in days if day.day == _day(now)), Day(_day(now))),
        windows=windows,
        days=days,
        done_at=now if budget_left.opened_at == opened else budget_left.opened_at + MARGIN_S,
    )


class _ReadBudget:
    """Reads left in this quarter and this day, and the limits of later ones."""

    def __init__(self, budget: RateLimitBudget | None, now: float) -> None:
        self.opened_at = now // QUARTER_S * QUARTER_S
        quarters = (budget.usage("quarter", now) if budget else None) or [(0, DEFAULT_QUARTER_LIMIT)]
        days = (budget.usage("day", now) if budget else None) or [(0, DEFAULT_DAY_LIMIT)]
        # At least the cost of one activity: with a lower limit the estimate would never end.
        self.quarter, self.day = (
            max(min(limit for _, limit in usage), READS_AN_ACTIVITY) for usage in (quarters, days)
        )
        self.quarter_left, self.day_left = (
            max(min(limit - used for used, limit in usage), 0) for usage in (quarters, days)
        )

    def spend(self, reads: int, *, need: int) -> float:
        """Spend ``reads`` in the first window that has ``need`` left; returns the start of that window."""
        while min(self.quarter_left, self.day_left) < need:
            length_s = DAY_S if self.day_left < need else QUARTER_S
            following = (self.opened_at // length_s + 1) * length_s
            if following // DAY_S != self.opened_at // DAY_S:
                self.day_left = self.day
            self.opened_at, self.quarter_left = following, self.quarter
        self.quarter_left -= reads
        self.day_left -= reads
        return self.opened_at


def _summed(spent: Iterable[tuple[float, PendingFetch]]) -> Iterator[tuple[float, int, int, int | None]]:
    """``(window start, activities, reads, start of the oldest)`` for each window; ``spent`` is sorted by window."""
    for at, group in groupby(spent, key=itemgetter(0)):
        items = [item for _, item in group]
        starts = (item.start_time for item in items if item.start_time is not None)
        yield at, len(items), sum(item.reads for item in items), min(starts, default=None)


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
