"""The application's subscription to Strava's events, and the jobs that events ask for; its secrets are in the vault.

Every function that changes something leaves its audit row or a job; the caller holds the transaction.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.domain.statuses import JobKind, JobStatus
from runcoach.store import audit, jobs
from runcoach.store.remote import credentials

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = "id AS row_id, strava_id, callback_base, secret_handle, token_store, status, created_at"

#: The payload of a job that looks whether the connection still stands names the athlete and no activity.
_CHECKS = "type = 'fetch' AND strava_id IS NULL AND json_extract(payload, '$.athleteId') = ?"
_FETCHES = "type = 'fetch' AND strava_id = ?"


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """The row: ``strava_id`` is None while it is ``pending``; the secret lies in ``token_store``'s vault."""

    row_id: int
    strava_id: int | None
    callback_base: str
    secret_handle: str
    token_store: str
    status: str
    created_at: int


def subscription(connection: sqlite3.Connection) -> StoredSubscription | None:
    """The subscription of this profile's application, asked for or in force; None where there is none."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM webhook_subscription ORDER BY id DESC").fetchone()  # noqa: S608
    return None if row is None else StoredSubscription(**row)


def begin(connection: sqlite3.Connection, callback_base: str, secret_handle: str, token_store: str) -> int:
    """A pending row, before its secret exists; the row's id."""
    now = int(time.time())
    cursor = connection.execute(
        "INSERT INTO webhook_subscription"
        " (callback_base, secret_handle, token_store, status, created_at, updated_at)"
        " VALUES (?, ?, ?, 'pending', ?, ?)",
        (callback_base, secret_handle, token_store, now, now),
    )
    return int(cursor.lastrowid or 0)


def activate(connection: sqlite3.Connection, row_id: int, strava_id: int) -> None:
    """Strava has agreed: the row is in force under Strava's number."""
    connection.execute(
        "UPDATE webhook_subscription SET strava_id = ?, status = 'active', updated_at = ? WHERE id = ?",
        (strava_id, int(time.time()), row_id),
    )
    _tell(connection, "create", f"subscribed to Strava's events ({strava_id})", {"subscriptionId": strava_id})


def remove(connection: sqlite3.Connection, stored: StoredSubscription, reason: str) -> None:
    """Take the row away; its secret becomes a leftover of its vault."""
    connection.execute("DELETE FROM webhook_subscription WHERE id = ?", (stored.row_id,))
    credentials.leave_over(connection, [credentials.Leftover(stored.token_store, stored.secret_handle)])
    _tell(connection, "delete", reason, {"subscriptionId": stored.strava_id})


def note_refused(connection: sqlite3.Connection, count: int) -> None:
    """Events came that are not ours: one row for many, the caller sees to that."""
    _tell(connection, "skip", "events that are not this runner's were refused", {"events": count})


def note_ended(connection: sqlite3.Connection, strava_id: int) -> None:
    """A subscription that was made elsewhere was ended at the runner's wish."""
    _tell(connection, "delete", f"subscription {strava_id}, made elsewhere, was ended", {"subscriptionId": strava_id})


def queue_fetch(connection: sqlite3.Connection, strava_id: int, event_time: int, mark: str) -> bool:
    """Queue a fetch of the activity that an event tells of; False where the event has been told before.

    ``mark`` tells events of the same second apart. What is older than the newest event of the activity tells nothing
    more: the fetch comes, or came, after both.
    """
    return _queue(connection, _FETCHES, {"stravaId": strava_id}, event_time, mark)


def queue_access_check(connection: sqlite3.Connection, athlete_id: int, event_time: int) -> bool:
    """Queue a look whether Strava still takes the connection; False as of :func:`queue_fetch`."""
    return _queue(connection, _CHECKS, {"athleteId": athlete_id}, event_time, "")


def end_access_checks(connection: sqlite3.Connection) -> int:
    """Whatever was to be found out about the connection has been; how many jobs that ends."""
    cursor = connection.execute(
        "UPDATE job SET status = 'done', updated_at = ?"  # noqa: S608
        f" WHERE type = 'fetch' AND strava_id IS NULL AND status IN {jobs.OPEN}",
        (int(time.time()),),
    )
    return cursor.rowcount


def _queue(connection: sqlite3.Connection, which: str, about: dict[str, int], event_time: int, mark: str) -> bool:
    told = connection.execute(
        f"SELECT id, payload, status FROM job WHERE {which} ORDER BY id",  # noqa: S608
        tuple(about.values()),
    ).fetchall()
    payloads = [json.loads(row["payload"]) for row in told]
    if any(_covers(payload, event_time, mark) for payload in payloads):
        return False
    # An event of now goes before whatever waits from the past.
    news = {"startTime": event_time, "eventTime": event_time}
    for row, payload in zip(told, payloads, strict=True):
        if row["status"] in {JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.RETRY}:
            same_second = payload["events"] if payload.get("eventTime") == event_time else []
            _renew(connection, row["id"], {**payload, **news, "events": [*same_second, mark]})
            return True
    return jobs.enqueue(connection, JobKind.FETCH, {**about, **news, "events": [mark]}, "webhook")


def _covers(payload: dict[str, Any], event_time: int, mark: str) -> bool:
    """Whether a job was queued for this event already, or for a later one."""
    last = payload.get("eventTime")
    return last is not None and (last > event_time or (last == event_time and mark in payload["events"]))


def _renew(connection: sqlite3.Connection, job_id: int, payload: dict[str, Any]) -> None:
    """Let an open job do for one more event: at once, and once more where it is running (see ``jobs.finish``)."""
    connection.execute(
        "UPDATE job SET payload = ?, next_run_at = ?, updated_at = ? WHERE id = ?",
        (json.dumps(payload), jobs.AT_ONCE, int(time.time()), job_id),
    )


def _tell(connection: sqlite3.Connection, action: str, message: str, meta: dict[str, Any]) -> None:
    audit.record(connection, "admin", 0, action, message, meta=meta)
