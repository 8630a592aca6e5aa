"""What a schedule is made of: this program, these folders and settings, the way to the keyring, and no secret."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runcoach.config import find_paths, load
from runcoach.errors import ConfigError, UsageError, VaultError
from runcoach.services.scheduling.schedule import Schedule, schedule, session_bus
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.vault import open_vault


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the person running the tests, neither a proxy nor a session bus."""
    for name in list(os.environ):
        if name.startswith(("XDG_", "SSL_CERT_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "file")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed runcoach, started by its full path, that only says that all is well."""
    script = tmp_path / "bin" / "runcoach"
    script.parent.mkdir()
    script.write_text('#!/bin/sh\necho \'{"data": {"store": "file x"}}\'\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(script), "schedule", "print"])
    return script


def command(planned: Schedule) -> str:
    return planned.cron.split(" ", 5)[5]


def test_the_line_names_the_program_and_the_home_that_are_in_use(program: Path, home: Path) -> None:
    planned = schedule(load(), "1h")
    assert command(planned) == f"RUNCOACH_TOKEN_STORE=file {program} --home {home} sync --quiet --no-wait"
    assert planned.environment == {"RUNCOACH_TOKEN_STORE": "file"}
    assert planned.times.every == "1h"
    assert planned.notes == ()
    assert (planned.tried.ok, planned.tried.message) == (True, "tokens and keys could be read (file x)")
    assert f"ExecStart={program} --home {home} sync --quiet --no-wait" in planned.service.splitlines()


def test_a_program_that_was_found_on_the_path_and_a_relative_home(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("RUNCOACH_HOME", "here")
    monkeypatch.setattr(sys, "argv", ["runcoach"])
    assert f"{program} --home {tmp_path}/here sync" in command(schedule(load(), "1h"))
    monkeypatch.setattr(sys, "argv", ["bin/runcoach"])
    assert f"{program} --home" in command(schedule(load(), "1h"))


def test_a_link_to_the_program_is_named_as_it_is(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "runcoach"
    link.symlink_to(program)
    monkeypatch.setattr(sys, "argv", [str(link)])
    assert f" {link} --home" in command(schedule(load(), "1h"))


@pytest.mark.slow
@pytest.mark.parametrize("called", ["/x/site-packages/runcoach/__main__.py", "/nowhere/runcoach", "/bin/sh", "-c", ""])
def test_without_a_script_the_interpreter_runs_the_module(called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [called])
    assert f" {sys.executable} -m runcoach --home" in command(schedule(load(), "1h"))


@pytest.mark.slow
def test_each_profile_has_units_and_a_minute_of_its_own(program: Path, tmp_path: Path) -> None:
    planned = schedule(load(profile="ann"), "1h")
    assert "--profile ann sync" in planned.cron
    assert planned.timer_path == tmp_path / ".config/systemd/user/runcoach-sync-ann.timer"
    assert planned.service_path.stem == planned.timer_path.stem
    assert schedule(load(), "1h").service_path.name == "runcoach-sync.service"
    assert len({schedule(load(profile=f"p{n}"), "1h").times for n in range(9)}) > 1
    assert schedule(load(profile="ann"), "1h").times == planned.times


def test_settings_of_the_environment_go_along_and_those_of_the_file_do_not(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = find_paths().config_file
    settings.parent.mkdir(parents=True)
    settings.write_text('strava_oauth_url = "http://127.0.0.1:1"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNCOACH_STRAVA_API_URL", "http://127.0.0.1:2/api/v3/")
    monkeypatch.setenv("RUNCOACH_VAULT_KEY_FILE", "keys/my key")
    monkeypatch.setenv("RUNCOACH_SOMETHING_ELSE", "5ecret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert schedule(load(), "1h").environment == {
        "RUNCOACH_TOKEN_STORE": "file",
        "RUNCOACH_STRAVA_API_URL": "http://127.0.0.1:2/api/v3",
        "RUNCOACH_VAULT_KEY_FILE": f"{tmp_path}/keys/my key",
        "HTTPS_PROXY": "http://proxy:3128",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "http://me:5ecret@proxy:3128"),
        ("all_proxy", "me:5ecret@proxy:3128"),
        ("RUNCOACH_STRAVA_API_URL", "https://me:5ecret@strava.example/api"),
    ],
)
def test_a_password_never_gets_into_a_crontab(
    program: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    planned = schedule(load(), "1h")
    assert "5ecret" not in repr(planned)
    assert planned.notes == (f"{name} holds a password and is left out: no crontab and no unit is a place for it",)


def test_folders_that_cron_would_look_for_elsewhere(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNCOACH_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", f"{tmp_path}/data")
    planned = schedule(load(), "1h")
    assert "--home" not in planned.cron
    wanted = {"HOME": str(tmp_path), "XDG_DATA_HOME": f"{tmp_path}/data", "RUNCOACH_TOKEN_STORE": "file"}
    assert planned.environment == wanted
    monkeypatch.setenv("XDG_CONFIG_HOME", f"{tmp_path}/settings")
    assert schedule(load(), "1h").timer_path.parent == tmp_path / "settings/systemd/user"


def test_the_usual_home_is_left_to_cron(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNCOACH_HOME")
    monkeypatch.setenv("HOME", pwd.getpwuid(os.getuid()).pw_dir)
    monkeypatch.delenv("RUNCOACH_TOKEN_STORE")
    monkeypatch.setattr(
        "runcoach.services.scheduling.schedule.open_vault", lambda *_: type("Vault", (), {"store": "file"})
    )
    assert command(schedule(load(), "1h")) == f"{program} sync --quiet --no-wait"


# -- the way to the keyring -------------------------------------------------------------------------------------------


@pytest.fixture
def in_keyring(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Schedule]:
    monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "keyring")
    return lambda: schedule(load(), "1h")


def test_the_bus_that_every_login_has(
    program: Path, in_keyring: Callable[[], Schedule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run" / "bus").touch()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:abstract=/tmp/dbus-passing,guid=00ff")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.SecretService.Keyring")
    planned = in_keyring()
    assert planned.environment == {
        "HOME": str(tmp_path),
        "RUNCOACH_TOKEN_STORE": "keyring",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/run/bus",
        "XDG_RUNTIME_DIR": f"{tmp_path}/run",
    }
    assert planned.in_keyring
    assert planned.notes == ()
    assert "XDG_RUNTIME_DIR" in planned.cron
    assert "DBUS" not in planned.service
    assert "XDG_RUNTIME_DIR" not in planned.service


def test_a_bus_of_this_login_alone_is_named_with_a_warning(
    program: Path, in_keyring: Callable[[], Schedule], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/tmp/dbus-x,guid=00ff")
    planned = in_keyring()
    assert planned.environment["DBUS_SESSION_BUS_ADDRESS"] == "unix:path=/tmp/dbus-x"
    assert "may be another one after the next login" in planned.notes[0]


def test_no_bus_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert session_bus() == {"XDG_RUNTIME_DIR": f"{tmp_path}/run"}
    monkeypatch.setenv("XDG_RUNTIME_DIR", f"{tmp_path}/gone")
    assert session_bus() == {}


def test_a_bus_below_a_folder_with_spaces_is_written_as_dbus_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "my run").mkdir()
    (tmp_path / "my run" / "bus").touch()
    monkeypatch.setenv("XDG_RUNTIME_DIR", f"{tmp_path}/my run")
    assert session_bus()["DBUS_SESSION_BUS_ADDRESS"] == f"unix:path={tmp_path}/my%20run/bus"


def test_the_file_store_needs_no_bus(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run" / "bus").touch()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/run/bus")
    planned = schedule(load(), "1h")
    assert not planned.in_keyring
    assert planned.environment == {"RUNCOACH_TOKEN_STORE": "file"}


def test_each_profile_has_its_own_store(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One keeps its tokens in the file, which is what ``auto`` then means; the other logged in with the keyring."""
    monkeypatch.delenv("RUNCOACH_TOKEN_STORE")
    vault = open_vault(find_paths(), "file")
    vault.seal_and_put(vault.new_handle("token"), {"access_token": "x"})
    other = load(profile="other")
    with open_database(other) as connection, write_transaction(connection):
        application = credentials.StoredApplication("4711", "client:" + 32 * "0", "keyring")
        row = credentials.begin(connection, "token:" + 32 * "0", credentials.Holder(42), application=application)
        credentials.promote(connection, row, expires_at=0)
    assert not schedule(load(), "1h").in_keyring
    assert schedule(other, "1h").in_keyring


# -- what cannot be ---------------------------------------------------------------------------------------------------


def test_a_command_that_is_too_long_for_debian_is_told(program: Path, tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["deep" * 50] * 5)
    assert "takes 998" in schedule(load(home=deep), "1h").notes[0]


def test_a_home_that_no_crontab_can_hold(program: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\\n"):
        schedule(load(home=tmp_path / "a\nb"), "1h")


def test_an_interval_that_cannot_be(program: Path) -> None:
    with pytest.raises(UsageError, match="every 45m"):
        schedule(load(), "45m")


def test_a_token_file_that_is_damaged(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNCOACH_TOKEN_STORE")
    state = find_paths().state
    state.mkdir(parents=True)
    (state / "vault.json").write_text("{")
    with pytest.raises(VaultError, match="damaged"):
        schedule(load(), "1h")


def test_windows_is_told_of_its_task_scheduler(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load()
    monkeypatch.setattr("runcoach.services.scheduling.schedule.os.name", "nt")
    with pytest.raises(UsageError) as caught:
        schedule(config, "1h")
    monkeypatch.undo()
    assert "runcoach sync --quiet --no-wait" in str(caught.value.hint)


def test_a_wrong_setting_is_said_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "drawer")
    with pytest.raises(ConfigError):
        load()
