"""Checks of the sources that are opened by a key, and of what only Strava's API knows. Sends no request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from runcoach.errors import RuncoachError
from runcoach.services.auth.api_key import key_end_note, read_key
from runcoach.services.auth.remote_sources import key_source
from runcoach.services.maintenance.checks.findings import note, ok, problem
from runcoach.store import activity_sources
from runcoach.store.remote import connections

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from runcoach.config import Config
    from runcoach.services.maintenance.checks.findings import CheckResult
    from runcoach.store.remote.connections import StoredConnection


def check_connections(config: Config, connection: sqlite3.Connection) -> Iterator[CheckResult]:
    """Each connection with a key: its state, whether the key can be read, and when it ends."""
    for stored in connections.not_ended(connection):
        yield _check_connection(config, stored)


def check_ownership(config: Config, connection: sqlite3.Connection) -> Iterator[CheckResult]:
    """How many activities are known through Strava's API alone; its policy allows a cache of seven days."""
    days = config.settings.strava_api_retention_days
    ends = "" if days == "keep" else f" (a sync removes them {days} days after they began)"
    _, alone = activity_sources.count_by_kind(connection).get("strava", (0, 0))
    if alone:
        ways = "runcoach connect garmin, or import Strava's archive or the watch's files"
        yield ok(
            "ownership",
            f"{alone} activities are known through Strava's API alone{ends}; to keep them as your own: {ways}",
        )


def _check_connection(config: Config, stored: StoredConnection) -> CheckResult:
    title, connect = key_source(stored.source).title, f"runcoach connect {stored.source}"
    if stored.status == "degraded":
        return problem(stored.source, stored.last_error or f"{title} refuses the key", connect)
    try:
        read_key(config, stored)
    except RuncoachError as error:
        return problem(stored.source, error.message, error.hint or connect)
    ending = key_end_note(stored, time.time())
    if ending is not None:
        return note(stored.source, ending, connect)
    return ok(stored.source, f"connected with {title}" + (f" as {stored.athlete_name}" if stored.athlete_name else ""))
