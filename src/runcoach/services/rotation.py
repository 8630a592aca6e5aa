"""One process at a time changes a profile's tokens, and first mends what another left halfway; Strava is not asked."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcoach.errors import StoreError, VaultError
from runcoach.services.pairs import find_pair, remove_leftovers
from runcoach.store import tokens
from runcoach.store.engine import write
from runcoach.store.tokens import Leftover

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from runcoach.config import Config
    from runcoach.services.pairs import Vaults

#: How long to wait for a process that talks with Strava: longer than its tries take.
TURN_WITHIN_S = 120.0


@contextmanager
def token_lock(config: Config) -> Iterator[None]:
    """Hold the lock on this profile's tokens against other threads and processes; StoreError where it cannot be had."""
    from filelock import FileLock, Timeout

    from runcoach.vault.disk import private_folder

    path = config.paths.state / f"{config.profile}.tokens.lock"
    lock = FileLock(path, timeout=TURN_WITHIN_S, mode=0o600)
    try:
        private_folder(path.parent)
        lock.acquire()
    except Timeout:
        said = f"another process has been renewing the login for {TURN_WITHIN_S:.0f} s ({path})"
        raise StoreError(said, hint="see what it is waiting for, or end it") from None
    except (OSError, NotImplementedError) as error:
        raise StoreError(f"the lock {path} cannot be taken: {error}") from None
    try:
        yield
    finally:
        lock.release()


def mend(connection: sqlite3.Connection, vaults: Vaults) -> sqlite3.Row | None:
    """Bring to its end what a process that died left halfway; the caller holds the lock.

    A pending row whose pair had reached the vault comes into force. One without a pair never will: a login is
    discarded, and so is a renewal of what has ended. A renewal of the row in force is returned: nobody knows whether
    Strava has already given the next pair away, and only asking again tells.
    """
    unfinished = None
    for row in tokens.pending(connection):
        if _take_up(connection, vaults, row):
            unfinished = None
            break
        if tokens.login_under_way(connection, row["id"]) or not _is_in_force(connection):
            with write(connection):
                tokens.discard(connection, row["id"])
        else:
            unfinished = row
    remove_leftovers(connection, vaults)
    return unfinished


def mend_or_discard(connection: sqlite3.Connection, vaults: Vaults) -> None:
    """As :func:`mend`, before a login or logout: where the store of the old secrets fails, they are replaced anyway."""
    try:
        mend(connection, vaults)
    except VaultError:
        with write(connection):
            for row in tokens.pending(connection):
                tokens.discard(connection, row["id"])


def _take_up(connection: sqlite3.Connection, vaults: Vaults, row: sqlite3.Row) -> bool:
    """Let a pending row come into force if its pair is in the vault; whether it was."""
    home = tokens.login_under_way(connection, row["id"]) or tokens.application(connection)
    if home is None:
        return False
    pair, found_in = find_pair(vaults, home.token_store, row["handle"])
    if pair is None:
        return False
    if found_in != home.token_store:
        vaults(home.token_store).seal_and_put(row["handle"], pair.as_secret())
    with write(connection):
        tokens.promote(connection, row["id"], expires_at=pair.expires_at, after_break=True)
        if found_in != home.token_store:
            tokens.leave_over(connection, [Leftover(found_in, row["handle"])])
    return True


def _is_in_force(connection: sqlite3.Connection) -> bool:
    row = tokens.current(connection)
    return row is not None and row["status"] == "active"
