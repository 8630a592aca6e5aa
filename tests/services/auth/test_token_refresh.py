"""The life of a token pair: renewed in time and once, kept where it can be, ended by Strava's refusal alone."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.errors import (
    AccessTokenError,
    ApiInactiveError,
    DegradedError,
    InvalidResponseError,
    KeyringLockedError,
    NotConnectedError,
    RuncoachError,
    SealError,
    StoreError,
    VaultError,
)
from runcoach.sandbox.server import Sandbox
from runcoach.services import locks
from runcoach.services.auth import token_refresh as keeping
from runcoach.services.auth.credentials import TokenPair
from runcoach.services.auth.login import LoginOptions, login
from runcoach.services.auth.token_refresh import TokenRefresher, check_secrets
from runcoach.sources.strava import oauth
from runcoach.sources.strava.client import StravaClient
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store import audit
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.vault import Vault, open_vault

Open = Callable[..., StravaTransport]

HOUR = 3600
ALMOST_OVER = 21_600 - 200


@pytest.fixture
def refresher(connected: Config, open_transport: Open) -> TokenRefresher:
    """As a process gets it that has just started."""
    return TokenRefresher(connected, open_transport())


@pytest.fixture
def start(connected: Config, open_transport: Open) -> Callable[[], TokenRefresher]:
    """Starts another process, so to speak."""
    return lambda: TokenRefresher(connected, open_transport())


def spent(sandbox: Sandbox) -> int:
    """How often tokens were asked for, after the login."""
    return sum(entry.path == "/oauth/token" for entry in sandbox.requests) - 1


def works(sandbox: Sandbox, token: str) -> bool:
    return sandbox.oauth.grant_of(f"Bearer {token}") is not None


def rows(config: Config) -> list[str]:
    with open_database(config) as connection:
        return [row["status"] for row in connection.execute("SELECT status FROM strava_token ORDER BY id")]


def messages(config: Config) -> list[str]:
    with open_database(config) as connection:
        return [row["message"] for row in audit.read(connection, entity="token")][::-1]


def kept(config: Config) -> list[str]:
    """The kinds of what lies in the file of sealed secrets."""
    import json

    path = config.paths.state / "vault.json"
    return sorted(handle.split(":")[0] for handle in json.loads(path.read_text())["entries"]) if path.exists() else []


# In ordinary life.


def test_a_fresh_token_is_used_as_it_is(sandbox: Sandbox, refresher: TokenRefresher) -> None:
    assert works(sandbox, refresher.token())
    assert refresher.token() == refresher.token()
    assert spent(sandbox) == 0
    assert refresher.scope == "read,activity:read_all"


def test_it_is_renewed_when_less_than_five_minutes_are_left(
    sandbox: Sandbox, refresher: TokenRefresher, clock: Any
) -> None:
    first = refresher.token()
    clock.now += 21_600 - 300
    assert refresher.token() == first
    clock.now += 1
    second = refresher.token()
    assert second != first
    assert works(sandbox, second)
    assert refresher.token() == second
    assert spent(sandbox) == 1


@pytest.mark.slow
@pytest.mark.parametrize("lifetime_s", [60])
def test_one_just_issued_is_used_until_half_its_life(sandbox: Sandbox, refresher: TokenRefresher, clock: Any) -> None:
    first = refresher.token()
    clock.now += 30
    assert refresher.token() == first
    clock.now += 1
    assert refresher.token() != first
    assert spent(sandbox) == 1


@pytest.mark.parametrize(
    ("issued_at", "expires_at", "now", "due"),
    [
        (0, 21_600, 21_300, False),
        (0, 21_600, 21_300.5, True),
        (0, 100, 50, False),
        (0, 100, 51, True),
        (21_000, 21_600, 21_299, False),  # the same one again, with ten minutes left
        (0, 21_600, 30_000, True),
        (100, 100, 100, False),  # even one that is issued dead gets its chance
    ],
)
def test_when_a_pair_is_due(issued_at: int, expires_at: int, now: float, due: bool) -> None:
    assert TokenPair("a", "r", expires_at, issued_at).is_due(now) is due


def test_every_renewal_is_a_row_and_a_line_of_the_audit_trail(
    connected: Config, sandbox: Sandbox, start: Callable[[], TokenRefresher], clock: Any
) -> None:
    for _ in range(2):
        clock.now += ALMOST_OVER
        start().token()
    assert rows(connected) == ["inactive", "inactive", "active"]
    assert messages(connected) == [
        "login begun",
        "logged in as Sandra Sand",
        *("renewal begun", "renewed"),
        *("renewal begun", "renewed"),
    ]
    assert kept(connected) == ["client-secret", "token"]
    assert len(sandbox.oauth.live) == 1
    with open_database(connected) as connection:
        row = credentials.token_status(connection)
        assert row is not None
        assert row["expires_at"] == sandbox.oauth.live[0].expires_at
        assert row["athlete_name"] == "Sandra Sand"


def test_the_same_tokens_back_are_fine(
    connected: Config, sandbox: Sandbox, refresher: TokenRefresher, start: Callable[[], TokenRefresher]
) -> None:
    """With over an hour left Strava answers with what it gave before."""
    first = refresher.token()
    assert refresher.renew(first) == first
    assert spent(sandbox) == 1
    assert start().token() == first
    assert rows(connected) == ["inactive", "active"]
    assert refresher.renew(first) == first, "refused again: one renewal is all there is"
    assert spent(sandbox) == 1


def test_use_is_noted_sparingly(connected: Config, start: Callable[[], TokenRefresher], clock: Any) -> None:
    def noted() -> int:
        with open_database(connected) as connection:
            row = credentials.token_status(connection)
            assert row is not None
            return int(row["last_used_at"])

    with open_database(connected) as connection, write_transaction(connection):
        credentials.touch(connection, 1, clock.now - 10)
    refresher = start()
    for _ in range(3):
        refresher.token()
    assert noted() == clock.now - 10
    with open_database(connected) as connection, write_transaction(connection):
        credentials.touch(connection, 1, clock.now - 2 * HOUR)
    start().token()
    assert noted() >= clock.now


def test_nothing_to_give_out_before_a_login(config: Config, open_transport: Open) -> None:
    refresher = TokenRefresher(config, open_transport())
    assert refresher.scope is None
    with pytest.raises(NotConnectedError, match="no Strava account") as refusal:
        refresher.token()
    assert refusal.value.exit_code == 4
    with pytest.raises(NotConnectedError):
        check_secrets(config)


# Clocks.


@pytest.mark.parametrize("ahead_s", [HOUR, 7 * HOUR, -HOUR, -7 * HOUR])
def test_a_clock_that_is_wrong_costs_one_renewal_at_most(
    connected: Config, sandbox: Sandbox, open_transport: Open, clock: Any, ahead_s: int
) -> None:
    refresher = TokenRefresher(connected, open_transport(lambda: clock.now + ahead_s))
    assert works(sandbox, refresher.token())
    for _ in range(3):
        clock.now += 60
        refresher.token()
    assert spent(sandbox) == (1 if ahead_s > 6 * HOUR else 0)
    assert rows(connected)[-1] == "active"


def test_a_clock_behind_takes_a_dead_token_for_a_good_one_and_gets_over_it(
    connected: Config, sandbox: Sandbox, open_transport: Open, clock: Any
) -> None:
    clock.now += 7 * HOUR
    transport = open_transport(lambda: clock.now - 2 * HOUR)
    refresher = TokenRefresher(connected, transport)
    client = StravaClient(transport, connected.settings.strava_api_url, refresher.token, refresher.renew)
    assert client.athlete()["firstname"] == "Sandra"
    assert spent(sandbox) == 1
    assert sandbox.reads == 2


# Refusals.


def test_a_refused_access_token_is_renewed_once(sandbox: Sandbox, connected: Config, open_transport: Open) -> None:
    transport = open_transport()
    refresher = TokenRefresher(connected, transport)
    client = StravaClient(transport, connected.settings.strava_api_url, refresher.token, refresher.renew)
    client.athlete()
    sandbox.oauth.expire()
    client.athlete()
    assert spent(sandbox) == 1
    sandbox.oauth.expire()
    client.athlete()
    assert spent(sandbox) == 2, "hours later it may be refused, and renewed, again"


def test_access_that_was_taken_back_is_degraded(sandbox: Sandbox, connected: Config, open_transport: Open) -> None:
    transport = open_transport()
    refresher = TokenRefresher(connected, transport)
    client = StravaClient(transport, connected.settings.strava_api_url, refresher.token, refresher.renew)
    client.athlete()
    sandbox.revoke()
    with pytest.raises(DegradedError, match="no longer accepts") as refusal:
        client.athlete()
    assert refusal.value.exit_code == 4
    assert "runcoach login" in (refusal.value.hint or "")
    assert rows(connected) == ["degraded", "inactive"]
    asked = spent(sandbox)
    for _ in range(2):
        with pytest.raises(DegradedError):
            TokenRefresher(connected, open_transport()).token()
    with pytest.raises(DegradedError):
        check_secrets(connected)
    assert spent(sandbox) == asked, "what is final is not asked again"
    assert messages(connected)[-1].startswith("degraded: ")


def test_a_token_that_is_refused_right_after_its_renewal_ends_the_connection(
    sandbox: Sandbox, connected: Config, open_transport: Open
) -> None:
    transport = open_transport()
    refresher = TokenRefresher(connected, transport)
    client = StravaClient(
        transport, connected.settings.strava_api_url, refresher.token, lambda refused: "dead" + refused
    )
    refresher.token()
    sandbox.oauth.expire()
    with pytest.raises(AccessTokenError):
        client.athlete()
    error = refresher.degrade()
    assert isinstance(error, DegradedError)
    assert rows(connected) == ["degraded"]
    with pytest.raises(DegradedError):
        refresher.token()


def test_who_has_logged_in_meanwhile_is_left_alone(
    connected: Config, refresher: TokenRefresher, person: Any, sandbox: Sandbox
) -> None:
    refresher.token()
    login(connected, LoginOptions(), person)
    refresher.degrade()
    assert rows(connected) == ["inactive", "active"]
    assert works(sandbox, refresher.token())


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["500", "502", "503", "429", "timeout", "reset", "html"])
def test_bad_luck_never_degrades(
    sandbox: Sandbox,
    connected: Config,
    start: Callable[[], TokenRefresher],
    open_transport: Open,
    clock: Any,
    trouble: str,
) -> None:
    clock.now += ALMOST_OVER
    sandbox.faults.add(trouble, path="/oauth/token", times=3)
    with pytest.raises(RuncoachError) as problem:
        TokenRefresher(connected, open_transport(silence_s=0.05)).token()
    sandbox.faults.clear()
    assert not isinstance(problem.value, NotConnectedError)
    assert rows(connected) == ["active", "pending"]
    assert messages(connected)[-1].startswith("not renewed: ")
    assert works(sandbox, start().token())
    assert rows(connected) == ["inactive", "active"]
    assert "renewed" in messages(connected)[-1]


def test_a_paused_application_is_not_degraded(
    sandbox: Sandbox, connected: Config, refresher: TokenRefresher, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now += ALMOST_OVER

    def paused(*_: object) -> None:
        raise ApiInactiveError("paused")

    monkeypatch.setattr(oauth, "refresh", paused)
    with pytest.raises(ApiInactiveError):
        refresher.token()
    monkeypatch.undo()
    assert works(sandbox, refresher.token())


def test_an_answer_without_tokens_is_told_and_kept_apart(
    sandbox: Sandbox, connected: Config, refresher: TokenRefresher, clock: Any
) -> None:
    refresher.token()
    sandbox.oauth.expire()
    clock.now -= 2 * HOUR  # over an hour is left again, so asking a second time gives the same
    sandbox.faults.add("missing_fields", path="/oauth/token", fields=("refresh_token",))
    with pytest.raises(InvalidResponseError, match="refresh_token"):
        refresher.renew(refresher.token())
    assert rows(connected) == ["active", "pending"]


def test_a_wrong_application_is_final(
    sandbox: Sandbox, connected: Config, refresher: TokenRefresher, clock: Any
) -> None:
    """Someone has asked Strava for a new client secret."""
    with open_database(connected) as connection:
        home = credentials.application(connection)
    assert home is not None
    open_vault(connected.paths, "file").seal_and_put(home.secret_handle, {"client_secret": "an older secret"})
    clock.now += ALMOST_OVER
    with pytest.raises(DegradedError, match="client id and client secret"):
        refresher.token()
    assert rows(connected) == ["degraded", "inactive"]


# Secrets that cannot be had.


def test_tokens_that_are_not_in_the_vault_are_told(connected: Config, refresher: TokenRefresher) -> None:
    (connected.paths.state / "vault.json").unlink()
    with pytest.raises(NotConnectedError, match=r"tokens are not in the file .*vault\.json"):
        refresher.token()
    assert rows(connected) == ["active"]


def test_another_key_is_told_and_nothing_is_lost(
    connected: Config, refresher: TokenRefresher, sandbox: Sandbox
) -> None:
    key = connected.paths.config / "vault.key"
    right = key.read_bytes()
    key.write_bytes(b"A" * 43 + b"=")
    with pytest.raises(SealError):
        refresher.token()
    with pytest.raises(SealError):
        check_secrets(connected)
    key.write_bytes(right)
    assert rows(connected) == ["active"]


def test_the_secrets_can_be_checked_without_strava(connected: Config, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    assert check_secrets(connected).startswith("file ")
    assert len(sandbox.requests) == before


def test_a_vault_that_takes_nothing_is_found_out_before_the_token_is_spent(
    sandbox: Sandbox, connected: Config, refresher: TokenRefresher, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now += ALMOST_OVER

    def full(*_: object) -> None:
        raise VaultError("the disk is full")

    monkeypatch.setattr(Vault, "probe", full)
    with pytest.raises(VaultError, match="full"):
        refresher.token()
    assert spent(sandbox) == 0
    assert rows(connected) == ["active"]


class Keyring:
    """An operating system's keyring that someone can lock."""

    name = "keyring (of the test)"
    entries: dict[str, str]
    locked: bool

    def __init__(self, folder: object) -> None:
        pass

    def get(self, handle: str) -> str | None:
        return self.entries.get(handle)

    def put(self, handle: str, sealed: str) -> None:
        if self.locked and not handle.startswith("probe:"):
            raise KeyringLockedError("the keyring is locked", hint="unlock it")
        self.entries[handle] = sealed

    def delete(self, handle: str) -> None:
        self.entries.pop(handle, None)


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> type[Keyring]:
    monkeypatch.setattr(Keyring, "entries", {}, raising=False)
    monkeypatch.setattr(Keyring, "locked", False, raising=False)
    monkeypatch.setattr("runcoach.vault.OsKeyring", Keyring)
    return Keyring


