"""Entries of vaults that no row names any more: they are removed once the transaction that let go of them is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from runcoach.store.remote import sync_state

_KEY = "vault_leftovers"


class Leftover(NamedTuple):
    """An entry of a vault to be removed."""

    token_store: str
    handle: str


def leftovers(connection: sqlite3.Connection) -> list[Leftover]:
    """Entries of vaults that are still to be removed."""
    return [Leftover(*entry) for entry in sync_state.get_json(connection, _KEY) or ()]


def leave_over(connection: sqlite3.Connection, entries: Iterable[Leftover]) -> None:
    """Queue entries of vaults for removal."""
    every = dict.fromkeys([*leftovers(connection), *entries])
    if every:
        sync_state.put_json(connection, _KEY, list(every))


def cleaned(connection: sqlite3.Connection, leftover: Leftover) -> None:
    """Drop an entry from the queue of :func:`leave_over`."""
    sync_state.put_json(connection, _KEY, [each for each in leftovers(connection) if each != leftover] or None)
