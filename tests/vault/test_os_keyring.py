"""The keyring of the operating system in every bad state: each has its own message, and names the way out."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from keyring import errors as reasons
from keyring.backends import SecretService, fail, libsecret, null
from keyring.backends.chainer import ChainerBackend

from runcoach.errors import ExitCode, KeyringLockedError, KeyringUnusableError, VaultError
from runcoach.vault import Vault, os_keyring
from runcoach.vault.encryption_key import key_place
from runcoach.vault.os_keyring import OsKeyring, trusted_backends

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

    from keyring.backend import KeyringBackend

    from runcoach.config import Paths


class Memory:
    """What a backend does, without an operating system."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise reasons.PasswordDeleteError("No such password!")


class Failing(Memory):
    """Every call, or only those named, ends in this error."""

    def __init__(self, error: Exception, *calls: str) -> None:
        super().__init__()
        self.error, self.calls = error, calls or ("get", "set", "delete")

    def get_password(self, service: str, username: str) -> str | None:
        self._fail("get")
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail("set")
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._fail("delete")
        super().delete_password(service, username)

    def _fail(self, call: str) -> None:
        if call in self.calls:
            raise self.error


class Quoting(Memory):
    """Repeats what it was given in the error it raises."""

    def set_password(self, service: str, username: str, password: str) -> None:  # noqa: ARG002
        raise reasons.PasswordSetError(f"cannot store {password!r}\nfor {username}")


