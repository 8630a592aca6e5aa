"""When a backfill will be complete: reads are spent window by window until all are done; no clock, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.sources.strava.budget import DAY_S, MARGIN_S, QUARTER_S

if TYPE_CHECKING:
    from runcoach.sources.strava.budget import Budget

#: What Strava grants a new application, taken where its headers have not been seen yet.
USUAL_QUARTER, USUAL_DAY = 100, 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """``reads`` needed, how many fit into this quarter of an hour and into this day, and when the last is done."""

    reads: int
    this_quarter: int
    this_day: int
    done_at: float


def plan(reads: int, budget: Budget | None, now: float) -> Plan:
    """Spend ``reads`` from ``now`` on (Strava's clock), as fast as the limits allow and nobody else reads."""
    quarter, day = _limits(budget)
    quarter_room = _room(quarter, _used(budget, now, QUARTER_S), reads)
    day_room = _room(day, _used(budget, now, DAY_S), reads)
    first = min(quarter_room, day_room)
    left, at, spent_today = reads - first, now, day - day_room + first
    while left > 0:
        following = (at // QUARTER_S + 1) * QUARTER_S
        if following // DAY_S != at // DAY_S:
            spent_today = 0
        at = following
        if spent_today >= day:
            at = (at // DAY_S + 1) * DAY_S - QUARTER_S  # nothing more today: on to the last quarter before midnight
            continue
        spent = min(quarter, day - spent_today, left)
        left, spent_today = left - spent, spent_today + spent
    return Plan(reads, first, min(reads, day_room), at if at == now else at + MARGIN_S)


def _limits(budget: Budget | None) -> tuple[int, int]:
    if budget is None:
        return USUAL_QUARTER, USUAL_DAY
    quarters = [limit for limit in (budget.quarter_limit, budget.read_quarter_limit) if limit]
    days = [limit for limit in (budget.day_limit, budget.read_day_limit) if limit]
    return min(quarters, default=USUAL_QUARTER), min(days, default=USUAL_DAY)


def _used(budget: Budget | None, now: float, length_s: int) -> int:
    """What of the tighter limit is used up in the window that holds ``now``."""
    if budget is None or budget.seen_at // length_s != now // length_s:
        return 0
    if length_s == DAY_S:
        pairs = ((budget.day_limit, budget.day_used), (budget.read_day_limit, budget.read_day_used))
    else:
        pairs = ((budget.quarter_limit, budget.quarter_used), (budget.read_quarter_limit, budget.read_quarter_used))
    known = [(limit - (used or 0), limit) for limit, used in pairs if limit]
    room, _ = min(known, default=(0, 0))
    smallest = min((limit for _, limit in known), default=0)
    return max(0, smallest - room)


def _room(limit: int, used: int, reads: int) -> int:
    return max(0, min(limit - used, reads))
