"""Locks of one profile: one sync (or restore) at a time, one change of its tokens at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager

from runcoach.config import Config
from runcoach.errors import StoreError, SyncRunningError
from runcoach.filesystem import file_lock

#: How long to wait for a process that exchanges tokens with Strava: longer than its retries take.
TOKEN_LOCK_TIMEOUT_S = 120.0


def sync_lock(config: Config) -> AbstractContextManager[None]:
    """Hold the lock of this profile's sync; SyncRunningError at once where another process holds it."""
    busy = SyncRunningError("another sync of this profile is running", hint="wait for it to end")
    path = config.paths.state / f"{config.profile}.sync.lock"
    return file_lock(path, timeout_s=0.0, busy=busy, broken=StoreError)


def token_lock(config: Config) -> AbstractContextManager[None]:
    """Hold the lock on this profile's tokens against other threads and processes; StoreError where that fails."""
    path = config.paths.state / f"{config.profile}.tokens.lock"
    message = f"another process has been renewing the login for {TOKEN_LOCK_TIMEOUT_S:.0f} s ({path})"
    busy = StoreError(message, hint="wait for it to end, or stop it")
    return file_lock(path, timeout_s=TOKEN_LOCK_TIMEOUT_S, busy=busy, broken=StoreError)
