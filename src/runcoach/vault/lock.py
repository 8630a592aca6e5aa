"""The lock that lets one thread or process at a time write to a secret store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runcoach.errors import VaultError
from runcoach.filesystem import file_lock

#: How long a writer waits: longer than another may spend at a prompt of the keyring.
TIMEOUT_S = 90.0

LOCK_NAME = "vault.lock"


@contextmanager
def vault_lock(folder: Path, name: str = LOCK_NAME) -> Iterator[None]:
    """Hold the lock file ``name`` in ``folder``; VaultError where that fails or takes more than :data:`TIMEOUT_S`."""
    path = folder / name
    busy = VaultError(f"another process has been writing secrets for {TIMEOUT_S:.0f} s ({path})")
    with file_lock(path, timeout_s=TIMEOUT_S, busy=busy, broken=VaultError):
        yield
