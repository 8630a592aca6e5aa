"""Logging in: asked for once, checked on the way back, stored whole or not at all, and told in the browser too."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from runcoach.config import Config, load
from runcoach.domain.activity import BuiltActivity
from runcoach.errors import (
    ConfigError,
    InvalidResponseError,
    KeyringUnusableError,
    LoginError,
    NotConnectedError,
    RemoteUnavailableError,
    ScopeError,
    UsageError,
    VaultError,
)
from runcoach.ingest.writer import write_activities
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.strava.oauth import Consent
from runcoach.services.auth.callback_server import CallbackServer
from runcoach.services.auth.login import LoginOptions, LoginResult, login, private_activities_note
from runcoach.services.auth.token_refresh import TokenRefresher
from runcoach.sources.strava import oauth
from runcoach.store import audit, jobs
from runcoach.store.remote import credentials, vault_leftovers
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.vault import Vault


def rows(config: Config) -> list[str]:
    if not config.database.exists():
        return []
    with open_database(config) as connection:
        return [row["status"] for row in connection.execute("SELECT status FROM strava_token ORDER BY id")]


def kept(config: Config) -> list[str]:
    path = config.paths.state / "vault.json"
    return sorted(handle.split(":")[0] for handle in json.loads(path.read_text())["entries"]) if path.exists() else []


def nothing_is_stored(config: Config) -> bool:
    return rows(config) == [] and kept(config) == [] and not config.paths.config_file.exists()


def application(config: Config) -> credentials.StoredApplication:
    with open_database(config) as connection:
        found = credentials.application(connection)
    assert found is not None
    return found


# The way it goes.


def test_a_first_login(config: Config, sandbox: Sandbox, person: Any, open_transport: Callable[..., Any]) -> None:
    connected = login(config, LoginOptions(), person)
    assert connected == LoginResult(sandbox.athlete.athlete_id, "Sandra Sand", "read,activity:read_all", "file")
    assert connected.missing == ()
    assert private_activities_note(connected) is None
    assert person.asked == ["client id", f"client secret of {sandbox.client_id}"]
    assert person.page.status_code == 200
    assert "Connected as Sandra Sand" in person.page.text
    assert rows(config) == ["active"]
    assert kept(config) == ["client-secret", "token"]
    token = TokenRefresher(config, open_transport()).token()
    assert sandbox.oauth.grant_of(f"Bearer {token}").access_token == token


@pytest.mark.slow
def test_what_strava_is_asked_for(config: Config, sandbox: Sandbox, person: Any) -> None:
    login(config, LoginOptions(), person)
    login(config, LoginOptions(), person)
    asked = [parse_qs(urlsplit(url).query) for url in person.urls]
    assert asked[0]["scope"] == ["read,activity:read_all"]
    assert asked[0]["redirect_uri"][0].startswith("http://127.0.0.1:")
    assert asked[0]["redirect_uri"][0].endswith("/callback")
    assert asked[0]["state"] != asked[1]["state"]
    assert len(asked[0]["state"][0]) >= 43


def test_the_consent_page_is_walked_as_a_person_does(config: Config, sandbox: Sandbox, person: Any) -> None:
    sandbox.oauth.consent = Consent.ASK

    def tick_and_allow(url: str) -> httpx.Response:
        with httpx.Client(follow_redirects=True, timeout=30, trust_env=False, verify=False) as browser:
            page = browser.get(url)
            form = {"request": page.text.split('name="request" value="')[1].split('"')[0], "decision": "allow"}
            return browser.post(f"{sandbox.url}/oauth/accept_application", data={**form, "scope": "activity:read_all"})

    person.go = tick_and_allow
    assert login(config, LoginOptions(), person).scope == "read,activity:read_all"


def test_the_application_is_asked_for_once(connected: Config, person: Any) -> None:
    person.asked.clear()
    login(connected, LoginOptions(), person)
    assert person.asked == []
    assert "already connected as Sandra Sand" in person.said[-1]
    assert rows(connected) == ["inactive", "active"]
    assert kept(connected) == ["client-secret", "token"]


def test_flags_stand_in_for_questions(config: Config, sandbox: Sandbox, person: Any) -> None:
    login(config, LoginOptions(client_id=str(sandbox.client_id), new_secret=True), person)
    assert person.asked == [f"client secret of {sandbox.client_id}"]


def test_a_client_id_on_the_line_asks_for_its_secret_again(connected: Config, sandbox: Sandbox, person: Any) -> None:
    before = application(connected)
    person.asked.clear()
    login(connected, LoginOptions(client_id=str(sandbox.client_id)), person)
    assert person.asked == [f"client secret of {sandbox.client_id}"]
    assert application(connected) != before
    assert kept(connected) == ["client-secret", "token"], "the earlier one is removed"


def test_the_store_of_choice_is_remembered(config: Config, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNCOACH_TOKEN_STORE")
    login(load(), LoginOptions(token_store="file"), person)
    assert config.paths.config_file.read_text() == 'token_store = "file"\n'
    assert load().settings.token_store == "file"


def test_a_login_succeeds_where_the_choice_of_store_cannot_be_remembered(
    config: Config, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConfigError("config.toml cannot be written: No space left on device")

    monkeypatch.setattr("runcoach.services.auth.login.write_setting", fail)
    assert login(config, LoginOptions(token_store="file"), person).token_store == "file"
    assert rows(config) == ["active"]
    assert "cannot be remembered" in person.said[-1]


def test_where_the_tokens_of_a_profile_lie_is_known_without_a_setting(
    connected: Config, person: Any, monkeypatch: pytest.MonkeyPatch, open_transport: Callable[..., Any]
) -> None:
    """Another profile may have chosen the keyring since; this one's tokens are where they are."""
    monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "keyring")
    assert TokenRefresher(load(), open_transport()).token()
    monkeypatch.delenv("RUNCOACH_TOKEN_STORE")
    assert login(load(), LoginOptions(), person).token_store == "file"


