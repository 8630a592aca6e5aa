"""Activities whose streams Strava did not have yet, and when to ask for them again.

Soon after an upload the streams may be empty or answered with 404. They are asked for again after an hour, 6 and 24
hours and 7 days, then with each full list, until the activity is 30 days old.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TypedDict

from runcoach.domain.statuses import JobKind
from runcoach.store import jobs
from runcoach.store.remote import sync_state

#: The pauses before each attempt, in seconds.
PAUSES_S = (3_600, 6 * 3_600, 86_400, 7 * 86_400)

#: Older activities will not get streams any more.
MAX_AGE_S = 30 * 86_400

_KEY = "missing_streams"


class _Entry(TypedDict):
    start_time: int
    attempts: int
    next_at: int | None


def note(connection: sqlite3.Connection, strava_id: int, start_time_s: int, now: float) -> None:
    """An activity came without streams: plan the next attempt. The caller holds the transaction."""
    if now - start_time_s > MAX_AGE_S:
        clear(connection, strava_id)
        return
    entries = _load(connection)
    attempts = entries[str(strava_id)]["attempts"] + 1 if str(strava_id) in entries else 0
    next_at = int(now) + PAUSES_S[attempts] if attempts < len(PAUSES_S) else None
    entries[str(strava_id)] = {"start_time": start_time_s, "attempts": attempts, "next_at": next_at}
    _store(connection, entries)


def clear(connection: sqlite3.Connection, strava_id: int) -> None:
    """The streams have come, or the activity is gone. The caller holds the transaction."""
    entries = _load(connection)
    if entries.pop(str(strava_id), None) is not None:
        _store(connection, entries)


def queue_due(connection: sqlite3.Connection, now: float, *, full: bool) -> int:
    """Queue a fetch of each activity that is due, with ``full`` also those due with a full list; returns how many.

    The caller holds the transaction.
    """
    queued = 0
    for strava_id, entry in _load(connection).items():
        if now - entry["start_time"] > MAX_AGE_S:
            clear(connection, int(strava_id))
        elif full if entry["next_at"] is None else _is_due(entry["next_at"], now):
            payload = {"stravaId": int(strava_id), "startTime": entry["start_time"]}
            queued += jobs.enqueue(connection, JobKind.FETCH, payload, "sync")
    return queued


def next_due(connection: sqlite3.Connection, now: float) -> int | None:
    """When the next attempt is due, in seconds since 1970; None where none is planned."""
    times = [entry["next_at"] for entry in _load(connection).values() if entry["next_at"] is not None]
    return min((jobs.AT_ONCE if _is_due(at, now) else at for at in times), default=None)


def is_missing(connection: sqlite3.Connection, strava_id: int) -> bool:
    """Whether the streams of an activity are still expected."""
    return str(strava_id) in _load(connection)


def _is_due(at: int, now: float) -> bool:
    """Whether an attempt is due; one further ahead than any pause was planned while the clock was wrong."""
    return at <= now or at > now + PAUSES_S[-1]


def _load(connection: sqlite3.Connection) -> dict[str, _Entry]:
    return sync_state.get_json(connection, _KEY) or {}


def _store(connection: sqlite3.Connection, entries: dict[str, _Entry]) -> None:
    sync_state.put(connection, _KEY, json.dumps(entries) if entries else None)
