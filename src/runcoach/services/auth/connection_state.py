"""How it stands with Strava, read from the file alone: connected, degraded, paused by Strava, logged out, or never."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import ApiInactiveError
from runcoach.store.remote import credentials, sync_state
from runcoach.store.sqlite.connection import write_transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from runcoach.sources.strava.limiter import RateLimiter

_INACTIVE = "api_inactive"


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """``state`` is connected, degraded (login refused), inactive (application paused), ended (logged out) or never.

    ``client_id`` is that of the application that is remembered, None where there is none. Times are in seconds since
    1970.
    """

    state: str = "never"
    athlete_id: int | None = None
    athlete_name: str | None = None
    scope: str | None = None
    client_id: str | None = None
    last_used_at: int | None = None
    revoked_at: int | None = None

    @property
    def who(self) -> str:
        """The runner's name, as far as it is known."""
        return self.athlete_name or ("nobody" if self.athlete_id is None else f"athlete {self.athlete_id}")

    @property
    def sees_private(self) -> bool:
        """Whether activities that only the runner can see are among those that Strava gives; True where not known."""
        return not self.scope or "activity:read_all" in self.scope.replace(",", " ").split()


def connection_state(connection: sqlite3.Connection) -> ConnectionState:
    """Connection state from the database; asks neither Strava nor the vault."""
    row, application = credentials.token_status(connection), credentials.application(connection)
    client_id = None if application is None else application.client_id
    if row is None:
        return ConnectionState(client_id=client_id)
    states = {"active": "connected", "degraded": "degraded"}
    state = states.get(row["status"], "ended")
    if state == "connected" and sync_state.get(connection, _INACTIVE) is not None:
        state = "inactive"
    return ConnectionState(
        state,
        row["athlete_id"],
        row["athlete_name"],
        row["scope"],
        client_id,
        row["last_used_at"],
        row["revoked_at"],
    )


@contextmanager
def track_api_pause(connection: sqlite3.Connection, meter: RateLimiter) -> Iterator[None]:
    """Keep whether Strava has paused the application: from its refusal on, until it answers something else."""
    try:
        yield
    except ApiInactiveError:
        _note(connection, "paused")
        raise
    if meter.reads_sent:
        _note(connection, None)


def _note(connection: sqlite3.Connection, value: str | None) -> None:
    if sync_state.get(connection, _INACTIVE) != value:
        with write_transaction(connection):
            sync_state.put(connection, _INACTIVE, value)
