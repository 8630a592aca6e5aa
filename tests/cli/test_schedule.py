"""A schedule as it is printed, and its token tried for real: with the file store, with a real keyring, and without."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from runcoach.config import load
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.api_key import connect as connect_key
from runcoach.store.remote import connections, credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.vault import open_vault

Run = Callable[..., Any]
Connect = Callable[..., None]

#: Seconds in which a daemon of a test has to come to its end; only a fault ever takes so long.
PATIENCE_S = 30

#: Seals a pair and a client secret as a login does, the pair long expired, and keeps their handles in the file.
CONNECT = """
import sys
from runcoach.config import load
from runcoach.store.remote import credentials as tokens
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.vault import open_vault

config = load()
vault = open_vault(config.paths, sys.argv[1])
secret, pair = vault.new_handle("client"), vault.new_handle("token")
vault.seal_and_put(secret, {"client_secret": "5ecret of the client"})
times = {"expires_at": "1000", "issued_at": "0"}
vault.seal_and_put(pair, {"access_token": "5ecret access", "refresh_token": "5ecret refresh", **times})
application = tokens.StoredApplication("4711", secret, vault.store)
with open_database(config) as connection, write_transaction(connection):
    row = tokens.begin(connection, pair, tokens.Holder(42, "Anna"), application=application)
    tokens.promote(connection, row, expires_at=1000)
