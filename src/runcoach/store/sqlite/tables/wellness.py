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


class Wellness(SQLModel, table=True):
    """The value of one metric of the body on one day from one source."""

    __tablename__ = "wellness"
    metric: str = Field(primary_key=True)
    date: str = Field(primary_key=True, index=True)
    source: str = Field(primary_key=True)
    device: str = Field(primary_key=True)
    value: float
    unit: str
    readings: int = 1
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id", index=True)
