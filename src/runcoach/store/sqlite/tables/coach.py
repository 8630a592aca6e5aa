"""Figures of activities, goals, routes, daily values, forecasts made by others, and what the runner has set."""

from sqlmodel import Field

from runcoach.store.sqlite.tables import Table


class ActivityAnalytics(Table, table=True):
    """What an analytics job has computed from the samples of an activity."""

    activity_id: int | None = Field(default=None, primary_key=True, foreign_key="activity.id")
    version: int = Field(index=True)
    moving_s: float
    heart_rate_ms: str
    heart_rate_faults: str
    max_heart_rate_bpm: float | None = None
    threshold_heart_rate_bpm: float | None = None
    is_run: bool
    grade_factor: float | None = None
    efficiency_m_per_beat: float | None = None
    decoupling: float | None = None
    split_grade_factors: str
    lap_grade_factors: str
    computed_at: int


class DurabilityEffort(Table, table=True):
    """The fastest stretch of one length that begins late in a run, or within its first 10 km (``after_m`` 0)."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    after_m: int = Field(primary_key=True)
    distance_m: int = Field(primary_key=True)
    duration_exact_s: float
    start_s: float


class TrainingLoad(Table, table=True):
    """Load and time in zones of a run, for the runner's current settings."""

    activity_id: int | None = Field(default=None, primary_key=True, foreign_key="activity.id")
    load: float | None = None
    method: str | None = None
    trimp: float | None = None
    rtss: float | None = None
    zone1_s: int | None = None
    zone2_s: int | None = None
    zone3_s: int | None = None
    zone4_s: int | None = None
    zone5_s: int | None = None
    updated_at: int


class RunnerSetting(Table, table=True):
    """One value that the runner has set or a source states; ``value`` is JSON."""

    name: str = Field(primary_key=True)
    origin: str = Field(primary_key=True)
    value: str
    updated_at: int


class GearSetting(Table, table=True):
    """The distance at which a shoe or bike is to be retired."""

    gear_name: str = Field(primary_key=True)
    retire_at_m: float
    updated_at: int


class Goal(Table, table=True):
    """A time over a distance, a day, or both; ``removed_at`` is set where the runner has removed it."""

    id: int | None = Field(default=None, primary_key=True)
    name: str | None = None
    distance_m: int
    length_m: float
    time_s: int | None = None
    race_date: str | None = None
    created_at: int
    removed_at: int | None = None


class RouteTrack(Table, table=True):
    """The track of a run, reduced for matching."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    length_m: float
    cell_row: int
    cell_column: int
    points: bytes


class RouteRun(Table, table=True):
    """The route of a run: the oldest run that it matches."""

    activity_id: int = Field(primary_key=True, foreign_key="route_track.activity_id")
    start_time: int
    heart_rate_bpm: int | None = None
    route_id: int | None = Field(default=None, foreign_key="route_run.activity_id", index=True)


class RouteHeat(Table, table=True):
    """The map of all runs, one row."""

    id: int = Field(primary_key=True)
    areas: str
    data: bytes


class RacePrediction(Table, table=True):
    """A race time that another program forecast on one day."""

    source: str = Field(primary_key=True)
    date: str = Field(primary_key=True)
    distance_m: int = Field(primary_key=True)
    duration_s: int
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id", index=True)


class Wellness(Table, table=True):
    """The value of one metric of the body on one day from one source."""

    metric: str = Field(primary_key=True)
    date: str = Field(primary_key=True, index=True)
    source: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    value: float
    unit: str
    readings: int = 1
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id", index=True)
