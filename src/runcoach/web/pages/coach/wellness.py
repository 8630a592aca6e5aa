"""Daily values of the body: the course of each metric by source, and the last days in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from runcoach.domain.units import Units
from runcoach.domain.wellness import METRICS, format_unit, format_value
from runcoach.domain.windows import local_today
from runcoach.services.reader import open_reader
from runcoach.services.training.wellness import DailyValue, Series, daily_values, series
from runcoach.web.pages.formatting import Formatter
from runcoach.web.pages.layout import formatter, show

router = APIRouter()

#: Days in the table.
TABLE_DAYS = 14

#: Pixels of a course: height, room above and below, radius of a point.
_HEIGHT, _MARGIN = 96, 12

#: Days without a value that interrupt the line of a course.
_GAP_DAYS = 7


@dataclass(frozen=True, slots=True)
class Point:
    """A value: ``x`` in percent, ``y`` in pixels; ``is_joined`` with the one before."""

    x: float
    y: float
    tooltip: str
    is_joined: bool


@dataclass(frozen=True, slots=True)
class Course:
    """A card: one metric from one source, with its latest value and the line of its values."""

    key: str
    title: str
    origin: str
    latest: str
    unit: str
    day: str
    low: str
    high: str
    points: tuple[Point, ...]
    height: int
    description: str


@router.get("/wellness")
def page(request: Request, days: Annotated[Literal["30", "90", "365"], Query()] = "90") -> Response:
    """The page of daily values."""
    today = local_today()
    with open_reader(request.app.state.config) as connection:
        last = daily_values(connection, days=TABLE_DAYS)
        until = min(today, date.fromisoformat(last[0].date)) if last else today
        since = until - timedelta(days=int(days) - 1)
        found = series(connection, since=since, until=until)
        fmt = formatter(request)
        shown = [name for name in METRICS if any(value.metric == name for value in last)]
        return show(
            request,
            connection,
            "wellness.html",
            "wellness",
            days=days,
            since=since,
            until=until,
            courses=[_course(number, each, since, until, fmt) for number, each in enumerate(found)],
            columns=[(name, METRICS[name].title, format_unit(name, fmt.units)) for name in shown],
            rows=_rows(last, fmt.units),
        )


def _course(number: int, one: Series, since: date, until: date, fmt: Formatter) -> Course:
    metric, latest, units = METRICS[one.metric], one.latest, fmt.units
    numbers = [value.value for value in one.values]
    low, high = (format_value(one.metric, value, units) for value in (min(numbers), max(numbers)))
    unit = format_unit(one.metric, units)
    return Course(
        key=f"course-{number}",
        title=metric.title,
        origin=latest.origin,
        latest=format_value(one.metric, latest.value, units),
        unit=unit,
        day=latest.date,
        low=low,
        high=high,
        points=_points(one.values, since, until, fmt),
        height=_HEIGHT,
        description=f"{metric.title} from {latest.origin}: {len(numbers)} days, from {low} to {high} {unit}".rstrip(),
    )


def _points(values: Sequence[DailyValue], since: date, until: date, fmt: Formatter) -> tuple[Point, ...]:
    """Values by day over the whole range of days, the smallest at the bottom and the largest at the top."""
    low, high = min(value.value for value in values), max(value.value for value in values)
    span_days, room = max((until - since).days, 1), _HEIGHT - 2 * _MARGIN
    points: list[Point] = []
    before: date | None = None
    for value in values:
        day = date.fromisoformat(value.date)
        share = (value.value - low) / (high - low) if high > low else 0.5
        amount = f"{format_value(value.metric, value.value, fmt.units)} {format_unit(value.metric, fmt.units)}".rstrip()
        is_joined = before is not None and (day - before).days <= _GAP_DAYS
        x = 1.0 + 98.0 * (day - since).days / span_days
        points.append(
            Point(round(x, 2), round(_HEIGHT - _MARGIN - share * room, 1), f"{fmt.day(day)}: {amount}", is_joined)
        )
        before = day
    return tuple(points)


def _rows(values: Sequence[DailyValue], units: Units) -> list[tuple[str, str, dict[str, str]]]:
    """``(day, origin, metric → text)``, a row a day and source."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for value in values:
        rows.setdefault((value.date, value.origin), {})[value.metric] = format_value(value.metric, value.value, units)
    return [(day, origin, texts) for (day, origin), texts in rows.items()]
