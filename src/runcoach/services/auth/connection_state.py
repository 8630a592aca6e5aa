"""Connection state from the database: connected, degraded, paused by Strava, logged out or never connected."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from runcoach.domain.statuses import ConnectionStatus, TokenStatus
from runcoach.errors import ApiInactiveError
from runcoach.sources.strava.oauth import sees_private
from runcoach.sources.strava.rate_limit import RateLimitBudget
from runcoach.store.remote import credentials, sync_state
from runcoach.store.sqlite.connection import write_transaction

if TYPE_CHECKING:
    from runcoach.sources.strava.limiter import RateLimiter

_INACTIVE = "api_inactive"

_STATES = {TokenStatus.ACTIVE: ConnectionStatus.CONNECTED, TokenStatus.DEGRADED: ConnectionStatus.DEGRADED}


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """Connection to Strava; ``client_id`` is None where no application is stored. Times in seconds since 1970."""

    state: ConnectionStatus = ConnectionStatus.NEVER
    athlete_id: int | None = None
    athlete_name: str | None = None
    scope: str | None = None
    client_id: str | None = None
    last_used_at: int | None = None
    revoked_at: int | None = None

    @property
    def who(self) -> str:
        """The athlete's name, else their id, else ``nobody``."""
        return self.athlete_name or ("nobody" if self.athlete_id is None else f"athlete {self.athlete_id}")

    @property
    def sees_private(self) -> bool:
        """Whether the scope covers activities visible only to the runner; True where the scope is unknown."""
        return sees_private(self.scope)


def connection_state(connection: sqlite3.Connection) -> ConnectionState:
    """Connection state from the database; asks neither Strava nor the vault."""
    row, application = credentials.token_status(connection), credentials.application(connection)
    client_id = None if application is None else application.client_id
    if row is None:
        return ConnectionState(client_id=client_id)
    state = _STATES.get(row["status"], ConnectionStatus.ENDED)
    if state is ConnectionStatus.CONNECTED and sync_state.get(connection, _INACTIVE) is not None:
        state = ConnectionStatus.INACTIVE
    names = ("athlete_id", "athlete_name", "scope", "last_used_at", "revoked_at")
    return ConnectionState(state, client_id=client_id, **{name: row[name] for name in names})


@contextmanager
def track_api_pause(connection: sqlite3.Connection, meter: RateLimiter) -> Iterator[None]:
    """Store whether Strava has paused the application: set by its refusal, cleared by the next answer."""
    try:
        yield
    except ApiInactiveError:
        _store_pause(connection, "paused")
        raise
    if meter.reads_sent:
        _store_pause(connection, None)


def _store_pause(connection: sqlite3.Connection, value: str | None) -> None:
    if sync_state.get(connection, _INACTIVE) != value:
        with write_transaction(connection):
            sync_state.put(connection, _INACTIVE, value)


def stored_budget(connection: sqlite3.Connection) -> RateLimitBudget | None:
    """The rate limit budget as last seen by any process; None where it is unknown."""
    row = sync_state.read_budget(connection)
    if row is None:
        return None
    counts = {name: None if value is None else int(value) for name, value in row.items() if name != "seen_at"}
    return RateLimitBudget(float(row["seen_at"] or 0), **counts)


def store_budget(connection: sqlite3.Connection, budget: RateLimitBudget) -> None:
    """Store the rate limit budget for the next process; the caller holds the transaction."""
    sync_state.write_budget(connection, asdict(budget))
