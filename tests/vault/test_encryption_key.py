"""The key: where it is looked for, which forms it may have, who may read it, and that there is only ever one."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from runcoach.errors import VaultKeyError
from runcoach.vault import encryption_key
from runcoach.vault.encryption_key import KeyPlace, ensure_key, key_place, load_cipher

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.config import Paths

KEY = bytes(range(7, 39))


def _written(path: Path, data: bytes, mode: int = 0o600) -> KeyPlace:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    return KeyPlace(path)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_lies_beside_the_settings_for_its_owner_alone(paths: Paths) -> None:
    place = key_place(paths)
    ensure_key(place)
    assert place.path == paths.config / "vault.key"
    assert _mode(place.path) == 0o600
    assert _mode(paths.config) == 0o700
    assert [entry.name for entry in paths.config.iterdir()] == ["vault.key"]
    assert load_cipher(place).decrypt(load_cipher(place).encrypt(b"splits")) == b"splits"


def test_a_folder_that_others_could_enter_is_closed_to_them(paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    paths.config.chmod(0o755)
    ensure_key(key_place(paths))
    assert _mode(paths.config) == 0o700


def test_a_key_that_is_there_is_never_made_anew(paths: Paths) -> None:
    ensure_key(key_place(paths))
    first = key_place(paths).path.read_bytes()
    ensure_key(key_place(paths))
    assert key_place(paths).path.read_bytes() == first


def test_the_environment_names_another_file(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "safe" / "key"
    monkeypatch.setenv("RUNCOACH_VAULT_KEY_FILE", str(named))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert key_place(paths).path == named
    ensure_key(key_place(paths))
    assert _mode(named) == 0o600
    assert _mode(named.parent) == 0o700
    assert not paths.config.exists()


def test_a_folder_that_the_environment_names_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    ensure_key(KeyPlace(shared / "key"))
    assert _mode(shared) == 0o755


def test_systemd_hands_it_in_with_a_mode_of_its_own(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert key_place(paths).path == paths.config / "vault.key", "a service without this credential"
    _written(tmp_path / "runcoach-key", base64.b64encode(KEY), 0o440)
    place = key_place(paths)
    assert place.path == tmp_path / "runcoach-key"
    ensure_key(place)
    load_cipher(place)


@pytest.mark.parametrize(
    "data",
    [
        base64.urlsafe_b64encode(KEY),
        base64.b64encode(KEY) + b"\n",
        base64.b64encode(KEY).rstrip(b"="),
        KEY.hex().encode() + b"\r\n",
        KEY.hex().upper().encode(),
        KEY,
    ],
    ids=["urlsafe", "openssl", "unpadded", "hex", "HEX", "raw"],
)
def test_every_usual_form_is_the_same_key(tmp_path: Path, data: bytes) -> None:
    sealed = load_cipher(_written(tmp_path / "a", base64.urlsafe_b64encode(KEY))).encrypt(b"effort")
    assert load_cipher(_written(tmp_path / "b", data)).decrypt(sealed) == b"effort"


def test_both_alphabets_of_base64_are_read(tmp_path: Path) -> None:
    telling = b"\xfb\xff" * 16  # all + and / in one alphabet, all - and _ in the other
    sealed = load_cipher(_written(tmp_path / "a", base64.urlsafe_b64encode(telling))).encrypt(b"effort")
    assert load_cipher(_written(tmp_path / "b", base64.b64encode(telling))).decrypt(sealed) == b"effort"


@pytest.mark.parametrize("data", [b"", b"\n", b"correct horse battery staple", b"A" * 44, b"\x00" * 5000, KEY + b"\n"])
def test_anything_else_is_no_key_and_is_not_shown(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(VaultKeyError, match="holds no key") as refusal:
        load_cipher(_written(tmp_path / "key", data))
    assert "staple" not in f"{refusal.value}{refusal.value.hint}"
    assert refusal.value.hint is not None
    assert "openssl rand -base64 32" in refusal.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_that_others_can_touch_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    place = _written(tmp_path / "key", base64.b64encode(KEY), mode)
    with pytest.raises(VaultKeyError, match="others on this machine") as refusal:
        load_cipher(place)
    assert refusal.value.hint == f"run: chmod 600 {place.path}"
    place.path.chmod(0o600)
    load_cipher(place)


def test_an_administrator_may_share_a_key_with_a_group_but_not_with_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    load_cipher(_written(tmp_path / "key", base64.b64encode(KEY), 0o640))
    with pytest.raises(VaultKeyError, match="others on this machine"):
        load_cipher(_written(tmp_path / "key", base64.b64encode(KEY), 0o644))


def test_a_missing_key_is_not_a_folder_nor_a_file_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(VaultKeyError, match="is missing"):
        load_cipher(KeyPlace(tmp_path / "key"))
    with pytest.raises(VaultKeyError, match="cannot be read: Is a directory"):
        load_cipher(KeyPlace(tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultKeyError, match="cannot be made: File exists: "):
        ensure_key(KeyPlace(tmp_path / "file" / "key"))


def test_who_comes_second_uses_the_key_of_the_first(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    place = key_place(paths)
    monkeypatch.setattr(encryption_key, "_exists", lambda _path: False)  # both looked before either had made it
    ensure_key(place)
    first = place.path.read_bytes()
    ensure_key(place)
    assert place.path.read_bytes() == first
    assert len(list(paths.config.iterdir())) == 1


def test_without_hard_links_the_first_one_wins_too(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    test_who_comes_second_uses_the_key_of_the_first(paths, monkeypatch)
    assert _mode(key_place(paths).path) == 0o600
    load_cipher(key_place(paths))


def test_a_full_disk_leaves_no_half_key(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(VaultKeyError, match="No space left on device"):
            ensure_key(key_place(paths))
    assert list(paths.config.iterdir()) == []
    ensure_key(key_place(paths))
    load_cipher(key_place(paths))


def test_a_full_disk_leaves_no_half_key_without_hard_links_either(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(self: Path, target: Path) -> None:
        monkeypatch.setattr("os.fsync", full)
        raise PermissionError(1, "Operation not permitted")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    with pytest.raises(VaultKeyError, match="No space left on device"):
        ensure_key(key_place(paths))
    assert list(paths.config.iterdir()) == []


def test_what_is_mounted_read_only_has_the_mode_it_was_mounted_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _written(tmp_path / "key", base64.b64encode(KEY), 0o444)
    monkeypatch.setattr("os.statvfs", lambda _file: SimpleNamespace(f_flag=os.ST_RDONLY))
    load_cipher(place)


RACE = """
import sys
from pathlib import Path
from runcoach.vault.encryption_key import KeyPlace, ensure_key, load_cipher
place = KeyPlace(Path(sys.argv[1]))
import cryptography.fernet
print("ready", flush=True)
sys.stdin.readline()
ensure_key(place)
print(load_cipher(place).encrypt(b"effort").decode(), flush=True)
"""


@pytest.mark.slow
def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    place = KeyPlace(tmp_path / "config" / "vault.key")
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(place.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    sealed = [racer.communicate(timeout=30)[0].strip() for racer in racers]
    assert [load_cipher(place).decrypt(text) for text in sealed] == [b"effort"] * 4
    assert [entry.name for entry in place.path.parent.iterdir()] == ["vault.key"]


KILLED = """
import os, pathlib, sys
from runcoach.vault import encryption_key
victim, name = {"replace": (pathlib.Path, "replace"), "link": (pathlib.Path, "hardlink_to"),
                "unlink": (pathlib.Path, "unlink")}[sys.argv[2]]
setattr(victim, name, lambda *a, **k: os._exit(9))
encryption_key.ensure_key(encryption_key.KeyPlace(pathlib.Path(sys.argv[1])))
"""


@pytest.mark.parametrize(("step", "made"), [("replace", False), ("link", False), ("unlink", True)])
def test_a_kill_at_any_step_leaves_a_whole_key_or_none(
    tmp_path: Path, child: Callable[..., subprocess.CompletedProcess[str]], step: str, made: bool
) -> None:
    place = KeyPlace(tmp_path / "config" / "vault.key")
    assert child(KILLED, str(place.path), step).returncode == 9
    assert place.path.exists() is made
    assert all(_mode(left) == 0o600 for left in place.path.parent.iterdir())
    ensure_key(place)
    load_cipher(place)
