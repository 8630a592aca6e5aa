"""The locks that let one process at a time bring a profile's history home or replace it, or change its tokens."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcoach.errors import StoreError, SyncRunningError
from runcoach.filesystem import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcoach.config import Config

#: How long to wait for a process that talks with Strava about tokens: longer than its tries take.
TURN_WITHIN_S = 120.0


def sync_lock_path(config: Config) -> Path:
    """The file that is locked; it stays behind, and means nothing by being there."""
    return config.paths.state / f"{config.profile}.sync.lock"


@contextmanager
def sync_lock(config: Config) -> Iterator[None]:
    """Hold the lock of this profile's sync; SyncRunningError at once where another process holds it."""
    busy = SyncRunningError("another sync of this profile is running", hint="wait for it to end")
    with locked(sync_lock_path(config), within_s=0.0, busy=busy, broken=StoreError):
        yield


@contextmanager
def token_lock(config: Config) -> Iterator[None]:
    """Hold the lock on this profile's tokens against other threads and processes; StoreError where it cannot be had."""
    path = config.paths.state / f"{config.profile}.tokens.lock"
    said = f"another process has been renewing the login for {TURN_WITHIN_S:.0f} s ({path})"
    busy = StoreError(said, hint="see what it is waiting for, or end it")
    with locked(path, within_s=TURN_WITHIN_S, busy=busy, broken=StoreError):
        yield
