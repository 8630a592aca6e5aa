"""The life of a token pair: used, renewed before it ends, refused for good; logging in and out is in ``login``."""

from __future__ import annotations

import hmac
import threading
import time
from typing import TYPE_CHECKING

from runcoach.errors import DegradedError, RuncoachError
from runcoach.services.auth.credentials import (
    TokenPair,
    keep_pair,
    read_application,
    read_pair,
    remove_leftovers,
    secret_stores,
)
from runcoach.services.auth.token_recovery import recover_token_rotation
from runcoach.services.locks import token_lock
from runcoach.services.signals import defer_signals
from runcoach.sources.strava import oauth
from runcoach.sources.strava.error_mapping import not_connected
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.config import Config
    from runcoach.services.auth.credentials import SecretStores
    from runcoach.sources.strava.transport import StravaTransport
    from runcoach.store.remote.credentials import StoredApplication

#: The use of a token is noted this often, not with every request.
NOTE_USE_EVERY_S = 3600

_REFUSED = "Strava no longer accepts the login of this profile"
_LOGIN_HINT = "run `runcoach login`; your data and all queued work are kept"


class TokenRefresher:
    """Gives out access tokens that Strava takes, for as long as it takes them; safe to use from several threads.

    One pair is kept in memory, so that most calls touch neither disk nor keyring. It is renewed when it is due by
    Strava's clock (the ``transport``'s meter knows it), under a lock across processes. ``clock`` is this machine's.
    """

    def __init__(
        self,
        config: Config,
        transport: StravaTransport,
        *,
        clock: Callable[[], float] = time.time,
        vaults: SecretStores | None = None,
    ) -> None:
        self._config = config
        self._transport = transport
        self._clock = clock
        self._vaults = vaults or secret_stores(config)
        self._turn = threading.Lock()
        self._pair: TokenPair | None = None
        self._token_id = 0
        self._scope: str | None = None
        self._renewed_in_vain: str | None = None

    @property
    def scope(self) -> str | None:
        """What the runner has granted, as Strava wrote it; None where that is not known, or nobody is logged in."""
        if self._pair is None:
            with open_reader(self._config) as connection:
                row = credentials.current(connection)
                return None if row is None else row["scope"]
        return self._scope

    def token(self) -> str:
        """An access token for the next request.

        Raises NotConnectedError, DegradedError, VaultError, StoreError, and where it had to be renewed also
        RemoteUnavailableError, ApiInactiveError and InvalidResponseError: then the connection stands as it did.
        """
        with self._turn:
            if self._pair is None or self._pair.is_due(self._transport.limiter.server_time):
                self._pair = self._obtain(refused=None)
            return self._pair.access_token

    def renew(self, refused: str) -> str:
        """Another access token for the one that Strava has just refused; errors as of :meth:`token`.

        Another thread or process may have renewed it already. It is renewed once: where Strava has then given the same
        one back, it is given out again. Who sees what comes from here refused calls :meth:`degrade`.
        """
        with self._turn:
            if self._pair is None or (_same(self._pair.access_token, refused) and refused != self._renewed_in_vain):
                self._pair = self._obtain(refused)
                self._renewed_in_vain = refused if _same(self._pair.access_token, refused) else None
            return self._pair.access_token

    def degrade(self) -> DegradedError:
        """Strava refuses even the token that :meth:`renew` gave: end the connection; the error to raise.

        Where someone has logged in or renewed it meanwhile, that connection is left alone.
        """
        with self._turn, token_lock(self._config), open_database(self._config) as connection:
            row = credentials.current(connection)
            if row is not None and row["status"] == "active" and row["id"] == self._token_id:
                with write_transaction(connection):
                    credentials.degrade(connection, row["id"], "Strava refuses a token that it has just renewed")
            self._pair = None
            return DegradedError(_REFUSED, hint=_LOGIN_HINT)

    def _obtain(self, refused: str | None) -> TokenPair:
        """The pair in force, renewed if it is due, refused, or its last renewal was broken off."""
        with token_lock(self._config), open_database(self._config) as connection:
            unfinished = recover_token_rotation(connection, self._vaults)
            row, home = credentials.current(connection), credentials.application(connection)
            if row is None or home is None:
                raise not_connected()
            if row["status"] == "degraded":
                raise DegradedError(_REFUSED, hint=_LOGIN_HINT)
            self._token_id, self._scope = row["id"], row["scope"]
            pair = read_pair(self._vaults, home, row["handle"])
            was_refused = refused is not None and _same(pair.access_token, refused)
            if unfinished or was_refused or pair.is_due(self._transport.limiter.server_time):
                return self._renewed(connection, home, row, pair, unfinished)
            if self._clock() - (row["last_used_at"] or 0) >= NOTE_USE_EVERY_S:
                with write_transaction(connection):
                    credentials.touch(connection, row["id"], self._clock())
            return pair

    def _renewed(
        self,
        connection: sqlite3.Connection,
        home: StoredApplication,
        row: sqlite3.Row,
        pair: TokenPair,
        unfinished: sqlite3.Row | None,
    ) -> TokenPair:
        """Spend the refresh token. Whatever can fail without Strava is tried before, for then nothing is lost yet."""
        application = read_application(self._vaults, home)
        vault = self._vaults(home.token_store)
        vault.probe()
        pending_id, handle = (unfinished["id"], unfinished["handle"]) if unfinished else (0, vault.new_handle("token"))
        if not unfinished:
            with write_transaction(connection):
                pending_id = credentials.begin(connection, handle, _holder(row))
        try:
            with defer_signals():
                fresh = self._ask(application, pair)
                # Until this is done, the only refresh token that Strava takes is in this process alone.
                keep_pair(self._vaults, home.token_store, handle, fresh)
                with write_transaction(connection):
                    credentials.promote(connection, pending_id, expires_at=fresh.expires_at)
        except DegradedError as refusal:
            with write_transaction(connection):
                credentials.degrade(connection, row["id"], refusal.message)
            raise
        except RuncoachError as problem:
            with write_transaction(connection):
                credentials.failed(connection, pending_id, f"not renewed: {problem.message}")
            raise
        self._token_id = pending_id
        remove_leftovers(connection, self._vaults)
        return fresh

    def _ask(self, application: oauth.Application, pair: TokenPair) -> TokenPair:
        grant = oauth.refresh(self._transport, self._config.settings.strava_oauth_url, application, pair.refresh_token)
        return TokenPair.of_grant(grant)


def check_secrets(config: Config) -> str:
    """Open the pair in force and the client secret without asking Strava; the store they lie in, in words.

    Raises NotConnectedError, DegradedError and VaultError: what keeps a sync from running here.
    """
    vaults = secret_stores(config)
    with open_reader(config) as connection:
        row, home = credentials.current(connection), credentials.application(connection)
    if row is None or home is None:
        raise not_connected()
    if row["status"] == "degraded":
        raise DegradedError(_REFUSED, hint=_LOGIN_HINT)
    read_pair(vaults, home, row["handle"])
    read_application(vaults, home)
    return vaults(home.token_store).store_name


def _holder(row: sqlite3.Row) -> credentials.Holder:
    return credentials.Holder(row["athlete_id"], row["athlete_name"], row["profile_url"], row["scope"])


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
