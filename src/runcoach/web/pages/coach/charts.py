"""Geometry of the charts of the overview, drawn as SVG without scripts: calendar, weekly distance, days of a week.

Horizontal positions of bars are percentages of the width, the rest is in pixels.
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

    from runcoach.services.queries.overview import Week
    from runcoach.services.training.week import Day, Sums, ThisWeek
    from runcoach.web.pages.formatting import Formatter

#: Size of a calendar square and distance to the next, in units of the viewBox.
_CELL, _STEP = 12, 15
_MARGIN_X, _MARGIN_Y = 32, 20

#: Heights in pixels; the names of months are below the bars.
_VOLUME_HEIGHT, _MONTHS_HEIGHT, _VOLUME_TOP = 248, 24, 20
_WEEK_HEIGHT, _WEEK_TOP = 88, 18

#: Where the bars begin, in percent; the labels of the axis are to the left.
_AXIS = 7.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the calendar: position, level (0 to 4) and tooltip."""

    x: int
    y: int
    level: int
    tooltip: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a position, in percent or in pixels, as the chart has it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A year of days, one column per week."""

    width: int
    height: int
    cell: int
    cells: tuple[Cell, ...]
    months: tuple[Label, ...]
    weekdays: tuple[Label, ...]
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
    grid: tuple[Label, ...]
    months: tuple[Label, ...]
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
        months=tuple(Label(_MARGIN_X + week * _STEP, name) for week, name in _months(mondays, room=3)),
        weekdays=tuple(Label(_MARGIN_Y + row * _STEP + 10, name) for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"))),
        description=description,
    )


def volume(weeks: Sequence[Week], typical: Sums | None, fmt: Formatter, *, is_now: bool = True) -> Bars:
    """Distance by week, with a line for the typical week; the last week is the current one where ``is_now``."""
    base = _VOLUME_HEIGHT - _MONTHS_HEIGHT
    unit_m = fmt.units.metres
    step, top = _steps(max(week.sums.distance_m for week in weeks) / unit_m)
    scale = (base - _VOLUME_TOP) / (top * unit_m)
    room = (100 - _AXIS) / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        height = week.sums.distance_m * scale
        tooltip = f"Week of {fmt.short_day(week.monday)}: {_tooltip(week.sums, fmt)}"
        x = round(_AXIS + number * room + room * 0.14, 2)
        marked = is_now and number == len(weeks) - 1
        bars.append(Bar(x, round(room * 0.72, 2), round(base - height, 1), round(height, 1), tooltip, "", marked))
    months = _months([week.monday for week in weeks], room=3)
    lines = [step * number for number in range(1, round(top / step) + 1)]
    return Bars(
        height=_VOLUME_HEIGHT,
        base=base,
        bars=tuple(bars),
        grid=tuple(Label(round(base - line * unit_m * scale, 1), f"{line:g}") for line in lines),
        months=tuple(Label(round(_AXIS + number * room + room * 0.14, 2), name) for number, name in months),
        typical=None if typical is None or not typical.distance_m else round(base - typical.distance_m * scale, 1),
        description=f"Distance by week, {len(weeks)} weeks.",
    )


def weekdays(week: ThisWeek, fmt: Formatter) -> Bars:
    """The days of the current week."""
    base = _WEEK_HEIGHT - 22
    longest = max((day.sums.distance_m for day in week.days), default=0.0) or 1.0
    bars = []
    for number, day in enumerate(week.days):
        height = day.sums.distance_m / longest * (base - _WEEK_TOP)
        label = fmt.distance(day.sums.distance_m, 1) if day.sums.runs else ""
        tooltip = f"{fmt.day(day.day)}: {_tooltip(day.sums, fmt)}"
        x = round(number * 100 / 7 + 1.6, 2)
        is_now = day.day == week.today
        bars.append(Bar(x, 11.0, round(base - height, 1), round(height, 1), tooltip, label, is_now))
    names = tuple(Label(round(number * 100 / 7 + 7.1, 2), f"{day.day:%a}"[:2]) for number, day in enumerate(week.days))
    return Bars(_WEEK_HEIGHT, base, tuple(bars), (), names, None, "Distance by day of this week.")


def _tooltip(sums: Sums, fmt: Formatter) -> str:
    if not sums.runs:
        return "no run"
    runs = "1 run" if sums.runs == 1 else f"{sums.runs:g} runs"
    return f"{fmt.distance(sums.distance_m, 1)} {fmt.distance_unit} in {runs}, {fmt.hours(sums.moving_time_sec)}"


def _months(mondays: Sequence[date], *, room: int) -> list[tuple[int, str]]:
    """The weeks in which a month begins, with its name; months without room for their name are left out."""
    found: list[tuple[int, str]] = []
    for number, monday in enumerate(mondays):
        is_new = number == 0 or monday.month != mondays[number - 1].month
        if is_new and len(mondays) - number >= room - 1:
            if found and number - found[-1][0] < room:
                found.pop()
            found.append((number, MONTHS[monday.month - 1]))
    return found


def _steps(maximum: float) -> tuple[float, float]:
    """Three or four round steps for an axis up to ``maximum``: their size, and the end of the axis."""
    if maximum <= 0:
        return 5.0, 15.0
    rough = maximum / 3
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return step, step * math.ceil(maximum / step)
