"""Reads the connections of a profile with remote sources: state, owner, when each last worked, what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.services.auth.remote_sources import KEY_SOURCES
from runcoach.services.sync.last_sync import STRAVA, LastSync, last_syncs
from runcoach.store import activity_sources
from runcoach.store.remote import connections, credentials

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from runcoach.domain.json_format import EpochSeconds


#: Fields that are as in the table of connections with a key.
_SAME = (
    *("source", "status", "athlete_id", "athlete_name", "connected_at", "last_try_at", "last_success_at"),
    *("last_error", "key_ends_at", "last_result"),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection. ``status`` is active, degraded or inactive; ``activities`` counts those that the source knows.

    ``only_here`` counts the activities that no other source knows. Times are None where there was no such event;
    ``last_result`` counts what the last successful sync stored.
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
    found = []
    if (token := credentials.token_status(connection)) is not None:
        last = next((each for each in last_syncs(connection) if each.source == STRAVA), LastSync(STRAVA))
        activities, only_here = counts.get(STRAVA, (0, 0))
        found.append(
            Connection(
                source=STRAVA,
                title="Strava",
                status=token["status"],
                athlete_id=str(token["athlete_id"]),
                athlete_name=token["athlete_name"],
                connected_at=token["created_at"],
                last_try_at=last.tried_at,
                last_success_at=last.succeeded_at,
                last_error=last.error,
                key_ends_at=None,
                activities=activities,
                only_here=only_here,
                last_result=last.result,
            )
        )
    for each in connections.listed(connection):
        title = KEY_SOURCES[each.source].title if each.source in KEY_SOURCES else each.source
        activities, only_here = counts.get(each.source, (0, 0))
        same = {name: getattr(each, name) for name in _SAME}
        found.append(Connection(**same, title=title, activities=activities, only_here=only_here))
    return tuple(found)


def not_connected(source: str) -> Connection:
    """A source with a key that was never connected."""
    title = KEY_SOURCES[source].title
    return Connection(source, title, "inactive", None, None, None, None, None, None, None, 0, 0, {})
