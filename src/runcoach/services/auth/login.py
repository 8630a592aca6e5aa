"""Login in a terminal: the application's credentials, the runner's consent, the first token pair."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from runcoach.config import Config, write_setting
from runcoach.errors import ConfigError, LoginError, NotConnectedError, RuncoachError, VaultError
from runcoach.services.auth import callback_pages as pages
from runcoach.services.auth.callback_server import CallbackServer, read_callback, redirect_uri
from runcoach.services.auth.credentials import SecretStores, read_application
from runcoach.services.auth.oauth_flow import (
    LoginHints,
    LoginResult,
    OAuthFlow,
    check_client_id,
    open_login,
    validated_application,
)
from runcoach.sources.strava import oauth
from runcoach.sources.strava.transport import StravaTransport

if TYPE_CHECKING:
    from runcoach.store.remote.credentials import StoredApplication

__all__ = ["LoginOptions", "LoginResult", "Terminal", "login", "private_activities_note"]

#: The port in the URL to paste. Nothing listens there; the browser only has to show the URL.
_PASTE_PORT = 8737


class Terminal(Protocol):
    """The interaction that a login needs."""

    def client_id(self) -> str:
        """The client id of the API application; UsageError where there is no one to ask."""

    def client_secret(self, client_id: str) -> str:
        """The client secret; UsageError as :meth:`client_id`."""

    def visit(self, url: str) -> None:
        """Open or print this URL without waiting."""

    def pasted(self) -> str | None:
        """A URL pasted from the browser; None at the end of input."""

    def say(self, message: str) -> None:
        """Print a message."""


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """Options of one login; ``token_store`` is keyring, file or auto (None: unchanged).

    With ``client_id`` or ``new_secret`` the client secret is asked for even if one is stored.
    """

    client_id: str | None = None
    new_secret: bool = False
    token_store: str | None = None
    port: int = 0
    timeout_s: float = 300.0
    paste: bool = False


def login(config: Config, options: LoginOptions, terminal: Terminal) -> LoginResult:
    """Connect the profile with Strava. Nothing is stored before all of it has worked.

    Raises VaultError before anything is asked, UsageError for a port in use and for malformed ids and secrets,
    LoginError where the runner declines, takes too long or is another athlete, ScopeError where no activity may be
    read, and the errors of Strava's answers.
    """
    secret_stores, vault, row, stored_app = open_login(config, options.token_store)
    if row is not None and row["status"] == "active":
        name = row["athlete_name"] or f"athlete {row['athlete_id']}"
        terminal.say(f"already connected as {name}; this renews the connection")
    application, is_stored = _application(options, terminal, stored_app, secret_stores)
    state = secrets.token_urlsafe(32)
    with StravaTransport() as transport:
        new_secret = f"`runcoach login --client-id {application.client_id}` asks for the client secret again"
        hints = LoginHints("run `runcoach login` again", new_secret)
        flow = OAuthFlow(config, secret_stores, application, vault.store, is_stored, hints)
        log_in = _with_pasted_url if options.paste else _with_browser
        result = log_in(flow, transport, terminal, state, options)
    if options.token_store is not None:
        try:
            write_setting(config.paths, "token_store", options.token_store)
        except ConfigError as error:  # the login is stored, and names its store itself
            terminal.say(f"--token-store cannot be remembered for the next login: {error.message}")
    return result


def _with_browser(
    flow: OAuthFlow, transport: StravaTransport, terminal: Terminal, state: str, options: LoginOptions
) -> LoginResult:
    """Wait for the redirect of a browser on this machine."""
    with CallbackServer(state, options.port) as callback:
        terminal.visit(flow.page(callback.redirect_uri, state))
        params = callback.wait(options.timeout_s)
        try:
            result = flow.finish(params, transport)
        except RuncoachError as problem:
            callback.show(pages.failed(problem.message, problem.hint))
            raise
        name = result.athlete_name or f"athlete {result.athlete_id}"
        callback.show(pages.connected(name, private_activities_note(result)))
        return result


def _with_pasted_url(
    flow: OAuthFlow, transport: StravaTransport, terminal: Terminal, state: str, options: LoginOptions
) -> LoginResult:
    """Read the redirect URL that the runner copies from a browser on another machine."""
    back_to = redirect_uri(options.port or _PASTE_PORT)
    terminal.visit(flow.page(back_to, state))
    while (address := terminal.pasted()) is not None:
        params = read_callback(address.strip(), state)
        if params is not None:
            return flow.finish(params, transport)
        terminal.say(
            f"not the URL of this login; copy all of it from the browser's address bar: it begins with {back_to}?state="
        )
    raise LoginError("no address was pasted", hint="run `runcoach login --paste` again")


def private_activities_note(result: LoginResult) -> str | None:
    """What the granted scope leaves out and how to change that; None where it leaves out nothing."""
    if oauth.READ_ALL_ACTIVITIES not in result.missing:
        return None
    return (
        "Activities that only you can see will be missing: the box for your private activities was not ticked."
        " To change that, run `runcoach login` again and tick it."
    )


def _application(
    options: LoginOptions, terminal: Terminal, stored_app: StoredApplication | None, secret_stores: SecretStores
) -> tuple[oauth.Application, bool]:
    """The API application, and whether it was stored already rather than asked for."""
    if stored_app is not None and options.client_id is None and not options.new_secret:
        try:
            return read_application(secret_stores, stored_app), True
        except (VaultError, NotConnectedError) as problem:
            terminal.say(f"the client secret has to be asked for again: {problem.message}")
    client_id = options.client_id or (stored_app.client_id if stored_app else None) or terminal.client_id()
    check_client_id(client_id)
    return validated_application(client_id, terminal.client_secret(client_id)), False
