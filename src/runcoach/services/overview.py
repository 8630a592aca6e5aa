"""A history at a glance: this week beside the usual one, the year by day and by week, newest runs, newest bests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from runcoach.domain.selection import Filter
from runcoach.domain.sports import RUNNING
from runcoach.services import best
from runcoach.services.standing import Standing, standing_in
from runcoach.store import days, history
from runcoach.store.engine import open_reader

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from runcoach.config import Config
    from runcoach.services.best import BestRow

#: The usual week is the median of so many before this one, and there is none with fewer than the second number.
USUAL_WEEKS, FEWEST_WEEKS = 12, 3

#: The calendar shows so many weeks, the last of them this one; volume is shown for fewer.
CALENDAR_WEEKS, VOLUME_WEEKS = 53, 26

NEWEST_RUNS, NEWEST_BESTS = 6, 6

_RUNS = Filter(sports=tuple(sorted(RUNNING)))

#: Among the bests of all time so many places of a distance are worth telling.
_PLACES = 3


@dataclass(frozen=True, slots=True)
class Sums:
    """What some days add up to; metres and seconds in motion."""

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
    """One week, named by its Monday."""

    monday: date
    sums: Sums


@dataclass(frozen=True, slots=True)
class ThisWeek:
    """The week under way up to ``today``; ``days`` from Monday, those to come empty.

    ``usual`` are the medians of the last weeks up to the same weekday, ``usual_whole`` those of whole weeks; None while
    there are too few weeks to tell.
    """

    today: date
    monday: date
    sums: Sums
    days: tuple[Day, ...]
    usual: Sums | None
    usual_whole: Sums | None


@dataclass(frozen=True, slots=True)
class NewBest:
    """An effort that stands among the best: its place of ``all`` time, or the first of the last year (``1y``)."""

    row: BestRow

    @property
    def is_record(self) -> bool:
        """Whether it is the fastest there has ever been."""
        return self.row.window == "all" and self.row.rank == 1


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it; ``activities`` counts what the file holds, ``year`` is the sum of the days in the calendar."""

    activities: int
    standing: Standing
    week: ThisWeek
    calendar: tuple[Day, ...]
    year: Sums
    weeks: tuple[Week, ...]
    newest: tuple[dict[str, Any], ...]
    bests: tuple[NewBest, ...]


def overview(config: Config, today: date | None = None) -> Overview:
    """The history as of ``today`` (by this machine's clock, if None); everything is nought where there is no file."""
    today = today or date.today()  # noqa: DTZ011  (the person's own day)
    monday = today - timedelta(days=today.weekday())
    begins = monday - timedelta(weeks=CALENDAR_WEEKS - 1)
    with open_reader(config) as connection:
        if connection is None:
            by_day: dict[date, Sums] = {}
            return _overview(0, Standing(), by_day, (today, monday, begins), None, (), ())
        return _overview(
            history.overview(connection)["activities"],
            standing_in(connection),
            _by_day(connection, begins, today),
            (today, monday, begins),
            days.first_run(connection),
            tuple(dict(row) for row in history.activities(connection, _RUNS, limit=NEWEST_RUNS)),
            _new_bests(config, today),
        )


def sports(config: Config) -> tuple[tuple[str, int], ...]:
    """Each sport type with how many activities it has, the most frequent first."""
    with open_reader(config) as connection:
        rows = [] if connection is None else days.sports(connection)
        return tuple((row["sport_type"], row["activities"]) for row in rows)


def _overview(
    activities: int,
    standing: Standing,
    by_day: dict[date, Sums],
    dates: tuple[date, date, date],
    first_run: str | None,
    newest: tuple[dict[str, Any], ...],
    bests: tuple[NewBest, ...],
) -> Overview:
    today, monday, begins = dates
    calendar = tuple(Day(day, by_day.get(day, Sums())) for day in _span(begins, today))
    mondays = [monday - timedelta(weeks=back) for back in reversed(range(VOLUME_WEEKS))]
    return Overview(
        activities=activities,
        standing=standing,
        week=_this_week(by_day, today, monday, None if first_run is None else date.fromisoformat(first_run)),
        calendar=calendar,
        year=_sum([one.sums for one in calendar]),
        weeks=tuple(Week(one, _of_week(by_day, one, 7)) for one in mondays),
        newest=newest,
        bests=bests,
    )


def _this_week(by_day: dict[date, Sums], today: date, monday: date, first_run: date | None) -> ThisWeek:
    so_far = today.weekday() + 1
    before = [monday - timedelta(weeks=back) for back in range(1, USUAL_WEEKS + 1)]
    # Weeks before the first run are no weeks without one.
    counted = [one for one in before if first_run is not None and one + timedelta(days=6) >= first_run]
    is_known = len(counted) >= FEWEST_WEEKS
    return ThisWeek(
        today=today,
        monday=monday,
        sums=_of_week(by_day, monday, so_far),
        days=tuple(Day(day, by_day.get(day, Sums())) for day in _span(monday, monday + timedelta(days=6))),
        usual=_median([_of_week(by_day, one, so_far) for one in counted]) if is_known else None,
        usual_whole=_median([_of_week(by_day, one, 7) for one in counted]) if is_known else None,
    )


def _new_bests(config: Config, today: date) -> tuple[NewBest, ...]:
    """The newest of the efforts that stand high: among the first of all time, or the first of the last year."""
    ever = best.best(config, best.Question(top=_PLACES, as_of=today, trend=False)).rows
    year = best.best(config, best.Question(window="1y", as_of=today, trend=False)).rows
    known = {(row.activity_id, row.distance_m) for row in ever}
    rows = [*ever, *(row for row in year if (row.activity_id, row.distance_m) not in known)]
    rows.sort(key=lambda row: (row.start_time, row.distance_m), reverse=True)
    return tuple(NewBest(row) for row in rows[:NEWEST_BESTS])


def _by_day(connection: sqlite3.Connection, since: date, until: date) -> dict[date, Sums]:
    return {
        date.fromisoformat(row["local_date"]): Sums(
            row["runs"], row["distance_m"], row["moving_time_sec"], row["elevation_gain_m"]
        )
        for row in days.running_days(connection, since, until)
    }


def _of_week(by_day: dict[date, Sums], monday: date, count: int) -> Sums:
    return _sum([by_day[day] for day in _span(monday, monday + timedelta(days=count - 1)) if day in by_day])


def _span(first: date, last: date) -> list[date]:
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
