"""Entries of vaults that no row names any more: they are removed once the transaction that let go of them is stored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.store.remote import sync_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_KEY = "vault_leftovers"


@dataclass(frozen=True, slots=True)
class Leftover:
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
        sync_state.put_json(connection, _KEY, [[each.token_store, each.handle] for each in every])


def cleaned(connection: sqlite3.Connection, leftover: Leftover) -> None:
    """Drop an entry from the queue of :func:`leave_over`."""
    rest = [[each.token_store, each.handle] for each in leftovers(connection) if each != leftover]
    sync_state.put(connection, _KEY, json.dumps(rest) if rest else None)
