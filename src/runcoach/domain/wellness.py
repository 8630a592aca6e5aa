"""Daily values of the body: the metrics, their units and plausible ranges, and how a day's readings become one value.

A value belongs to one metric, day, source and device. Values of several sources are kept side by side: nothing is
averaged over them. SDNN and rMSSD are different measures of heart rate variability and have metrics of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runcoach.domain.units import Units
from runcoach.errors import UsageError

KG_PER_POUND = 0.45359237


@dataclass(frozen=True, slots=True)
class Metric:
    """A daily value: unit, the range outside which a value is a fault, and how a source's readings of a day become one.

    ``rule`` is ``last`` (the last reading), ``mean`` or ``sum``.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    rule: str
    digits: int = 0


METRICS = {
    metric.name: metric
    for metric in (
        Metric("resting-hr", "Resting HR", "bpm", 20.0, 150.0, "last"),
        Metric("hrv-rmssd", "HRV (rMSSD)", "ms", 1.0, 500.0, "mean"),
        Metric("hrv-sdnn", "HRV (SDNN)", "ms", 1.0, 500.0, "mean"),
        Metric("sleep", "Sleep", "s", 1.0, 86_400.0, "sum"),
        Metric("weight", "Weight", "kg", 20.0, 400.0, "last", 1),
        Metric("vo2max", "VO2max", "ml/kg/min", 5.0, 100.0, "last", 1),
        Metric("steps", "Steps", "steps", 1.0, 200_000.0, "sum"),
    )
}


def parse_metric(name: str) -> str:
    """The name of a metric; UsageError for any other."""
    if name not in METRICS:
        raise UsageError(f"{name!r} is not a metric", hint=f"use {', '.join(METRICS)}")
    return name


@dataclass(frozen=True, slots=True)
class WellnessValue:
    """The value of one metric on one day (ISO 8601, the runner's local date) from one source.

    ``source`` is the kind of source (``apple_health``, ``garmin``, ``garmin_export``), ``device`` what measured it as
    the source names it, empty where it does not. ``readings`` is how many readings the value comes from.
    """

    metric: str
    date: str
    source: str
    device: str
    value: float
    readings: int = 1

    @property
    def unit(self) -> str:
        """The unit of the metric."""
        return METRICS[self.metric].unit


def format_value(metric: str, value: float, units: Units) -> str:
    """A value for a table, without its unit: ``7:12`` hours of sleep, ``61.3`` kg or pounds, ``8,123`` steps."""
    if metric == "sleep":
        hours, minutes = divmod(round(value / 60.0), 60)
        return f"{hours}:{minutes:02d}"
    if metric == "weight" and units is Units.IMPERIAL:
        value /= KG_PER_POUND
    return f"{value:,.{METRICS[metric].digits}f}"


def format_unit(metric: str, units: Units) -> str:
    """The unit of :func:`format_value`; empty for steps."""
    if metric in {"sleep", "steps"}:
        return "h" if metric == "sleep" else ""
    return "lb" if metric == "weight" and units is Units.IMPERIAL else METRICS[metric].unit


def plausible(values: Iterable[WellnessValue]) -> list[WellnessValue]:
    """The values within the range of their metric."""
    return [each for each in values if METRICS[each.metric].low <= each.value <= METRICS[each.metric].high]
