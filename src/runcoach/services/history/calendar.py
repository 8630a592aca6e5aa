"""Reads the calendar: the runs of a month by day and week, of a year by day, of all years by month."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import quantiles

from runcoach.domain.filters import ActivityFilter
from runcoach.domain.json_format import EpochSeconds
from runcoach.domain.sports import RACE, RUNNING
from runcoach.services.training.week import Sums, days_between, monday_of, sum_of
from runcoach.store import totals
from runcoach.store.training import run_history

#: Steps of distance by which days are shaded, from 1; 0 is a day without a run.
LEVELS = 3


@dataclass(frozen=True, slots=True)
class CalendarRun:
    """One run of a day."""

    id: int
    name: str
    local_date: str
    start_time: EpochSeconds
    utc_offset_s: int
    sport_type: str
    distance_m: float | None
    moving_time_sec: int | None
    elevation_gain_m: float | None
    avg_pace_sec_per_km: int | None
    is_race: bool


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day with its runs; ``level`` is its distance among the days with runs that are shown, in :data:`LEVELS`."""

    day: date
    runs: tuple[CalendarRun, ...]
    sums: Sums
    level: int

    @property
    def is_race(self) -> bool:
        """Whether one of its runs was a race."""
        return any(run.is_race for run in self.runs)


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    """A week of a month: seven days, those of other months None; ``sums`` are of this month's days."""

    monday: date
    days: tuple[CalendarDay | None, ...]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Month:
    """A month by week."""

    first: date
    weeks: tuple[CalendarWeek, ...]
    sums: Sums


@dataclass(frozen=True, slots=True)
class YearOfMonths:
    """A year by month; ``months`` are its twelve sums."""

    year: int
    months: tuple[Sums, ...]
    sums: Sums


def month(connection: sqlite3.Connection, first: date) -> Month:
    """The month that begins on ``first``."""
    last = _next_month(first) - timedelta(days=1)
    return _month(first, _days(connection, first, last))


def year(connection: sqlite3.Connection, number: int) -> tuple[Month, ...]:
    """The twelve months of a year."""
    days = _days(connection, date(number, 1, 1), date(number, 12, 31))
    return tuple(_month(date(number, nth, 1), days) for nth in range(1, 13))


def all_years(connection: sqlite3.Connection) -> tuple[YearOfMonths, ...]:
    """Every year from the first run to the last, newest first; empty without runs."""
    by_month = {
        row["period"]: Sums(
            row["activities"], row["distance_m"] or 0.0, row["moving_time_sec"] or 0, row["elevation_gain_m"] or 0.0
        )
        for row in totals.by_period(connection, "month", ActivityFilter(sports=tuple(sorted(RUNNING))))
    }
    if not by_month:
        return ()
    first, last = (int(edge[:4]) for edge in (min(by_month), max(by_month)))
    found = []
    for number in range(last, first - 1, -1):
        months = tuple(by_month.get(f"{number:04d}-{nth:02d}", Sums()) for nth in range(1, 13))
        found.append(YearOfMonths(number, months, sum_of(months)))
    return tuple(found)


def runs_of(connection: sqlite3.Connection, since: date, until: date) -> tuple[CalendarRun, ...]:
    """The runs from ``since`` to ``until``, oldest first."""
    names = [name for name in CalendarRun.__slots__ if name != "is_race"]
    return tuple(
        CalendarRun(**{name: row[name] for name in names}, is_race=row["workout_type"] == RACE)
        for row in run_history.listed(connection, since, until)
    )


def sums_of(runs: Iterable[CalendarRun]) -> Sums:
    """The sums of some runs."""
    every = tuple(runs)
    return Sums(
        len(every),
        sum(run.distance_m or 0.0 for run in every),
        sum(run.moving_time_sec or 0 for run in every),
        sum(run.elevation_gain_m or 0.0 for run in every),
    )


def _days(connection: sqlite3.Connection, first: date, last: date) -> dict[date, CalendarDay]:
    by_day: dict[date, list[CalendarRun]] = defaultdict(list)
    for run in runs_of(connection, first, last):
        by_day[date.fromisoformat(run.local_date)].append(run)
    sums = {day: sums_of(runs) for day, runs in by_day.items()}
    distances = [one.distance_m for one in sums.values()]
    edges = quantiles(distances, n=LEVELS) if len(distances) > 1 else []  # where the levels above the first begin
    return {
        day: CalendarDay(
            day,
            tuple(by_day.get(day, ())),
            sums.get(day, Sums()),
            bisect_left(edges, sums[day].distance_m) + 1 if day in sums else 0,
        )
        for day in days_between(first, last)
    }


def _month(first: date, days: dict[date, CalendarDay]) -> Month:
    last = _next_month(first) - timedelta(days=1)
    weeks = []
    for monday in days_between(monday_of(first), last)[::7]:
        week = tuple(
            days[day] if first <= day <= last else None for day in days_between(monday, monday + timedelta(days=6))
        )
        weeks.append(CalendarWeek(monday, week, sum_of([day.sums for day in week if day is not None])))
    return Month(first, tuple(weeks), sum_of([week.sums for week in weeks]))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
