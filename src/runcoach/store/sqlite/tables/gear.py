"""What the runner has set about shoes and bikes."""

from sqlmodel import Field, SQLModel


class GearSetting(SQLModel, table=True):
    """The distance at which a shoe or bike is to be retired."""

    __tablename__ = "gear_setting"
    gear_name: str = Field(primary_key=True)
    retire_at_m: float
    updated_at: int
