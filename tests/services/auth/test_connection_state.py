"""How it stands with Strava, and that a pause of the application is remembered until Strava answers again."""

from __future__ import annotations

import sqlite3

import pytest
from reading import read

from runcoach.config import Config
from runcoach.domain.statuses import ConnectionStatus
from runcoach.errors import ApiInactiveError
from runcoach.sandbox.server import Sandbox
from runcoach.services.auth.connection_state import ConnectionState, connection_state
from runcoach.services.auth.login import LoginOptions, login
from runcoach.services.auth.logout import logout
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction


@pytest.mark.slow
def test_the_whole_life_of_a_connection(config: Config, sandbox: Sandbox, person: object) -> None:
    assert read(connection_state, config) == ConnectionState()
    login(config, LoginOptions(), person)  # type: ignore[arg-type]
    connected = read(connection_state, config)
    assert (connected.state, connected.client_id, connected.sees_private) == (
        "connected",
        str(sandbox.client_id),
        True,
    )
    assert connected.athlete_id == sandbox.athlete.athlete_id
    logout(config)
    assert read(connection_state, config).state == "ended"


def test_a_refused_login_is_degraded(config: Config, person: object, connection: sqlite3.Connection) -> None:
    login(config, LoginOptions(), person)  # type: ignore[arg-type]
    row = credentials.current(connection)
    assert row is not None
    with write_transaction(connection):
        credentials.degrade(connection, row["id"], "no more")
    assert read(connection_state, config).state == "degraded"


@pytest.mark.slow
def test_a_pause_is_remembered_until_strava_answers_again(config: Config, sandbox: Sandbox, person: object) -> None:
    login(config, LoginOptions(), person)  # type: ignore[arg-type]
    sandbox.inactive = True
    with pytest.raises(ApiInactiveError):
        sync(config, SyncOptions())
    assert read(connection_state, config).state == "inactive"
    sandbox.inactive = False
    sync(config, SyncOptions())
    assert read(connection_state, config).state == "connected"


@pytest.mark.parametrize(
    ("scope", "sees"),
    [("read,activity:read", False), ("read activity:read_all", True), ("read,activity:read_all", True), (None, True)],
)
def test_private_activities_are_seen_with_the_right_scope(scope: str | None, *, sees: bool) -> None:
    assert ConnectionState(ConnectionStatus.CONNECTED, 1, None, scope).sees_private is sees


def test_who_is_named_as_far_as_it_is_known() -> None:
    assert [
        one.who
        for one in (
            ConnectionState(),
            ConnectionState(ConnectionStatus.CONNECTED, 7),
            ConnectionState(ConnectionStatus.CONNECTED, 7, "Ann"),
        )
    ] == [
        "nobody",
        "athlete 7",
        "Ann",
    ]
