"""Connections with remote sources that are opened by a key: rows without secrets; the key is sealed in the vault.

Every function that changes something leaves an audit row where a user would look for one; the caller holds the
transaction.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass

from runcoach.store import audit
from runcoach.store.sqlite.statements import select_all, select_one, update

_COLUMNS = (
    *("source", "status", "key_handle", "token_store", "athlete_id", "athlete_name", "key_ends_at", "connected_at"),
    *("last_full_at", "last_try_at", "last_success_at", "last_error", "last_result"),
)


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """One connection. Times are seconds since 1970; ``last_result`` counts what the last successful sync stored."""

    source: str
    status: str
    key_handle: str
    token_store: str
    athlete_id: str | None
    athlete_name: str | None
    key_ends_at: int | None
    connected_at: int
    last_full_at: int | None
    last_try_at: int | None
    last_success_at: int | None
    last_error: str | None
    last_result: Mapping[str, int]

    @property
    def is_ended(self) -> bool:
        """Whether the user has disconnected the source."""
        return self.status == "inactive"


def listed(connection: sqlite3.Connection) -> list[StoredConnection]:
    """Every connection there ever was, by source."""
    return [_stored(row) for row in select_all(connection, _COLUMNS, "FROM remote_connection ORDER BY source")]


def not_ended(connection: sqlite3.Connection) -> list[StoredConnection]:
    """Every connection that has a key, also one that the source refuses, by source."""
    return [each for each in listed(connection) if not each.is_ended]


def find(connection: sqlite3.Connection, source: str) -> StoredConnection | None:
    """The connection with a source, also one that has ended; None where there never was one."""
    row = select_one(connection, _COLUMNS, "FROM remote_connection WHERE source = ?", (source,))
    return None if row is None else _stored(row)


def save(
    connection: sqlite3.Connection,
    source: str,
    *,
    key_handle: str,
    token_store: str,
    athlete_id: str | None,
    athlete_name: str | None,
    key_ends_at: int | None,
) -> None:
    """Write a new key's connection; the history of an earlier one with the same source stays."""
    now = int(time.time())
    connection.execute(
        "INSERT INTO remote_connection (source, status, key_handle, token_store, athlete_id, athlete_name, key_ends_at,"
        " connected_at, updated_at) VALUES (?, 'active', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET"
        " status = 'active', key_handle = excluded.key_handle, token_store = excluded.token_store,"
        " athlete_id = coalesce(excluded.athlete_id, athlete_id), athlete_name = excluded.athlete_name,"
        " key_ends_at = excluded.key_ends_at, connected_at = excluded.connected_at, last_error = NULL,"
        " updated_at = excluded.updated_at",
        (source, key_handle, token_store, athlete_id, athlete_name, key_ends_at, now, now),
    )
    audit.record(connection, "token", 0, "create", f"connected with {source}", meta={"source": source})


def degrade(connection: sqlite3.Connection, source: str, reason: str) -> None:
    """The source refuses the key for good: syncs end until another key is given."""
    _update(connection, source, status="degraded", last_error=reason)
    audit.record(connection, "token", 0, "error", f"degraded: {reason}", meta={"source": source})


def end(connection: sqlite3.Connection, source: str) -> None:
    """The user has disconnected the source; its activities stay."""
    _update(connection, source, status="inactive")
    audit.record(connection, "token", 0, "delete", f"disconnected from {source}", meta={"source": source})


def note_try(connection: sqlite3.Connection, source: str, now: float) -> None:
    """A sync has begun."""
    _update(connection, source, last_try_at=int(now))


def note_success(connection: sqlite3.Connection, source: str, now: float, result: Mapping[str, int]) -> None:
    """A sync has ended as it should; ``result`` counts what it stored."""
    _update(connection, source, last_success_at=int(now), last_error=None, last_result=json.dumps(dict(result)))


def note_failure(connection: sqlite3.Connection, source: str, reason: str) -> None:
    """A sync has ended early."""
    _update(connection, source, last_error=reason)


def note_full_list(connection: sqlite3.Connection, source: str, now: float) -> None:
    """The whole list has been read."""
    _update(connection, source, last_full_at=int(now))


def forget_full_lists(connection: sqlite3.Connection) -> None:
    """Let the next sync of every source read the whole list, after the database was replaced."""
    connection.execute("UPDATE remote_connection SET last_full_at = NULL")


def _update(connection: sqlite3.Connection, source: str, **columns: object) -> None:
    columns["updated_at"] = int(time.time())
    connection.execute(update("remote_connection", columns, "source = :source"), {**columns, "source": source})


def _stored(row: sqlite3.Row) -> StoredConnection:
    return StoredConnection(**{**dict(row), "last_result": json.loads(row["last_result"] or "{}")})