@pytest.mark.slow
def test_a_port_of_choice(config: Config, person: Any) -> None:
    with CallbackServer("any") as free:
        port = int(free.redirect_uri.split(":")[2].split("/")[0])
    login(config, LoginOptions(port=port), person)
    assert f"127.0.0.1%3A{port}%2Fcallback" in person.urls[0]


@pytest.mark.slow
def test_after_a_refusal_a_login_mends_everything(
    connected: Config, sandbox: Sandbox, person: Any, open_transport: Callable[..., Any]
) -> None:
    with open_database(connected) as connection, write_transaction(connection):
        jobs.enqueue(connection, "fetch", {"stravaId": 5, "startTime": 1}, "sync")
    keeper = TokenRefresher(connected, open_transport())
    keeper.token()
    sandbox.revoke()
    with pytest.raises(NotConnectedError):
        keeper.renew(keeper.token())
    login(connected, LoginOptions(), person)
    assert "already" not in "".join(person.said)
    assert rows(connected) == ["inactive", "inactive", "active"]
    assert keeper.token()
    with open_database(connected) as connection:
        assert jobs.counts(connection) == {"queued": 1}


# The browser on another machine.


def pasting(person: Any, sandbox: Sandbox, *before: str) -> None:
    """Paste these lines, then the address at which a browser elsewhere ends."""

    def elsewhere(url: str) -> httpx.Response:
        return httpx.get(url, timeout=30, trust_env=False, verify=False)

    def visit(url: str) -> None:
        person.urls.append(url)
        person.pastes += [*before, f"  {elsewhere(url).headers['location']}\n"]

    person.visit = visit


def test_the_address_can_be_pasted(config: Config, sandbox: Sandbox, person: Any) -> None:
    pasting(person, sandbox)
    assert login(config, LoginOptions(paste=True), person).athlete_id == sandbox.athlete.athlete_id
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8737%2Fcallback" in person.urls[0]


def test_what_is_pasted_is_checked_like_what_a_browser_brings(config: Config, sandbox: Sandbox, person: Any) -> None:
    wrong = f"http://127.0.0.1:8737/callback?state=other&code={'c0de' * 10}"
    pasting(person, sandbox, "", "c0de" * 10, wrong)
    login(config, LoginOptions(paste=True), person)
    assert len(person.said) == 3
    assert all("begins with http://127.0.0.1:8737/callback?state=" in said for said in person.said)


def test_no_address_no_login(config: Config, person: Any) -> None:
    person.visit = person.urls.append
    with pytest.raises(LoginError, match="no address"):
        login(config, LoginOptions(paste=True), person)
    assert nothing_is_stored(config)


# When it does not go that way.


def test_a_denial(config: Config, sandbox: Sandbox, person: Any) -> None:
    sandbox.oauth.consent = Consent.DENY
    with pytest.raises(LoginError, match="access was denied") as refusal:
        login(config, LoginOptions(), person)
    assert refusal.value.exit_code == 4
    assert "Not connected" in person.page.text
    assert "Access was denied" in person.page.text
    assert nothing_is_stored(config)


