"""Logins on the connection page. Pending ones are kept in memory, valid once and for a short time."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcoach.config import Config, write_setting
from runcoach.errors import LoginError, NotConnectedError, UsageError, VaultError
from runcoach.services.auth.callback_server import CallbackParams, read_callback
from runcoach.services.auth.credentials import SecretStores, read_application
from runcoach.services.auth.oauth_flow import LoginHints, LoginResult, OAuthFlow, open_login, validated_application
from runcoach.sources.strava.transport import StravaTransport

if TYPE_CHECKING:
    from runcoach.sources.strava.oauth import Application
    from runcoach.store.remote.credentials import StoredApplication

#: How long a pending login is valid.
VALID_FOR_S = 600.0

#: The most pending logins; the oldest is dropped for another one.
MAX_PENDING = 5

_HINTS = LoginHints("press “Connect” again", "“Use another application” takes the client secret again")


@dataclass(frozen=True, slots=True)
class WebLoginOptions:
    """Fields of the login form; ``client_id`` and ``client_secret`` are None for the stored application.

    ``token_store`` is ``file`` or ``keyring``; None: unchanged. The secret is not in the ``repr``.
    """

    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    token_store: str | None = None


@dataclass(frozen=True, slots=True)
class _PendingLogin:
    flow: OAuthFlow
    until: float
    token_store: str | None


class WebLogins:
    """The pending logins of one server; thread-safe. ``clock`` is monotonic, in seconds."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: dict[str, _PendingLogin] = {}

    def begin(self, options: WebLoginOptions, back_to: str) -> str:
        """The URL of Strava's consent page, which redirects to ``back_to``.

        Raises VaultError where tokens could not be stored, UsageError for malformed ids and secrets, and where no
        application is stored or given.
        """
        secret_stores, vault, _, stored_app = open_login(self._config, options.token_store)
        application, is_stored = _application(options, stored_app, secret_stores)
        flow = OAuthFlow(self._config, secret_stores, application, vault.store, is_stored, _HINTS)
        state = secrets.token_urlsafe(32)
        with self._lock:
            self._discard_expired(MAX_PENDING - 1)
            self._pending[state] = _PendingLogin(flow, self._clock() + VALID_FOR_S, options.token_store)
        return flow.page(back_to, state)

    def finish(self, address: str) -> LoginResult:
        """Finish the login of this redirect URL; each is valid once.

        Raises LoginError where no pending login matches, and the errors of :meth:`OAuthFlow.finish`.
        """
        pending, params = self._take(address)
        with StravaTransport() as transport:
            result = pending.flow.finish(params, transport)
        if pending.token_store is not None:
            write_setting(self._config.paths, "token_store", pending.token_store)
        return result

    def _take(self, address: str) -> tuple[_PendingLogin, CallbackParams]:
        with self._lock:
            self._discard_expired(MAX_PENDING)
            # All are compared, so that the time taken reveals nothing.
            found = [(state, params) for state in self._pending if (params := read_callback(address, state))]
            if not found:
                raise LoginError(
                    "no pending login matches this address: it was used already or has expired",
                    hint="begin again on the connection page",
                )
            state, params = found[0]
            return self._pending.pop(state), params

    def _discard_expired(self, limit: int) -> None:
        now = self._clock()
        fresh = [(state, one) for state, one in self._pending.items() if one.until > now]
        self._pending = dict(fresh[-limit:])


def _application(
    options: WebLoginOptions, stored_app: StoredApplication | None, secret_stores: SecretStores
) -> tuple[Application, bool]:
    """The application from the form, else the stored one; and whether it was stored already."""
    if options.client_secret or options.client_id:
        client_id = options.client_id or (stored_app.client_id if stored_app else "")
        return validated_application(client_id, options.client_secret or ""), False
    if stored_app is None:
        raise UsageError("a client id and its secret are needed", hint="Strava shows both on your API page")
    try:
        return read_application(secret_stores, stored_app), True
    except (VaultError, NotConnectedError) as problem:
        raise UsageError(
            f"the client secret has to be given again: {problem.message}", hint="“Use another application” takes it"
        ) from problem
