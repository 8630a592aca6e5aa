"""Routes: tracks of runs, the route of each run, and the map of all runs."""

from sqlmodel import Field, SQLModel


class RouteTrack(SQLModel, table=True):
    """The track of a run, reduced for matching."""

    __tablename__ = "route_track"
    activity_id: int = Field(primary_key=True, foreign_key="activity.id")
    length_m: float
    cell_row: int
    cell_column: int
    points: bytes


class RouteRun(SQLModel, table=True):
    """The route of a run: the oldest run that it matches."""

    __tablename__ = "route_run"
    activity_id: int = Field(primary_key=True, foreign_key="route_track.activity_id")
    start_time: int
    heart_rate_bpm: int | None = None
    route_id: int | None = Field(default=None, foreign_key="route_run.activity_id", index=True)


class RouteHeat(SQLModel, table=True):
    """The map of all runs, one row."""

    __tablename__ = "route_heat"
    id: int = Field(primary_key=True)
    areas: str
    data: bytes
