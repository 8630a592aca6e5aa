"""SQLModel sessions on a connection that is already open."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


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
