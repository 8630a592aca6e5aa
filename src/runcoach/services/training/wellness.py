"""Reads daily values of the body: day by day, or as series of one metric from one source."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from runcoach.domain.activity_fields import SOURCE_TITLES
from runcoach.domain.wellness import METRICS
from runcoach.store.training import wellness as stored


@dataclass(frozen=True, slots=True)
class DailyValue:
    """A value of one metric on a local day (ISO 8601) from one source.

    ``device`` is what measured it as the source names it, None where it does not; ``readings`` is how many readings
    of the day the value comes from.
    """

    date: str
    metric: str
    value: float
    unit: str
    source: str
    device: str | None
    readings: int

    @property
    def origin(self) -> str:
        """The device, else the title of the source."""
        return self.device or SOURCE_TITLES.get(self.source, self.source)


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one metric from one source and device, oldest first; at least one."""

    metric: str
    source: str
    device: str | None
    values: tuple[DailyValue, ...]

    @property
    def latest(self) -> DailyValue:
        """The newest value."""
        return self.values[-1]


def daily_values(
    connection: sqlite3.Connection,
    *,
    metrics: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    days: int | None = None,
) -> tuple[DailyValue, ...]:
    """The values between two days, both included, newest day first; of ``metrics``, or of all.

    ``days`` limits them to the last so many days that have a value. Nothing is averaged: every source has its own.
    """
    wanted = tuple(metrics) or tuple(METRICS)
    first, last = (None if day is None else day.isoformat() for day in (since, until))
    values = [
        DailyValue(one.date, one.metric, one.value, one.unit, one.source, one.device or None, one.readings)
        for one in stored.read(connection, metrics=wanted, since=first, until=last)
    ]
    if days is None:
        return tuple(values)
    kept = set(list(dict.fromkeys(value.date for value in values))[:days])
    return tuple(value for value in values if value.date in kept)


def series(
    connection: sqlite3.Connection,
    *,
    metrics: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
) -> tuple[Series, ...]:
    """The values by metric, source and device, in the order of :data:`~runcoach.domain.wellness.METRICS`.

    Of one metric the series with the newest value comes first, among those the one with more values.
    """
    found: dict[tuple[str, str, str | None], list[DailyValue]] = {}
    for value in reversed(daily_values(connection, metrics=metrics, since=since, until=until)):
        found.setdefault((value.metric, value.source, value.device), []).append(value)
    all_series = [Series(*key, tuple(values)) for key, values in found.items()]
    order = list(METRICS)
    all_series.sort(key=lambda each: (each.latest.date, len(each.values)), reverse=True)
    return tuple(sorted(all_series, key=lambda each: order.index(each.metric)))
