"""The lock that lets one process at a time bring a profile's history home, or replace it; tokens have their own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcoach.errors import StoreError, SyncRunningError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcoach.config import Config


def sync_lock_path(config: Config) -> Path:
    """The file that is locked; it stays behind, and means nothing by being there."""
    return config.paths.state / f"{config.profile}.sync.lock"


@contextmanager
def sync_lock(config: Config) -> Iterator[None]:
    """Hold the lock of this profile's sync; SyncRunningError at once where another process holds it."""
    from filelock import FileLock, Timeout

    from runcoach.vault.disk import private_folder

    path = sync_lock_path(config)
    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        private_folder(path.parent)
        lock.acquire()
    except Timeout:
        raise SyncRunningError("another sync of this profile is running", hint="wait for it to end") from None
    except (OSError, NotImplementedError) as error:
        raise StoreError(f"the lock {path} cannot be taken: {error}") from None
    try:
        yield
    finally:
        lock.release()
