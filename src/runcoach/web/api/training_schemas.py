"""Schemas of the coach's responses: races, goals, what to do today."""

from __future__ import annotations

from runcoach.web.api.schemas import Schema


class Race(Schema):
    """A race; ``markedBy`` is the kind of source that calls it one, ``edit`` or ``guess`` (with its ``reason``)."""

    activity_id: int
    strava_id: int | None
    name: str
    start_time: str
    utc_offset_s: int
    local_date: str
    distance_m: int | None
    time_s: int | None
    official_time_s: int | None
    recorded_time_s: int | None
    gps_distance_m: float | None
    elapsed_s: int | None
    percent_of_best: float | None
    marked_by: str
    reason: str | None


class GoalResult(Schema):
    """What was run over the distance of a goal on its day."""

    activity_id: int
    time_s: int
    is_official: bool


class Goal(Schema):
    """A goal; ``daysLeft`` is negative where its day has passed."""

    id: int
    name: str | None
    distance_m: int
    length_m: float
    time_s: int | None
    race_date: str | None
    created_at: str
    days_left: int | None
    result: GoalResult | None
