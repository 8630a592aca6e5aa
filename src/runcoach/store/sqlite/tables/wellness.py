"""Daily values of the body, and forecasts made by others."""

from sqlmodel import Field, SQLModel


class RacePrediction(SQLModel, table=True):
    """A race time that another program forecast on one day."""

    __tablename__ = "race_prediction"
    source: str = Field(primary_key=True)
    date: str = Field(primary_key=True)
    distance_m: int = Field(primary_key=True)
    duration_s: int
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id", index=True)
