"""How the vault treats the disk: private folders, one writer at a time, names that outlive a power cut; no secrets."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcoach.errors import VaultError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcoach.errors import RuncoachError

#: How long a writer waits for its turn: longer than another may stand before a prompt of the keyring.
TURN_WITHIN_S = 90.0

LOCK_NAME = "vault.lock"


def private_folder(folder: Path) -> None:
    """Make a folder of runcoach's own, and let nobody but its owner in (0700), also where it is there already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "nt":  # the user's profile is private there, and mode bits say nothing
        return
    state = folder.stat()
    if stat.S_IMODE(state.st_mode) & 0o077 and state.st_uid == os.geteuid():
        folder.chmod(0o700)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, so that a file just renamed into it is still there after a power cut."""
    if os.name == "nt":  # a folder cannot be opened there; the file system keeps its own journal of names
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, *, within_s: float, busy: RuncoachError, broken: type[RuncoachError]) -> Iterator[None]:
    """Hold a lock against other threads and processes; the file stays behind, and means nothing by being there.

    Raises ``busy`` where it cannot be had ``within_s``, ``broken`` where it cannot be had at all.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=within_s, mode=0o600)
    try:
        private_folder(path.parent)
        lock.acquire()
    except Timeout:
        raise busy from None
    except (OSError, NotImplementedError) as error:
        raise broken(f"the lock {path} cannot be taken: {error}") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def one_writer(folder: Path, name: str = LOCK_NAME) -> Iterator[None]:
    """Hold the vault's lock, or one of another ``name``, which lies in ``folder``, against other threads and processes.

    Raises VaultError where the lock cannot be had at all or not within :data:`TURN_WITHIN_S`.
    """
    path = folder / name
    busy = VaultError(f"another process has been writing secrets for {TURN_WITHIN_S:.0f} s ({path})")
    with locked(path, within_s=TURN_WITHIN_S, busy=busy, broken=VaultError):
        yield