@pytest.mark.slow
def test_a_keyring_locked_between_question_and_answer_loses_nothing(
    sandbox: Sandbox, config: Config, person: Any, open_transport: Open, clock: Any, keyring: type[Keyring]
) -> None:
    login(config, LoginOptions(token_store="keyring"), person)
    clock.now += ALMOST_OVER
    keyring.locked = True
    with pytest.raises(
        KeyringLockedError, match=r"locked; the renewed login is kept, sealed, in the file .*vault\.json"
    ):
        TokenRefresher(config, open_transport()).token()
    assert kept(config) == ["token"]
    with pytest.raises(KeyringLockedError):
        TokenRefresher(config, open_transport()).token()
    assert kept(config) == ["token"]
    keyring.locked = False
    assert works(sandbox, TokenRefresher(config, open_transport()).token())
    assert kept(config) == []
    assert sorted(handle.split(":")[0] for handle in keyring.entries) == ["client-secret", "token"]
    assert spent(sandbox) == 1


# A crash between any two steps.


class Crash(BaseException):
    """The process dies here."""


class Steps:
    """Every step of a renewal that changes or asks something, in order; ``dies`` says before or after which it ends."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.dies: tuple[str, int] | None = None

    def around(self, name: str, act: Callable[[], Any]) -> Any:
        number = len(self.seen)
        self.seen.append(name)
        if self.dies == ("before", number):
            raise Crash
        done = act()
        if self.dies == ("after", number):
            raise Crash
        return done


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    watched = Steps()

    def watch(owner: Any, name: str, called: str) -> None:
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given, **named: watched.around(called, lambda: real(*given, **named)))

    watch(Vault, "get", "look into the vault")
    watch(Vault, "probe", "try the vault")
    watch(Vault, "seal_and_put", "put into the vault")
    watch(Vault, "delete", "remove from the vault")
    watch(oauth, "refresh", "ask Strava")

    @contextmanager
    def watched_write(connection: sqlite3.Connection) -> Iterator[None]:
        number = len(watched.seen)
        watched.seen.append("write")
        if watched.dies == ("before", number):
            raise Crash
        with write_transaction(connection):
            yield
        if watched.dies == ("after", number):
            raise Crash

    for module in ("token_refresh", "credentials", "token_recovery"):
        monkeypatch.setattr(f"runcoach.services.auth.{module}.write_transaction", watched_write)
    return watched


RENEWAL = (
    "look into the vault",  # for the pair
    "look into the vault",  # for the client secret
    "try the vault",
    "write",  # a pending row
    "ask Strava",
    "put into the vault",
    "write",  # the pending row comes into force
    "remove from the vault",  # the old pair
    "write",  # which is no leftover any more
)
ASK = RENEWAL.index("ask Strava")
POINTS = [(when, number) for number in range(len(RENEWAL)) for when in ("before", "after")]
LOST = [("after", ASK), ("before", ASK + 1)]


def test_the_steps_of_a_renewal(refresher: TokenRefresher, steps: Steps, clock: Any) -> None:
    clock.now += ALMOST_OVER
    refresher.token()
    assert tuple(steps.seen) == RENEWAL


@pytest.mark.slow
@pytest.mark.parametrize("point", [point for point in POINTS if point not in LOST], ids=str)
def test_a_crash_is_mended_at_the_next_start(
    connected: Config,
    sandbox: Sandbox,
    start: Callable[[], TokenRefresher],
    steps: Steps,
    clock: Any,
    point: tuple[str, int],
) -> None:
    clock.now += ALMOST_OVER
    steps.dies = point
    with pytest.raises(Crash):
        start().token()
    steps.dies = None
    refresher = start()
    assert works(sandbox, refresher.token())
    assert spent(sandbox) == 1, "no refresh token is spent that need not be"
    assert sorted(rows(connected)) == ["active", "inactive"]
    assert kept(connected) == ["client-secret", "token"]
    clock.now += ALMOST_OVER
    assert works(sandbox, start().token()), "and life goes on"
    assert sorted(rows(connected)) == ["active", "inactive", "inactive"]


@pytest.mark.slow
@pytest.mark.parametrize("point", LOST, ids=str)
def test_a_pair_that_died_with_its_process_means_logging_in_again(
    connected: Config,
    sandbox: Sandbox,
    start: Callable[[], TokenRefresher],
    steps: Steps,
    clock: Any,
    person: Any,
    point: tuple[str, int],
) -> None:
    clock.now += ALMOST_OVER
    steps.dies = point
    with pytest.raises(Crash):
        start().token()
    steps.dies = None
    with pytest.raises(DegradedError):
        start().token()
    assert spent(sandbox) == 2, "the old token is tried once"
    with pytest.raises(DegradedError):
        start().token()
    assert spent(sandbox) == 2
    login(connected, LoginOptions(), person)
    assert works(sandbox, start().token())
    assert kept(connected) == ["client-secret", "token"]


@pytest.mark.parametrize("point", LOST, ids=str)
def test_where_strava_gives_the_same_pair_again_even_that_is_mended(
    connected: Config,
    sandbox: Sandbox,
    start: Callable[[], TokenRefresher],
    steps: Steps,
    point: tuple[str, int],
) -> None:
    refresher = start()
    first = refresher.token()
    steps.seen.clear()
    steps.dies = point
    with pytest.raises(Crash):
        refresher.renew(first)
    steps.dies = None
    assert works(sandbox, start().token())
    assert sorted(rows(connected)) == ["active", "inactive"]


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_no_lock_behind(connected: Config, sandbox: Sandbox, clock: Any) -> None:
    """The same with a real process and a real SIGKILL, right after the pair has reached the vault."""
    sandbox.oauth.expire()
    ended = _run(
        """
