"""Whoever changes a profile's tokens first mends what another process left halfway; Strava is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.errors import VaultError
from runcoach.services.auth.credentials import find_pair, remove_leftovers
from runcoach.store.remote import credentials
from runcoach.store.remote.credentials import Leftover
from runcoach.store.sqlite.connection import write_transaction

if TYPE_CHECKING:
    import sqlite3

    from runcoach.services.auth.credentials import SecretStores


def recover_token_rotation(connection: sqlite3.Connection, vaults: SecretStores) -> sqlite3.Row | None:
    """Bring to its end what a process that died left halfway; the caller holds the lock.

    A pending row whose pair had reached the vault comes into force. One without a pair never will: a login is
    discarded, and so is a renewal of what has ended. A renewal of the row in force is returned: nobody knows whether
    Strava has already given the next pair away, and only asking again tells.
    """
    unfinished = None
    for row in credentials.pending(connection):
        if _take_up(connection, vaults, row):
            unfinished = None
            break
        if credentials.login_under_way(connection, row["id"]) or not _is_in_force(connection):
            with write_transaction(connection):
                credentials.discard(connection, row["id"])
        else:
            unfinished = row
    remove_leftovers(connection, vaults)
    return unfinished


def recover_or_discard(connection: sqlite3.Connection, vaults: SecretStores) -> None:
    """As :func:`recover_token_rotation`, before a login or logout; secrets of a store that fails are replaced."""
    try:
        recover_token_rotation(connection, vaults)
    except VaultError:
        with write_transaction(connection):
            for row in credentials.pending(connection):
                credentials.discard(connection, row["id"])


def _take_up(connection: sqlite3.Connection, vaults: SecretStores, row: sqlite3.Row) -> bool:
    """Let a pending row come into force if its pair is in the vault; whether it was."""
    home = credentials.login_under_way(connection, row["id"]) or credentials.application(connection)
    if home is None:
        return False
    pair, found_in = find_pair(vaults, home.token_store, row["handle"])
    if pair is None:
        return False
    if found_in != home.token_store:
        vaults(home.token_store).seal_and_put(row["handle"], pair.as_secret())
    with write_transaction(connection):
        credentials.promote(connection, row["id"], expires_at=pair.expires_at, after_break=True)
        if found_in != home.token_store:
            credentials.leave_over(connection, [Leftover(found_in, row["handle"])])
    return True


def _is_in_force(connection: sqlite3.Connection) -> bool:
    row = credentials.current(connection)
    return row is not None and row["status"] == "active"
