"""Which token store a page offers: the one in use, else the keyring where one can be used, else the file."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from runcoach.config import Config
from runcoach.errors import VaultError
from runcoach.services.auth.stored_secrets import token_stores
from runcoach.vault import open_vault
from runcoach.vault.os_keyring import OsKeyring

#: How long a page waits for the keyring; one that is slower counts as unusable.
WITHIN_S = 2.0

#: How long an answer is kept.
KEPT_FOR_S = 60.0


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """The store that is preselected, ``keyring`` or ``file``, and whether there is a keyring to choose."""

    preselected: str
    has_keyring: bool


class KeyringCheck:
    """Whether the operating system has a keyring that can be used, asked once a minute at most; thread-safe.

    Nothing is read from it or written to it, so that no prompt opens: one that is locked counts as usable.
    """

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_at: float | None = None
        self._works = False

    def works(self) -> bool:
        """The answer, waited for up to :data:`WITHIN_S`."""
        with self._lock:
            now = self._clock()
            if self._asked_at is None or now - self._asked_at >= KEPT_FOR_S:
                self._works, self._asked_at = self._ask(), now
            return self._works

    def _ask(self) -> bool:
        found: list[str] = []

        def look() -> None:
            with suppress(VaultError):
                found.append(OsKeyring(self._config.paths.state).name)

        thread = threading.Thread(target=look, name="keyring-check", daemon=True)
        thread.start()
        thread.join(WITHIN_S)
        return bool(found)


def store_choice(config: Config, connection: sqlite3.Connection, keyring: KeyringCheck) -> StoreChoice:
    """The store to preselect for new secrets of this profile."""
    has_keyring = keyring.works()
    in_use = token_stores(connection)
    if not has_keyring or in_use == {"file"}:
        return StoreChoice("file", has_keyring)
    return StoreChoice(open_vault(config.paths, config.settings.token_store).store, has_keyring)
