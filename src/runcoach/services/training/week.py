"""Reads the sums of running days: the current week beside a typical one, this year beside the last."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from itertools import accumulate

from runcoach.domain.median import median
from runcoach.store import totals

#: The typical week is the median of this many weeks before the current one; None with fewer than the second number.
TYPICAL_WEEKS, MIN_WEEKS = 12, 3


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over some days, in metres and seconds of moving time."""

    runs: float = 0
    distance_m: float = 0.0
    moving_time_sec: float = 0
    elevation_gain_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar."""

    day: date
    sums: Sums


@dataclass(frozen=True, slots=True)
class Week:
    """One week from Monday to Sunday."""

    monday: date
    sums: Sums

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class ThisWeek:
    """The current week up to ``today``; ``days`` has all seven, future ones empty.

    ``typical_so_far`` are the medians of earlier weeks up to the same weekday, ``typical_week`` those of whole weeks;
    None with too few weeks.
    """

    today: date
    monday: date
    sums: Sums
    days: tuple[Day, ...]
    typical_so_far: Sums | None
    typical_week: Sums | None


@dataclass(frozen=True, slots=True)
class YearToDate:
    """Sums of ``year`` up to ``today``, and of the year before up to the same day.

    ``distances_m`` holds the distance from 1 January to each day up to today, ``before_distances_m`` the same of the
    whole year before.
    """

    today: date
    sums: Sums
    before: Sums
    distances_m: tuple[float, ...]
    before_distances_m: tuple[float, ...]

    @property
    def year(self) -> int:
        """The current year."""
        return self.today.year


@dataclass(frozen=True, slots=True)
class RunningDays:
    """The days with runs up to ``until``; ``first`` is the day of the first run of all, None without runs."""

    today: date
    until: date
    first: date | None = None
    by_day: dict[date, Sums] = field(default_factory=dict)

    def day(self, day: date) -> Day:
        """One day, without runs where there are none."""
        return Day(day, self.by_day.get(day, Sums()))

    def sums(self, first: date, count: int = 7) -> Sums:
        """The sums of so many days from ``first`` on."""
        return sum_of([self.day(day).sums for day in days_between(first, first + timedelta(days=count - 1))])


def sums_by_day(connection: sqlite3.Connection, since: date, until: date) -> dict[date, Sums]:
    """The sums of each day with a run from ``since`` to ``until``."""
    rows = totals.running_days(connection, since, until)
    return {date.fromisoformat(row["local_date"]): Sums(*(row[part.name] for part in fields(Sums))) for row in rows}


def running_days(connection: sqlite3.Connection, today: date) -> RunningDays:
    """The days of the current week and of those that a typical week is made of."""
    edges = totals.first_and_last_run(connection)
    first = None if edges is None else date.fromisoformat(edges[0])
    since = monday_of(today) - timedelta(weeks=TYPICAL_WEEKS)
    return RunningDays(today, today, first, sums_by_day(connection, since, today))


def this_week(runs: RunningDays) -> ThisWeek:
    """The week of ``runs.today``, and a typical one where there are enough weeks before it."""
    monday = monday_of(runs.today)
    so_far = runs.today.weekday() + 1
    before = [monday - timedelta(weeks=back) for back in range(1, TYPICAL_WEEKS + 1)]
    # Weeks before the first run do not count as weeks without runs.
    counted = [one for one in before if runs.first is not None and one + timedelta(days=6) >= runs.first]
    is_known = len(counted) >= MIN_WEEKS
    return ThisWeek(
        today=runs.today,
        monday=monday,
        sums=runs.sums(monday, so_far),
        days=tuple(runs.day(day) for day in days_between(monday, monday + timedelta(days=6))),
        typical_so_far=_combined(median, [runs.sums(one, so_far) for one in counted]) if is_known else None,
        typical_week=_combined(median, [runs.sums(one) for one in counted]) if is_known else None,
    )


def year_to_date(connection: sqlite3.Connection, today: date) -> YearToDate:
    """The year of ``today``, and the one before up to :func:`year_before`."""
    this_start, start = date(today.year, 1, 1), date(today.year - 1, 1, 1)
    by_day = sums_by_day(connection, start, today)
    days = [by_day.get(day, Sums()) for day in days_between(this_start, today)]
    before = [by_day.get(day, Sums()) for day in days_between(start, date(today.year - 1, 12, 31))]
    return YearToDate(
        today,
        sum_of(days),
        sum_of(before[: (year_before(today) - start).days + 1]),
        tuple(accumulate(day.distance_m for day in days)),
        tuple(accumulate(day.distance_m for day in before)),
    )


def year_before(day: date) -> date:
    """The same day of the year before; 28 February for the 29th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def days_between(first: date, last: date) -> list[date]:
    """The days from ``first`` to ``last``, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def sum_of(all_of: Sequence[Sums]) -> Sums:
    """The sum of several sums."""
    return _combined(sum, all_of)


def _combined(combine: Callable[[Iterable[float]], float], all_of: Sequence[Sums]) -> Sums:
    return Sums(*(combine(getattr(one, part.name) for one in all_of) for part in fields(Sums)))
