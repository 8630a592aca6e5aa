"""Reads the running of this year up to today beside that of last year up to the same day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING

from runcoach.services.training.week import Sums, days_between, sum_of, sums_by_day

if TYPE_CHECKING:
    import sqlite3


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


def year_to_date(connection: sqlite3.Connection, today: date) -> YearToDate:
    """The year of ``today``; 29 February is compared with 28 February."""
    this_start, start = date(today.year, 1, 1), date(today.year - 1, 1, 1)
    same_day = today.replace(year=today.year - 1, day=min(today.day, 28 if today.month == 2 else 31))
    by_day = sums_by_day(connection, start, today)
    days = [by_day.get(day, Sums()) for day in days_between(this_start, today)]
    before = [by_day.get(day, Sums()) for day in days_between(start, date(today.year - 1, 12, 31))]
    return YearToDate(
        today,
        sum_of(days),
        sum_of(before[: (same_day - start).days + 1]),
        tuple(accumulate(day.distance_m for day in days)),
        tuple(accumulate(day.distance_m for day in before)),
    )
