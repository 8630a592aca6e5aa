"""Removes activities that only Strava's API knows once they are older than the runner wants to keep them."""

from __future__ import annotations

import sqlite3

from runcoach.ingest.writer import update_rankings
from runcoach.store import audit
from runcoach.store.remote import forget


def remove_expired(connection: sqlite3.Connection, before_s: float) -> int:
    """Delete for good what began before ``before_s`` and only Strava's API knows; how many activities that were.

    Activities that a file, an archive or another service has too stay as they are. The caller holds the transaction.
    """
    count = forget.remove_expired(connection, before_s)
    if count:
        message = f"removed {count} activities that only Strava's API knew, as they were past their retention"
        audit.record(connection, "admin", 0, "delete", message, meta={"removed": count})
        update_rankings(connection)
    return count
