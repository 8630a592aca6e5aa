"""Reads the connections of a profile with remote sources: state, owner, when each last worked, what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.services.auth.remote_sources import KEY_SOURCES
from runcoach.store import activity_sources
from runcoach.store.remote import connections, credentials

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from runcoach.domain.json_format import EpochSeconds

_NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection. ``status`` is active, degraded or inactive; ``activities`` counts those that the source knows.

    ``only_here`` counts the activities that no other source knows. Times are None where there was no such event;
    ``last_result`` counts what the last successful sync brought.
    """

    source: str
    title: str
    status: str
    athlete_id: str | None
    athlete_name: str | None
    connected_at: EpochSeconds | None
    last_try_at: EpochSeconds | None
    last_success_at: EpochSeconds | None
    last_error: str | None
    key_ends_at: EpochSeconds | None
    activities: int
    only_here: int
    last_result: Mapping[str, int]


def connections_of(connection: sqlite3.Connection) -> tuple[Connection, ...]:
    """Every connection there is or was, Strava first."""
    counts = activity_sources.count_by_kind(connection)
    strava = _strava(connection, counts)
    stored = [
        Connection(
            source=each.source,
            title=KEY_SOURCES[each.source].title if each.source in KEY_SOURCES else each.source,
            status=each.status,
            athlete_id=each.athlete_id,
            athlete_name=each.athlete_name,
            connected_at=each.connected_at,
            last_try_at=each.last_try_at,
            last_success_at=each.last_success_at,
            last_error=each.last_error,
            key_ends_at=each.key_ends_at,
            activities=counts.get(each.source, (0, 0))[0],
            only_here=counts.get(each.source, (0, 0))[1],
            last_result=each.last_result,
        )
        for each in connections.listed(connection)
    ]
    return (*([] if strava is None else [strava]), *stored)


def connected_sources(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The sources that a sync asks: those that are active or degraded, Strava first."""
    return tuple(each.source for each in connections_of(connection) if each.status != "inactive")


def _strava(connection: sqlite3.Connection, counts: Mapping[str, tuple[int, int]]) -> Connection | None:
    token = credentials.token_status(connection)
    if token is None:
        return None
    return Connection(
        source="strava",
        title="Strava",
        status=token["status"],
        athlete_id=str(token["athlete_id"]),
        athlete_name=token["athlete_name"],
        connected_at=token["created_at"],
        last_try_at=None,
        last_success_at=None,
        last_error=None,
        key_ends_at=None,
        activities=counts.get("strava", (0, 0))[0],
        only_here=counts.get("strava", (0, 0))[1],
        last_result=_NOTHING,
    )
