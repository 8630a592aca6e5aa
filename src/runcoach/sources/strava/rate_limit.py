"""Strava's rate limits as pure functions: the budget from headers, and how long to wait.

All times are seconds since 1970 by Strava's clock. Quarter-hours begin at :00, :15, :30 and :45, days at 00:00 UTC.
Other programs of the same application use the same budget, so it is always taken from headers, never counted, except
for reads in flight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

QUARTER_S = 900
DAY_S = 86_400

#: Seconds after the start of a window until it is used: Strava's servers do not all switch at the same instant.
MARGIN_S = 2.0

#: A budget seen further in the future than this is from a wrong clock and ignored.
_MAX_FUTURE_S = 60.0

_PAIR = re.compile(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*", re.ASCII)

Window = Literal["quarter", "day"]

_LENGTH_S: dict[Window, int] = {"day": DAY_S, "quarter": QUARTER_S}


@dataclass(frozen=True, slots=True)
class RateLimitBudget:
    """The limits and their use as Strava stated them at ``seen_at``; None where unknown.

    The first four are for all requests, the ``read_`` four for reads; a read counts in both.
    """

    seen_at: float
    quarter_limit: int | None = None
    quarter_used: int | None = None
    day_limit: int | None = None
    day_used: int | None = None
    read_quarter_limit: int | None = None
    read_quarter_used: int | None = None
    read_day_limit: int | None = None
    read_day_used: int | None = None

    def usage(self, window: Window, now: float) -> list[tuple[int, int]]:
        """``(used, limit)`` in the window at ``now``, of all requests and of reads, as far as the limit is known.

        A limit of 0 is ignored. Nothing is used of a window that began after ``seen_at``.
        """
        is_current = _in_same_window(_LENGTH_S[window], self.seen_at, now)
        if window == "day":
            pairs = ((self.day_used, self.day_limit), (self.read_day_used, self.read_day_limit))
        else:
            pairs = ((self.quarter_used, self.quarter_limit), (self.read_quarter_used, self.read_quarter_limit))
        return [((used or 0) if is_current else 0, limit) for used, limit in pairs if limit]


def from_headers(headers: Mapping[str, str], seen_at: float) -> RateLimitBudget | None:
    """The budget in a response's headers, by lower-case names; malformed ones are ignored, None if there are none."""
    names = (
        ("quarter_limit", "day_limit", "x-ratelimit-limit"),
        ("quarter_used", "day_used", "x-ratelimit-usage"),
        ("read_quarter_limit", "read_day_limit", "x-readratelimit-limit"),
        ("read_quarter_used", "read_day_used", "x-readratelimit-usage"),
    )
    values: dict[str, int] = {}
    for quarter, day, header in names:
        pair = _PAIR.fullmatch(headers.get(header, ""))
        if pair:
            values[quarter], values[day] = int(pair[1]), int(pair[2])
    return RateLimitBudget(seen_at, **values) if values else None


def merged(old: RateLimitBudget | None, new: RateLimitBudget | None) -> RateLimitBudget | None:
    """Merge the budgets of two responses in any order: within one window, use never decreases."""
    if old is None or new is None:
        return old or new
    first, last = sorted((old, new), key=lambda budget: budget.seen_at)
    values: dict[str, int | None] = {}
    for field in fields(RateLimitBudget):
        if field.name == "seen_at":
            continue
        before, after = getattr(first, field.name), getattr(last, field.name)
        length_s = QUARTER_S if "quarter" in field.name else DAY_S
        if field.name.endswith("_used") and not _in_same_window(length_s, first.seen_at, last.seen_at):
            before = None
        if field.name.endswith("_used") and before is not None and after is not None:
            values[field.name] = max(before, after)
        else:
            values[field.name] = before if after is None else after
    return RateLimitBudget(last.seen_at, **values)


def reads_left(budget: RateLimitBudget | None, now: float, in_flight: int = 0) -> int | None:
    """Reads that may be sent before a window is used up; None if unknown."""
    left = [reads for window in _LENGTH_S if (reads := _left(budget, now, window)) is not None]
    return max(0, min(left) - in_flight) if left else None


def used_up(budget: RateLimitBudget | None, now: float, in_flight: int = 0) -> Window | None:
    """The window that has no room for a read, with ``in_flight`` others sent; None if there is room or unknown."""
    for window in _LENGTH_S:  # the day first: it is the longer wait
        left = _left(budget, now, window)
        if left is not None and left <= in_flight:
            return window
    return None


def end_of(window: Window, now: float) -> float:
    """When the quarter-hour or day of ``now`` ends, with a margin."""
    return (now // _LENGTH_S[window] + 1) * _LENGTH_S[window] + MARGIN_S


def _left(budget: RateLimitBudget | None, now: float, window: Window) -> int | None:
    """Reads left in the window at ``now``; None if unknown."""
    if budget is None or budget.seen_at > now + _MAX_FUTURE_S:
        return None
    left = [limit - used for used, limit in budget.usage(window, now)]
    return max(0, min(left)) if left else None


def _in_same_window(length_s: int, one: float, other: float) -> bool:
    return one // length_s == other // length_s
