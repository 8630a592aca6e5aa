"""Windows of time that efforts are ranked in: all, 2y, 1y, 3m, or any number of days, months or years."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from runcoach.errors import UsageError

#: The windows whose ranks are stored.
STORED = ("all", "2y", "1y", "3m")

_SPAN = re.compile(r"(\d{1,5})([dmy])", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """A window such as "1y"; the dates that it covers depend on the day it ends."""

    text: str
    days: int = 0
    months: int = 0

    def after(self, as_of: date) -> date | None:
        """The last local date that is *not* inside the window ending on ``as_of``; None: it has no beginning.

        The window as of day D holds the dates in (D − window, D]. Months and years are of the calendar, clamped at
        the end of a month: one month before 31 March is 28 (or 29) February.
        """
        if self.text == "all":
            return None
        try:
            return as_of - timedelta(days=self.days) if self.days else _months_before(as_of, self.months)
        except (OverflowError, ValueError):
            return None  # it begins before the year 1


#: Everything up to the day it ends on.
ALL_TIME = Window("all")


def local_today() -> date:
    """Today by this machine's clock: windows end on the runner's own day."""
    return date.today()  # noqa: DTZ011


def is_new(day: str, as_of: date) -> bool:
    """Whether a local date (``YYYY-MM-DD``) is within the four weeks before ``as_of``."""
    return (as_of - date.fromisoformat(day)).days < 28


def age(day: str, as_of: date) -> tuple[int, str]:
    """How long before ``as_of`` a local date was, as (number, unit) with unit day, week, month or year."""
    days = (as_of - date.fromisoformat(day)).days
    for limit, length, unit in ((14, 1, "day"), (70, 7, "week"), (730, 30, "month")):
        if days < limit:
            return max(days, 0) // length, unit
    return days // 365, "year"


def parse_window(text: str) -> Window:
    """A window from ``all``, ``Nd``, ``Nm`` or ``Ny``; raises UsageError for anything else, and for N = 0."""
    word = text.strip().lower()
    if word == "all":
        return ALL_TIME
    match = _SPAN.fullmatch(word)
    if match is None or int(match[1]) == 0:
        raise UsageError(f"{text!r} is not a valid window", hint="use all, or days, months or years: 90d, 3m, 1y")
    count, unit = int(match[1]), match[2]
    canonical = f"{count}{unit}"
    if unit == "d":
        return Window(canonical, days=count)
    return Window(canonical, months=count * (12 if unit == "y" else 1))


def parse_date(text: str) -> date:
    """A calendar day from ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY`` (their first day); UsageError otherwise."""
    match = _DATE.fullmatch(text.strip())
    try:
        year, month, day = (int(part or 1) for part in match.groups()) if match else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise UsageError(f"{text!r} is not a valid date", hint="use 2026-11-23, 2026-11 or 2026") from None


def parse_local_time(text: str) -> tuple[date, time | None]:
    """Day, and time if given, of ``2026-11-23`` or ``2026-11-23 08:15``; raises UsageError for anything else."""
    day, _, clock = text.strip().replace("T", " ").partition(" ")
    try:
        return date.fromisoformat(day), time.fromisoformat(clock) if clock else None
    except ValueError:
        raise UsageError(f"{text!r} is not a valid date", hint="write it as 2026-11-23 or 2026-11-23 08:15") from None


def parse_last_date(text: str) -> date:
    """The last day of what :func:`parse_date` reads: of the day, the month (``2026-11``) or the year (``2026``)."""
    first = parse_date(text)
    parts = text.count("-")
    if parts == 2:
        return first
    month = 12 if parts == 0 else first.month
    return date(first.year, month, calendar.monthrange(first.year, month)[1])


def _months_before(day: date, months: int) -> date:
    year, month0 = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))
