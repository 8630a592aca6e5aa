"""The runner's goals."""

from sqlmodel import Field, SQLModel


class Goal(SQLModel, table=True):
    """A time over a distance, a day, or both; ``removed_at`` is set where the runner has removed it."""

    id: int | None = Field(default=None, primary_key=True)
    name: str | None = None
    distance_m: int
    length_m: float
    time_s: int | None = None
    race_date: str | None = None
    created_at: int
    removed_at: int | None = None
