"""Token rows: at most one in force, what ended is kept, secrets left over are noted, and no row holds a secret."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from runcoach.domain.activity import BuiltActivity
from runcoach.ingest.writer import write_activities
from runcoach.store import audit, jobs
from runcoach.store.remote import credentials, sync_state, vault_leftovers
from runcoach.store.remote.credentials import Holder, StoredApplication
from runcoach.store.remote.vault_leftovers import Leftover
from runcoach.store.sqlite.connection import write_transaction

ANNA = Holder(11, "Anna", "https://example.org/anna.png", "read,activity:read_all")
APP = StoredApplication("100001", "client-secret:" + "a" * 32, "keyring")
NEW_APP = StoredApplication("100002", "client-secret:" + "b" * 32, "file")


def handle(number: int) -> str:
    return f"token:{number:032x}"


@pytest.fixture
def logged_in(connection: sqlite3.Connection) -> int:
    return log_in(connection, 1)


def log_in(connection: sqlite3.Connection, number: int, app: StoredApplication = APP, who: Holder = ANNA) -> int:
    with write_transaction(connection):
        token_id = credentials.begin(connection, handle(number), who, application=app)
    with write_transaction(connection):
        credentials.promote(connection, token_id, expires_at=1000)
    return token_id


def status(connection: sqlite3.Connection) -> dict[int, str]:
    return {row["id"]: row["status"] for row in connection.execute("SELECT id, status FROM strava_token")}


def messages(connection: sqlite3.Connection) -> list[tuple[int, str, str]]:
    return [(row["entity_id"], row["action"], row["message"]) for row in audit.read(connection, entity="token")][::-1]


def test_nobody_is_logged_in_at_first(connection: sqlite3.Connection) -> None:
    assert credentials.token_status(connection) is None
    assert credentials.current(connection) is None
    assert credentials.application(connection) is None
    assert vault_leftovers.leftovers(connection) == []
    with write_transaction(connection):
        assert credentials.retire(connection, "logged out") is None
        assert not credentials.forget_application(connection)


def test_a_login_comes_into_force_when_its_pair_is_safe(connection: sqlite3.Connection) -> None:
    with write_transaction(connection):
        token_id = credentials.begin(connection, handle(1), ANNA, application=APP)
    assert [row["id"] for row in credentials.pending(connection)] == [token_id]
    assert credentials.login_under_way(connection, token_id) == APP
    assert credentials.login_under_way(connection, token_id + 1) is None
    assert (credentials.current(connection), credentials.token_status(connection)) == (None, None)
    assert credentials.application(connection) is None
    with write_transaction(connection):
        credentials.promote(connection, token_id, expires_at=1000)
    row = credentials.token_status(connection)
    assert row is not None
    assert {key: row[key] for key in ("status", "scope", "athlete_id", "athlete_name", "expires_at", "revoked_at")} == {
        "status": "active",
        "scope": ANNA.scope,
        "athlete_id": 11,
        "athlete_name": "Anna",
        "expires_at": 1000,
        "revoked_at": None,
    }
    assert row["last_used_at"] is not None
    assert credentials.application(connection) == APP
    assert credentials.login_under_way(connection, token_id) is None
    assert messages(connection) == [(1, "create", "login begun"), (1, "update", "logged in as Anna")]


@pytest.mark.slow
def test_a_renewal_replaces_the_row_and_keeps_it(connection: sqlite3.Connection, logged_in: int) -> None:
    with write_transaction(connection):
        renewal = credentials.begin(connection, handle(2), ANNA)
    current = credentials.current(connection)
    assert current is not None
    assert current["id"] == logged_in
    with write_transaction(connection):
        credentials.promote(connection, renewal, expires_at=2000)
    assert status(connection) == {logged_in: "inactive", renewal: "active"}
    assert vault_leftovers.leftovers(connection) == [Leftover("keyring", handle(1))]
    assert credentials.application(connection) == APP
    assert messages(connection)[-2:] == [(2, "create", "renewal begun"), (2, "update", "renewed")]


def test_another_application_and_store_leave_the_old_secrets_over(
    connection: sqlite3.Connection, logged_in: int
) -> None:
    log_in(connection, 2, NEW_APP)
    assert credentials.application(connection) == NEW_APP
    assert vault_leftovers.leftovers(connection) == [
        Leftover("keyring", handle(1)),
        Leftover("keyring", APP.secret_handle),
    ]
    with write_transaction(connection):
        vault_leftovers.cleaned(connection, Leftover("keyring", handle(1)))
    assert vault_leftovers.leftovers(connection) == [Leftover("keyring", APP.secret_handle)]
    with write_transaction(connection):
        vault_leftovers.cleaned(connection, Leftover("keyring", APP.secret_handle))
    assert sync_state.get(connection, "vault_leftovers") is None


def test_the_same_application_keeps_its_secret(connection: sqlite3.Connection, logged_in: int) -> None:
    log_in(connection, 2)
    assert vault_leftovers.leftovers(connection) == [Leftover("keyring", handle(1))]


def test_a_login_broken_off_leaves_nothing_but_its_record(connection: sqlite3.Connection, logged_in: int) -> None:
    with write_transaction(connection):
        token_id = credentials.begin(connection, handle(2), ANNA, application=NEW_APP)
        credentials.discard(connection, token_id)
    assert status(connection) == {logged_in: "active", token_id: "inactive"}
    assert credentials.application(connection) == APP
    assert vault_leftovers.leftovers(connection) == [
        Leftover("file", handle(2)),
        Leftover("file", NEW_APP.secret_handle),
    ]
    assert credentials.login_under_way(connection, token_id) is None
    assert messages(connection)[-1] == (2, "delete", "broken off")


def test_degraded_stays_in_place_until_the_next_login(connection: sqlite3.Connection, logged_in: int) -> None:
    with write_transaction(connection):
        renewal = credentials.begin(connection, handle(2), ANNA)
        credentials.degrade(connection, logged_in, "refused")
    assert status(connection) == {logged_in: "degraded", renewal: "inactive"}
    row = credentials.token_status(connection)
    assert row is not None
    assert (row["id"], row["status"], row["is_active"]) == (logged_in, "degraded", 1)
    assert messages(connection)[-1] == (1, "error", "degraded: refused")
    again = log_in(connection, 3)
    assert status(connection) == {logged_in: "inactive", renewal: "inactive", again: "active"}


@pytest.mark.slow
def test_logging_out_keeps_the_record(connection: sqlite3.Connection, logged_in: int) -> None:
    with write_transaction(connection):
        renewal = credentials.begin(connection, handle(2), ANNA)
    with write_transaction(connection):
        assert credentials.retire(connection, "logged out") == logged_in
        assert credentials.forget_application(connection)
    assert status(connection) == {logged_in: "inactive", renewal: "inactive"}
    assert credentials.current(connection) is None
    row = credentials.token_status(connection)
    assert row is not None
    assert row["athlete_id"] == 11
    assert {entry.handle for entry in vault_leftovers.leftovers(connection)} == {
        handle(1),
        handle(2),
        APP.secret_handle,
    }
    revoked = connection.execute("SELECT id FROM strava_token WHERE revoked_at IS NOT NULL").fetchall()
    assert [row["id"] for row in revoked] == [logged_in]


def test_a_second_active_row_of_an_athlete_is_impossible(connection: sqlite3.Connection, logged_in: int) -> None:
    with pytest.raises(sqlite3.IntegrityError), write_transaction(connection):
        connection.execute(
            "INSERT INTO strava_token (athlete_id, access_token, refresh_token, expires_at, status, created_at,"
            " updated_at) VALUES (11, 'x', 'x', 0, 'active', 0, 0)"
        )


def test_what_sqlite_refuses_comes_as_its_own_error(connection: sqlite3.Connection, logged_in: int) -> None:
    """A full disk, for one: the store explains sqlite3's errors, SQLAlchemy's would be taken for a bug."""
    nobody: Any = None
    with pytest.raises(sqlite3.IntegrityError), write_transaction(connection):
        credentials.begin(connection, handle(2), Holder(nobody))
    assert status(connection) == {logged_in: "active"}


def test_a_use_is_noted(connection: sqlite3.Connection, logged_in: int) -> None:
    with write_transaction(connection):
        credentials.touch(connection, logged_in, 1234.9)
    row = credentials.token_status(connection)
    assert row is not None
    assert row["last_used_at"] == 1234


def test_a_file_belongs_to_whose_activities_it_holds(
    connection: sqlite3.Connection, whole: Callable[..., BuiltActivity]
) -> None:
    assert credentials.owner(connection) is None
    with write_transaction(connection):
        write_activities(connection, [whole()], None)
    assert credentials.owner(connection) is None, "a file from a watch belongs to anybody"
    log_in(connection, 1)
    assert credentials.owner(connection) is None, "a login alone binds nothing"
    with write_transaction(connection):
        jobs.enqueue(connection, "fetch", {"stravaId": 5, "startTime": 1}, "sync")
    assert credentials.owner(connection) == 11, "what is queued is fetched as the one who queued it"
    with write_transaction(connection):
        connection.execute("UPDATE activity SET athlete_id = 12, strava_id = 7")
    assert credentials.owner(connection) == 12


def test_reading_does_not_pay_for_sqlmodel(home: object) -> None:
    program = """
import sys
from runcoach.config import load
from runcoach.store.remote import credentials as tokens
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
with open_database(load()) as connection:
    tokens.token_status(connection), tokens.current(connection), tokens.pending(connection)
    tokens.application(connection), tokens.owner(connection)
print(sorted({"sqlmodel", "sqlalchemy"} & set(sys.modules)))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
