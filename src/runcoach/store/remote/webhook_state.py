"""The application's subscription to Strava's webhook events, and the jobs that events queue; secrets are in the vault.

Every function that changes something leaves its audit row or a job; the caller holds the transaction.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from runcoach.domain.statuses import JobKind, JobStatus
from runcoach.store import audit, jobs
from runcoach.store.remote import vault_leftovers
from runcoach.store.sqlite.statements import insert_row, select_all, select_one

_COLUMNS = ("id AS row_id", "strava_id", "callback_base", "secret_handle", "token_store", "status", "created_at")

#: Jobs that check whether Strava still accepts the connection have the athlete in their payload and no activity.
_CHECKS = "type = 'fetch' AND strava_id IS NULL AND json_extract(payload, '$.athleteId') = ?"
_FETCHES = "type = 'fetch' AND strava_id = ?"


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """The stored subscription; ``strava_id`` is None while ``pending``, the secret is in ``token_store``."""

    row_id: int
    strava_id: int | None
    callback_base: str
    secret_handle: str
    token_store: str
    status: str
    created_at: int


def subscription(connection: sqlite3.Connection) -> StoredSubscription | None:
    """The subscription of this profile's application, pending or active; None without one."""
    row = select_one(connection, _COLUMNS, "FROM webhook_subscription ORDER BY id DESC")
    return None if row is None else StoredSubscription(**row)


def begin(connection: sqlite3.Connection, callback_base: str, secret_handle: str, token_store: str) -> int:
    """Add a pending subscription, before its secret exists; its row id."""
    now = int(time.time())
    secret = {"callback_base": callback_base, "secret_handle": secret_handle, "token_store": token_store}
    values = {**secret, "status": "pending", "created_at": now, "updated_at": now}
    return insert_row(connection, "webhook_subscription", values)


def activate(connection: sqlite3.Connection, row_id: int, strava_id: int) -> None:
    """Mark the subscription as active under Strava's id."""
    connection.execute(
        "UPDATE webhook_subscription SET strava_id = ?, status = 'active', updated_at = ? WHERE id = ?",
        (strava_id, int(time.time()), row_id),
    )
    _record_audit(connection, "create", f"subscribed to Strava's events ({strava_id})", {"subscriptionId": strava_id})


def remove(connection: sqlite3.Connection, stored: StoredSubscription, reason: str) -> None:
    """Delete the subscription; its secret is queued for removal from the vault."""
    connection.execute("DELETE FROM webhook_subscription WHERE id = ?", (stored.row_id,))
    vault_leftovers.leave_over(connection, [vault_leftovers.Leftover(stored.token_store, stored.secret_handle)])
    _record_audit(connection, "delete", reason, {"subscriptionId": stored.strava_id})


def note_refused(connection: sqlite3.Connection, count: int) -> None:
    """Record refused events of other athletes; the caller limits how often."""
    _record_audit(connection, "skip", "events that are not this runner's were refused", {"events": count})


def note_ended(connection: sqlite3.Connection, strava_id: int) -> None:
    """Record that a subscription made by another program was ended at the runner's request."""
    _record_audit(
        connection, "delete", f"subscription {strava_id}, made elsewhere, was ended", {"subscriptionId": strava_id}
    )


def queue_fetch(connection: sqlite3.Connection, strava_id: int, event_time: int, mark: str) -> bool:
    """Queue a fetch of an event's activity; False for an event that a queued or finished fetch covers.

    ``mark`` distinguishes events of the same second. Events older than the newest one of the activity are covered.
    """
    return _queue(connection, _FETCHES, {"stravaId": strava_id}, event_time, mark)


def queue_access_check(connection: sqlite3.Connection, athlete_id: int, event_time: int) -> bool:
    """Queue a check whether Strava still accepts the connection; False as in :func:`queue_fetch`."""
    return _queue(connection, _CHECKS, {"athleteId": athlete_id}, event_time, "")


def end_access_checks(connection: sqlite3.Connection) -> int:
    """Mark all open access checks as done; their number."""
    return connection.execute(
        "UPDATE job SET status = 'done', updated_at = ?"  # noqa: S608
        f" WHERE type = 'fetch' AND strava_id IS NULL AND status IN {jobs.OPEN}",
        (int(time.time()),),
    ).rowcount


def _queue(connection: sqlite3.Connection, which: str, about: dict[str, int], event_time: int, mark: str) -> bool:
    rows = select_all(
        connection, ("id", "payload", "status"), f"FROM job WHERE {which} ORDER BY id", tuple(about.values())
    )
    payloads = [json.loads(row["payload"]) for row in rows]
    if any(_covers(payload, event_time, mark) for payload in payloads):
        return False
    # Events of now are fetched before older activities.
    news = {"startTime": event_time, "eventTime": event_time}
    for row, payload in zip(rows, payloads, strict=True):
        if row["status"] in {JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.RETRY}:
            same_second = payload["events"] if payload.get("eventTime") == event_time else []
            # The open job runs at once, and again where it is running (see ``jobs.finish``).
            connection.execute(
                "UPDATE job SET payload = ?, next_run_at = ?, updated_at = ? WHERE id = ?",
                (
                    json.dumps({**payload, **news, "events": [*same_second, mark]}),
                    jobs.AT_ONCE,
                    int(time.time()),
                    row["id"],
                ),
            )
            return True
    return jobs.enqueue(connection, JobKind.FETCH, {**about, **news, "events": [mark]}, "webhook")


def _covers(payload: dict[str, Any], event_time: int, mark: str) -> bool:
    """Whether a job was queued for this event or a later one."""
    last = payload.get("eventTime")
    return last is not None and (last > event_time or (last == event_time and mark in payload["events"]))


def _record_audit(connection: sqlite3.Connection, action: str, message: str, meta: dict[str, object]) -> None:
    audit.record(connection, "admin", 0, action, message, meta=meta)
