"""The access token of a server that others can reach: made once, told once; only its digest is kept, sealed."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcoach.store import audit
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.vault import open_vault

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.vault import Vault

#: Where the file remembers the handle of the sealed digest, and the store that it lies in.
_KEPT = "serve_access"


@dataclass(frozen=True, slots=True)
class ServerToken:
    """``digest`` is the SHA-256 of the token in force; ``token`` is itself there only when it has just been made."""

    digest: bytes = field(repr=False)
    token: str | None = field(default=None, repr=False)


def ensure_server_token(config: Config, *, renew: bool = False) -> ServerToken:
    """The token that this profile's server asks for; made where there is none, or anew (``renew``).

    VaultError where it cannot be sealed or read.
    """
    with open_database(config) as connection:
        kept = sync_state.get(connection, _KEPT)
        place = json.loads(kept) if kept else None
        vault = open_vault(config.paths, place["store"] if place else config.settings.token_store)
        if place and not renew:
            secret = vault.get(place["handle"])
            if secret is not None:
                return ServerToken(bytes.fromhex(secret["sha256"]))
        grant, handle = _seal_new(vault, place["handle"] if place else None)
        with write_transaction(connection):
            sync_state.put(connection, _KEPT, json.dumps({"handle": handle, "store": vault.store}))
            audit.record(connection, "admin", 0, "create", "an access token for serve was made")
        return grant


def _seal_new(vault: Vault, handle: str | None) -> tuple[ServerToken, str]:
    """A new token under the old handle, so that the old one is gone the moment the new one is kept."""
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).digest()
    handle = handle or vault.new_handle("serve")
    vault.seal_and_put(handle, {"sha256": digest.hex()})
    return ServerToken(digest, token), handle
