"""Strava's tokens and the application that they belong to: handles of secrets in the vault, never a secret.

At most one row is current (``is_active``): ``active``, or ``degraded`` until the next login. A ``pending`` row is an
unfinished login or renewal; earlier rows are ``inactive``. Every change adds an audit row; the caller holds the
transaction.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from runcoach.domain.statuses import TokenStatus
from runcoach.store import audit
from runcoach.store.remote import sync_state
from runcoach.store.remote.vault_leftovers import Leftover, leave_over
from runcoach.store.sqlite.statements import select_all, select_one, select_value

if TYPE_CHECKING:
    from sqlmodel import Session

    from runcoach.store.sqlite.tables.remote import StravaToken

_APPLICATION, _LOGIN = "strava_application", "strava_login_under_way"

_COLUMNS = (
    *("id", "athlete_id", "access_token AS handle", "expires_at [timestamp]", "scope", "is_active", "status"),
    *("created_at [timestamp]", "updated_at [timestamp]", "last_used_at [timestamp]", "revoked_at [timestamp]"),
    *("athlete_name", "profile_url"),
)


@dataclass(frozen=True, slots=True)
class StoredApplication:
    """The runner's API application; ``token_store`` (keyring or file) is where its secret and the tokens are."""

    client_id: str
    secret_handle: str
    token_store: str


@dataclass(frozen=True, slots=True)
class Holder:
    """The athlete whose tokens they are, and the granted scope (None: unknown)."""

    athlete_id: int
    athlete_name: str | None = None
    profile_url: str | None = None
    scope: str | None = None


# Reading. Plain sqlite3: commands that only read must not pay for SQLModel.


