"""The token that opens an exposed server; only its sealed digest is stored."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from dataclasses import dataclass, field

from runcoach.config import Config
from runcoach.store import audit
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader
from runcoach.vault import open_vault

#: The key in ``sync_state`` of the sealed digest's handle and secret store.
_STATE_KEY = "serve_access"

#: The key in ``sync_state`` of the sessions that were ended: id → when it would have expired.
_ENDED_KEY = "serve_ended_sessions"


@dataclass(frozen=True, slots=True)
class ServerToken:
    """``digest`` is the SHA-256 of the current token; ``token`` is set only when it has just been made."""

    digest: bytes = field(repr=False)
    token: str | None = field(default=None, repr=False)


def ensure_server_token(config: Config, *, renew: bool = False) -> ServerToken:
    """The token of this profile's server; made if there is none or with ``renew``.

    VaultError where it cannot be sealed or read.
    """
    with open_database(config) as connection:
        place = sync_state.get_json(connection, _STATE_KEY)
        vault = open_vault(config.paths, place["store"] if place else config.settings.token_store)
        if place and not renew:
            secret = vault.get(place["handle"])
            if secret is not None:
                return ServerToken(bytes.fromhex(secret["sha256"]))
        token = secrets.token_urlsafe(32)
        digest = hashlib.sha256(token.encode()).digest()
        # Under an old handle the new token replaces the old one at once.
        handle = place["handle"] if place else vault.new_handle("serve")
        vault.seal_and_put(handle, {"sha256": digest.hex()})
        with write_transaction(connection):
            sync_state.put_json(connection, _STATE_KEY, {"handle": handle, "store": vault.store})
            audit.record(connection, "admin", 0, "create", "an access token for serve was made")
        return ServerToken(digest, token)


def ended_sessions(config: Config, *, now: float | None = None) -> set[str]:
    """The ids of sessions that were ended before they expired."""
    with open_reader(config) as connection:
        return set(_ended(connection, now))


def end_session(config: Config, session_id: str, expires_at: int, *, now: float | None = None) -> None:
    """Remember, until it would have expired, that a session has ended."""
    with open_database(config) as connection, write_transaction(connection):
        sync_state.put_json(connection, _ENDED_KEY, {**_ended(connection, now), session_id: expires_at})


def _ended(connection: sqlite3.Connection, now: float | None) -> dict[str, int]:
    kept: dict[str, int] = sync_state.get_json(connection, _ENDED_KEY) or {}
    at = time.time() if now is None else now
    return {session_id: expires_at for session_id, expires_at in kept.items() if expires_at > at}
