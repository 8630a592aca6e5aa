"""Connects a profile with Strava: the application, the runner's consent, the first pair of tokens; prints nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from runcoach.config import write_setting
from runcoach.errors import LoginError, NotConnectedError, RuncoachError, VaultError
from runcoach.services.auth import callback_pages as pages
from runcoach.services.auth.callback_server import CallbackServer, read_callback, redirect_uri
from runcoach.services.auth.credentials import read_application, secret_stores
from runcoach.services.auth.oauth_flow import (
    LoginResult,
    OAuthFlow,
    Remedies,
    check_client_id,
    checked_application,
    standing_connection,
    store_for,
)
from runcoach.sources.strava import oauth
from runcoach.sources.strava.transport import StravaTransport

if TYPE_CHECKING:
    from runcoach.config import Config
    from runcoach.services.auth.credentials import SecretStores
    from runcoach.sources.strava.oauth import Application
    from runcoach.store.remote.credentials import StoredApplication

__all__ = ["LoginOptions", "LoginResult", "Terminal", "login", "unseen"]

#: The port in the address that is pasted: nothing listens there, the browser only has to show the address.
_PASTE_PORT = 8737


class Terminal(Protocol):
    """The person who logs in, as far as the login needs one."""

    def client_id(self) -> str:
        """The id of the person's own API application; UsageError where nobody can be asked."""

    def client_secret(self, client_id: str) -> str:
        """Its secret, as :meth:`client_id`."""

    def visit(self, url: str) -> None:
        """Bring the person to this page, without waiting for them to come back."""

    def pasted(self) -> str | None:
        """The address that the browser ended at on another machine; None where there is no more."""

    def say(self, message: str) -> None:
        """Something to know."""


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """What a person asks of one login; ``token_store`` is keyring, file or auto (None: as before).

    With ``client_id`` or ``new_secret`` the secret is asked for, also where one is remembered.
    """

    client_id: str | None = None
    new_secret: bool = False
    token_store: str | None = None
    port: int = 0
    timeout_s: float = 300.0
    paste: bool = False


def login(config: Config, wishes: LoginOptions, terminal: Terminal) -> LoginResult:
    """Connect the profile: the application's id and secret, the consent of the runner, the first pair of tokens.

    Nothing is stored before all of it has worked. Raises VaultError (before anything is asked), UsageError for a port
    that is taken and for ids and secrets that are none, LoginError where the runner says no, is too late or is another
    athlete, ScopeError where no activity may be read, and what Strava's answers raise.
    """
    vaults = secret_stores(config)
    row, home = standing_connection(config)
    vault = vaults(store_for(config, wishes.token_store, home))
    vault.probe()
    if row is not None and row["status"] == "active":
        name = row["athlete_name"] or f"athlete {row['athlete_id']}"
        terminal.say(f"connected as {name} already; this renews the connection")
    application, is_remembered = _application(wishes, terminal, home, vaults)
    state = secrets.token_urlsafe(32)
    with StravaTransport() as transport:
        consent = OAuthFlow(config, vaults, application, vault.store, is_remembered, _remedies(application))
        attempt = _Attempt(consent, transport)
        if wishes.paste:
            connected = attempt.by_hand(terminal, state, wishes.port or _PASTE_PORT)
        else:
            connected = attempt.by_browser(terminal, state, wishes)
    if wishes.token_store is not None:
        write_setting(config.paths, "token_store", wishes.token_store)
    return connected


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One login in a terminal, with a browser on this machine or elsewhere."""

    consent: OAuthFlow
    transport: StravaTransport

    def by_browser(self, terminal: Terminal, state: str, wishes: LoginOptions) -> LoginResult:
        """The browser is on this machine and comes back by itself."""
        with CallbackServer(state, wishes.port) as loopback:
            terminal.visit(self.consent.page(loopback.redirect_uri, state))
            redirect = loopback.wait(wishes.timeout_s)
            try:
                connected = self.consent.finish(redirect, self.transport)
            except RuncoachError as problem:
                loopback.show(pages.failed(problem.message, problem.hint))
                raise
            loopback.show(pages.connected(_name(connected), unseen(connected)))
            return connected

    def by_hand(self, terminal: Terminal, state: str, port: int) -> LoginResult:
        """The browser is elsewhere; the runner copies the address that it ended at."""
        terminal.visit(self.consent.page(redirect_uri(port), state))
        while (address := terminal.pasted()) is not None:
            redirect = read_callback(address.strip(), state)
            if redirect is not None:
                return self.consent.finish(redirect, self.transport)
            terminal.say(
                "that is not the address that this login ends at; copy all of it from the browser's address bar:"
                f" it begins with {redirect_uri(port)}?state="
            )
        raise LoginError("no address was pasted", hint="run `runcoach login --paste` again")


def unseen(connected: LoginResult) -> str | None:
    """What stays out of sight with the rights that were granted, and how to change that; None where nothing does."""
    if oauth.READ_ALL_ACTIVITIES not in connected.missing:
        return None
    return (
        "Activities that only you can see will be missing: the box for your private activities was not ticked."
        " To change that, run `runcoach login` again and tick it."
    )


def _name(connected: LoginResult) -> str:
    return connected.athlete_name or f"athlete {connected.athlete_id}"


def _application(
    wishes: LoginOptions, terminal: Terminal, home: StoredApplication | None, vaults: SecretStores
) -> tuple[Application, bool]:
    """The runner's API application, and whether it was remembered rather than asked for."""
    if home is not None and wishes.client_id is None and not wishes.new_secret:
        try:
            return read_application(vaults, home), True
        except (VaultError, NotConnectedError) as problem:
            terminal.say(f"the client secret has to be asked for again: {problem.message}")
    client_id = wishes.client_id or (home.client_id if home else None) or terminal.client_id()
    check_client_id(client_id)
    return checked_application(client_id, terminal.client_secret(client_id)), False


def _remedies(application: Application) -> Remedies:
    anew = f"`runcoach login --client-id {application.client_id}` asks for the client secret again"
    return Remedies("run `runcoach login` again", anew)
