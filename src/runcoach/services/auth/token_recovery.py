"""Finish a login or token renewal that another process left incomplete; Strava is not contacted."""

from __future__ import annotations

import sqlite3

from runcoach.errors import VaultError
from runcoach.services.auth.credentials import SecretStores, find_pair, remove_leftovers
from runcoach.store.remote import credentials, vault_leftovers
from runcoach.store.remote.vault_leftovers import Leftover
from runcoach.store.sqlite.connection import write_transaction


def recover_token_rotation(connection: sqlite3.Connection, secret_stores: SecretStores) -> sqlite3.Row | None:
    """Resolve pending token rows of a process that died; the caller holds the token lock.

    A pending row whose pair is in the vault becomes the active one. Without a pair, a login is discarded, and so is a
    renewal of a connection that has ended. A renewal of the active row is returned: Strava may already have issued the
    next pair, and only another request can tell.
    """
    unfinished = None
    for row in credentials.pending(connection):
        if _promote_if_sealed(connection, secret_stores, row):
            unfinished = None
            break
        active = credentials.current(connection)
        is_active = active is not None and active["status"] == "active"
        if credentials.login_under_way(connection, row["id"]) or not is_active:
            with write_transaction(connection):
                credentials.discard(connection, row["id"])
        else:
            unfinished = row
    remove_leftovers(connection, secret_stores)
    return unfinished


def recover_or_discard(connection: sqlite3.Connection, secret_stores: SecretStores) -> None:
    """As :func:`recover_token_rotation`, before a login or logout; pending rows are discarded if the vault fails."""
    try:
        recover_token_rotation(connection, secret_stores)
    except VaultError:
        with write_transaction(connection):
            for row in credentials.pending(connection):
                credentials.discard(connection, row["id"])


def _promote_if_sealed(connection: sqlite3.Connection, secret_stores: SecretStores, row: sqlite3.Row) -> bool:
    """Promote a pending row if its pair is in the vault; returns whether it was."""
    stored_app = credentials.login_under_way(connection, row["id"]) or credentials.application(connection)
    if stored_app is None:
        return False
    pair, found_in = find_pair(secret_stores, stored_app.token_store, row["handle"])
    if pair is None:
        return False
    if found_in != stored_app.token_store:
        secret_stores(stored_app.token_store).seal_and_put(row["handle"], pair.as_secret())
    with write_transaction(connection):
        credentials.promote(connection, row["id"], expires_at=pair.expires_at, after_break=True)
        if found_in != stored_app.token_store:
            vault_leftovers.leave_over(connection, [Leftover(found_in, row["handle"])])
    return True