real = Vault.seal_and_put
def put_and_die(vault, handle, secret):
    real(vault, handle, secret)
    os.kill(os.getpid(), signal.SIGKILL)
Vault.seal_and_put = put_and_die
print(refresher.renew(refresher.token()))
"""
    )
    assert ended.returncode == -signal.SIGKILL
    assert rows(connected) == ["active", "pending"]
    ended = _run("print(refresher.token())")
    assert works(sandbox, ended.stdout.strip()), ended.stderr
    assert rows(connected) == ["inactive", "active"]
    assert "taken up after a break" in messages(connected)[-1]
    assert spent(sandbox) == 1


_PROGRAM = """
import os, signal, sys
from runcoach.config import load
from runcoach.services.auth.token_refresh import TokenRefresher
from runcoach.sources.strava.transport import StravaTransport
from runcoach.vault import Vault
config = load()
with StravaTransport() as transport:
    refresher = TokenRefresher(config, transport)
"""


def _run(then: str) -> subprocess.CompletedProcess[str]:
    indented = "".join(f"    {line}\n" for line in then.splitlines())
    return subprocess.run([sys.executable, "-c", _PROGRAM + indented], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_whoever_wants_the_process_to_stop_waits_until_the_pair_is_safe(
    connected: Config,
    sandbox: Sandbox,
    refresher: TokenRefresher,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    clock.now += ALMOST_OVER
    real = oauth.refresh

    def interrupted(*given: Any) -> Any:
        grant = real(*given)
        signal.raise_signal(number)
        return grant

    before = signal.signal(number, signal.default_int_handler)  # whatever a background job inherits
    monkeypatch.setattr(oauth, "refresh", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            refresher.token()
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    assert rows(connected) == ["inactive", "active"]


@pytest.mark.slow
def test_a_signal_that_is_ignored_stays_ignored(
    sandbox: Sandbox, refresher: TokenRefresher, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under nohup."""
    clock.now += ALMOST_OVER
    real = oauth.refresh

    def hung_up(*given: Any) -> Any:
        signal.raise_signal(signal.SIGHUP)
        return real(*given)

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr(oauth, "refresh", hung_up)
    try:
        assert works(sandbox, refresher.token())
    finally:
        signal.signal(signal.SIGHUP, before)