def test_no_right_to_any_activity(config: Config, sandbox: Sandbox, person: Any) -> None:
    sandbox.oauth.unticked = frozenset({"activity:read_all"})
    with pytest.raises(ScopeError) as refusal:
        login(config, LoginOptions(), person)
    assert refusal.value.permission == "activity:read_all"
    assert "private activities" in person.page.text
    assert sandbox.oauth.live == [], "no tokens are asked for that open nothing"
    assert nothing_is_stored(config)


@pytest.mark.slow
def test_the_right_to_public_activities_alone(config: Config, person: Any) -> None:
    def grant_less(url: str) -> httpx.Response:
        location = httpx.get(url, timeout=30, trust_env=False, verify=False).headers["location"]
        return httpx.get(
            location.replace("activity:read_all", "activity:read"), timeout=30, trust_env=False, verify=False
        )

    person.go = grant_less
    connected = login(config, LoginOptions(), person)
    assert connected.scope == "read,activity:read"
    assert connected.missing == ("activity:read_all",)
    said = private_activities_note(connected)
    assert said is not None
    assert "only you can see will be missing" in said
    assert "only you can see will be missing" in person.page.text
    with open_database(config) as connection:
        row = credentials.token_status(connection)
    assert row is not None
    assert row["scope"] == "read,activity:read"


@pytest.mark.slow
def test_strangers_at_the_door_change_nothing(config: Config, person: Any) -> None:
    def noisy(url: str) -> httpx.Response:
        back_to = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        forged = httpx.get(f"{back_to}?state=forged&code={'bad0' * 10}", timeout=30, trust_env=False, verify=False)
        assert forged.status_code == 400
        assert (
            httpx.get(back_to.replace("callback", "favicon.ico"), timeout=30, trust_env=False, verify=False).status_code
            == 404
        )
        return httpx.get(url, follow_redirects=True, timeout=30, trust_env=False, verify=False)

    person.go = noisy
    assert login(config, LoginOptions(), person).athlete_name == "Sandra Sand"


def test_nobody_comes_back(config: Config, person: Any) -> None:
    person.visit = person.urls.append
    with pytest.raises(LoginError, match="no answer from Strava within 0 s"):
        login(config, LoginOptions(timeout_s=0.01), person)
    assert nothing_is_stored(config)


def test_ctrl_c_stores_nothing(config: Config, person: Any) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    person.visit = interrupt
    with pytest.raises(KeyboardInterrupt):
        login(config, LoginOptions(), person)
    assert nothing_is_stored(config)


def test_a_taken_port(config: Config, person: Any) -> None:
    with CallbackServer("any") as taken:
        port = int(taken.redirect_uri.split(":")[2].split("/")[0])
        with pytest.raises(UsageError, match="in use"):
            login(config, LoginOptions(port=port), person)
    assert person.urls == []


@pytest.mark.parametrize(("client_id", "secret"), [("my app", "s" * 40), ("100001", ""), ("100001", "two words")])
def test_what_can_be_no_application(config: Config, person: Any, client_id: str, secret: str) -> None:
    person.id, person.secret = client_id, secret
    with pytest.raises(UsageError) as refusal:
        login(config, LoginOptions(), person)
    assert "strava.com/settings/api" in (refusal.value.hint or "")
    assert "two words" not in str(refusal.value)


def test_a_wrong_secret(config: Config, person: Any) -> None:
    person.secret = "f00d" * 10
    with pytest.raises(LoginError, match="client id and client secret") as refusal:
        login(config, LoginOptions(), person)
    assert "client id and client secret" in person.page.text
    assert "f00d" not in repr(refusal.value) + str(refusal.value.hint)
    assert nothing_is_stored(config)


def test_a_remembered_secret_that_is_wrong_now_says_how_to_give_another(
    connected: Config, sandbox: Sandbox, person: Any
) -> None:
    from runcoach.vault import open_vault

    handle = application(connected).secret_handle
    open_vault(connected.paths, "file").seal_and_put(handle, {"client_secret": "f00d" * 10})
    with pytest.raises(LoginError) as refusal:
        login(connected, LoginOptions(), person)
    assert f"runcoach login --client-id {sandbox.client_id}" in (refusal.value.hint or "")
    assert rows(connected) == ["active"], "the connection of before stands"


def test_a_remembered_secret_that_is_gone_is_asked_for(connected: Config, sandbox: Sandbox, person: Any) -> None:
    (connected.paths.state / "vault.json").unlink()
    person.asked.clear()
    login(connected, LoginOptions(), person)
    assert person.asked == [f"client secret of {sandbox.client_id}"]
    assert kept(connected) == ["client-secret", "token"]


