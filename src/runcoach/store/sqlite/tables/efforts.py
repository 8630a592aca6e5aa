"""Splits, laps and efforts."""

from sqlmodel import Field, SQLModel


class Split(SQLModel, table=True):
    """One kilometre of an activity, exactly as Strava reported it or computed from the streams (``source``)."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    km: int = Field(primary_key=True)
    distance_m: float | None = None
    moving_time_sec: int | None = None
    elapsed_time_sec: int | None = None
    avg_speed_ms: float | None = None
    pace_sec: int | None = None
    elev_gain_m: float | None = None
    hr_avg: int | None = None
    source: str


class Lap(SQLModel, table=True):
    """One lap as the device or Strava closed it."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    lap_index: int = Field(primary_key=True)
    name: str | None = None
    start_s: float | None = None
    distance_m: float | None = None
    elapsed_s: float | None = None
    moving_s: float | None = None
    elevation_gain_m: float | None = None
    avg_hr_bpm: int | None = None
    max_hr_bpm: int | None = None
    avg_cadence_spm: float | None = None
    avg_power_w: float | None = None
    calories_kcal: int | None = None


class Effort(SQLModel, table=True):
    """A stretch of one distance inside one run: the fastest that counts, a suspect or an ignored one."""

    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    distance_m: int = Field(primary_key=True)
    length_m: float
    duration_s: int
    duration_exact_s: float
    start_s: float = Field(primary_key=True)
    end_s: float = Field(primary_key=True)
    quality: str
    reason: str | None = None
    ignored_at: int | None = None
    ignored_reason: str | None = None
    is_official: bool = False
    is_superseded: bool = False


class BestEffort(SQLModel, table=True):
    """One rank of one stored window, as of one day."""

    __tablename__ = "best_effort"
    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id", index=True)
    distance_m: int
    duration_s: int
    window: str
    rank: int
    as_of: str
