"""The activities in the list of a remote source with a key: how they were listed, what was fetched, what is gone."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runcoach.store.sqlite.statements import has_row, select_all, select_one, update

_KNOWN = ("activity_id", "fingerprint", "fetched_as", "gone_at IS NOT NULL AS is_gone [flag]")


@dataclass(frozen=True, slots=True)
class KnownRemoteActivity:
    """A listed activity; ``fetched_as`` is the fingerprint of what is stored (None: not fetched yet)."""

    activity_id: int | None
    fingerprint: str
    fetched_as: str | None
    is_gone: bool

    @property
    def was_fetched(self) -> bool:
        """Whether the activity is stored."""
        return self.fetched_as is not None

    def is_stored_as(self, fingerprint: str) -> bool:
        """Whether the activity is stored as it is listed now."""
        return not self.is_gone and self.fetched_as == fingerprint


def known(connection: sqlite3.Connection, source: str) -> dict[str, KnownRemoteActivity]:
    """Remote id → what is known of it."""
    rows = select_all(connection, ("remote_id", *_KNOWN), "FROM remote_activity WHERE source = ?", (source,))
    return {remote_id: KnownRemoteActivity(*state) for remote_id, *state in rows}


def find(connection: sqlite3.Connection, source: str, remote_id: str) -> KnownRemoteActivity | None:
    """What is known of one activity; None where it was never listed."""
    listed = "FROM remote_activity WHERE source = ? AND remote_id = ?"
    row = select_one(connection, _KNOWN, listed, (source, remote_id))
    return None if row is None else KnownRemoteActivity(*row)


def put_listed(
    connection: sqlite3.Connection,
    source: str,
    remote_id: str,
    *,
    fingerprint: str,
    start_time: int,
    listed: Mapping[str, Any],
) -> None:
    """Keep a row of the list; the caller holds the transaction."""
    connection.execute(
        "INSERT INTO remote_activity (source, remote_id, fingerprint, start_time, listed) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (source, remote_id) DO UPDATE SET fingerprint = excluded.fingerprint,"
        " start_time = excluded.start_time, listed = excluded.listed, gone_at = NULL",
        (source, remote_id, fingerprint, start_time, json.dumps(dict(listed), ensure_ascii=False)),
    )


def pending(connection: sqlite3.Connection, source: str) -> dict[str, dict[str, object]]:
    """Remote id → row of the list, of every activity that is not stored as it is listed now."""
    rows = connection.execute(
        "SELECT remote_id, listed FROM remote_activity WHERE source = ? AND fetched_as IS NOT fingerprint", (source,)
    )
    return {row["remote_id"]: json.loads(row["listed"]) for row in rows}


def mark_skipped(connection: sqlite3.Connection, source: str, remote_id: str, fingerprint: str) -> None:
    """The row is not to be imported; the caller holds the transaction."""
    _update(connection, source, remote_id, fetched_as=fingerprint, gone_at=None)


def mark_fetched(
    connection: sqlite3.Connection, source: str, remote_id: str, activity_id: int, fingerprint: str
) -> None:
    """The activity is stored as it was listed with this fingerprint; the caller holds the transaction."""
    fetched = {"activity_id": activity_id, "fetched_as": fingerprint, "fetched_at": int(time.time())}
    _update(connection, source, remote_id, **fetched, gone_at=None)


def move(
    connection: sqlite3.Connection, to_id: int, *, from_id: int, only: Collection[Sequence[str]] | None = None
) -> list[tuple[str, str]]:
    """Assign what was fetched as one activity to another; ``(source, remote id)`` of each.

    ``only`` names those to assign. The caller holds the transaction.
    """
    rows = select_all(connection, ("source", "remote_id"), "FROM remote_activity WHERE activity_id = ?", (from_id,))
    moved = [(source, remote_id) for source, remote_id in rows if only is None or [source, remote_id] in only]
    for source, remote_id in moved:
        _update(connection, source, remote_id, activity_id=to_id)
    return moved


def mark_gone(connection: sqlite3.Connection, source: str, remote_id: str) -> None:
    """The activity is missing at the source; the caller holds the transaction."""
    _update(connection, source, remote_id, gone_at=int(time.time()))


def _update(connection: sqlite3.Connection, source: str, remote_id: str, **columns: object) -> None:
    sql = update("remote_activity", columns, "source = :source AND remote_id = :remote_id")
    connection.execute(sql, {**columns, "source": source, "remote_id": remote_id})


def was_given_up(connection: sqlite3.Connection, queue: str, remote_id: str, fingerprint: str) -> bool:
    """Whether fetching the activity as it is listed now has failed for good, or was cancelled by the user."""
    return has_row(
        connection,
        "FROM job WHERE queue = ? AND status = 'error' AND json_extract(payload, '$.remoteId') = ?"
        " AND json_extract(payload, '$.listHash') = ?",
        (queue, remote_id, fingerprint),
    )
