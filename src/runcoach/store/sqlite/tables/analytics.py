"""Figures of one activity computed from its samples, its load, and what the runner has set about the body."""

from sqlmodel import Field, SQLModel


class ActivityAnalytics(SQLModel, table=True):
    """What an analytics job has computed from the samples of an activity."""

    __tablename__ = "activity_analytics"
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


class DurabilityEffort(SQLModel, table=True):
    """The fastest stretch of one length that begins late in a run, or within its first 10 km (``after_m`` 0)."""

    __tablename__ = "durability_effort"
    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    after_m: int = Field(primary_key=True)
    distance_m: int = Field(primary_key=True)
    duration_exact_s: float
    start_s: float


class TrainingLoad(SQLModel, table=True):
    """Load and time in zones of a run, for the runner's current settings."""

    __tablename__ = "training_load"
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


class RunnerSetting(SQLModel, table=True):
    """One value that the runner has set or a source states; ``value`` is JSON."""

    __tablename__ = "runner_setting"
    name: str = Field(primary_key=True)
    origin: str = Field(primary_key=True)
    value: str
    updated_at: int
