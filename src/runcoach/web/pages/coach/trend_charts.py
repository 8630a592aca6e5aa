"""Geometry of the charts of training: fitness, load and zones by week, and dots over time; SVG without scripts.

Lines are in a viewBox that is stretched to the width; positions of labels, dots and bars are percentages of the width
and pixels of height.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from runcoach.services.training.fitness import FitnessDay, TrainingWeek
from runcoach.services.training.zones import TimeInZones

#: Heights in pixels: fitness and fatigue, form below them, bars, dots.
FITNESS_HEIGHT, FORM_HEIGHT, BARS_HEIGHT, DOTS_HEIGHT = 180, 70, 150, 170

#: Lines have at most so many points.
_MAX_POINTS = 400

#: Form that varies by less than this is drawn smaller than its height; bars have room for so many weeks at least.
_LEAST_FORM, _LEAST_WEEKS = 10.0, 12

#: There are no gaps between bars that would be about as narrow as a pixel.
_WEEKS_WITH_GAPS = 250

_TOP = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a position along an axis, in percent or in pixels, as the chart has it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class FitnessChart:
    """Paths in a viewBox of ``width`` by the two heights; ``grid`` in pixels, ``months`` in percent."""

    width: int
    fitness: str
    fatigue: str
    form: str
    zero: float
    grid: tuple[Mark, ...]
    months: tuple[Mark, ...]
    description: str


@dataclass(frozen=True, slots=True)
class StackedBar:
    """A bar of several parts from the bottom up, each ``(y, height)`` in pixels."""

    x: float
    width: float
    parts: tuple[tuple[float, float], ...]
    tooltip: str
    href: str


@dataclass(frozen=True, slots=True)
class StackedBars:
    """Bars on the baseline at ``height``."""

    height: int
    bars: tuple[StackedBar, ...]
    grid: tuple[Mark, ...]
    months: tuple[Mark, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot with a link; ``x`` in percent, ``y`` in pixels."""

    x: float
    y: float
    tooltip: str
    href: str


@dataclass(frozen=True, slots=True)
class Dots:
    """Dots over time, with a line in a viewBox of 1000 by ``height``."""

    height: int
    dots: tuple[Dot, ...]
    line: str
    grid: tuple[Mark, ...]
    months: tuple[Mark, ...]


def fitness_chart(days: Sequence[FitnessDay]) -> FitnessChart | None:
    """Fitness and fatigue as lines, form below them; None where fitness is 0."""
    if max((day.fitness for day in days), default=0.0) < 0.5:
        return None
    every = math.ceil(len(days) / _MAX_POINTS)
    shown = list(days[::-1][::every])[::-1]
    width = len(shown) - 1
    most = max(max(day.fitness, day.fatigue) for day in shown)
    step, top = steps(most)
    scale = (FITNESS_HEIGHT - _TOP) / top
    highest, lowest = max(0.0, *(day.form for day in shown)), min(0.0, *(day.form for day in shown))
    form_scale = (FORM_HEIGHT - 8) / max(highest - lowest, _LEAST_FORM)
    zero = 4 + highest * form_scale
    form = [(x, zero - day.form * form_scale) for x, day in enumerate(shown)]
    last = days[-1]
    return FitnessChart(
        width,
        _path((x, FITNESS_HEIGHT - day.fitness * scale) for x, day in enumerate(shown)),
        _path((x, FITNESS_HEIGHT - day.fatigue * scale) for x, day in enumerate(shown)),
        f"M0 {zero:.1f}L{_path(form)[1:]}L{width} {zero:.1f}Z",
        round(zero, 1),
        grid_lines(step, top, scale, FITNESS_HEIGHT),
        months_between(days[0].date, last.date),
        f"Fitness, fatigue and form from {days[0].date} to {last.date}; today {last.fitness:.0f}, {last.fatigue:.0f}"
        f" and {last.form:+.0f}.",
    )


def load_bars(weeks: Sequence[TrainingWeek], words: Callable[[TrainingWeek], str]) -> StackedBars:
    """The load of each week."""
    return _stacked([(week.monday, (week.load,), words(week)) for week in weeks], "Load by week.")


def zone_bars(rows: Sequence[TimeInZones], words: Callable[[TimeInZones], str]) -> StackedBars:
    """The hours of each week in zones 1 to 5; ``rows`` are weeks, newest first."""
    weeks = [
        (date.fromisoformat(row.period), tuple(seconds / 3600.0 for seconds in row.time_in_zone_s), words(row))
        for row in reversed(rows)
    ]
    return _stacked(weeks, "Hours in heart rate zones by week.")


