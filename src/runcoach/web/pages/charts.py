"""Geometry of the pictures that pages draw themselves, as SVG that needs no script: calendar, weekly volume, one week.

What is drawn in percent of the width stays sharp and readable at any width; the rest is in pixels.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from runcoach.web.pages.formatting import MONTHS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from runcoach.services.queries.overview import Day, Sums, ThisWeek, Week
    from runcoach.web.pages.formatting import Formatter

#: A square of the calendar and the space to the next, in the units of its viewBox.
_CELL, _STEP = 12, 15
_MARGIN_X, _MARGIN_Y = 32, 20

#: Heights in pixels; below the bars of the volume stand the months.
_VOLUME_HEIGHT, _MONTHS_HEIGHT, _VOLUME_TOP = 248, 24, 20
_WEEK_HEIGHT, _WEEK_TOP = 88, 18

#: Bars of the volume begin here, in percent: to the left are the figures of the axis.
_AXIS = 7.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the calendar: where, how much (0 to 4), and what it says."""

    x: int
    y: int
    level: int
    said: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word at a place: ``at`` in percent or in units, as the picture has it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A year of days, a column a week."""

    width: int
    height: int
    cell: int
    cells: tuple[Cell, ...]
    months: tuple[Label, ...]
    weekdays: tuple[Label, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: ``x`` and ``width`` in percent, ``y`` and ``height`` in pixels."""

    x: float
    width: float
    y: float
    height: float
    said: str
    label: str
    is_now: bool
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars on a common ground at ``base``; ``grid`` is at pixels, ``months`` in percent, ``usual`` at a height."""

    height: int
    base: int
    bars: tuple[Bar, ...]
    grid: tuple[Label, ...]
    months: tuple[Label, ...]
    usual: float | None
    said: str


def calendar(days: Sequence[Day], year: Sums, fig: Formatter) -> Calendar:
    """The heat map; the steps are the quarters of the days on which someone ran."""
    ran = sorted(day.sums.distance_m for day in days if day.sums.runs)
    edges = quantiles(ran, n=4) if len(ran) > 1 else ran * 3
    cells = tuple(
        Cell(
            _MARGIN_X + number // 7 * _STEP,
            _MARGIN_Y + number % 7 * _STEP,
            bisect_left(edges, day.sums.distance_m) + 1 if day.sums.runs else 0,
            f"{fig.day(day.day)}: {_said(day.sums, fig)}",
        )
        for number, day in enumerate(days)
    )
    weeks = math.ceil(len(days) / 7)
    mondays = [day.day for day in days[::7]]
    said = f"Running days of the last year: {len(ran)} days, {fig.distance(year.distance_m, 0)} {fig.distance_unit}."
    return Calendar(
        width=_MARGIN_X + weeks * _STEP,
        height=_MARGIN_Y + 7 * _STEP,
        cell=_CELL,
        cells=cells,
        months=tuple(Label(_MARGIN_X + week * _STEP, name) for week, name in _months(mondays, room=3)),
        weekdays=tuple(Label(_MARGIN_Y + row * _STEP + 10, name) for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"))),
        said=said,
    )


def volume(weeks: Sequence[Week], usual: Sums | None, fig: Formatter, *, is_now: bool = True) -> Bars:
    """Distance by week, with the usual week across; the last one is under way where ``is_now``."""
    base = _VOLUME_HEIGHT - _MONTHS_HEIGHT
    unit_m = fig.units.metres
    step, top = _steps(max(week.sums.distance_m for week in weeks) / unit_m)
    scale = (base - _VOLUME_TOP) / (top * unit_m)
    room = (100 - _AXIS) / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        height = week.sums.distance_m * scale
        said = f"Week of {fig.short_day(week.monday)}: {_said(week.sums, fig)}"
        x = round(_AXIS + number * room + room * 0.14, 2)
        marked = is_now and number == len(weeks) - 1
        bars.append(Bar(x, round(room * 0.72, 2), round(base - height, 1), round(height, 1), said, "", marked))
    months = _months([week.monday for week in weeks], room=3)
    lines = [step * number for number in range(1, round(top / step) + 1)]
    return Bars(
        height=_VOLUME_HEIGHT,
        base=base,
        bars=tuple(bars),
        grid=tuple(Label(round(base - line * unit_m * scale, 1), f"{line:g}") for line in lines),
        months=tuple(Label(round(_AXIS + number * room + room * 0.14, 2), name) for number, name in months),
        usual=None if usual is None or not usual.distance_m else round(base - usual.distance_m * scale, 1),
        said=f"Distance by week, {len(weeks)} weeks.",
    )


def weekdays(week: ThisWeek, fig: Formatter) -> Bars:
    """The days of the week under way."""
    base = _WEEK_HEIGHT - 22
    most = max((day.sums.distance_m for day in week.days), default=0.0) or 1.0
    bars = []
    for number, day in enumerate(week.days):
        height = day.sums.distance_m / most * (base - _WEEK_TOP)
        label = fig.distance(day.sums.distance_m, 1) if day.sums.runs else ""
        said = f"{fig.day(day.day)}: {_said(day.sums, fig)}"
        x = round(number * 100 / 7 + 1.6, 2)
        is_now = day.day == week.today
        bars.append(Bar(x, 11.0, round(base - height, 1), round(height, 1), said, label, is_now))
    names = tuple(Label(round(number * 100 / 7 + 7.1, 2), f"{day.day:%a}"[:2]) for number, day in enumerate(week.days))
    return Bars(_WEEK_HEIGHT, base, tuple(bars), (), names, None, "Distance by day of this week.")


def _said(sums: Sums, fig: Formatter) -> str:
    if not sums.runs:
        return "no run"
    runs = "1 run" if sums.runs == 1 else f"{sums.runs:g} runs"
    return f"{fig.distance(sums.distance_m, 1)} {fig.distance_unit} in {runs}, {fig.hours(sums.moving_time_sec)}"


def _months(mondays: Sequence[date], *, room: int) -> list[tuple[int, str]]:
    """The weeks in which a month begins, with its name; a month that has no room for its name stays without."""
    found: list[tuple[int, str]] = []
    for number, monday in enumerate(mondays):
        is_new = number == 0 or monday.month != mondays[number - 1].month
        if is_new and len(mondays) - number >= room - 1:
            if found and number - found[-1][0] < room:
                found.pop()
            found.append((number, MONTHS[monday.month - 1]))
    return found


def _steps(most: float) -> tuple[float, float]:
    """Round steps for an axis: their size, and its end, with three or four of them up to ``most``."""
    if most <= 0:
        return 5.0, 15.0
    rough = most / 3
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return step, step * math.ceil(most / step)
