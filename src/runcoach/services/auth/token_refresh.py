"""Access tokens: renewed before they expire, degraded where Strava refuses the connection."""

from __future__ import annotations

import hmac
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.domain.statuses import TokenStatus
from runcoach.errors import DegradedError, RuncoachError
from runcoach.services.auth.credentials import (
    SecretStores,
    TokenPair,
    open_secret_stores,
    read_application,
    read_pair,
    remove_leftovers,
    store_pair,
)
from runcoach.services.auth.token_recovery import recover_token_rotation
from runcoach.services.locks import token_lock
from runcoach.sources.strava import oauth
from runcoach.sources.strava.error_mapping import not_connected
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    from runcoach.sources.strava.transport import StravaTransport

#: How often the last use of a token is stored.
NOTE_USE_EVERY_S = 3600

_REFUSED = "Strava no longer accepts the login of this profile"
_LOGIN_HINT = "run `runcoach login`; your data and all queued work are kept"


class TokenRefresher:
    """Provides valid access tokens; thread-safe.

    The pair is cached in memory, so that most calls read neither disk nor keyring. It is renewed when it is due by
    Strava's clock (from the ``transport``'s rate limiter), under a lock across processes. ``clock`` is this machine's.
    """

    def __init__(
        self,
        config: Config,
        transport: StravaTransport,
        *,
        clock: Callable[[], float] = time.time,
        secret_stores: SecretStores | None = None,
    ) -> None:
        self._config = config
        self._transport = transport
        self._clock = clock
        self._secret_stores = secret_stores or open_secret_stores(config)
        self._lock = threading.Lock()
        self._pair: TokenPair | None = None
        self._token_id = 0
        self._scope: str | None = None
        self._unchanged_token: str | None = None

    @property
    def scope(self) -> str | None:
        """The granted scope as Strava wrote it; None where it is unknown or nobody is logged in."""
        if self._pair is None:
            with open_reader(self._config) as connection:
                row = credentials.current(connection)
                return None if row is None else row["scope"]
        return self._scope

    def token(self) -> str:
        """An access token for the next request.

        Raises NotConnectedError, DegradedError, VaultError and StoreError. A renewal also raises
        StravaUnavailableError, ApiInactiveError and InvalidResponseError, which leave the connection unchanged.
        """
        with self._lock:
            if self._pair is None or self._pair.is_due(self._transport.limiter.server_time):
                self._pair = self._load_or_renew(refused=None)
            return self._pair.access_token

    def renew(self, refused: str) -> str:
        """An access token to replace the ``refused`` one; errors as of :meth:`token`.

        Another thread or process may have renewed it already. It is renewed once: where Strava returned the same token,
        that one is returned again. If Strava refuses the result too, call :meth:`degrade`.
        """
        with self._lock:
            if self._pair is None or (_same(self._pair.access_token, refused) and refused != self._unchanged_token):
                self._pair = self._load_or_renew(refused)
                self._unchanged_token = refused if _same(self._pair.access_token, refused) else None
            return self._pair.access_token

    def degrade(self) -> DegradedError:
        """Mark the connection degraded because Strava refuses a token from :meth:`renew`; returns the error to raise.

        A connection that another process has renewed or replaced meanwhile is left unchanged.
        """
        with self._lock, token_lock(self._config), open_database(self._config) as connection:
            row = credentials.current(connection)
            if row is not None and row["status"] == "active" and row["id"] == self._token_id:
                with write_transaction(connection):
                    credentials.degrade(connection, row["id"], "Strava refuses a token that it has just renewed")
            self._pair = None
            return DegradedError(_REFUSED, hint=_LOGIN_HINT)

    def _load_or_renew(self, refused: str | None) -> TokenPair:
        """The current pair, renewed if it is due, refused, or if its last renewal was interrupted."""
        with token_lock(self._config), open_database(self._config) as connection:
            unfinished = recover_token_rotation(connection, self._secret_stores)
            row, stored_app = _active_login(connection)
            self._token_id, self._scope = row["id"], row["scope"]
            pair = read_pair(self._secret_stores, stored_app, row["handle"])
            was_refused = refused is not None and _same(pair.access_token, refused)
            if unfinished or was_refused or pair.is_due(self._transport.limiter.server_time):
                return self._renew_pair(connection, stored_app, row, pair, unfinished)
            if abs(self._clock() - (row["last_used_at"] or 0)) >= NOTE_USE_EVERY_S:
                with write_transaction(connection):
                    credentials.touch(connection, row["id"], self._clock())
            return pair

    def _renew_pair(
        self,
        connection: sqlite3.Connection,
        stored_app: credentials.StoredApplication,
        row: sqlite3.Row,
        pair: TokenPair,
        unfinished: sqlite3.Row | None,
    ) -> TokenPair:
        """Use the refresh token. What can fail on this machine is tried first, while the old pair is still valid."""
        application = read_application(self._secret_stores, stored_app)
        vault = self._secret_stores(stored_app.token_store)
        vault.probe()
        pending_id, handle = (unfinished["id"], unfinished["handle"]) if unfinished else (0, vault.new_handle("token"))
        if not unfinished:
            with write_transaction(connection):
                holder = credentials.Holder(row["athlete_id"], row["athlete_name"], row["profile_url"], row["scope"])
                pending_id = credentials.begin(connection, handle, holder)
        try:
            with _defer_signals():
                url = self._config.settings.strava_oauth_url
                fresh = TokenPair.from_grant(oauth.refresh(self._transport, url, application, pair.refresh_token))
                # Until this is done, the only valid refresh token exists in this process alone.
                store_pair(self._secret_stores, stored_app.token_store, handle, fresh)
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
        remove_leftovers(connection, self._secret_stores)
        return fresh


def check_secrets(config: Config) -> str:
    """Read the current token pair and the client secret, without contacting Strava; returns the name of their store.

    Raises NotConnectedError, DegradedError and VaultError, as a sync would.
    """
    secret_stores = open_secret_stores(config)
    with open_reader(config) as connection:
        row, stored_app = _active_login(connection)
    read_pair(secret_stores, stored_app, row["handle"])
    read_application(secret_stores, stored_app)
    return secret_stores(stored_app.token_store).store_name


def _active_login(connection: sqlite3.Connection) -> tuple[sqlite3.Row, credentials.StoredApplication]:
    """The token row and its application; NotConnectedError without a login, DegradedError where Strava refuses it."""
    row, stored_app = credentials.current(connection), credentials.application(connection)
    if row is None or stored_app is None:
        raise not_connected()
    if row["status"] == TokenStatus.DEGRADED:
        raise DegradedError(_REFUSED, hint=_LOGIN_HINT)
    return row, stored_app


@contextmanager
def _defer_signals() -> Iterator[None]:
    """Deliver SIGINT, SIGTERM and SIGHUP only after the block has ended.

    Does nothing outside the main thread, the only one that signals interrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    stop_signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {
        number: signal.signal(number, lambda given, _: arrived.append(given))
        for number in stop_signals
        if signal.getsignal(number) not in {signal.SIG_IGN, None}  # ignored (nohup), or not Python's to change
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in arrived[:1]:
            signal.raise_signal(number)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
