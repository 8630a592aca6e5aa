"""When each source was last synced: the last attempt, the last success and what came."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from runcoach.domain.json_format import EpochSeconds
from runcoach.store.remote import connections, sync_state

STRAVA = "strava"

_KEY = "last_sync_strava"

#: A time further in the future than this was stored while the clock was wrong.
_FUTURE_S = 60.0


@dataclass(frozen=True, slots=True)
class LastSync:
    """The last sync of one source.

    ``error`` is why the last attempt failed, None where it succeeded; ``result`` counts what the last success stored.
    """

    source: str
    tried_at: EpochSeconds | None = None
    succeeded_at: EpochSeconds | None = None
    error: str | None = None
    result: dict[str, int] = field(default_factory=dict)


def last_syncs(connection: sqlite3.Connection) -> tuple[LastSync, ...]:
    """One entry for each source that was ever synced."""
    entries = [last_strava_sync(connection)] + [
        LastSync(row.source, row.last_try_at, row.last_success_at, row.last_error, dict(row.last_result))
        for row in connections.listed(connection)
    ]
    return tuple(entry for entry in entries if entry.tried_at is not None)


def last_strava_sync(connection: sqlite3.Connection) -> LastSync:
    """The last sync with Strava, without times before the first."""
    return LastSync(STRAVA, **(sync_state.get_json(connection, _KEY) or {}))


def last_success(connection: sqlite3.Connection, now: float) -> float | None:
    """When the last successful sync with Strava was; None for never, and for a time in the future."""
    succeeded_at = last_strava_sync(connection).succeeded_at
    return succeeded_at if succeeded_at is not None and succeeded_at <= now + _FUTURE_S else None


def note_try(connection: sqlite3.Connection, now: float) -> None:
    """A sync with Strava begins; until it ends it counts as interrupted. The caller holds the transaction."""
    _update(connection, tried_at=int(now), error="interrupted")


def note_success(connection: sqlite3.Connection, now: float, result: dict[str, int]) -> None:
    """A sync with Strava has succeeded; the caller holds the transaction."""
    _update(connection, succeeded_at=int(now), error=None, result=result)


def note_failure(connection: sqlite3.Connection, message: str) -> None:
    """A sync with Strava has failed; the caller holds the transaction."""
    _update(connection, error=message)


def _update(connection: sqlite3.Connection, **changes: Any) -> None:
    sync_state.put_json(connection, _KEY, (sync_state.get_json(connection, _KEY) or {}) | changes)
