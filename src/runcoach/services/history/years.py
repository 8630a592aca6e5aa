"""Reads a year in review: totals, months, bests, the longest run and week, favourite routes; and draws its picture."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from runcoach.domain.filters import EffortFilter
from runcoach.domain.units import Units, format_distance, format_duration, format_elevation
from runcoach.domain.windows import local_today, parse_window
from runcoach.errors import NotFoundError
from runcoach.services.history.calendar import CalendarRun, all_years, runs_of, sums_of
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.services.training.week import Sums, Week, monday_of, year_before
from runcoach.store.totals import first_and_last_run
from runcoach.store.training.routes import favourite_routes

#: A route is a favourite from so many runs in the year on.
FAVOURITE_RUNS = 3

#: Distances on the picture: labels of efforts and their names.
_PICTURED = {5_000: "5 km", 10_000: "10 km", 21_100: "Half", 42_200: "Marathon"}


@dataclass(frozen=True, slots=True)
class YearBest:
    """The fastest effort of the year over a distance.

    ``is_record``: none was faster until the end of the year; never in the runner's first year, where all would be.
    """

    distance_m: int
    duration_s: int
    pace_sec_per_km: float
    activity_id: int
    local_date: str
    name: str
    is_record: bool


@dataclass(frozen=True, slots=True)
class FavouriteRoute:
    """A route with its runs in the year; ``activity_id``, ``distance_m`` and ``updated_at`` are of the latest."""

    runs: int
    activity_id: int
    distance_m: float | None
    updated_at: int


@dataclass(frozen=True, slots=True)
class YearInReview:
    """The runs of a year up to ``until``: its last day, or today.

    ``before`` sums the year before up to the same day, None where not all of that year is known. ``longest`` is
    the longest run, ``highest`` that with the most climb; ``days`` counts days with a run, ``streak_days`` the longest
    series of them.
    """

    year: int
    until: date
    sums: Sums
    before: Sums | None
    months: tuple[Sums, ...]
    days: int
    streak_days: int
    races: int
    longest: CalendarRun | None
    highest: CalendarRun | None
    week: Week | None
    bests: tuple[YearBest, ...]
    routes: tuple[FavouriteRoute, ...]
    years: tuple[int, ...]

    @property
    def first_month(self) -> int:
        """The first month to show: that of the first run in the runner's first year."""
        is_first = self.year == self.years[-1]
        return next((nth for nth, sums in enumerate(self.months, start=1) if sums.runs or not is_first), 1)

    @property
    def is_over(self) -> bool:
        """Whether ``until`` is the last day of the year."""
        return (self.until.month, self.until.day) == (12, 31)


def review(connection: sqlite3.Connection, year: int | None = None, today: date | None = None) -> YearInReview:
    """The review of a year, by default the last one with runs; NotFoundError where it has none."""
    today = today or local_today()
    years = tuple(one.year for one in all_years(connection) if one.sums.runs)
    if not years:
        raise NotFoundError("there are no runs yet", hint="run `runcoach import FOLDER` first")
    number = years[0] if year is None else year
    if number not in years:
        raise NotFoundError(f"there are no runs in {number}", hint=f"years with runs: {', '.join(map(str, years))}")
    first, until = date(number, 1, 1), max(min(date(number, 12, 31), today), date(number, 1, 1))
    runs = runs_of(connection, first, date(number, 12, 31))
    days = {date.fromisoformat(run.local_date) for run in runs}
    by_week: dict[date, list[CalendarRun]] = defaultdict(list)
    for run in runs:
        by_week[monday_of(date.fromisoformat(run.local_date))].append(run)
    weeks = [Week(monday, sums_of(every)) for monday, every in by_week.items()]
    routes = favourite_routes(connection, first, date(number, 12, 31), FAVOURITE_RUNS)
    return YearInReview(
        year=number,
        until=until,
        sums=sums_of(runs),
        before=_before(connection, until),
        months=tuple(sums_of(run for run in runs if int(run.local_date[5:7]) == nth) for nth in range(1, 13)),
        days=len(days),
        streak_days=_streak(days),
        races=sum(run.is_race for run in runs),
        longest=max(runs, key=lambda run: run.distance_m or 0.0) if any(run.distance_m for run in runs) else None,
        highest=max(runs, key=lambda run: run.elevation_gain_m or 0.0)
        if any(run.elevation_gain_m for run in runs)
        else None,
        week=max(weeks, key=lambda week: week.sums.distance_m, default=None),
        bests=_bests(connection, number, is_first=number == years[-1]),
        routes=tuple(FavouriteRoute(*(row[name] for name in FavouriteRoute.__slots__)) for row in routes),
        years=years,
    )


def picture(found: YearInReview, units: Units) -> bytes:
    """A PNG to share: figures alone, without names and maps, so that it does not tell where the runner lives."""
    from runcoach.images.year_card import YearCard, draw

    figures = [
        (f"{found.sums.runs:g}", "run" if found.sums.runs == 1 else "runs"),
        (f"{found.sums.moving_time_sec / 3600:.0f} h", "moving"),
    ]
    if found.sums.elevation_gain_m:
        figures.append((format_elevation(found.sums.elevation_gain_m, units), "climb"))
    if found.longest and found.longest.distance_m:
        figures.append((format_distance(found.longest.distance_m, units, 1), f"longest run ({units.distance})"))
    bests = {best.distance_m: best for best in found.bests}
    return draw(
        YearCard(
            title=str(found.year),
            subtitle="" if found.is_over else f"until {found.until.day} {found.until:%B}",
            total=f"{found.sums.distance_m / units.metres:.0f}",
            unit="miles run" if units is Units.IMPERIAL else "kilometers run",
            figures=tuple(figures),
            months=tuple(month.distance_m for month in found.months),
            bests=tuple(
                (name, format_duration(bests[label].duration_s)) for label, name in _PICTURED.items() if label in bests
            ),
        )
    )


def _before(connection: sqlite3.Connection, until: date) -> Sums | None:
    """The sums of the year before, up to the same day; None where the first run was after its January."""
    last = year_before(until)
    edges = first_and_last_run(connection)
    if edges is None or date.fromisoformat(edges[0]) >= date(last.year, 2, 1):
        return None
    return sums_of(runs_of(connection, date(last.year, 1, 1), last))


def _streak(days: Iterable[date]) -> int:
    """The length of the longest series of consecutive days."""
    longest = current = 0
    previous = date.min
    for day in sorted(days):
        current = current + 1 if day - previous == timedelta(days=1) else 1
        longest, previous = max(longest, current), day
    return longest


def _bests(connection: sqlite3.Connection, year: int, *, is_first: bool) -> tuple[YearBest, ...]:
    where = EffortFilter(date(year, 12, 31), parse_window("1y"))
    return tuple(
        YearBest(
            **{name: getattr(row, name) for name in YearBest.__slots__ if name != "is_record"},
            is_record=not is_first and row.duration_s == row.all_time_duration_s,
        )
        for row in fastest_efforts(connection, where, with_trend=False).rows
    )
