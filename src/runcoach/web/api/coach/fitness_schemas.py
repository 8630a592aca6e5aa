"""Schemas of the responses about load, fitness and heart rate zones."""

from __future__ import annotations

from runcoach.web.api.schemas import Schema


class Figure(Schema):
    """A value with its origin: `set`, `garmin`, `estimate` or `assumed`."""

    value: float
    origin: str
    note: str | None


class Zones(Schema):
    """The lowest heart rates of zones 2 to 5."""

    lower_bpm: list[int]
    origin: str
    note: str | None


class Physiology(Schema):
    """What loads and zones are computed with."""

    rest_bpm: Figure
    sex: str
    max_bpm: Figure | None
    threshold_bpm: Figure | None
    threshold_sec_per_km: Figure | None
    zones: Zones | None


class FitnessDay(Schema):
    """One day: load is null where a run has none, fitness and fatigue are after it, form is before it."""

    date: str
    load: float | None
    fitness: float
    fatigue: float
    form: float


class WeekLoad(Schema):
    """Foster's monotony and strain of seven days; null where every day had the same load."""

    load: float
    monotony: float | None
    strain: float | None


class RunCounts(Schema):
    """How the load of runs was computed."""

    by_heart_rate: int
    by_pace: int
    without_load: int


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


class TimeInZones(Schema):
    """Seconds in zones 1 to 5 of a run, a week or a month."""

    period: str
    time_in_zone_s: list[int]
    runs: int
    activity_id: int | None
    name: str | None


class Polarization(Schema):
    """How much of the training is easy, by sessions and by time."""

    sessions: int
    hard: int
    easy_share_of_sessions: float | None
    easy_share_of_time: float | None
    hard_share_of_time: float | None


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
