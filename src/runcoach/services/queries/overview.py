"""Reads the overview: this week beside a typical one, the last year by day and by week, newest runs, newest bests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from runcoach.domain.filters import ActivityFilter, EffortFilter
from runcoach.domain.sports import RUNNING
from runcoach.domain.windows import local_today, parse_window
from runcoach.services.auth.connection_state import ConnectionState, connection_state
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.store import activity_queries, totals

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from runcoach.services.queries.best_efforts import BestRow

#: The typical week is the median of this many weeks before the current one; None with fewer than the second number.
TYPICAL_WEEKS, MIN_WEEKS = 12, 3

#: Weeks in the calendar and in the chart of weekly distance, the current one included.
CALENDAR_WEEKS, VOLUME_WEEKS = 53, 26

NEWEST_RUNS, NEWEST_BESTS = 6, 6

_RUNS = ActivityFilter(sports=tuple(sorted(RUNNING)))

#: All-time ranks up to this count as new bests.
_MAX_RANK = 3


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
class NewBest:
    """A recent effort with a high rank of ``all`` time, or the fastest of the last year (``1y``)."""

    row: BestRow

    @property
    def is_record(self) -> bool:
        """Whether it is the fastest of all time."""
        return self.row.window == "all" and self.row.rank == 1


@dataclass(frozen=True, slots=True)
class Overview:
    """The overview; ``activities`` counts all activities, ``year`` sums the days of the calendar.

    Calendar and weeks end on ``until``: today, or the day of the last run if that is more than a year ago.
    """

    activities: int
    connection: ConnectionState
    week: ThisWeek
    until: date
    calendar: tuple[Day, ...]
    year: Sums
    weeks: tuple[Week, ...]
    newest: tuple[dict[str, Any], ...]
    bests: tuple[NewBest, ...]


def overview(connection: sqlite3.Connection, today: date | None = None) -> Overview:
    """The overview as of ``today`` (by this machine's clock, if None)."""
    today = today or local_today()
    return _overview(
        totals.overview(connection)["activities"],
        connection_state(connection),
        _runs(connection, today),
        tuple(dict(row) for row in activity_queries.activities(connection, _RUNS, limit=NEWEST_RUNS)),
        _new_bests(connection, today),
    )


@dataclass(frozen=True, slots=True)
class _Runs:
    """The days with runs in the calendar, which ends on ``until``."""

    today: date
    until: date
    first: date | None = None
    by_day: dict[date, Sums] = field(default_factory=dict)

    def day(self, day: date) -> Day:
        return Day(day, self.by_day.get(day, Sums()))

    def week(self, monday: date, count: int = 7) -> Sums:
        """The first ``count`` days of a week."""
        return _sum([self.day(day).sums for day in _days(monday, monday + timedelta(days=count - 1))])


def _runs(connection: sqlite3.Connection, today: date) -> _Runs:
    """The days of the year up to today, or up to the last run if there is none in it."""
    edges = totals.first_and_last_run(connection)
    if edges is None:
        return _Runs(today, today)
    first, last = (date.fromisoformat(edge) for edge in edges)
    until = last if last < _calendar_start(today) else today
    by_day = {
        date.fromisoformat(row["local_date"]): Sums(
            row["runs"], row["distance_m"], row["moving_time_sec"], row["elevation_gain_m"]
        )
        for row in totals.running_days(connection, _calendar_start(until), until)
    }
    return _Runs(today, until, first, by_day)


def _overview(
    activities: int,
    connection: ConnectionState,
    runs: _Runs,
    newest: tuple[dict[str, Any], ...],
    bests: tuple[NewBest, ...],
) -> Overview:
    calendar = tuple(runs.day(day) for day in _days(_calendar_start(runs.until), runs.until))
    last = _monday(runs.until)
    mondays = [last - timedelta(weeks=back) for back in reversed(range(VOLUME_WEEKS))]
    return Overview(
        activities=activities,
        connection=connection,
        week=_this_week(runs),
        until=runs.until,
        calendar=calendar,
        year=_sum([one.sums for one in calendar]),
        weeks=tuple(Week(monday, runs.week(monday)) for monday in mondays),
        newest=newest,
        bests=bests,
    )


def _this_week(runs: _Runs) -> ThisWeek:
    monday = _monday(runs.today)
    so_far = runs.today.weekday() + 1
    before = [monday - timedelta(weeks=back) for back in range(1, TYPICAL_WEEKS + 1)]
    # Weeks before the first run do not count as weeks without runs.
    counted = [one for one in before if runs.first is not None and one + timedelta(days=6) >= runs.first]
    is_known = len(counted) >= MIN_WEEKS
    return ThisWeek(
        today=runs.today,
        monday=monday,
        sums=runs.week(monday, so_far),
        days=tuple(runs.day(day) for day in _days(monday, monday + timedelta(days=6))),
        typical_so_far=_median([runs.week(one, so_far) for one in counted]) if is_known else None,
        typical_week=_median([runs.week(one) for one in counted]) if is_known else None,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _calendar_start(until: date) -> date:
    """The first day of the calendar that ends on ``until``."""
    return _monday(until) - timedelta(weeks=CALENDAR_WEEKS - 1)


def _new_bests(connection: sqlite3.Connection, today: date) -> tuple[NewBest, ...]:
    """The newest efforts among the fastest three of all time or the fastest of the last year."""
    ever = fastest_efforts(connection, EffortFilter(today), top=_MAX_RANK, with_trend=False).rows
    year = fastest_efforts(connection, EffortFilter(today, parse_window("1y")), with_trend=False).rows
    known = {(row.activity_id, row.distance_m) for row in ever}
    rows = [*ever, *(row for row in year if (row.activity_id, row.distance_m) not in known)]
    rows.sort(key=lambda row: (row.start_time, row.distance_m), reverse=True)
    return tuple(NewBest(row) for row in rows[:NEWEST_BESTS])


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _sum(all_of: Sequence[Sums]) -> Sums:
    return Sums(
        sum(one.runs for one in all_of),
        sum(one.distance_m for one in all_of),
        sum(one.moving_time_sec for one in all_of),
        sum(one.elevation_gain_m for one in all_of),
    )


def _median(all_of: Sequence[Sums]) -> Sums:
    return Sums(
        median(one.runs for one in all_of),
        median(one.distance_m for one in all_of),
        median(one.moving_time_sec for one in all_of),
        median(one.elevation_gain_m for one in all_of),
    )
