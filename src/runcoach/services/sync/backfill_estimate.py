"""When a backfill will be home: activities are fetched window by window until all are done; no clock, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from runcoach.sources.strava.rate_limit import DAY_S, MARGIN_S, QUARTER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcoach.domain.json_format import EpochSeconds
    from runcoach.sources.strava.rate_limit import RateLimitBudget

#: What Strava grants a new application, taken where its headers have not been seen yet.
USUAL_QUARTER, USUAL_DAY = 100, 1000

#: Detail and streams; a fetch begins only where both fit into what is left.
READS_AN_ACTIVITY = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """One activity to be fetched: when it began (seconds since 1970; None: not known), and what it costs."""

    start_time: int | None
    reads: int = READS_AN_ACTIVITY


@dataclass(frozen=True, slots=True)
class EstimateWindow:
    """What fits into the quarter of an hour that ``opens_at``; the oldest activity in it began at ``back_to``."""

    opens_at: EpochSeconds
    activities: int = 0
    reads: int = 0
    back_to: EpochSeconds | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """The same for one of Strava's days, which begin at midnight UTC."""

    day: date
    activities: int = 0
    reads: int = 0
    back_to: EpochSeconds | None = None


@dataclass(frozen=True, slots=True)
class BackfillEstimate:
    """``activities`` to fetch with so many ``reads``: how many now, today, in each window and on each day.

    Windows and days in which nothing is fetched are left out, but for ``this_quarter`` and ``today``. The last of them
    is home at ``done_at``, in seconds since 1970.
    """

    activities: int
    reads: int
    this_quarter: EstimateWindow
    today: Day
    windows: tuple[EstimateWindow, ...]
    days: tuple[Day, ...]
    done_at: EpochSeconds


def estimate_backfill(
    wanted: Sequence[Wanted], budget: RateLimitBudget | None, now: float, *, first_reads: int = 0
) -> BackfillEstimate:
    """Fetch ``wanted`` in its order from ``now`` on (Strava's clock), as fast as the limits allow, alone with them.

    ``first_reads`` are spent before the first of them, on the list.
    """
    purse = _Purse.of(budget, now)
    for _ in range(first_reads):
        purse.spend(1, need=1)
    spent = [(purse.spend(item.reads, need=READS_AN_ACTIVITY), item) for item in wanted]
    windows = tuple(EstimateWindow(*sums) for sums in _summed(spent))
    by_day = _summed((at // DAY_S * DAY_S, item) for at, item in spent)
    days = tuple(Day(_day(at), activities, reads, back_to) for at, activities, reads, back_to in by_day)
    opened = now // QUARTER_S * QUARTER_S
    return BackfillEstimate(
        activities=len(wanted),
        reads=sum(item.reads for item in wanted),
        this_quarter=next((window for window in windows if window.opens_at == opened), EstimateWindow(opened)),
        today=next((day for day in days if day.day == _day(now)), Day(_day(now))),
        windows=windows,
        days=days,
        done_at=now if purse.opened_at == opened else purse.opened_at + MARGIN_S,
    )


@dataclass(slots=True)
class _Purse:
    """The reads that may be spent: what is left of this quarter and this day, and what the next ones will hold."""

    opened_at: float
    quarter: int
    day: int
    quarter_left: int
    day_left: int

    @classmethod
    def of(cls, budget: RateLimitBudget | None, now: float) -> _Purse:
        opened_at = now // QUARTER_S * QUARTER_S
        if budget is None:
            return cls(opened_at, USUAL_QUARTER, USUAL_DAY, USUAL_QUARTER, USUAL_DAY)
        quarters = ((budget.quarter_limit, budget.quarter_used), (budget.read_quarter_limit, budget.read_quarter_used))
        days = ((budget.day_limit, budget.day_used), (budget.read_day_limit, budget.read_day_used))
        return cls(
            opened_at,
            _limit(quarters, USUAL_QUARTER),
            _limit(days, USUAL_DAY),
            _left(quarters, USUAL_QUARTER, is_current=budget.seen_at // QUARTER_S == now // QUARTER_S),
            _left(days, USUAL_DAY, is_current=budget.seen_at // DAY_S == now // DAY_S),
        )

    def spend(self, reads: int, *, need: int) -> float:
        """Spend ``reads`` in the first window that has ``need`` left; when that window opens."""
        while min(self.quarter_left, self.day_left) < need:
            self._turn_over(DAY_S if self.day_left < need else QUARTER_S)
        self.quarter_left -= reads
        self.day_left -= reads
        return self.opened_at

    def _turn_over(self, length_s: int) -> None:
        """On to the next quarter, or to the first one of the next day."""
        following = (self.opened_at // length_s + 1) * length_s
        if following // DAY_S != self.opened_at // DAY_S:
            self.day_left = self.day
        self.opened_at, self.quarter_left = following, self.quarter


_Limits = tuple[tuple[int | None, int | None], ...]


def _limit(pairs: _Limits, usual: int) -> int:
    """The tighter limit; one that is too small for a single activity is as good as that, or there would be no end."""
    return max(min((limit for limit, _ in pairs if limit), default=usual), READS_AN_ACTIVITY)


def _left(pairs: _Limits, usual: int, *, is_current: bool) -> int:
    """What is left of the window that holds now; all of it where the budget is of an earlier one."""
    return max(min((limit - (used or 0) * is_current for limit, used in pairs if limit), default=usual), 0)


def _summed(spent: Iterable[tuple[float, Wanted]]) -> Iterator[tuple[float, int, int, int | None]]:
    """``(when, activities, reads, start of the oldest)`` of each moment; the moments never go back."""
    for at, group in groupby(spent, key=itemgetter(0)):
        items = [item for _, item in group]
        starts = (item.start_time for item in items if item.start_time is not None)
        yield at, len(items), sum(item.reads for item in items), min(starts, default=None)


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