class Silent(Memory):
    """Never answers before ``release`` is set, as a daemon that hangs or a prompt that nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:  # noqa: ARG002
        self.asked += 1
        self.release.wait()
        return None


def _keyring(folder: Path, *backends: object) -> OsKeyring:
    return OsKeyring(folder, lambda: cast("Sequence[KeyringBackend]", backends))


def _real(kind: Any) -> KeyringBackend:
    """A backend of keyring itself, whose makers are not typed; nothing is opened by making one."""
    return cast("KeyringBackend", kind())


def _foreign(name: str) -> Exception:
    """An error of a library that only some systems have."""
    return cast("Exception", type(name, (Exception,), {})("prompt dismissed"))


def _chosen(monkeypatch: pytest.MonkeyPatch, backend: object) -> None:
    monkeypatch.setattr("keyring.core._keyring_backend", backend)


def test_entries_come_and_go(tmp_path: Path) -> None:
    backend = Memory()
    keyring = _keyring(tmp_path, backend)
    assert keyring.get("token:1") is None
    keyring.put("token:1", "sealed")
    assert backend.entries == {("runcoach", "token:1"): "sealed"}
    assert keyring.get("token:1") == "sealed"
    keyring.delete("token:1")
    keyring.delete("token:1")
    assert backend.entries == {}


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (reasons.KeyringLocked("Failed to unlock the collection!"), KeyringLockedError, "is locked or has no coll"),
        (reasons.InitError("Failed to create the collection"), KeyringLockedError, "is locked or has no collection"),
        (_foreign("LockedException"), KeyringLockedError, "is locked or has no collection"),
        (_foreign("PromptDismissedException"), KeyringLockedError, "prompt dismissed"),
        (reasons.NoKeyringError("No recommended backend"), KeyringUnusableError, "No recommended backend"),
        (reasons.PasswordSetError("Cancelled by user"), KeyringUnusableError, "Cancelled by user"),
        (_foreign("DBusErrorResponse"), KeyringUnusableError, "failed: DBusErrorResponse"),
        (TimeoutError(), KeyringUnusableError, "failed: TimeoutError: no reason given"),
        (AssertionError(), KeyringUnusableError, "failed: AssertionError"),
    ],
    ids=lambda case: type(case).__name__ if isinstance(case, Exception) else None,
)
def test_each_failure_has_its_message_and_the_way_out(
    paths: Paths, error: Exception, kind: type[KeyringUnusableError], words: str
) -> None:
    vault = Vault(_keyring(paths.state, Failing(error)), key_place(paths))
    handle = vault.new_handle("token")
    calls: list[Callable[[], object]] = [
        vault.probe,
        lambda: vault.get(handle),
        lambda: vault.delete(handle),
        lambda: vault.seal_and_put(handle, {"access_token": "abc"}),
    ]
    for call in calls:
        with pytest.raises(KeyringUnusableError, match=words) as refusal:
            call()
        assert type(refusal.value) is kind
        assert "the keyring (" in refusal.value.message
        assert "\n" not in refusal.value.message
        assert "--token-store file" in (refusal.value.hint or "")
        assert refusal.value.exit_code is ExitCode.NOT_CONNECTED


def test_a_keyring_locked_halfway_loses_nothing(paths: Paths) -> None:
    backend = Failing(reasons.KeyringLocked("Failed to unlock the collection!"), "nothing")
    vault = Vault(_keyring(paths.state, backend), key_place(paths))
    handle = vault.new_handle("token")
    vault.seal_and_put(handle, {"access_token": "abc"})
    backend.calls = ("get", "set", "delete")
    with pytest.raises(KeyringLockedError):
        vault.seal_and_put(handle, {"access_token": "def"})
    backend.calls = ("nothing",)
    assert vault.get(handle) == {"access_token": "abc"}


def test_an_entry_that_will_not_go_is_told(tmp_path: Path) -> None:
    keyring = _keyring(tmp_path, Failing(reasons.PasswordDeleteError("Cancelled by user"), "delete"))
    keyring.put("token:1", "sealed")
    with pytest.raises(KeyringUnusableError, match="PasswordDeleteError: Cancelled by user"):
        keyring.delete("token:1")


def test_a_backend_that_quotes_what_it_was_given_is_not_repeated(
    paths: Paths, pair: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vault = Vault(_keyring(paths.state, Quoting()), key_place(paths))
    try:
        vault.seal_and_put(vault.new_handle("token"), pair)
    except VaultError as error:
        told = traceback.format_exc() + repr(error) + caplog.text
    assert "cannot store '…'" in told
    assert "gAAAA" not in told
    assert not any(value in told for value in pair.values())


def test_silence_is_bounded_and_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os_keyring, "ANSWER_WITHIN_S", 0.01)
    backend = Silent()
    keyring = _keyring(tmp_path, backend)
    try:
        calls: list[Callable[[], object]] = [lambda: keyring.get("token:1"), lambda: keyring.put("token:1", "sealed")]
        for call in calls:
            with pytest.raises(KeyringLockedError, match=r"has not answered .* prompt may be waiting"):
                call()
        assert backend.asked == 1
    finally:
        backend.release.set()
        for thread in threading.enumerate():
            if thread.name == "keyring":
                thread.join()


def test_of_several_keyrings_the_one_that_has_the_entry_answers(tmp_path: Path) -> None:
    here, there = Memory(), Memory()
    _keyring(tmp_path, there, here).put("token:1", "sealed")
    keyring = _keyring(tmp_path, here, there)
    assert keyring.get("token:1") == "sealed"
    keyring.delete("token:1")
    assert there.entries == {}


def test_one_locked_keyring_does_not_hide_another_that_answers(tmp_path: Path) -> None:
    answering = Memory()
    keyring = _keyring(tmp_path, Failing(reasons.KeyringLocked("locked")), answering)
    with pytest.raises(KeyringLockedError):
        keyring.get("token:1")
    answering.set_password("runcoach", "token:1", "sealed")
    assert keyring.get("token:1") == "sealed"


def test_a_trusted_backend_is_used_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = _real(SecretService.Keyring)
    _chosen(monkeypatch, chosen)
    assert trusted_backends() == [chosen]
    assert OsKeyring(tmp_path).name == "keyring (Secret Service)"


def test_of_a_chain_only_the_trusted_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    stranger, first, second = Memory(), _real(SecretService.Keyring), _real(libsecret.Keyring)
    monkeypatch.setattr(ChainerBackend, "backends", [stranger, first, second])
    _chosen(monkeypatch, _real(ChainerBackend))
    assert trusted_backends() == [first, second]
    monkeypatch.setattr(ChainerBackend, "backends", [stranger])
    with pytest.raises(KeyringUnusableError, match=r"Memory, which is not one that runcoach trusts"):
        trusted_backends()


@pytest.mark.parametrize("backend", [_real(null.Keyring), Memory()], ids=["null", "of nobody we know"])
def test_an_untrusted_backend_is_named_and_given_nothing(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, backend: object
) -> None:
    _chosen(monkeypatch, backend)
    with pytest.raises(KeyringUnusableError, match="not one that runcoach trusts") as refusal:
        Vault(OsKeyring(paths.state), key_place(paths)).probe()
    assert f"{type(backend).__module__}.{type(backend).__qualname__}" in refusal.value.message
    assert "--token-store file" in (refusal.value.hint or "")
    assert not getattr(backend, "entries", {})


@pytest.mark.parametrize("address", [None, "unix:path=/nowhere"])
def test_no_keyring_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    if address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setattr("sys.platform", "linux")
    _chosen(monkeypatch, _real(fail.Keyring))
    with pytest.raises(KeyringUnusableError, match="no keyring of the operating system") as refusal:
        OsKeyring(tmp_path).get("token:1")
    assert ("DBUS_SESSION_BUS_ADDRESS is not set" in refusal.value.message) is (address is None)
    assert "--token-store file" in (refusal.value.hint or "")


def test_the_environment_cannot_name_an_untrusted_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plaintext_of_the_test.py").write_text("raise AssertionError('it was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "plaintext_of_the_test.Keyring")
    with pytest.raises(KeyringUnusableError, match=r"plaintext_of_the_test\.Keyring, which is not one"):
        OsKeyring(tmp_path).get("token:1")
    assert "plaintext_of_the_test" not in sys.modules


def test_the_environment_cannot_switch_the_keyring_off_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with pytest.raises(KeyringUnusableError, match=r"keyring\.backends\.null\.Keyring, which is not one"):
        OsKeyring(tmp_path).get("token:1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n", "not one that runcoach trusts"),
        ("[backend]\ndefault-keyring=no.such.Keyring\n", "failed: ModuleNotFoundError"),
        ("no section\n", "failed: MissingSectionHeaderError"),
    ],
)
def test_the_settings_of_keyring_are_not_trusted_either(
    child: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, content: str, words: str
) -> None:
    settings = tmp_path / "xdg" / "python_keyring" / "keyringrc.cfg"
    settings.parent.mkdir(parents=True)
    settings.write_text(content)
    program = """
from runcoach.config import find_paths
from runcoach.errors import VaultError
from runcoach.vault import open_vault
try:
    open_vault(find_paths(), "keyring").probe()
except VaultError as error:
    print(error.message)
"""
    done = child(program, XDG_CONFIG_HOME=str(tmp_path / "xdg"))
    assert words in done.stdout, done.stderr


def test_a_trusted_backend_that_does_not_work_here_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.macOS.Keyring")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    with pytest.raises(KeyringUnusableError, match="the keyring failed: RuntimeError: macOS required"):
        OsKeyring(tmp_path).get("token:1")