def test_a_store_that_fails_is_found_out_first(
    config: Config, person: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("RUNCOACH_TOKEN_STORE")
    with pytest.raises(KeyringUnusableError) as refusal:
        login(load(), LoginOptions(), person)
    assert "--token-store file" in (refusal.value.hint or "")
    assert person.asked == []
    assert person.urls == []


@pytest.mark.slow
def test_from_a_broken_keyring_to_a_file(
    config: Config, person: Any, monkeypatch: pytest.MonkeyPatch, open_transport: Callable[..., Any]
) -> None:
    """Nothing that the keyring still holds, or does no longer give, keeps anybody from moving out of it."""

    class Keyring:
        name = "keyring (of the test)"
        broken = False

        def __init__(self, folder: object) -> None:
            pass

        def get(self, handle: str) -> str | None:
            if Keyring.broken:
                raise KeyringUnusableError("the keyring has gone")
            return entries.get(handle)

        def put(self, handle: str, sealed: str) -> None:
            entries[handle] = sealed

        def delete(self, handle: str) -> None:
            self.get(handle)
            entries.pop(handle, None)

    entries: dict[str, str] = {}
    monkeypatch.setattr("runcoach.vault.OsKeyring", Keyring)
    login(config, LoginOptions(token_store="keyring"), person)
    with open_database(config) as connection, write_transaction(connection):
        credentials.begin(connection, "token:" + "1" * 32, credentials.Holder(1))  # and a renewal was broken off
    Keyring.broken = True
    assert login(config, LoginOptions(token_store="file"), person).token_store == "file"
    assert TokenRefresher(config, open_transport()).token()
    assert rows(config) == ["inactive", "inactive", "active"]
    with open_database(config) as connection:
        assert vault_leftovers.leftovers(connection) == [], "what cannot be reached is given up, once"


@pytest.mark.slow
def test_strava_out_of_order_while_the_code_is_spent(config: Config, sandbox: Sandbox, person: Any) -> None:
    sandbox.faults.add("503", path="/oauth/token", times=3)
    with pytest.raises(RemoteUnavailableError):
        login(config, LoginOptions(), person)
    assert "trouble of its own" in person.page.text
    assert nothing_is_stored(config)


def test_an_answer_without_an_athlete(config: Config, sandbox: Sandbox, person: Any) -> None:
    sandbox.faults.add("missing_fields", path="/oauth/token", fields=("athlete",))
    with pytest.raises(InvalidResponseError, match="names no athlete"):
        login(config, LoginOptions(), person)
    assert nothing_is_stored(config)


# One file, one athlete.


@pytest.mark.slow
def test_another_athlete_is_refused_in_a_filled_profile(
    connected: Config, sandbox: Sandbox, person: Any, whole: Callable[..., BuiltActivity]
) -> None:
    with open_database(connected) as connection, write_transaction(connection):
        write_activities(connection, [whole(athlete_id=sandbox.athlete.athlete_id, strava_id=7)], None)
    sandbox.athlete.athlete_id = 42
    with pytest.raises(LoginError, match=r"athlete 134815001, and Sandra Sand \(42\) has said yes") as refusal:
        login(connected, LoginOptions(), person)
    assert "--profile NAME" in (refusal.value.hint or "")
    assert "--profile NAME" in person.page.text
    assert rows(connected) == ["active"]
    other = replace(connected, profile="other")
    assert login(other, LoginOptions(), person).athlete_id == 42


def test_another_athlete_may_have_an_empty_profile(connected: Config, sandbox: Sandbox, person: Any) -> None:
    sandbox.athlete.athlete_id = 42
    login(connected, LoginOptions(), person)
    with open_database(connected) as connection:
        row = credentials.token_status(connection)
        (active,) = connection.execute("SELECT count(*) FROM strava_token WHERE is_active = 1").fetchone()
    assert row is not None
    assert (row["athlete_id"], row["status"], active) == (42, "active", 1)


# A crash between any two steps of the end.


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True], ids=["first login", "login again"])
@pytest.mark.parametrize("step", range(8))
def test_a_crash_leaves_the_old_connection_or_the_new_one(
    config: Config,
    sandbox: Sandbox,
    person: Any,
    monkeypatch: pytest.MonkeyPatch,
    open_transport: Callable[..., Any],
    step: int,
    again: bool,
) -> None:
    """Steps: begin, client secret, pair, promote; each once before and once after it."""
    if again:
        login(config, LoginOptions(), person)
    seen: list[str] = []

    def dying(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*given: Any, **named: Any) -> Any:
            seen.append(name)
            if len(seen) * 2 - 2 == step:
                raise Crash
            done = real(*given, **named)
            if len(seen) * 2 - 1 == step:
                raise Crash
            return done

        return act

    with monkeypatch.context() as patch:
        # Through the transaction that begins a row and the one that lets it come into force.
        patch.setattr(credentials, "begin", dying("begin", credentials.begin))
        patch.setattr(credentials, "promote", dying("promote", credentials.promote))
        real_put = Vault.seal_and_put
        patch.setattr(
            Vault,
            "seal_and_put",
            lambda vault, handle, secret: dying(handle.split(":")[0], real_put)(vault, handle, secret),
        )
        with pytest.raises(Crash):
            login(config, LoginOptions(client_id=str(sandbox.client_id)), person)
    assert seen == ["begin", "client-secret", "token", "promote"][: step // 2 + 1]
    keeper = TokenRefresher(config, open_transport())
    pair_is_safe = step >= 5
    if pair_is_safe or again:
        assert sandbox.oauth.grant_of(f"Bearer {keeper.token()}").access_token == keeper.token()
        assert rows(config).count("active") == 1
        assert kept(config) == ["client-secret", "token"]
    else:
        with pytest.raises(NotConnectedError):
            keeper.token()
        assert set(rows(config)) <= {"inactive"}
        assert kept(config) == []
    login(config, LoginOptions(), person)
    assert rows(config).count("active") == 1
    assert kept(config) == ["client-secret", "token"]


@pytest.mark.slow
def test_logins_that_crash_one_after_the_other_leave_no_secret_behind(
    config: Config, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Vault.seal_and_put

    def die_late(vault: Vault, handle: str, secret: Any) -> None:
        real(vault, handle, secret)
        if handle.startswith("client-secret:"):
            raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "seal_and_put", die_late)
        for _ in range(2):
            with pytest.raises(Crash):
                login(config, LoginOptions(), person)
    login(config, LoginOptions(), person)
    assert kept(config) == ["client-secret", "token"]
    assert rows(config) == ["inactive", "inactive", "active"]


@pytest.mark.slow
def test_a_login_that_crashes_does_not_cost_what_a_renewal_has_left(
    connected: Config,
    sandbox: Sandbox,
    person: Any,
    monkeypatch: pytest.MonkeyPatch,
    open_transport: Callable[..., Any],
) -> None:
    """Two crashes in a row: of a renewal whose pair is in the vault, then of a login that has only begun."""

    def die(*_: object, **__: object) -> None:
        raise Crash

    keeper = TokenRefresher(connected, open_transport())
    keeper.token()
    sandbox.oauth.expire()
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(credentials, "promote", die)
        keeper.renew(keeper.token())
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(Vault, "seal_and_put", die)
        patch.setattr(Vault, "probe", lambda _: None)
        login(connected, LoginOptions(), person)
    token = TokenRefresher(connected, open_transport()).token()
    assert sandbox.oauth.grant_of(f"Bearer {token}").access_token == token
    assert rows(connected) == ["inactive", "active", "inactive"]
    assert kept(connected) == ["client-secret", "token"]


def test_what_a_login_leaves_in_the_audit_trail(connected: Config) -> None:
    with open_database(connected) as connection:
        said = [(row["action"], row["message"]) for row in audit.read(connection, entity="token")][::-1]
    assert said == [("create", "login begun"), ("update", "logged in as Sandra Sand")]


def test_a_full_disk_at_the_end_stores_no_half(config: Config, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Vault.seal_and_put

    def full(vault: Vault, handle: str, secret: Any) -> None:
        if handle.startswith("token:"):
            raise VaultError("the disk is full")
        real(vault, handle, secret)

    monkeypatch.setattr(Vault, "seal_and_put", full)
    with pytest.raises(VaultError, match="full"):
        login(config, LoginOptions(), person)
    monkeypatch.undo()
    with open_database(config) as connection:
        assert credentials.current(connection) is None


def test_the_code_is_spent_once_and_never_told(
    config: Config, person: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], home: Any
) -> None:
    codes: list[str] = []
    real = oauth.exchange_code

    def note(*given: Any) -> Any:
        codes.append(given[-1])
        return real(*given)

    monkeypatch.setattr(oauth, "exchange_code", note)
    login(config, LoginOptions(), person)
    person.close()
    (code,) = codes
    assert code not in "".join(capfd.readouterr())
    assert not any(code.encode() in path.read_bytes() for path in home.rglob("*") if path.is_file())
