"""The tables as SQLModel classes: a typed description of the whole schema, held to the DDL by a test.

Only logins and token renewals write through them (:mod:`runcoach.store.remote.credentials`); everything else is plain
SQL, as importing SQLModel takes half a second. No module has ``from __future__ import annotations``, which breaks
SQLModel. Sessions use an open connection inside its transaction (see :func:`session`).
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.orm import declared_attr
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel


class Table(SQLModel):
    """A table named after its class: ``ActivityEdit`` is ``activity_edit``."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class _BorrowedConnection(SQLiteDialect_pysqlite):
    """SQLite on a borrowed connection: only its owner commits, rolls back and closes."""

    supports_statement_cache = True

    def do_commit(self, dbapi_connection: object) -> None:
        """Does nothing."""

    def do_rollback(self, dbapi_connection: object) -> None:
        """Does nothing."""

    def do_close(self, dbapi_connection: object) -> None:
        """Does nothing."""


registry.register("sqlite.borrowed", __name__, _BorrowedConnection.__name__)


@contextmanager
def session(connection: sqlite3.Connection) -> Iterator[Session]:
    """A SQLModel session on an open connection, inside a :func:`~.connection.write_transaction`.

    It flushes at its end and neither begins, commits nor closes anything.
    """
    engine = create_engine("sqlite+borrowed://", creator=lambda: connection, poolclass=StaticPool)
    row_factory, connection.row_factory = connection.row_factory, None
    try:
        with engine.connect() as borrowed, Session(borrowed) as open_session:
            yield open_session
            open_session.flush()
    finally:
        connection.row_factory = row_factory
