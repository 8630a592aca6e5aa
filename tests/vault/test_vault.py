"""The vault as its callers see it: what goes in comes out, sealed in between, and nothing about it is ever shown."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING

import pytest

from runcoach.errors import ConfigError, ExitCode, SealError, VaultError, VaultKeyError
from runcoach.vault import Secret, Vault, open_vault
from runcoach.vault.encryption_key import key_place

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from runcoach.config import Paths


class Memory:
    """A store that keeps what it is given until a test meddles with it."""

    name = "store of the test"

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}

    def get(self, handle: str) -> str | None:
        return self.entries.get(handle)

    def put(self, handle: str, sealed: str) -> None:
        self.entries[handle] = sealed

    def delete(self, handle: str) -> None:
        self.entries.pop(handle, None)


class Liar(Memory):
    def get(self, handle: str) -> str | None:
        return self.entries[handle][:-8] + "AAAAAAA=" if handle in self.entries else None


class Forgetful(Memory):
    def put(self, handle: str, sealed: str) -> None:
        pass


class Hoarder(Memory):
    def delete(self, handle: str) -> None:
        pass


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def vault(paths: Paths, memory: Memory) -> Vault:
    return Vault(memory, key_place(paths))


def test_what_is_put_is_got_and_deleted(vault: Vault, pair: dict[str, str]) -> None:
    handle = vault.new_handle("token")
    assert vault.get(handle) is None
    vault.seal_and_put(handle, pair)
    assert vault.get(handle) == pair
    vault.seal_and_put(handle, {"client_secret": "другой"})
    assert vault.get(handle) == {"client_secret": "другой"}
    vault.delete(handle)
    assert vault.get(handle) is None
    vault.delete(handle)


def test_another_process_opens_what_this_one_sealed(paths: Paths, pair: dict[str, str]) -> None:
    first = open_vault(paths, "file")
    handle = first.new_handle("token")
    first.seal_and_put(handle, pair)
    assert open_vault(paths, "file").get(handle) == pair


def test_the_store_holds_ciphertext_short_enough_for_windows(
    vault: Vault, memory: Memory, pair: dict[str, str]
) -> None:
    handle = vault.new_handle("token")
    vault.seal_and_put(handle, pair)
    (sealed,) = memory.entries.values()
    assert not any(value in sealed for value in pair.values())
    assert len(sealed) < 1280
    vault.seal_and_put(handle, pair)
    assert memory.entries[handle] != sealed, "the same secret sealed twice must not look the same"


def test_handles_are_random_and_say_only_their_kind(vault: Vault) -> None:
    handles = {vault.new_handle("client-secret") for _ in range(100)}
    assert len(handles) == 100
    assert all(handle.startswith("client-secret:") for handle in handles)
    with pytest.raises(ValueError, match="small letters"):
        vault.new_handle("Token 1")


def test_a_secret_in_the_place_of_a_handle_is_refused_without_being_repeated(
    vault: Vault, pair: dict[str, str]
) -> None:
    token = pair["access_token"]
    for call in (vault.get, vault.delete, lambda handle: vault.seal_and_put(handle, pair)):
        with pytest.raises(ValueError, match="not a handle") as refusal:
            call(token)
        assert token not in str(refusal.value)


def test_another_key_does_not_open_it(
    vault: Vault, memory: Memory, paths: Paths, pair: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = vault.new_handle("token")
    vault.seal_and_put(handle, pair)
    monkeypatch.setenv("RUNCOACH_VAULT_KEY_FILE", str(paths.config / "other.key"))
    other = Vault(memory, key_place(paths))
    other.seal_and_put(other.new_handle("token"), pair)
    with pytest.raises(SealError, match=r"was not sealed with the key .*other\.key") as refusal:
        other.get(handle)
    assert refusal.value.hint is not None
    assert "runcoach login" in refusal.value.hint
    assert refusal.value.exit_code is ExitCode.NOT_CONNECTED


def test_without_its_key_an_entry_stays_shut_and_no_new_key_is_made(
    vault: Vault, memory: Memory, paths: Paths, pair: dict[str, str]
) -> None:
    handle = vault.new_handle("token")
    vault.seal_and_put(handle, pair)
    key = key_place(paths).path
    key.unlink()
    with pytest.raises(VaultKeyError, match=r"vault\.key, is missing"):
        Vault(memory, key_place(paths)).get(handle)
    assert not key.exists()
    assert Vault(memory, key_place(paths)).get(vault.new_handle("token")) is None


@pytest.mark.parametrize("damage", ["", "x", "gAAAAA", "é" * 40, "AAAA" * 60])
def test_damage_is_told(vault: Vault, memory: Memory, pair: dict[str, str], damage: str) -> None:
    handle = vault.new_handle("token")
    vault.seal_and_put(handle, pair)
    memory.entries[handle] = damage
    with pytest.raises(SealError, match="damaged"):
        vault.get(handle)


def test_an_entry_moved_under_another_handle_is_refused(vault: Vault, memory: Memory, pair: dict[str, str]) -> None:
    mine, other = vault.new_handle("token"), vault.new_handle("token")
    vault.seal_and_put(other, pair)
    memory.entries[mine] = memory.entries[other]
    with pytest.raises(SealError, match="another secret"):
        vault.get(mine)


def test_the_probe_leaves_nothing_behind(vault: Vault, memory: Memory) -> None:
    vault.probe()
    assert memory.entries == {}


def test_a_probe_that_died_in_the_middle_is_cleared_away_by_the_next(vault: Vault, memory: Memory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "delete", lambda _: None)
        with pytest.raises(VaultError, match="does not delete"):
            vault.probe()
    assert len(memory.entries) == 1
    vault.probe()
    assert memory.entries == {}


@pytest.mark.parametrize(
    ("store", "words"), [(Liar, "give back"), (Forgetful, "give back"), (Hoarder, "delete")], ids=str
)
def test_the_probe_finds_out_a_store_that_cannot_be_relied_on(
    paths: Paths, store: Callable[[], Memory], words: str
) -> None:
    with pytest.raises(VaultError, match=f"store of the test does not {words}") as refusal:
        Vault(store(), key_place(paths)).probe()
    assert refusal.value.hint is not None
    assert "--token-store file" in refusal.value.hint


def test_nothing_that_is_shown_holds_the_secret(
    vault: Vault, memory: Memory, pair: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    handle = vault.new_handle("token")
    vault.seal_and_put(handle, pair)
    secret = vault.get(handle)
    memory.entries[handle] = "damaged"
    try:
        vault.get(handle)
    except SealError:
        told = traceback.format_exc()
    shown = f"{secret} {secret!r} {vault} {vault!r} {vars(vault)} {told} {caplog.text}"
    assert "<Secret access_token, refresh_token, expires_at>" in shown
    assert not any(value in shown for value in pair.values())


def test_a_secret_is_a_plain_mapping_otherwise(pair: dict[str, str]) -> None:
    secret = Secret(pair)
    assert secret["access_token"] == pair["access_token"]
    assert json.loads(json.dumps(secret)) == pair
    assert pickle.loads(pickle.dumps(secret)) == pair


def test_auto_is_the_file_once_something_lies_in_it(paths: Paths, pair: dict[str, str]) -> None:
    assert open_vault(paths).store == "keyring"
    vault = open_vault(paths, "file")
    handle = vault.new_handle("token")
    vault.seal_and_put(handle, pair)
    assert open_vault(paths).store == "file"
    assert open_vault(paths).get(handle) == pair
    assert open_vault(paths, "keyring").store == "keyring"
    vault.delete(handle)
    assert open_vault(paths).store == "keyring"


def test_a_store_of_another_name_does_not_exist(paths: Paths) -> None:
    with pytest.raises(ConfigError, match="token_store = 'cloud'"):
        open_vault(paths, "cloud")


def test_opening_a_vault_touches_nothing(paths: Paths, home: object) -> None:
    open_vault(paths, "keyring")
    open_vault(paths, "file")
    assert not paths.config.exists()
    assert not paths.state.exists()


def test_reading_from_the_file_does_not_pay_for_the_keyring(
    paths: Paths, pair: dict[str, str], child: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    vault = open_vault(paths, "file")
    handle = vault.new_handle("token")
    vault.seal_and_put(handle, pair)
    program = """
import sys
from runcoach.config import find_paths
from runcoach.vault import open_vault
slow = {"keyring", "cryptography", "filelock"}
opened = open_vault(find_paths(), "auto")
assert not slow & set(sys.modules), slow & set(sys.modules)
assert opened.get(sys.argv[1])
print(sorted(slow & set(sys.modules)))
"""
    done = child(program, handle)
    assert done.stdout == "['cryptography']\n", done.stderr
