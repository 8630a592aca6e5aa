"""A real keyring: gnome-keyring as Secret Service on a session bus of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Child = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., dict[str, str]]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is a keyring of Linux desktops")

OPEN = """
import json, sys
from runcoach.config import find_paths
from runcoach.errors import VaultError
from runcoach.vault import open_vault
vault = open_vault(find_paths(), "keyring")
"""

PUT = (
    OPEN
    + """
vault.probe()
handle = vault.new_handle("token")
vault.seal_and_put(handle, json.loads(sys.stdin.readline() if len(sys.argv) < 2 else sys.argv[1]))
print(json.dumps([handle, vault.store_name]))
"""
)

# What the keyring itself holds, read past runcoach, and then read and removed through it.
LOOK_GET_DELETE = (
    OPEN
    + """
import secretstorage
handle = sys.argv[1]
with secretstorage.dbus_init() as connection:
    held = [[item.get_attributes(), item.get_secret().decode()]
            for collection in secretstorage.get_all_collections(connection) for item in collection.get_all_items()]
    got = vault.get(handle)
    vault.delete(handle)
    left = sum(len(list(collection.get_all_items())) for collection in secretstorage.get_all_collections(connection))
print(json.dumps([held, got, vault.get(handle), left]))
"""
)

PROBE = (
    OPEN
    + """
try:
    vault.probe()
    print("it works")
except VaultError as error:
    print(error.code, error.message, error.hint, sep="\\n")
"""
)

LOCK_AND_PROBE = (
    """
import secretstorage
with secretstorage.dbus_init() as connection:
    secretstorage.get_default_collection(connection).lock()
"""
    + PROBE
)


def test_two_processes_share_an_entry_of_which_the_keyring_holds_ciphertext_only(
    child: Child, secret_service: Start, pair: dict[str, str]
) -> None:
    bus = secret_service(unlocked=True)
    put = child(PUT, json.dumps(pair), **bus)
    assert put.returncode == 0, put.stderr
    handle, name = json.loads(put.stdout)
    assert name == "keyring (Secret Service)"

    done = child(LOOK_GET_DELETE, handle, **bus)
    assert done.returncode == 0, done.stderr
    held, got, afterwards, left = json.loads(done.stdout)
    ((attributes, sealed),) = held
    assert (attributes["service"], attributes["username"]) == ("runcoach", handle)
    assert sealed.startswith("gAAAA")
    assert not any(value in json.dumps(held) for value in pair.values())
    assert (got, afterwards, left) == (pair, None, 0)


def test_a_keyring_that_nobody_unlocked(child: Child, secret_service: Start) -> None:
    done = child(PROBE, **secret_service(unlocked=False))
    code, message, hint = done.stdout.splitlines()
    assert code == "keyring_locked", done.stderr
    assert message.startswith("the keyring (Secret Service) is locked or has no collection: ")
    assert "Failed to create the collection" in message
    assert "unlock it" in hint
    assert "--token-store file" in hint


def test_a_keyring_that_was_locked_again(child: Child, secret_service: Start) -> None:
    done = child(LOCK_AND_PROBE, **secret_service(unlocked=True))
    code, message, hint = done.stdout.splitlines()
    assert code == "keyring_locked", done.stderr
    assert message.endswith("is locked or has no collection: Failed to unlock the collection!")
    assert "--token-store file" in hint


@pytest.mark.slow
def test_no_session_bus_as_under_cron(child: Child) -> None:
    done = child(PROBE)
    code, message, hint = done.stdout.splitlines()
    assert code == "keyring", done.stderr
    assert message == (
        "no keyring of the operating system can be used here (DBUS_SESSION_BUS_ADDRESS is not set, as under cron)"
    )
    assert "--token-store file" in hint


@pytest.mark.slow
def test_a_session_bus_that_is_gone(child: Child, tmp_path: Path) -> None:
    done = child(PROBE, DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/gone")
    assert done.stdout.splitlines()[:2] == ["keyring", "no keyring of the operating system can be used here"]


CHECK = """
from runcoach.config import load
from runcoach.services.auth.store_choice import KeyringCheck, store_choice
from runcoach.store.sqlite.database import open_reader

config = load()
with open_reader(config) as connection:
    choice = store_choice(config, connection, KeyringCheck(config))
print(choice.preselected, choice.has_keyring)
"""


def test_a_page_preselects_a_keyring_that_works(secret_service: Start, child: Child) -> None:
    assert child(CHECK, **secret_service(unlocked=True)).stdout == "keyring True\n"


def test_a_page_preselects_the_file_without_a_keyring(child: Child, session_bus: dict[str, str]) -> None:
    assert child(CHECK).stdout == "file False\n"
    assert child(CHECK, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring").stdout == "file False\n"
