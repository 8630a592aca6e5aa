"""Geometry of the charts of the overview, drawn as SVG without scripts: calendar, weekly distance, days of a week.

Horizontal positions of bars are percentages of the width, the rest is in pixels.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from calendar import month_abbr
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import quantiles

from runcoach.services.training.week import Day, Sums, Week, YearToDate
from runcoach.web.pages.coach.trend_charts import Mark, grid_lines, steps
from runcoach.web.pages.formatting import Formatter

#: Size of a calendar square and distance to the next, in units of the viewBox.
_CELL, _STEP = 12, 15
_MARGIN_X, _MARGIN_Y = 32, 20

#: Heights in pixels; the names of months are below the bars.
_VOLUME_HEIGHT, _MONTHS_HEIGHT, _VOLUME_TOP = 248, 24, 20
_YEAR_HEIGHT = 150


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the calendar: position, level (0 to 4) and tooltip."""

    x: int
    y: int
    level: int
    tooltip: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A year of days, one column per week."""

    width: int
    height: int
    cell: int
    cells: tuple[Cell, ...]
    months: tuple[Mark, ...]
    weekdays: tuple[Mark, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: ``x`` and ``width`` in percent, ``y`` and ``height`` in pixels."""

    x: float
    width: float
    y: float
    height: float
    tooltip: str
    label: str
    is_now: bool
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars on a baseline at ``base``; ``grid`` and ``typical`` in pixels, ``months`` in percent."""

    height: int
    base: int
    bars: tuple[Bar, ...]
    grid: tuple[Mark, ...]
    months: tuple[Mark, ...]
    typical: float | None
    description: str


def calendar(days: Sequence[Day], year: Sums, fmt: Formatter) -> Calendar:
    """The heat map; its levels are the quartiles of the days with runs."""
    ran = sorted(day.sums.distance_m for day in days if day.sums.runs)
    edges = quantiles(ran, n=4) if len(ran) > 1 else ran * 3
    cells = tuple(
        Cell(
            _MARGIN_X + number // 7 * _STEP,
            _MARGIN_Y + number % 7 * _STEP,
            bisect_left(edges, day.sums.distance_m) + 1 if day.sums.runs else 0,
            f"{fmt.day(day.day)}: {_tooltip(day.sums, fmt)}",
        )
        for number, day in enumerate(days)
    )
    weeks = math.ceil(len(days) / 7)
    mondays = [day.day for day in days[::7]]
    description = (
        f"Running days of the last year: {len(ran)} days, {fmt.distance(year.distance_m, 0)} {fmt.distance_unit}."
    )
    return Calendar(
        width=_MARGIN_X + weeks * _STEP,
        height=_MARGIN_Y + 7 * _STEP,
        cell=_CELL,
        cells=cells,
        months=tuple(Mark(_MARGIN_X + week * _STEP, name) for week, name in _months(mondays, room=3)),
        weekdays=tuple(Mark(_MARGIN_Y + row * _STEP + 10, name) for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"))),
        description=description,
    )


def volume(weeks: Sequence[Week], typical: Sums | None, fmt: Formatter, *, is_now: bool = True) -> Bars:
    """Distance by week, with a line for the typical week; the last week is the current one where ``is_now``."""
    base = _VOLUME_HEIGHT - _MONTHS_HEIGHT
    unit_m = fmt.units.metres
    step, top = steps(max(week.sums.distance_m for week in weeks) / unit_m)
    scale = (base - _VOLUME_TOP) / (top * unit_m)
    room = 100 / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        height = week.sums.distance_m * scale
        tooltip = f"Week of {fmt.recent_day(week.monday)}: {_tooltip(week.sums, fmt)}"
        x = round(number * room + room * 0.14, 2)
        marked = is_now and number == len(weeks) - 1
        sunday = week.monday + timedelta(days=6)
        bars.append(
            Bar(
                x,
                round(room * 0.72, 2),
                round(base - height, 1),
                round(height, 1),
                tooltip,
                fmt.distance(week.sums.distance_m, 0) if week.sums.distance_m else "",
                marked,
                f"/activities?sport=running&since={week.monday}&until={sunday}" if week.sums.runs else None,
            )
        )
    months = _months([week.monday for week in weeks], room=3)
    return Bars(
        height=_VOLUME_HEIGHT,
        base=base,
        bars=tuple(bars),
        grid=grid_lines(step, top, unit_m * scale, base),
        months=tuple(Mark(round(number * room + room * 0.14, 2), name) for number, name in months),
        typical=None if typical is None or not typical.distance_m else round(base - typical.distance_m * scale, 1),
        description=f"Distance by week, {len(weeks)} weeks.",
    )


@dataclass(frozen=True, slots=True)
class YearLines:
    """Distance since 1 January as lines in a viewBox of ``width`` by ``height``: SVG paths and labels of the axis."""

    width: int
    height: int
    this_year: str
    before: str
    grid: tuple[Mark, ...]
    months: tuple[Mark, ...]
    description: str


def year_lines(year: YearToDate, fmt: Formatter) -> YearLines:
    """Distance of the current year up to each day beside the year before; ``grid`` in pixels, ``months`` in percent."""
    width, top = 366, 8
    unit_m = fmt.units.metres
    most = max((*year.distances_m, *year.before_distances_m))
    step, end = steps(most / unit_m)
    scale = (_YEAR_HEIGHT - top) / (end * unit_m)

    def path(distances_m: Sequence[float]) -> str:
        points = (f"{day} {_YEAR_HEIGHT - metres * scale:.1f}" for day, metres in enumerate(distances_m, start=1))
        return f"M0 {_YEAR_HEIGHT}L{'L'.join(points)}"

    starts = [(date(year.year, month, 1) - date(year.year, 1, 1)).days for month in range(1, 13, 2)]
    description = (
        f"Distance since 1 January: {fmt.distance(year.sums.distance_m, 0)} {fmt.distance_unit}, the year before"
        f" {fmt.distance(year.before.distance_m, 0)} {fmt.distance_unit} on the same day."
    )
    return YearLines(
        width,
        _YEAR_HEIGHT,
        path(year.distances_m),
        path(year.before_distances_m),
        grid_lines(step, end, unit_m * scale, _YEAR_HEIGHT),
        tuple(Mark(round(100 * start / width, 2), name) for start, name in zip(starts, month_abbr[1::2], strict=True)),
        description,
    )


def _tooltip(sums: Sums, fmt: Formatter) -> str:
    if not sums.runs:
        return "no run"
    runs = "1 run" if sums.runs == 1 else f"{sums.runs:g} runs"
    if not sums.distance_m:
        return f"{runs}, {fmt.hours(sums.moving_time_sec)}"
    return f"{fmt.distance(sums.distance_m, 1)} {fmt.distance_unit} in {runs}, {fmt.hours(sums.moving_time_sec)}"


def _months(mondays: Sequence[date], *, room: int) -> list[tuple[int, str]]:
    """The weeks in which a month begins, with its name; months without room for their name are left out."""
    found: list[tuple[int, str]] = []
    for number, monday in enumerate(mondays):
        is_new = number == 0 or monday.month != mondays[number - 1].month
        if is_new and len(mondays) - number >= room - 1:
            if found and number - found[-1][0] < room:
                found.pop()
            found.append((number, f"{monday:%b}"))
    return found