def token_status(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """The current token row, else the last one that was; None before the first login.

    Columns: status, scope, athlete_id, athlete_name, expires_at, last_used_at, revoked_at (and more).
    """
    return select_one(
        connection, _COLUMNS, "FROM strava_token WHERE status <> 'pending' ORDER BY is_active DESC, id DESC LIMIT 1"
    )


def current(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """The current token row, active or degraded; None without a login."""
    return select_one(connection, _COLUMNS, "FROM strava_token WHERE is_active = 1")


def pending(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Unfinished logins and renewals, the newest first."""
    return select_all(connection, _COLUMNS, "FROM strava_token WHERE status = 'pending' ORDER BY id DESC")


def application(connection: sqlite3.Connection) -> StoredApplication | None:
    """The application of this profile; None before the first login."""
    stored = sync_state.get_json(connection, _APPLICATION)
    return None if stored is None else StoredApplication(**stored)


def login_under_way(connection: sqlite3.Connection, token_id: int) -> StoredApplication | None:
    """The application of a pending login; None where the pending row is a renewal."""
    login = sync_state.get_json(connection, _LOGIN)
    return StoredApplication(**login["application"]) if login and login["token_id"] == token_id else None


def owner(connection: sqlite3.Connection) -> int | None:
    """The athlete of the stored activities or queued fetches; None where any athlete may log in."""
    athlete_id: int | None = select_value(
        connection,
        "athlete_id",
        "FROM activity WHERE athlete_id IS NOT NULL"
        " UNION ALL SELECT athlete_id FROM (SELECT athlete_id FROM strava_token WHERE status <> 'pending'"
        " AND EXISTS (SELECT 1 FROM job WHERE type = 'fetch') ORDER BY id DESC LIMIT 1) LIMIT 1",
    )
    return athlete_id


# Writing.


def begin(
    connection: sqlite3.Connection, handle: str, holder: Holder, *, application: StoredApplication | None = None
) -> int:
    """Add a pending row for a renewal, or for a login with its ``application``; its id."""
    from runcoach.store.sqlite.tables.remote import StravaToken

    now = int(time.time())
    with _rows(connection) as rows:
        row = StravaToken(
            **asdict(holder),
            access_token=handle,
            refresh_token=handle,
            expires_at=0,
            is_active=False,
            status=TokenStatus.PENDING,
            created_at=now,
            updated_at=now,
        )
        rows.add(row)
        rows.flush()
        token_id = _id(row)
    if application is not None:
        sync_state.put_json(connection, _LOGIN, {"token_id": token_id, "application": asdict(application)})
    audit.record(connection, "token", token_id, "create", "login begun" if application else "renewal begun")
    return token_id


def promote(connection: sqlite3.Connection, token_id: int, *, expires_at: int, after_break: bool = False) -> None:
    """Make a pending row current, its tokens being in the vault; all others end, their secrets are to be removed.

    ``after_break``, for the audit trail: an earlier process had stored the tokens.
    """
    login = login_under_way(connection, token_id)
    home = application(connection)
    with _rows(connection) as rows:
        row = _row(rows, token_id)
        replaced = _end(rows, (other for other in _open(rows) if other.id != token_id))
        row.status, row.is_active, row.expires_at = TokenStatus.ACTIVE, True, expires_at
        row.updated_at = row.last_used_at = int(time.time())
        handles = [other.access_token for other in replaced]
        done = f"logged in as {row.athlete_name or row.athlete_id}" if login else "renewed"
        done += ", taken up after a break" if after_break else ""
        meta = {"athleteId": row.athlete_id, "expiresAt": expires_at, "replaces": [_id(other) for other in replaced]}
    _leave_over(connection, home or login, handles)
    if login is not None:
        if home is not None and home.secret_handle != login.secret_handle:
            _leave_over(connection, home, [home.secret_handle])
        sync_state.put_json(connection, _APPLICATION, asdict(login))
        sync_state.put(connection, _LOGIN, None)
    audit.record(connection, "token", token_id, "update", done, meta=meta)


def discard(connection: sqlite3.Connection, token_id: int) -> None:
    """End a pending row whose tokens were never stored."""
    login = login_under_way(connection, token_id)
    home = application(connection)
    with _rows(connection) as rows:
        (ended,) = _end(rows, [_row(rows, token_id)])
        handles = [ended.access_token]
    if login is not None:
        if home is None or home.secret_handle != login.secret_handle:
            handles.append(login.secret_handle)
        sync_state.put(connection, _LOGIN, None)
    _leave_over(connection, login or home, handles)
    audit.record(connection, "token", token_id, "delete", "broken off")


def degrade(connection: sqlite3.Connection, token_id: int, reason: str) -> None:
    """Mark the current row as refused by Strava until the next login; pending renewals end."""
    with _rows(connection) as rows:
        handles = [
            row.access_token for row in _end(rows, (row for row in _open(rows) if row.status == TokenStatus.PENDING))
        ]
        row = _row(rows, token_id)
        row.status, row.updated_at = TokenStatus.DEGRADED, int(time.time())
    _leave_over(connection, application(connection), handles)
    audit.record(connection, "token", token_id, "error", f"degraded: {reason}")


def retire(connection: sqlite3.Connection, reason: str) -> int | None:
    """End the connection: all rows become inactive, their secrets are to be removed; the id of the current row.

    None without a login. Activities stay, and so does the application (see :func:`forget_application`).
    """
    in_force = current(connection)
    for row in pending(connection):
        discard(connection, row["id"])
    if in_force is None:
        return None
    with _rows(connection) as rows:
        (ended,) = _end(rows, [_row(rows, in_force["id"])])
        ended.revoked_at = ended.updated_at
        handles = [ended.access_token]
    _leave_over(connection, application(connection), handles)
    audit.record(connection, "token", in_force["id"], "delete", reason)
    return int(in_force["id"])


def forget_application(connection: sqlite3.Connection) -> bool:
    """Delete the client id; its secret is to be removed. False where none was stored."""
    home = application(connection)
    if home is None:
        return False
    _leave_over(connection, home, [home.secret_handle])
    sync_state.put(connection, _APPLICATION, None)
    audit.record(connection, "token", 0, "delete", "the application was forgotten", meta={"clientId": home.client_id})
    return True


def failed(connection: sqlite3.Connection, token_id: int, reason: str) -> None:
    """Record a failed step."""
    audit.record(connection, "token", token_id, "error", reason)


def touch(connection: sqlite3.Connection, token_id: int, now: float) -> None:
    """Set when the tokens were last used; plain SQL, so that a sync does not import SQLModel."""
    connection.execute("UPDATE strava_token SET last_used_at = ? WHERE id = ?", (int(now), token_id))


@contextmanager
def _rows(connection: sqlite3.Connection) -> Iterator[Session]:
    """A SQLModel session on the connection that raises the errors of sqlite3."""
    from sqlalchemy.exc import DBAPIError

    from runcoach.store.sqlite.tables import session

    try:
        with session(connection) as rows:
            yield rows
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise error.orig from None
        raise


def _row(rows: Session, token_id: int) -> StravaToken:
    from runcoach.store.sqlite.tables.remote import StravaToken

    return rows.get_one(StravaToken, token_id)


def _open(rows: Session) -> list[StravaToken]:
    """Every row that is not inactive, oldest first."""
    from sqlmodel import col, select

    from runcoach.store.sqlite.tables.remote import StravaToken

    still_open = (
        select(StravaToken).where(col(StravaToken.status) != TokenStatus.INACTIVE).order_by(col(StravaToken.id))
    )
    return list(rows.exec(still_open))


def _end(rows: Session, ending: Iterable[StravaToken]) -> list[StravaToken]:
    ended = list(ending)
    for row in ended:
        row.status, row.is_active, row.updated_at = TokenStatus.INACTIVE, False, int(time.time())
    rows.flush()  # before another comes into force: at most one is active at any moment
    return ended


def _id(row: StravaToken) -> int:
    if row.id is None:
        raise RuntimeError("SQLite gave the new token row no id")
    return row.id


def _leave_over(connection: sqlite3.Connection, home: StoredApplication | None, handles: Iterable[str]) -> None:
    """Queue handles in the vault of an application for removal; nothing without one."""
    if home is not None:
        leave_over(connection, (Leftover(home.token_store, handle) for handle in handles))
