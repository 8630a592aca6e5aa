"""Encrypted storage of secrets: token pairs, the client secret, the webhook path. Nothing prints one."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from runcoach.config import Paths, checked
from runcoach.errors import SealError, VaultError, hold_secret
from runcoach.vault.encryption_key import KeyPlace, ensure_key, key_place, load_cipher
from runcoach.vault.lock import vault_lock
from runcoach.vault.os_keyring import USE_FILE, OsKeyring
from runcoach.vault.sealed_file import SealedFile

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_HANDLE = re.compile(rf"{_KIND.pattern}:[0-9a-f]{{32}}", re.ASCII)

#: Length of the entry that tests a store, so that it is as long as a pair of tokens.
_PROBE_BYTES = 80

_PROBE = f"probe:{0:032x}"


class Store(Protocol):
    """A store of ciphertext; every method raises VaultError on failure."""

    @property
    def name(self) -> str:
        """For messages: ``keyring (Secret Service)``, ``file /home/…``."""

    def get(self, handle: str) -> str | None:
        """The ciphertext of a handle, or None."""

    def put(self, handle: str, sealed: str) -> None:
        """Store or replace the ciphertext of a handle."""

    def delete(self, handle: str) -> None:
        """Remove the entry, if there is one."""


class Secret(dict[str, str]):
    """A decrypted secret, name → value; its representations contain the names only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Secret {', '.join(self)}>"


class Vault:
    """Encrypts secrets and stores the ciphertext under a random handle.

    Nothing is opened before the first call that needs it: the key with the first secret, the keyring likewise.
    ``turns`` is the folder whose lock lets one process at a time try the store out.
    Every method but :meth:`new_handle` raises VaultError. What is shown of a vault holds no secret.
    """

    def __init__(self, store: Store, place: KeyPlace, turns: Path | None = None) -> None:
        self._store = store
        self._place = place
        self._turns = turns
        self._cipher: Fernet | None = None

    def __repr__(self) -> str:
        return f"<Vault, {type(self._store).__name__}, key {self._place.path}>"

    @property
    def store_name(self) -> str:
        """``keyring (Secret Service)`` or ``file /home/…``; a keyring is opened to find out which it is."""
        return self._store.name

    @property
    def store(self) -> str:
        """The value of the setting ``token_store`` for this store: ``file`` or ``keyring``."""
        return "file" if isinstance(self._store, SealedFile) else "keyring"

    def new_handle(self, kind: str) -> str:
        """A new handle, ``token:3f…``: random, so that two installations never share one."""
        if not _KIND.fullmatch(kind):
            raise ValueError("a kind of secret is written in small letters, digits and -")
        return f"{kind}:{secrets.token_hex(16)}"

    def seal_and_put(self, handle: str, secret: Mapping[str, str]) -> None:
        """Encrypt ``secret`` and store it under ``handle``; the first call creates the key of this installation."""
        self._store.put(handle, self._seal(handle, secret))

    def get(self, handle: str) -> Secret | None:
        """The secret of ``handle``, None without one; SealError where it cannot be decrypted."""
        _check(handle)
        sealed = self._store.get(handle)
        return None if sealed is None else self._open(handle, sealed)

    def delete(self, handle: str) -> None:
        """Remove the entry of ``handle``, if there is one."""
        _check(handle)
        self._store.delete(handle)

    def probe(self) -> None:
        """Put, get and delete an entry as long as a pair of tokens; VaultError states what fails.

        It is always the same entry: what a process that died in the middle has left is replaced by the next one.
        """
        with nullcontext() if self._turns is None else vault_lock(self._turns, "probe.lock"):
            sealed = self._seal(_PROBE, {"probe": secrets.token_hex(_PROBE_BYTES)})
            self._store.put(_PROBE, sealed)
            try:
                returned = self._store.get(_PROBE)
            finally:
                self._store.delete(_PROBE)
            if returned != sealed:
                raise VaultError(f"the {self.store_name} does not give back what it is given", hint=USE_FILE)
            if self._store.get(_PROBE) is not None:
                raise VaultError(f"the {self.store_name} does not delete entries", hint=USE_FILE)

    def _seal(self, handle: str, secret: Mapping[str, str]) -> str:
        _check(handle)
        if self._cipher is None:
            ensure_key(self._place)
        plain = json.dumps({"handle": handle, "secret": dict(secret)}, separators=(",", ":"))
        return self._load().encrypt(plain.encode()).decode()

    def _open(self, handle: str, sealed: str) -> Secret:
        from cryptography.fernet import InvalidToken

        try:
            plain = self._load().decrypt(sealed.encode())
        except InvalidToken:
            raise SealError(
                f"an entry in the {self.store_name} was not sealed with the key {self._place.path}, or is damaged",
                hint="run `runcoach login` again, or put the key back",
            ) from None
        content = json.loads(plain)
        if content["handle"] != handle:
            raise SealError(f"the {self.store_name} holds another secret under {handle}", hint="run `runcoach login`")
        secret = Secret(content["secret"])
        for name, value in secret.items():
            if not name.endswith("_at"):  # a time
                hold_secret(value)
        return secret

    def _load(self) -> Fernet:
        if self._cipher is None:
            self._cipher = load_cipher(self._place)
        return self._cipher


def open_vault(paths: Paths, token_store: str = "auto") -> Vault:  # noqa: S107  (the name of a place, not a secret)
    """The vault of this installation; ``token_store`` is the setting: ``keyring``, ``file`` or ``auto``.

    ``auto`` is the file where something is kept in it already, else the keyring. VaultError where that file is
    damaged, ConfigError for another word.
    """
    choice = checked("token_store", token_store, "setting")
    file = SealedFile(paths.state / "vault.json")
    use_file = choice == "file" or (choice == "auto" and not file.is_empty())
    return Vault(file if use_file else OsKeyring(paths.state), key_place(paths), paths.state)


def _check(handle: str) -> None:
    """ValueError for an invalid handle, without quoting it: it may be a secret passed by mistake."""
    if not _HANDLE.fullmatch(handle):
        raise ValueError("not a handle of the vault (it is not repeated here, in case it is a secret)")
