"""No keyring of the person running the tests, and a real Secret Service for those that ask for one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runcoach.config import Paths, find_paths

#: Seconds in which a daemon or a child of a test has to come to its end; only a fault ever takes so long.
PATIENCE_S = 30

Child = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _no_keyring_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("XDG_", "KEYRING_PROPERTY_")):
            monkeypatch.delenv(name)
    for name in ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr("keyring.core._keyring_backend", None)


@pytest.fixture
def paths() -> Paths:
    return find_paths()


@pytest.fixture
def pair() -> dict[str, str]:
    """A pair of tokens of the length that Strava's have."""
    return {"access_token": "a" * 20 + "5ecre7" * 3 + "ab", "refresh_token": "f00d" * 10, "expires_at": "1795392000"}


def _bare_environment(tmp_path: Path) -> dict[str, str]:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if key == "PATH" or key.startswith("COVERAGE_")}
    return {**kept, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime), "RUNCOACH_HOME": str(tmp_path / "home")}


@pytest.fixture
def child(tmp_path: Path) -> Child:
    """Run a program text in a Python of its own, with an environment as bare as cron's and what ``more`` adds."""

    def run(program: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env={**_bare_environment(tmp_path), **more},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    return run


@pytest.fixture
def session_bus(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a fresh session bus, without a display and without a keyring."""
    _need("dbus-daemon", "gnome-keyring-daemon")
    environment = _bare_environment(tmp_path)
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
    with (tmp_path / "dbus.log").open("w") as log:
        daemon = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    with daemon:
        assert daemon.stdout is not None
        yield {**environment, "DBUS_SESSION_BUS_ADDRESS": daemon.stdout.readline().strip()}
        daemon.terminate()


@pytest.fixture
def secret_service(session_bus: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., dict[str, str]]]:
    """Start a real gnome-keyring on that bus; ``unlocked=False``: nobody has logged in, there is no collection."""
    running: list[subprocess.Popen[str]] = []

    def start(*, unlocked: bool) -> dict[str, str]:
        command = ["gnome-keyring-daemon", "--foreground", "--components=secrets", *(["--unlock"] if unlocked else [])]
        with (tmp_path / "keyring.log").open("w") as log:
            daemon = subprocess.Popen(
                command, env=session_bus, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True
            )
        running.append(daemon)
        assert daemon.stdin is not None
        daemon.stdin.write("password of the login\n")
        daemon.stdin.close()
        address = session_bus["DBUS_SESSION_BUS_ADDRESS"]
        _wait_for_owner(address, "org.freedesktop.secrets")
        return {"DBUS_SESSION_BUS_ADDRESS": address}

    yield start
    for daemon in running:
        daemon.terminate()
        daemon.wait(PATIENCE_S)


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
    """Fail where CI lacks a program; elsewhere the tests of a real keyring are left out, and say so."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{', '.join(missing)} must be installed where CI is set")
    if missing:
        pytest.skip(f"no {', '.join(missing)} here: apt-get install gnome-keyring dbus dbus-daemon")
