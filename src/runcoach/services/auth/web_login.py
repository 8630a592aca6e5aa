"""Logins that begin on a page of ours and end on one; what each waits for is in memory, good once and not for long."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcoach.config import write_setting
from runcoach.errors import LoginError, NotConnectedError, UsageError, VaultError
from runcoach.services.auth.callback_server import CallbackParams, read_callback
from runcoach.services.auth.credentials import read_application, secret_stores
from runcoach.services.auth.oauth_flow import (
    LoginResult,
    OAuthFlow,
    Remedies,
    checked_application,
    standing_connection,
    store_for,
)
from runcoach.sources.strava.transport import StravaTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.config import Config
    from runcoach.services.auth.credentials import SecretStores
    from runcoach.sources.strava.oauth import Application
    from runcoach.store.remote.credentials import StoredApplication

#: Strava's page is answered within so long, or the login begins anew.
GOOD_FOR_S = 600.0

#: More logins at once nobody begins; the oldest one makes room.
MOST = 5

_REMEDIES = Remedies("press “Connect” again", "“Use another application” takes the client secret again")


@dataclass(frozen=True, slots=True)
class WebLoginOptions:
    """What was typed into the form: an application, where it is not the one that is remembered, and a place.

    ``token_store`` is ``file`` or ``keyring``; None: as before. The secret is not in the ``repr``.
    """

    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    token_store: str | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    consent: OAuthFlow
    until: float
    token_store: str | None


class WebLogins:
    """The logins of one server; every method may be called from any thread. ``clock`` never goes back."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._turn = threading.Lock()
        self._begun: dict[str, _Begun] = {}

    def begin(self, wishes: WebLoginOptions, back_to: str) -> str:
        """The address of Strava's page; it sends the browser ``back_to`` us.

        VaultError where nothing could be kept afterwards, UsageError for ids and secrets that are none, or where none
        is remembered and none was given.
        """
        vaults = secret_stores(self._config)
        _, home = standing_connection(self._config)
        vault = vaults(store_for(self._config, wishes.token_store, home))
        vault.probe()
        application, is_remembered = _application(wishes, home, vaults)
        consent = OAuthFlow(self._config, vaults, application, vault.store, is_remembered, _REMEDIES)
        state = secrets.token_urlsafe(32)
        with self._turn:
            self._forget_old(MOST - 1)
            self._begun[state] = _Begun(consent, self._clock() + GOOD_FOR_S, wishes.token_store)
        return consent.page(back_to, state)

    def finish(self, address: str) -> LoginResult:
        """From the address that the browser came back to.

        LoginError where it belongs to no login that waits (each is good once), else as of ``Consent.finish``.
        """
        begun, redirect = self._take(address)
        with StravaTransport() as transport:
            connected = begun.consent.finish(redirect, transport)
        if begun.token_store is not None:
            write_setting(self._config.paths, "token_store", begun.token_store)
        return connected

    def _take(self, address: str) -> tuple[_Begun, CallbackParams]:
        with self._turn:
            self._forget_old(MOST)
            # All are compared, whichever it is: how long that takes tells nothing.
            found = [(state, redirect) for state in self._begun if (redirect := read_callback(address, state))]
            if not found:
                raise LoginError(
                    "this address belongs to no login that is waiting here: it was used already, or is too old",
                    hint="begin again on the connection page",
                )
            state, redirect = found[0]
            return self._begun.pop(state), redirect

    def _forget_old(self, most: int) -> None:
        now = self._clock()
        fresh = [(state, one) for state, one in self._begun.items() if one.until > now]
        self._begun = dict(fresh[-most:])


def _application(
    wishes: WebLoginOptions, home: StoredApplication | None, vaults: SecretStores
) -> tuple[Application, bool]:
    """The application that was typed in, else the one that is remembered."""
    if wishes.client_secret or wishes.client_id:
        client_id = wishes.client_id or (home.client_id if home else "")
        return checked_application(client_id, wishes.client_secret or ""), False
    if home is None:
        raise UsageError("a client id and its secret are needed", hint="Strava shows both on your API page")
    try:
        return read_application(vaults, home), True
    except (VaultError, NotConnectedError) as problem:
        raise UsageError(
            f"the client secret has to be given again: {problem.message}", hint="“Use another application” takes it"
        ) from problem