# Two at once.


@pytest.mark.parametrize("expired", [True, False], ids=["another token", "the same token again"])
def test_four_threads_spend_one_refresh_token(sandbox: Sandbox, refresher: TokenRefresher, expired: bool) -> None:
    first = refresher.token()
    if expired:
        sandbox.oauth.expire()
    together = threading.Barrier(4)
    given: list[str] = []

    def ask() -> None:
        together.wait()
        given.append(refresher.renew(first))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given)) == 1
    assert works(sandbox, given[0])
    assert spent(sandbox) == 1


def test_a_second_process_waits_and_takes_what_the_first_has_brought(
    connected: Config,
    sandbox: Sandbox,
    start: Callable[[], TokenRefresher],
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first is held at Strava's door until the second stands in line; each has a lock of its own on the file."""
    clock.now += ALMOST_OVER
    asked, second_waits = threading.Event(), threading.Event()

    def hold(request: Any) -> None:
        if request.path == "/oauth/token":
            asked.set()
            assert second_waits.wait(30)

    sandbox.before_reply.append(hold)
    real = locks.token_lock

    @contextmanager
    def seen(config: Config) -> Iterator[None]:
        if asked.is_set():
            second_waits.set()
        with real(config):
            yield

    monkeypatch.setattr(keeping, "token_lock", seen)
    given: list[str] = []
    first = threading.Thread(target=lambda: given.append(start().token()))
    second = threading.Thread(target=lambda: given.append(start().token()))
    first.start()
    assert asked.wait(30)
    second.start()
    first.join()
    second.join()
    assert len(given) == 2
    assert given[0] == given[1]
    assert spent(sandbox) == 1


@pytest.mark.slow
def test_two_real_processes_spend_one_refresh_token(connected: Config, sandbox: Sandbox, clock: Any) -> None:
    sandbox.oauth.expire()
    program = (
        _PROGRAM + "    old = refresher.token()\n    print(flush=True)\n    input()\n    print(refresher.renew(old))\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        process.stdout.readline()
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    given = {process.communicate(timeout=60)[0].strip() for process in both}
    assert len(given) == 1
    assert works(sandbox, given.pop())
    assert spent(sandbox) == 1


def test_a_lock_that_nobody_gives_back_is_told(
    connected: Config, refresher: TokenRefresher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "TOKEN_LOCK_TIMEOUT_S", 0.0)
    with locks.token_lock(connected), pytest.raises(StoreError, match="another process has been renewing"):
        refresher.token()


# Secrets.


def test_no_secret_is_anywhere_but_in_the_vault(
    connected: Config,
    sandbox: Sandbox,
    refresher: TokenRefresher,
    clock: Any,
    home: Any,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {sandbox.client_secret, refresher.token(), *(grant.refresh_token for grant in sandbox.oauth.live)}
    clock.now += ALMOST_OVER
    secrets |= {refresher.token(), *(grant.refresh_token for grant in sandbox.oauth.live)}
    sandbox.revoke()
    with pytest.raises(DegradedError) as refusal:
        refresher.renew(refresher.token())
    assert len(secrets) == 5
    on_disk = b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())
    told = caplog.text + "".join(capfd.readouterr()) + repr(refusal.value) + repr(refresher) + repr(vars(refresher))
    for secret in secrets:
        assert secret.encode() not in on_disk
        assert secret not in told
        assert secret not in os.environ.values()
    with open_database(connected) as connection:
        for row in connection.execute("SELECT access_token, refresh_token FROM strava_token"):
            assert row["access_token"] == row["refresh_token"]
            assert row["access_token"].startswith("token:")
