"""Token pairs and the client secret: storing them in the vault and reading them back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache, partial

from runcoach.config import Config
from runcoach.errors import NotConnectedError, VaultError
from runcoach.sources.strava.oauth import Application, TokenGrant
from runcoach.store.remote import credentials, vault_leftovers
from runcoach.store.sqlite.connection import write_transaction
from runcoach.vault import Vault, open_vault

#: Returns the vault of a token store, ``keyring`` or ``file``.
SecretStores = Callable[[str], Vault]

#: A pair is renewed when it expires within this time.
EARLY_S = 300

#: The store to fall back to where the keyring fails during a renewal.
_FALLBACK_STORE = "file"

_LOGIN_HINT = "run `runcoach login`"


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token and its refresh token; times in seconds since 1970 by Strava's clock."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int
    issued_at: int

    @classmethod
    def from_grant(cls, grant: TokenGrant) -> TokenPair:
        """From Strava's answer to a login or refresh."""
        return cls(grant.access_token, grant.refresh_token, grant.expires_at, grant.issued_at)

    @classmethod
    def from_secret(cls, secret: Mapping[str, str]) -> TokenPair:
        """From a secret of the vault."""
        times = (int(secret["expires_at"]), int(secret["issued_at"]))
        return cls(secret["access_token"], secret["refresh_token"], *times)

    def as_secret(self) -> dict[str, str]:
        """As a secret for the vault."""
        return {name: str(value) for name, value in asdict(self).items()}

    def is_due(self, now: float) -> bool:
        """Whether it expires within :data:`EARLY_S` and is past half its lifetime."""
        early_s = min(EARLY_S, (self.expires_at - self.issued_at) / 2)
        return self.expires_at - now < early_s


def open_secret_stores(config: Config) -> SecretStores:
    """The vaults of this installation, each opened once."""
    return cache(partial(open_vault, config.paths))


def find_pair(secret_stores: SecretStores, token_store: str, handle: str) -> tuple[TokenPair | None, str]:
    """The pair under this handle and the name of the store it was found in: ``token_store`` or the fallback."""
    secret = secret_stores(token_store).get(handle)
    if secret is None and token_store != _FALLBACK_STORE:
        token_store, secret = _FALLBACK_STORE, secret_stores(_FALLBACK_STORE).get(handle)
    return None if secret is None else TokenPair.from_secret(secret), token_store


def store_pair(secret_stores: SecretStores, token_store: str, handle: str, pair: TokenPair) -> None:
    """Seal a pair and store it under this handle.

    It may be the only pair that Strava still accepts. Where the keyring fails, the sealed pair therefore goes into the
    fallback file, which :func:`find_pair` reads too, and VaultError is raised.
    """
    vault = secret_stores(token_store)
    try:
        vault.seal_and_put(handle, pair.as_secret())
    except VaultError as problem:
        if vault.store == _FALLBACK_STORE:
            raise
        fallback = secret_stores(_FALLBACK_STORE)
        fallback.seal_and_put(handle, pair.as_secret())
        message = f"{problem.message}; the renewed login is kept, sealed, in the {fallback.store_name}"
        raise type(problem)(message, hint=problem.hint) from None


def read_pair(secret_stores: SecretStores, stored_app: credentials.StoredApplication, handle: str) -> TokenPair:
    """The pair under this handle; NotConnectedError where the vault has none."""
    pair, _ = find_pair(secret_stores, stored_app.token_store, handle)
    if pair is None:
        raise NotConnectedError(
            f"the tokens are not in the {secret_stores(stored_app.token_store).store_name}", hint=_LOGIN_HINT
        )
    return pair


def read_application(secret_stores: SecretStores, stored_app: credentials.StoredApplication) -> Application:
    """The application with its client secret; NotConnectedError where the vault has none."""
    vault = secret_stores(stored_app.token_store)
    secret = vault.get(stored_app.secret_handle)
    if secret is None:
        raise NotConnectedError(f"the client secret is not in the {vault.store_name}", hint=_LOGIN_HINT)
    return Application(stored_app.client_id, secret["client_secret"])


def remove_leftovers(connection: sqlite3.Connection, secret_stores: SecretStores) -> list[VaultError]:
    """Delete vault entries that nothing refers to any more; returns the errors.

    A failed deletion is tried again the next time, unless the entry is in a store that this profile no longer uses:
    that store may be gone for good.
    """
    stored_app = credentials.application(connection)
    problems: list[VaultError] = []
    for leftover in vault_leftovers.leftovers(connection):
        is_in_use = stored_app is None or stored_app.token_store == leftover.token_store
        try:
            secret_stores(leftover.token_store).delete(leftover.handle)
        except VaultError as problem:
            problems.append(problem)
            if is_in_use:
                continue
        with write_transaction(connection):
            vault_leftovers.cleaned(connection, leftover)
    return problems