"""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the person running the tests, neither a proxy nor a session bus."""
    for name in list(os.environ):
        if name.startswith(("XDG_", "SSL_CERT_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


@pytest.fixture
def connect() -> Connect:
    """Connect the profile as a login does that keeps its secrets in ``store``; in a process of its own."""

    def call(store: str) -> None:
        subprocess.run([sys.executable, "-c", CONNECT, store], check=True, timeout=PATIENCE_S)

    return call


def crontab_line(text: str) -> str:
    (line,) = [line for line in text.splitlines() if line and not line.startswith("#")]
    return line


# -- the file store ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_token_file_is_readable_in_the_environment_of_cron(
    runcoach: Run, connect: Connect, home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNCOACH_STRAVA_API_URL", httpserver.url_for("/api/v3"))
    monkeypatch.setenv("RUNCOACH_STRAVA_OAUTH_URL", httpserver.url_for("").rstrip("/"))
    connect("file")
    ended = runcoach("schedule", "print", "--every", "1h", "--cron")
    store = home / "state" / "vault.json"
    assert ended.err == f"tested in the environment of cron: tokens and keys could be read (file {store})\n"
    assert ended.code == 0
    line = crontab_line(ended.out)
    assert line.split(" ", 5)[1:5] == ["*", "*", "*", "*"]
    assert line.endswith(f"{sys.executable} -m runcoach --home {home} sync --quiet --no-wait")
    assert "DBUS" not in ended.out
    assert "keyring" not in ended.out
    assert httpserver.log == []  # though the token has long expired


@pytest.mark.slow
def test_schedule_quotes_a_home_with_special_characters(
    runcoach: Run, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNCOACH_HOME", f"{tmp_path}/50% of $HOME's “läufe”; \\ `x` ")
    connect("file")
    ended = runcoach("schedule", "print", "--every", "15m")
    assert ended.code == 0, ended.err


@pytest.mark.slow
def test_schedule_print_prints_no_secret(runcoach: Run, connect: Connect, home: Path) -> None:
    connect("file")
    ended = runcoach("--debug", "schedule", "print", "--every", "1h", "--json")
    assert "5ecret" not in ended.out + ended.err
    assert (home / "config" / "vault.key").read_text().strip() not in ended.out + ended.err


@pytest.mark.slow
def test_schedule_print_json(runcoach: Run, connect: Connect, home: Path, tmp_path: Path) -> None:
    connect("file")
    ended = runcoach("schedule", "print", "--every", "60m", "--json", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    answer = ended.json
    assert (answer["command"], answer["version"]) == ("schedule", 1)
    data = answer["data"]
    assert set(data) == {"every", "cron", "systemd", "environment", "tried", "notes"}
    assert data["every"] == "1h"
    assert data["cron"] == crontab_line(runcoach("schedule", "print", "--every", "1h", "--cron").out)
    assert data["environment"] == {}
    assert data["tried"] == {
        "ok": True,
        "message": f"tokens and keys could be read (file {home}/state/vault.json)",
        "hint": None,
    }
    units = tmp_path / ".config" / "systemd" / "user"
    assert data["systemd"]["paths"] == {
        "service": str(units / "runcoach-sync.service"),
        "timer": str(units / "runcoach-sync.timer"),
    }
    assert data["systemd"]["service"].startswith("[Unit]\n")
    assert data["systemd"]["timer"].startswith("[Unit]\n")


@pytest.mark.slow
def test_schedule_print_systemd_prints_two_units_and_how_to_enable_them(
    runcoach: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "runcoach"  # one that says at once that all is well
    program.write_text('#!/bin/sh\necho \'{"data": {"store": "file"}}\'\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    both = runcoach("schedule", "print", "--every", "1h").out
    cron = runcoach("schedule", "print", "--every", "1h", "--cron").out
    systemd = runcoach("schedule", "print", "--every", "1h", "--systemd").out
    assert both == f"{cron}\n{systemd}"
    assert runcoach("schedule", "print", "--every", "1h", "--cron", "--systemd").out == both
    units = runcoach("schedule", "print", "--every", "1h", "--json").json["data"]["systemd"]
    for kind in ("service", "timer"):
        assert f"# {units['paths'][kind]}\n{units[kind]}" in systemd
    assert "systemctl --user daemon-reload && systemctl --user enable --now runcoach-sync.timer" in systemd
    uncommented = [line for line in systemd.splitlines() if line and not line.startswith("#")]
    listed = [line for kind in ("service", "timer") for line in units[kind].splitlines() if line and line[0] != "#"]
    assert uncommented == listed


# -- Garmin alone, without a login at Strava ---------------------------------------------------------------------------


@pytest.fixture
def garmin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A profile that is connected with Garmin alone, whose key is in the file store."""
    with Sandbox(athlete=SyntheticAthlete(today=date(2026, 11, 23), n_activities=3)) as running:
        monkeypatch.setenv("GARMIN_PERSONAL_API_BASE_URL", running.garmin_url)
        connect_key(load(), "garmin", running.garmin.account.key, token_store="file")
        yield running


def test_check_reads_the_key_of_a_source(runcoach: Run, garmin: Sandbox, home: Path) -> None:
    garmin.log.clear()
    assert runcoach("schedule", "check").out.startswith("tokens and keys can be read (file ")
    assert garmin.log.entries == []
    with open_database(load()) as connection, write_transaction(connection):
        connections.degrade(connection, "garmin", "Garmin refuses the key")
    ended = runcoach("schedule", "check")
    assert ended.code == 4
    assert "Garmin refuses the key" in ended.err
    assert "runcoach connect garmin" in ended.err


def test_check_fails_where_the_key_is_not_in_the_store(runcoach: Run, garmin: Sandbox, home: Path) -> None:
    (home / "state" / "vault.json").unlink()
    ended = runcoach("schedule", "check")
    assert ended.code == 4
    assert "runcoach connect garmin" in ended.err


@pytest.mark.slow
def test_a_schedule_is_installed_after_a_sync_with_garmin_alone(
    runcoach: Run, garmin: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, folder = tmp_path / "crontab", tmp_path / "bin"
    folder.mkdir()
    script = f'#!/bin/sh\nif [ "$1" = -l ]; then cat {table}; else cat > {table}; fi\n'
    (folder / "crontab").write_text(script)
    (folder / "crontab").chmod(0o755)
    table.touch()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr("runcoach.services.scheduling.schedulers.has_systemd", lambda: False)
    ended = runcoach("schedule", "install", "--every", "1h")
    assert ended.code == 0, ended.err
    assert "a sync in the scheduler's environment worked" in ended.err
    line = next(line for line in table.read_text().splitlines() if not line.startswith("#"))
    assert f"GARMIN_PERSONAL_API_BASE_URL={garmin.garmin_url}" in line
    assert garmin.garmin.account.key not in table.read_text()
    assert len(runcoach("activities", "--json").json["data"]) == 1  # the trial's


# -- what stands in the way -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_schedule_print_before_a_login_exits_4(runcoach: Run) -> None:
    ended = runcoach("schedule", "print", "--every", "1h", "--quiet")
    assert ended.code == 4
    assert "sync --quiet --no-wait" in ended.out
    assert ended.err == (
        "runcoach: tested in the environment of cron: no source is connected"
        " (run `runcoach connect garmin` or, for Strava, `runcoach login`, then try again)\n"
    )


@pytest.mark.slow
def test_a_connection_that_strava_has_refused(runcoach: Run, connect: Connect) -> None:
    connect("file")
    with open_database(load()) as connection, write_transaction(connection):
        credentials.degrade(connection, 1, "a test")
    ended = runcoach("schedule", "print", "--every", "1h")
    assert ended.code == 4
    assert "Strava no longer accepts the login of this profile (run `runcoach login`" in ended.err


@pytest.mark.slow
def test_a_key_that_is_gone(runcoach: Run, connect: Connect, home: Path) -> None:
    connect("file")
    (home / "config" / "vault.key").unlink()
    ended = runcoach("schedule", "print", "--every", "1h", "--json")
    assert ended.code == 4
    tried = ended.json["data"]["tried"]
    assert not tried["ok"]
    assert tried["message"] == f"the key that sealed the tokens, {home}/config/vault.key, is missing"
    assert "runcoach login" in tried["hint"]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "says"), [("token", "the tokens are not in"), ("client", "the client secret is not")])
def test_a_secret_that_is_gone(runcoach: Run, connect: Connect, kind: str, says: str) -> None:
    connect("file")
    config = load()
    vault = open_vault(config.paths, "file")
    with open_database(config) as connection:
        row, application = credentials.current(connection), credentials.application(connection)
    assert row
    assert application
    vault.delete(row["handle"] if kind == "token" else application.secret_handle)
    ended = runcoach("schedule", "print", "--every", "1h")
    assert ended.code == 4
    assert says in ended.err
    assert "runcoach login" in ended.err


@pytest.mark.slow
def test_schedule_check_reads_the_secrets(runcoach: Run, connect: Connect) -> None:
    assert runcoach("schedule", "check").code == 4
    connect("file")
    ended = runcoach("schedule", "check")
    assert ended.code == 0
    assert ended.out.startswith("tokens and keys can be read (file ")
    assert "check" not in runcoach("schedule", "--help").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["schedule"], "runcoach schedule install --every 1h"),
        (["schedule", "print"], "--every"),
        (["schedule", "print", "--every", "45m"], "use 30m or 1h"),
        (["schedule", "print", "--every", "1h", "--home", "a\nb"], "cannot stand in a crontab"),
    ],
)
def test_schedule_errors_are_one_line_with_a_hint(runcoach: Run, arguments: list[str], says: str) -> None:
    ended = runcoach(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert says in ended.err


# -- a real keyring ---------------------------------------------------------------------------------------------------

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is a keyring of Linux desktops")


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a session bus at its usual place, in this environment as in that of a desktop."""
    _need("dbus-daemon", "gnome-keyring-daemon")
    address = f"unix:path={tmp_path}/run/bus"
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1", f"--address={address}"]
    with (tmp_path / "dbus.log").open("w") as log:
        daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    with daemon:
        assert daemon.stdout is not None
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
        yield address
        daemon.terminate()


@pytest.fixture
def unlocked_keyring(bus: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A real gnome-keyring on that bus, open as after a login to the desktop."""
    command = ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"]
    with (tmp_path / "keyring.log").open("w") as log:
        daemon = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True)
    with daemon:
        assert daemon.stdin is not None
        daemon.stdin.write("password of the login\n")
        daemon.stdin.close()
        _wait_for_owner(bus, "org.freedesktop.secrets")
        yield daemon
        daemon.terminate()


def _wait_for_owner(address: str, name: str) -> None:
    from jeepney import MatchRule, message_bus  # type: ignore[import-untyped]
    from jeepney.io.blocking import Proxy, open_dbus_connection  # type: ignore[import-untyped]

    with open_dbus_connection(address) as connection:
        bus = Proxy(message_bus, connection, timeout=PATIENCE_S)
        rule = MatchRule(type="signal", member="NameOwnerChanged", interface="org.freedesktop.DBus")
        rule.add_arg_condition(0, name)
        bus.AddMatch(rule)
        with connection.filter(rule) as signals:
            while not bus.NameHasOwner(name)[0]:
                connection.recv_until_filtered(signals, timeout=PATIENCE_S)


def _need(*programs: str) -> None:
    missing = [program for program in programs if not shutil.which(program)]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{', '.join(missing)} must be installed where CI is set")
    if missing:
        pytest.skip(f"no {', '.join(missing)} here: apt-get install gnome-keyring dbus dbus-daemon")


@on_linux
def test_a_token_in_the_keyring_is_readable_in_the_environment_of_cron(
    runcoach: Run, connect: Connect, bus: str, unlocked_keyring: object, tmp_path: Path
) -> None:
    connect("keyring")
    ended = runcoach("schedule", "print", "--every", "1h", "--cron")
    assert ended.err == (
        "tested in the environment of cron: tokens and keys could be read (keyring (Secret Service))\n"
    ), ended.out
    assert ended.code == 0
    assert f"DBUS_SESSION_BUS_ADDRESS={bus} XDG_RUNTIME_DIR={tmp_path}/run {sys.executable}" in ended.out
    assert "--token-store file" in ended.out


@on_linux
def test_without_the_address_of_the_bus_it_could_not(
    runcoach: Run, connect: Connect, unlocked_keyring: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect("keyring")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", f"{tmp_path}/elsewhere")
    ended = runcoach("schedule", "print", "--every", "1h", "--cron")
    assert ended.code == 4
    assert "DBUS_SESSION_BUS_ADDRESS is not set, as under cron" in ended.err
    assert "--token-store file" in ended.err
    assert "loginctl enable-linger" in ended.err


@on_linux
def test_a_keyring_that_is_locked(
    runcoach: Run, connect: Connect, bus: str, unlocked_keyring: object, home: Path
) -> None:
    connect("keyring")
    lock = (
        "import secretstorage\n"
        "with secretstorage.dbus_init() as connection:\n"
        "    secretstorage.get_default_collection(connection).lock()\n"
    )
    subprocess.run([sys.executable, "-c", lock], check=True, timeout=PATIENCE_S)
    ended = runcoach("schedule", "print", "--every", "1h", "--json")
    assert ended.code == 4
    tried = ended.json["data"]["tried"]
    assert "is locked or has no collection" in tried["message"]
    assert "unlock it" in tried["hint"]
    assert json.dumps(bus) in ended.out
