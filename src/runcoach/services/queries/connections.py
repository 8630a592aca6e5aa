"""Reads the connections of a profile with remote sources: state, owner, when each last worked, what it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runcoach.domain.json_format import EpochSeconds
from runcoach.services.auth.remote_sources import KEY_SOURCES
from runcoach.services.sync.last_sync import STRAVA, last_strava_sync
from runcoach.store import activity_sources
from runcoach.store.remote import connections, credentials


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection. ``status`` is active, degraded or inactive; ``activities`` counts those that the source knows.

    ``only_here`` counts the activities that no other source knows. Times are None where there was no such event;
    ``last_result`` counts what the last successful sync stored.
    """

    source: str
    title: str
    status: str
    athlete_id: str | None = None
    athlete_name: str | None = None
    connected_at: EpochSeconds | None = None
    last_try_at: EpochSeconds | None = None
    last_success_at: EpochSeconds | None = None
    last_error: str | None = None
    key_ends_at: EpochSeconds | None = None
    activities: int = 0
    only_here: int = 0
    last_result: Mapping[str, int] = field(default_factory=dict)


def connections_of(connection: sqlite3.Connection) -> tuple[Connection, ...]:
    """Every connection there is or was, Strava first."""
    counts = activity_sources.count_by_kind(connection)
    found = []
    if (token := credentials.token_status(connection)) is not None:
        last = last_strava_sync(connection)
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
                activities=activities,
                only_here=only_here,
                last_result=last.result,
            )
        )
    for each in connections.listed(connection):
        activities, only_here = counts.get(each.source, (0, 0))
        added: dict[str, Any] = {
            "title": KEY_SOURCES[each.source].title,
            "activities": activities,
            "only_here": only_here,
        }
        same = {name: getattr(each, name) for name in Connection.__slots__ if name not in added}
        found.append(Connection(**same, **added))
    return tuple(found)
