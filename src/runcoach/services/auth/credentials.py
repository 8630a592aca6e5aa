"""Pairs of tokens and the application's secret, in and out of the vault; when to renew them is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from runcoach.errors import NotConnectedError, VaultError
from runcoach.sources.strava.oauth import Application
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.vault import Vault, open_vault

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from runcoach.config import Config
    from runcoach.sources.strava.oauth import TokenGrant
    from runcoach.store.remote.credentials import StoredApplication

#: The vault of a token store, ``keyring`` or ``file``.
SecretStores = Callable[[str], Vault]

#: A pair is renewed when less than this is left of it.
EARLY_S = 300

#: The store that stands in where the keyring fails halfway.
_SPARE = "file"

_LOGIN_HINT = "run `runcoach login`"


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token and the refresh token that renews it; ``issued_at`` and ``expires_at`` are Strava's time."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int
    issued_at: int

    @classmethod
    def of_grant(cls, grant: TokenGrant) -> TokenPair:
        """The pair that Strava has just issued."""
        return cls(grant.access_token, grant.refresh_token, grant.expires_at, grant.issued_at)

    @classmethod
    def of_secret(cls, secret: Mapping[str, str]) -> TokenPair:
        """The pair as the vault keeps it."""
        times = (int(secret["expires_at"]), int(secret["issued_at"]))
        return cls(secret["access_token"], secret["refresh_token"], *times)

    def as_secret(self) -> dict[str, str]:
        """The pair as the vault keeps it."""
        return {name: str(value) for name, value in asdict(self).items()}

    def is_due(self, now: float) -> bool:
        """Whether it is to be renewed: little is left of it, and half its life is over."""
        early_s = min(EARLY_S, (self.expires_at - self.issued_at) / 2)
        return self.expires_at - now < early_s


def secret_stores(config: Config) -> SecretStores:
    """The vaults of this installation, each opened once: what was put into one is looked for in that one."""
    return cache(partial(open_vault, config.paths))


def find_pair(vaults: SecretStores, token_store: str, handle: str) -> tuple[TokenPair | None, str]:
    """The pair under this handle and the store that it lies in: its own, or the file that stood in for the keyring."""
    secret = vaults(token_store).get(handle)
    if secret is None and token_store != _SPARE:
        token_store, secret = _SPARE, vaults(_SPARE).get(handle)
    return None if secret is None else TokenPair.of_secret(secret), token_store


def keep_pair(vaults: SecretStores, token_store: str, handle: str, pair: TokenPair) -> None:
    """Seal a pair and keep it under this handle.

    It may be the only one that Strava still takes. So where the keyring has failed since it was tried, the sealed pair
    goes into the file, where :func:`find_pair` looks too, and VaultError says so.
    """
    vault = vaults(token_store)
    try:
        vault.seal_and_put(handle, pair.as_secret())
    except VaultError as problem:
        if vault.store == _SPARE:
            raise
        spare = vaults(_SPARE)
        spare.seal_and_put(handle, pair.as_secret())
        said = f"{problem.message}; the renewed login waits, sealed, in the {spare.store_name}"
        raise type(problem)(said, hint=problem.hint) from None


def read_pair(vaults: SecretStores, home: StoredApplication, handle: str) -> TokenPair:
    """The pair in force; NotConnectedError where it is not where it should be."""
    pair, _ = find_pair(vaults, home.token_store, handle)
    if pair is None:
        raise NotConnectedError(f"the tokens are not in the {vaults(home.token_store).store_name}", hint=_LOGIN_HINT)
    return pair


def read_application(vaults: SecretStores, home: StoredApplication) -> Application:
    """The application with its secret; NotConnectedError where that is not where it should be."""
    vault = vaults(home.token_store)
    secret = vault.get(home.secret_handle)
    if secret is None:
        raise NotConnectedError(f"the client secret is not in the {vault.store_name}", hint=_LOGIN_HINT)
    return Application(home.client_id, secret["client_secret"])


def remove_leftovers(connection: sqlite3.Connection, vaults: SecretStores) -> list[VaultError]:
    """Remove what nothing needs any more; what went wrong.

    An entry that could not be removed is tried again the next time, unless it lies in a store that this profile has
    left: it is given up, for that store may be gone.
    """
    home = credentials.application(connection)
    problems: list[VaultError] = []
    for leftover in credentials.leftovers(connection):
        is_in_use = home is None or home.token_store == leftover.token_store
        try:
            vaults(leftover.token_store).delete(leftover.handle)
        except VaultError as problem:
            problems.append(problem)
            if is_in_use:
                continue
        with write_transaction(connection):
            credentials.cleaned(connection, leftover)
    return problems
