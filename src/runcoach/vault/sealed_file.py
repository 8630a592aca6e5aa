"""Encrypted entries in one file, for machines without a keyring."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from pathlib import Path

from runcoach.errors import VaultError
from runcoach.filesystem import fsync_folder, write_atomically
from runcoach.vault.lock import vault_lock

VERSION = 1


class SealedFile:
    """A JSON file, 0600 in a folder of 0700, replaced atomically."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The name of the store, for messages."""
        return f"file {self.path}"

    def is_empty(self) -> bool:
        """Whether it has no entries."""
        return not self._read()

    def get(self, handle: str) -> str | None:
        """The ciphertext of a handle, or None."""
        # Windows cannot replace a file that is open for reading, so readers take the lock as well.
        with vault_lock(self.path.parent) if os.name == "nt" else nullcontext():
            return self._read().get(handle)

    def put(self, handle: str, sealed: str) -> None:
        """Store or replace the ciphertext of a handle."""
        with vault_lock(self.path.parent):
            self._write({**self._read(), handle: sealed})

    def delete(self, handle: str) -> None:
        """Delete the entry, if there is one, and the file with the last entry."""
        with vault_lock(self.path.parent):
            entries = self._read()
            if entries.pop(handle, None) is not None:
                self._write(entries)

    def _read(self) -> dict[str, str]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise VaultError(f"the token file {self.path} cannot be read: {error.strerror or error}") from None
        try:
            content = json.loads(data)
        except ValueError:
            content = None
        entries = content.get("entries") if isinstance(content, dict) and content.get("version") == VERSION else None
        if not isinstance(entries, dict) or not all(isinstance(sealed, str) for sealed in entries.values()):
            raise VaultError(
                f"the token file {self.path} is damaged",
                hint="move it away and run `runcoach login --token-store file`",
            )
        return entries

    def _write(self, entries: dict[str, str]) -> None:
        data = json.dumps({"version": VERSION, "entries": entries}, indent=1).encode() + b"\n"
        try:
            if entries:
                write_atomically(self.path, data, mode=0o600)
            else:
                self.path.unlink()
            fsync_folder(self.path.parent)
        except OSError as error:
            raise VaultError(f"the token file {self.path} cannot be written: {error.strerror or error}") from None