def dots(
    points: Sequence[tuple[date, float, str, str]],
    line: Sequence[tuple[date, float]],
    since: date,
    until: date,
    words: Callable[[float], str],
    *,
    step_of: Callable[[float], float] | None = None,
) -> Dots | None:
    """Dots given as ``(day, value, tooltip, href)``, low values on top, and a line; ``words`` formats the axis.

    ``step_of`` is the step of the axis for a range of values, a round number without it.
    """
    values = [value for _, value, *_ in points] + [value for _, value in line]
    if not values:
        return None
    low, high = min(values), max(values)
    step = step_of(high - low) if step_of else steps((high - low) or 1.0)[0]
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    span, length = (high - low) or 1.0, max((until - since).days, 1)

    def y(value: float) -> float:
        return round(_TOP + (DOTS_HEIGHT - _TOP) * (value - low) / span, 1)

    return Dots(
        DOTS_HEIGHT,
        tuple(
            Dot(round(100 * (day - since).days / length, 2), y(value), tooltip, href)
            for day, value, tooltip, href in points
        ),
        _path((1000 * (day - since).days / length, y(value)) for day, value in line) if line else "",
        tuple(Mark(y(low + number * step), words(low + number * step)) for number in range(round(span / step) + 1)),
        months_between(since, until),
    )


def _stacked(weeks: Sequence[tuple[date, tuple[float, ...], str]], description: str) -> StackedBars:
    if not weeks:
        return StackedBars(BARS_HEIGHT, (), (), (), description)
    last = weeks[-1][0]
    first = min(weeks[0][0], last - timedelta(weeks=_LEAST_WEEKS - 1))
    count = (last - first).days // 7 + 1
    room = 100.0 / count
    gap = 0.12 * room if count <= _WEEKS_WITH_GAPS else 0.0
    step, top = steps(max(sum(parts) for _, parts, _ in weeks))
    scale = (BARS_HEIGHT - _TOP) / top
    bars = []
    for monday, parts, tooltip in weeks:
        y, stack = float(BARS_HEIGHT), []
        for part in parts:
            y -= part * scale
            stack.append((round(y, 1), round(part * scale, 1)))
        x = (monday - first).days // 7 * room + gap
        href = f"/activities?sport=running&since={monday}&until={monday + timedelta(days=6)}"
        bars.append(StackedBar(round(x, 2), round(room - 2 * gap, 3), tuple(stack), tooltip, href))
    until = last + timedelta(days=6)
    return StackedBars(
        BARS_HEIGHT, tuple(bars), grid_lines(step, top, scale, BARS_HEIGHT), months_between(first, until), description
    )


def months_between(first: date, last: date) -> tuple[Mark, ...]:
    """Months, or years where there are many, at the percentage of the time at which they begin.

    The first day where no month begins in between.
    """
    length = max((last - first).days, 1)
    starts = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [day for day in starts if first <= day <= last]
    if not inside:
        return (Mark(0.0, f"{first.day} {first:%b}"),)
    if len(inside) > 30:
        every = math.ceil(length / 365.25 / 8)
        inside = [day for day in inside if day.month == 1 and day.year % every == 0]
        return tuple(Mark(round(100 * (day - first).days / length, 2), str(day.year)) for day in inside)
    every = math.ceil(len(inside) / 7) or 1
    return tuple(
        Mark(round(100 * (day - first).days / length, 2), f"{day:%b}")
        for day in inside[::every]
        if (last - day).days > length * 0.04
    )


def steps(maximum: float) -> tuple[float, float]:
    """Three or four round steps for an axis up to ``maximum``: their size, and the end of the axis."""
    if maximum <= 0:
        return 5.0, 15.0
    rough = maximum / 3
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return step, step * math.ceil(maximum / step)


def duration_step(range_s: float) -> float:
    """A step of an axis of durations: three or four of it, in whole parts or multiples of a minute."""
    return next((step for step in (5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0) if 3 * step >= range_s), 600.0)


def grid_lines(step: float, top: float, scale: float, height: int) -> tuple[Mark, ...]:
    """Lines at each step up to ``top`` of an axis that ends at ``height``, ``scale`` pixels a unit."""
    return tuple(
        Mark(round(height - step * number * scale, 1), f"{step * number:g}")
        for number in range(1, round(top / step) + 1)
    )


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:.1f}" for x, y in ((round(x, 1), y) for x, y in points))
