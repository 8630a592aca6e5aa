"""The owner of the file, the audit trail and the schema's own history."""

from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    """The owner of the file; one row."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    role: str
    created_at: int


class Audit(SQLModel, table=True):
    """One significant event."""

    id: int | None = Field(default=None, primary_key=True)
    entity: str
    entity_id: int
    action: str
    message: str
    meta: str
    created_at: int


class SchemaMigration(SQLModel, table=True):
    """One applied migration."""

    __tablename__ = "schema_migration"
    version: int | None = Field(default=None, primary_key=True)
    name: str
    applied_at: int
