"""Connects a profile with a source that is opened by a key: check it, seal it, and read it back."""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from runcoach.config import Config, write_setting
from runcoach.domain.json_format import EpochSeconds
from runcoach.errors import DegradedError, LoginError, NotConnectedError, UsageError, VaultError
from runcoach.services.auth.credentials import open_secret_stores, remove_leftovers
from runcoach.services.auth.remote_sources import ApiKey, KeySource, key_source
from runcoach.services.locks import token_lock
from runcoach.sources.remote.bearer_token import BearerToken, token_expiry
from runcoach.store.remote import connections, vault_leftovers
from runcoach.store.remote.vault_leftovers import Leftover
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.vault import Vault, open_vault

#: Characters of a key: printable ASCII without blanks and quotes.
_KEY = re.compile(r"[!#-&(-~]{8,4096}", re.ASCII)

#: Days before a key ends from which on commands say so.
WARN_DAYS = 7


@dataclass(frozen=True, slots=True)
class ConnectResult:
    """The connection that was made. ``key_ends_at`` is None where the key does not say when it ends."""

    source: str
    athlete_id: str | None
    athlete_name: str | None
    token_store: str
    key_ends_at: EpochSeconds | None


def connect(config: Config, source: str, key: str, *, token_store: str | None = None) -> ConnectResult:
    """Check a key with one or two requests, seal it and remember the connection; an earlier key is replaced.

    Raises UsageError for something that is not a key, LoginError where the source refuses it or where it belongs to
    another athlete than the one whose activities this profile holds, VaultError, and RemoteUnavailableError. Nothing is
    stored then.
    """
    kind = key_source(source)
    key = key.strip()
    if not _KEY.fullmatch(key):
        raise UsageError(
            "not a key: it has no blanks and no quotes, and at least 8 characters",
            hint=f"copy it again from {kind.key_page}",
        )
    secret_stores = open_secret_stores(config)
    chosen = token_store or config.settings.token_store
    vault = secret_stores(chosen)
    vault.probe()
    with kind.open(config, ApiKey(key)) as opened:
        try:
            athlete = opened.client.athlete()
        except DegradedError as refused:
            raise LoginError(refused.message, hint=refused.hint) from None
    expiry = token_expiry(key)
    result = ConnectResult(
        source, athlete.athlete_id, athlete.name, vault.store, None if expiry is None else int(expiry)
    )
    with token_lock(config), open_database(config) as connection:
        before = connections.find(connection, source)
        _refuse_other_athlete(before, athlete.athlete_id, kind)
        _store(connection, result, before, vault, key)
        remove_leftovers(connection, secret_stores)
    if token_store is not None:
        write_setting(config.paths, "token_store", token_store)
    return result


def _store(
    connection: sqlite3.Connection,
    result: ConnectResult,
    before: connections.StoredConnection | None,
    vault: Vault,
    key: str,
) -> None:
    """Seal the key and store the connection; until it is stored, the new entry is one to be removed."""
    new = Leftover(vault.store, vault.new_handle("api-key"))
    with write_transaction(connection):
        vault_leftovers.leave_over(connection, [new])
    vault.seal_and_put(new.handle, {"key": key})
    with write_transaction(connection):
        connections.save(connection, key_handle=new.handle, **asdict(result))
        vault_leftovers.cleaned(connection, new)
        if before is not None and not before.is_ended:
            vault_leftovers.leave_over(connection, [Leftover(before.token_store, before.key_handle)])


def disconnect(config: Config, source: str) -> bool:
    """Remove the key of a source from the vault; its activities stay. False where it was not connected."""
    key_source(source)
    with token_lock(config), open_database(config) as connection:
        stored = connections.find(connection, source)
        if stored is None or stored.is_ended:
            return False
        with write_transaction(connection):
            connections.end(connection, source)
            vault_leftovers.leave_over(connection, [Leftover(stored.token_store, stored.key_handle)])
        remove_leftovers(connection, open_secret_stores(config))
    return True


def active_connection(connection: sqlite3.Connection, source: str) -> connections.StoredConnection:
    """The connection with a source; NotConnectedError without one, DegradedError where its key is refused."""
    kind = key_source(source)
    stored = connections.find(connection, source)
    if stored is None or stored.is_ended:
        raise NotConnectedError(f"{kind.title} is not connected", hint=f"run `runcoach connect {source}`")
    if stored.status == "degraded":
        hint = f"make a new key at {kind.key_page} and run `runcoach connect {source}`"
        raise DegradedError(stored.last_error or f"{kind.title} refuses the key", hint=hint)
    return stored


def read_key(config: Config, stored: connections.StoredConnection) -> ApiKey:
    """The key of a connection and the token kept with it; NotConnectedError where the vault has no key, VaultError."""
    vault, hint = open_vault(config.paths, stored.token_store), f"run `runcoach connect {stored.source}`"
    try:
        secret = vault.get(stored.key_handle)
    except VaultError as error:
        raise type(error)(error.message, hint=f"{error.hint}; or {hint}" if error.hint else hint) from None
    if secret is None:
        raise NotConnectedError(f"the key is not in the {vault.store_name}", hint=hint)
    key = secret["key"]

    def save_token(token: BearerToken) -> None:
        with suppress(VaultError):  # some stores are too small for it: the next process gets another token
            renewed = {"key": key, "token": token.value, "expires_at": str(token.expires_at)}
            vault.seal_and_put(stored.key_handle, renewed)

    token = BearerToken(secret["token"], float(secret["expires_at"])) if "token" in secret else None
    return ApiKey(key, token, save_token)


def key_end_note(stored: connections.StoredConnection, now: float) -> str | None:
    """A line about a key that ends within :data:`WARN_DAYS` or has ended; None where there is nothing to say."""
    if stored.key_ends_at is None or stored.key_ends_at - now > WARN_DAYS * 86_400:
        return None
    day = datetime.fromtimestamp(stored.key_ends_at).astimezone()
    verb = "ended" if stored.key_ends_at <= now else "ends"
    return f"the key for {key_source(stored.source).title} {verb} on {day:%Y-%m-%d}: make a new one"


def _refuse_other_athlete(before: connections.StoredConnection | None, athlete_id: str | None, kind: KeySource) -> None:
    if before is None or None in (before.athlete_id, athlete_id) or before.athlete_id == athlete_id:
        return
    raise LoginError(
        f"this profile holds the activities of {kind.title} athlete {before.athlete_id}, and the key belongs to"
        f" {athlete_id}",
        hint=f"use a separate profile: `runcoach --profile NAME connect {kind.name}`",
    )
