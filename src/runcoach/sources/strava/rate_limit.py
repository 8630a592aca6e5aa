"""Strava's limits as pure functions: what its headers say is left, and until when there is nothing; no clock, no I/O.

All times here are Strava's: seconds since 1970, UTC, by its clock. Quarters of an hour begin at :00, :15, :30 and :45,
days at 00:00 UTC. Other programs of the same application spend from the same budget, so what the headers say counts
and nothing is counted here, but for the reads on their way whose headers nobody has seen yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

QUARTER_S = 900
DAY_S = 86_400

#: How long after a window has begun we believe it: Strava's machines do not all turn the page at the same instant.
MARGIN_S = 2.0

#: A budget seen further in the future than this was seen by a better clock than ours: it tells us nothing.
_FUTURE_S = 60.0

_PAIR = re.compile(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*", re.ASCII)

Window = Literal["quarter", "day"]


@dataclass(frozen=True, slots=True)
class RateLimitBudget:
    """The limits and their use as Strava last told them at ``seen_at``; None where it said nothing.

    The first four are of all calls, the ``read_`` four of reads alone; a read has to fit into both.
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


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a read has to wait: ``seconds``, until Strava's clock shows ``until``; ``window`` None: not at all."""

    window: Window | None = None
    until: float = 0.0
    seconds: float = 0.0


def from_headers(headers: Mapping[str, str], seen_at: float) -> RateLimitBudget | None:
    """The budget that an answer's headers tell; malformed ones are as good as missing, None where none is left.

    ``headers`` is looked up by lower-case names.
    """
    names = (
        ("quarter_limit", "day_limit", "x-ratelimit-limit"),
        ("quarter_used", "day_used", "x-ratelimit-usage"),
        ("read_quarter_limit", "read_day_limit", "x-readratelimit-limit"),
        ("read_quarter_used", "read_day_used", "x-readratelimit-usage"),
    )
    told: dict[str, int] = {}
    for quarter, day, header in names:
        pair = _PAIR.fullmatch(headers.get(header, ""))
        if pair:
            told[quarter], told[day] = int(pair[1]), int(pair[2])
    return RateLimitBudget(seen_at, **told) if told else None


def merged(old: RateLimitBudget | None, new: RateLimitBudget | None) -> RateLimitBudget | None:
    """What two answers tell together: answers overtake each other, but within one window use never shrinks."""
    if old is None or new is None:
        return old or new
    first, last = sorted((old, new), key=lambda budget: budget.seen_at)
    values: dict[str, int | None] = {}
    for field in fields(RateLimitBudget):
        if field.name == "seen_at":
            continue
        before, after = getattr(first, field.name), getattr(last, field.name)
        length_s = QUARTER_S if "quarter" in field.name else DAY_S
        if field.name.endswith("_used") and not _same(length_s, first.seen_at, last.seen_at):
            before = None
        if field.name.endswith("_used") and before is not None and after is not None:
            values[field.name] = max(before, after)
        else:
            values[field.name] = before if after is None else after
    return RateLimitBudget(last.seen_at, **values)


def reads_left(budget: RateLimitBudget | None, now: float, in_flight: int = 0) -> int | None:
    """How many reads may be sent before a window closes; None where Strava has not said."""
    rooms = [room for room in (_room(budget, now, QUARTER_S), _room(budget, now, DAY_S)) if room is not None]
    return max(0, min(rooms) - in_flight) if rooms else None


def wait(budget: RateLimitBudget | None, now: float, in_flight: int = 0) -> Wait:
    """How long the next read has to wait, with ``in_flight`` others on their way; the unknown holds nothing up."""
    for window, length_s in (("day", DAY_S), ("quarter", QUARTER_S)):
        room = _room(budget, now, length_s)
        if room is not None and room <= in_flight:
            return waiting("day" if window == "day" else "quarter", now)
    return Wait()


def waiting(window: Window, now: float) -> Wait:
    """The wait from ``now`` to the beginning of the next quarter or day, with a margin."""
    length_s = DAY_S if window == "day" else QUARTER_S
    until = (now // length_s + 1) * length_s + MARGIN_S
    return Wait(window, until, until - now)


def _room(budget: RateLimitBudget | None, now: float, length_s: int) -> int | None:
    """Calls left in the window of this length that holds ``now``; None where it is not known (a limit of 0 is none)."""
    if budget is None or budget.seen_at > now + _FUTURE_S:
        return None
    current = _same(length_s, budget.seen_at, now)
    if length_s == DAY_S:
        pairs = ((budget.day_limit, budget.day_used), (budget.read_day_limit, budget.read_day_used))
    else:
        pairs = ((budget.quarter_limit, budget.quarter_used), (budget.read_quarter_limit, budget.read_quarter_used))
    rooms = [limit - ((used or 0) if current else 0) for limit, used in pairs if limit]
    return max(0, min(rooms)) if rooms else None


def _same(length_s: int, one: float, other: float) -> bool:
    """Whether two moments lie in the same window; one just before its beginning is not in it."""
    return one // length_s == other // length_s
