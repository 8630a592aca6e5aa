"""Logging out: told to Strava, secrets gone, data kept; whatever fails, the profile is logged out here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.errors import NotConnectedError, VaultError
from runcoach.sandbox.server import Sandbox
from runcoach.services.auth.login import LoginOptions, login
from runcoach.services.auth.logout import LogoutResult, logout
from runcoach.services.auth.token_refresh import TokenRefresher
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store import audit, jobs
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.vault.sealed_file import SealedFile


def kept(config: Config) -> list[str]:
    path = config.paths.state / "vault.json"
    return sorted(handle.split(":")[0] for handle in json.loads(path.read_text())["entries"]) if path.exists() else []


def test_everything_ends_and_the_data_stay(connected: Config, sandbox: Sandbox, person: Any) -> None:
    with open_database(connected) as connection, write_transaction(connection):
        jobs.enqueue(connection, "fetch", {"stravaId": 5, "startTime": 1}, "sync")
    assert logout(connected) == LogoutResult(sandbox.athlete.athlete_id, revoked=True, app_forgotten=False)
    assert sandbox.oauth.live == []
    assert kept(connected) == ["client-secret"]
    with open_database(connected) as connection:
        row = credentials.token_status(connection)
        assert row is not None
        assert (row["status"], row["is_active"]) == ("inactive", 0)
        assert row["revoked_at"] is not None
        assert jobs.counts(connection) == {"queued": 1}
        assert audit.read(connection, entity="token", limit=1)[0]["message"] == "logged out"
    person.asked.clear()
    login(connected, LoginOptions(), person)
    assert person.asked == [], "the application is still known"


@pytest.mark.slow
def test_the_application_can_be_forgotten_too(connected: Config, person: Any) -> None:
    assert logout(connected, forget_app=True).app_forgotten
    assert kept(connected) == []
    login(connected, LoginOptions(), person)
    assert person.asked[-2:] == ["client id", f"client secret of {person.id}"]


def test_forgetting_the_application_later(connected: Config) -> None:
    logout(connected)
    assert logout(connected, forget_app=True) == LogoutResult(None, revoked=False, app_forgotten=True)
    assert kept(connected) == []


def test_nobody_was_logged_in(config: Config) -> None:
    assert logout(config) == LogoutResult(None, revoked=False, app_forgotten=False)
    assert not config.database.exists()


def test_strava_out_of_reach(connected: Config, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcoach.services.auth.logout.StravaTransport", lambda: StravaTransport(sleep=lambda _: None))
    sandbox.faults.add("503", path="/oauth/revoke", times=3)
    done = logout(connected)
    assert not done.revoked
    assert done.problem is not None
    assert "trouble of its own" in done.problem
    assert kept(connected) == ["client-secret"]
    assert len(sandbox.oauth.live) == 1
    with open_database(connected) as connection:
        assert "could not be revoked at Strava" in audit.read(connection, entity="token", limit=1)[0]["message"]


def test_access_that_is_gone_already(connected: Config, sandbox: Sandbox, open_transport: Callable[..., Any]) -> None:
    keeper = TokenRefresher(connected, open_transport())
    keeper.token()
    sandbox.revoke()
    with pytest.raises(NotConnectedError):
        keeper.renew(keeper.token())
    assert logout(connected).revoked
    assert kept(connected) == ["client-secret"]


def test_secrets_that_cannot_be_read_are_removed_all_the_same(connected: Config, sandbox: Sandbox) -> None:
    (connected.paths.config / "vault.key").write_bytes(b"A" * 43 + b"=")
    done = logout(connected, forget_app=True)
    assert done.problem is not None
    assert "was not sealed with the key" in done.problem
    assert kept(connected) == []


def test_secrets_that_the_store_does_not_let_go(connected: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(*_: object) -> None:
        raise VaultError("the file cannot be written")

    with monkeypatch.context() as patch:
        patch.setattr(SealedFile, "delete", stuck)
        with pytest.raises(VaultError, match=r"logged out, but the secrets are still in the file: .*cannot be written"):
            logout(connected)
    assert kept(connected) == ["client-secret", "token"]
    with open_database(connected) as connection:
        assert credentials.current(connection) is None
    logout(connected)
    assert kept(connected) == ["client-secret"]


def test_a_renewal_that_was_broken_off_is_ended_too(connected: Config, sandbox: Sandbox) -> None:
    with open_database(connected) as connection, write_transaction(connection):
        credentials.begin(connection, "token:" + "1" * 32, credentials.Holder(sandbox.athlete.athlete_id))
    assert logout(connected).revoked
    with open_database(connected) as connection:
        assert credentials.pending(connection) == []


def test_the_newest_pair_is_revoked_also_where_a_crash_has_kept_it_from_coming_into_force(
    connected: Config, sandbox: Sandbox, open_transport: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Crash

    keeper = TokenRefresher(connected, open_transport())
    keeper.token()
    sandbox.oauth.expire()
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(credentials, "promote", die)
        keeper.renew(keeper.token())
    assert logout(connected).revoked
    assert sandbox.oauth.live == []
    assert kept(connected) == ["client-secret"]


@pytest.mark.slow
def test_another_profile_stays_connected(connected: Config, person: Any, open_transport: Callable[..., Any]) -> None:
    other = replace(connected, profile="other")
    login(other, LoginOptions(), person)
    logout(connected, forget_app=True)
    assert TokenRefresher(other, open_transport()).token()
