"""Schemas of the responses about load, fitness and heart rate zones."""

from __future__ import annotations

from runcoach.services.training import fitness, zones
from runcoach.web.api.schemas import Schema, fields_of


@fields_of(zones.Figure)
class Figure(Schema):
    """A value with its origin: `set`, `garmin`, `estimate` or `assumed`."""


class Zones(Schema):
    """The lowest heart rates of zones 2 to 5."""

    lower_bpm: list[int]
    origin: str
    note: str | None


@fields_of(zones.Physiology)
class Physiology(Schema):
    """What loads and zones are computed with."""


@fields_of(fitness.FitnessDay)
class FitnessDay(Schema):
    """One day: load is null where a run has none, fitness and fatigue are after it, form is before it."""


@fields_of(fitness.WeekLoad)
class WeekLoad(Schema):
    """Foster's monotony and strain of seven days; null where every day had the same load."""


@fields_of(fitness.RunCounts)
class RunCounts(Schema):
    """How the load of runs was computed."""


class Fitness(Schema):
    """Every day, oldest first; `remark` says what is not computed yet."""

    data: list[FitnessDay]
    as_of: str
    settled_from: str | None
    ramp: float | None
    week: WeekLoad | None
    runs: RunCounts
    last_run: str | None
    inputs: Physiology | None
    method: str
    load_method: str
    remark: str | None


@fields_of(zones.TimeInZones)
class TimeInZones(Schema):
    """Seconds in zones 1 to 5 of a run, a week or a month."""


@fields_of(zones.Polarization)
class Polarization(Schema):
    """How much of the training is easy, by sessions and by time."""


class ZoneReport(Schema):
    """Time in zones, newest first; `remark` says what is not computed yet."""

    data: list[TimeInZones]
    by: str
    since: str
    zones: Zones | None
    polarization: Polarization
    inputs: Physiology | None
    method: str
    remark: str | None
