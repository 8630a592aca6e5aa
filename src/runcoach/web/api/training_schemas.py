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


class GoalForecast(Schema):
    """What could be run now over the distance of a goal; ``gapS`` is by how much that is slower than the goal."""

    duration_s: int
    low_50_s: int
    high_50_s: int
    low_80_s: int
    high_80_s: int
    method: str
    gap_s: int | None


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
    forecast: GoalForecast | None
    forecast_reason: str | None


class Sums(Schema):
    """Sums over some days."""

    runs: float
    distance_m: float
    moving_time_sec: float
    elevation_gain_m: float


class Day(Schema):
    """The sums of one day."""

    day: str
    sums: Sums


class ThisWeek(Schema):
    """The current week, and the medians of earlier ones up to the same weekday and as a whole."""

    today: str
    monday: str
    sums: Sums
    days: list[Day]
    typical_so_far: Sums | None
    typical_week: Sums | None


class LongestRun(Schema):
    """The run that the spike limit comes from."""

    day: str
    distance_m: float


class SpikeLimit(Schema):
    """How long a run can be without a spike, until this day."""

    distance_m: float
    until: str
    longest: LongestRun


class Suggestion(Schema):
    """What to do today and why; ``rule`` is the rule that applied."""

    rule: str
    kind: str
    text: str
    reason: str


class Form(Schema):
    """Fitness, fatigue and form; ``formShare`` is form divided by fitness, ``ramp`` the change of fitness in 7 days."""

    fitness: float
    fatigue: float
    form: float
    form_share: float
    state: str
    ramp: float
    runs_without_load: int
    method: str


class Today(Schema):
    """Where training stands today, and one suggestion."""

    day: str
    form: Form | None
    form_reason: str | None
    week: ThisWeek
    spike_limit: SpikeLimit | None
    spike_evidence: str
    goal: Goal | None
    suggestion: Suggestion


class Durability(Schema):
    """The fastest ``distanceM`` that begin after ``afterM`` of a run (0: fresh); ``slower`` than fresh, a share."""

    after_m: int
    distance_m: int
    duration_s: int
    duration_exact_s: float
    start_s: float
    slower: float | None
    activity_id: int
    strava_id: int | None
    name: str
    local_date: str
