"""Connects a profile with Strava: the application, the runner's consent, the first pair of tokens; prints nothing."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from runcoach.config import write_setting
from runcoach.errors import BadAnswerError, LoginError, NotConnectedError, RuncoachError, UsageError, VaultError
from runcoach.services import login_pages as pages
from runcoach.services.loopback import Loopback, Redirect, read_redirect, redirect_uri
from runcoach.services.pairs import Pair, read_application, remove_leftovers, vaults_of
from runcoach.services.rotation import mend_or_discard, token_lock
from runcoach.sources.strava import oauth
from runcoach.sources.strava.oauth import Application
from runcoach.sources.strava.refusals import SETTINGS_URL
from runcoach.sources.strava.transport import Transport
from runcoach.store import tokens
from runcoach.store.engine import open_reader, open_store, write

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config
    from runcoach.services.pairs import Vaults
    from runcoach.sources.strava.oauth import TokenGrant
    from runcoach.store.tokens import StoredApplication

#: The port in the address that is pasted: nothing listens there, the browser only has to show the address.
_PASTE_PORT = 8737

_CLIENT_ID = re.compile(r"\d{1,20}", re.ASCII)
_CLIENT_SECRET = re.compile(r"[\x21-\x7e]{8,256}")


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
class Wishes:
    """What a person asks of one login; ``token_store`` is keyring, file or auto (None: as before).

    With ``client_id`` or ``new_secret`` the secret is asked for, also where one is remembered.
    """

    client_id: str | None = None
    new_secret: bool = False
    token_store: str | None = None
    port: int = 0
    timeout_s: float = 300.0
    paste: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """Who is connected, with which rights, and where the sealed tokens lie (``keyring`` or ``file``)."""

    athlete_id: int
    athlete_name: str | None
    scope: str | None
    token_store: str

    @property
    def missing(self) -> tuple[str, ...]:
        """What was asked for and not granted; empty where Strava did not say what it granted."""
        return () if self.scope is None else oauth.missing_scopes(self.scope)


def login(config: Config, wishes: Wishes, terminal: Terminal) -> Connected:
    """Connect the profile: the application's id and secret, the consent of the runner, the first pair of tokens.

    Nothing is stored before all of it has worked. Raises VaultError (before anything is asked), UsageError for a port
    that is taken and for ids and secrets that are none, LoginError where the runner says no, is too late or is another
    athlete, ScopeError where no activity may be read, and what Strava's answers raise.
    """
    vaults = vaults_of(config)
    row, home = _standing(config)
    vault = vaults(_token_store(config, wishes, home))
    vault.probe()
    if row is not None and row["status"] == "active":
        name = row["athlete_name"] or f"athlete {row['athlete_id']}"
        terminal.say(f"connected as {name} already; this renews the connection")
    application, is_remembered = _application(wishes, terminal, home, vaults)
    state = secrets.token_urlsafe(32)
    with Transport() as transport:
        attempt = _Attempt(config, vaults, transport, application, vault.store, is_remembered=is_remembered)
        if wishes.paste:
            connected = attempt.by_hand(terminal, state, wishes.port or _PASTE_PORT)
        else:
            connected = attempt.by_browser(terminal, state, wishes)
    if wishes.token_store is not None:
        write_setting(config.paths, "token_store", wishes.token_store)
    return connected


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One login, from the page that asks the runner to the pair in the vault."""

    config: Config
    vaults: Vaults
    transport: Transport
    application: Application
    token_store: str
    is_remembered: bool

    def by_browser(self, terminal: Terminal, state: str, wishes: Wishes) -> Connected:
        """The browser is on this machine and comes back by itself."""
        with Loopback(state, wishes.port) as loopback:
            terminal.visit(self._page(loopback.redirect_uri, state))
            redirect = loopback.wait(wishes.timeout_s)
            try:
                connected = self._finish(redirect)
            except RuncoachError as problem:
                loopback.show(pages.failed(problem.message, problem.hint))
                raise
            loopback.show(pages.connected(_name(connected), unseen(connected)))
            return connected

    def by_hand(self, terminal: Terminal, state: str, port: int) -> Connected:
        """The browser is elsewhere; the runner copies the address that it ended at."""
        terminal.visit(self._page(redirect_uri(port), state))
        while (address := terminal.pasted()) is not None:
            redirect = read_redirect(address.strip(), state)
            if redirect is not None:
                return self._finish(redirect)
            terminal.say(
                "that is not the address that this login ends at; copy all of it from the browser's address bar:"
                f" it begins with {redirect_uri(port)}?state="
            )
        raise LoginError("no address was pasted", hint="run `runcoach login --paste` again")

    def _page(self, back_to: str, state: str) -> str:
        base = self.config.settings.strava_oauth_url
        return oauth.authorize_url(base, self.application.client_id, back_to, state)

    def _finish(self, redirect: Redirect) -> Connected:
        """From the runner's answer to a connection that is stored."""
        if redirect.code is None:
            raise _declined(redirect.error)
        _check_scope(redirect.scope)
        grant = self._exchange(redirect.code)
        scope = grant.scope or redirect.scope
        _check_scope(scope)
        if grant.athlete_id is None:
            raise BadAnswerError("Strava's answer is not what its API describes: the login names no athlete")
        self._keep(grant, tokens.Holder(grant.athlete_id, grant.athlete_name, grant.profile_url, scope))
        return Connected(grant.athlete_id, grant.athlete_name, scope, self.token_store)

    def _exchange(self, code: str) -> TokenGrant:
        base = self.config.settings.strava_oauth_url
        try:
            return oauth.exchange_code(self.transport, base, self.application, code)
        except LoginError as refusal:
            if not self.is_remembered:
                raise
            again = f"`runcoach login --client-id {self.application.client_id}` asks for the client secret again"
            raise LoginError(refusal.message, hint=f"{refusal.hint}; {again}") from None

    def _keep(self, grant: TokenGrant, holder: tokens.Holder) -> None:
        """Store everything, so that a crash between any two steps leaves the old connection or the new one."""
        vault = self.vaults(self.token_store)
        with token_lock(self.config), open_store(self.config) as connection:
            _refuse_stranger(connection, holder)
            mend_or_discard(connection, self.vaults)
            home = tokens.application(connection)
            if self.is_remembered and home is not None and home.token_store == self.token_store:
                new_home = home
            else:
                handle = vault.new_handle("client-secret")
                new_home = tokens.StoredApplication(self.application.client_id, handle, self.token_store)
            handle, pair = vault.new_handle("token"), Pair.of_grant(grant)
            with write(connection):
                pending_id = tokens.begin(connection, handle, holder, application=new_home)
            if new_home != home:
                vault.seal_and_put(new_home.secret_handle, {"client_secret": self.application.client_secret})
            vault.seal_and_put(handle, pair.as_secret())
            with write(connection):
                tokens.promote(connection, pending_id, expires_at=pair.expires_at)
            remove_leftovers(connection, self.vaults)


def unseen(connected: Connected) -> str | None:
    """What stays out of sight with the rights that were granted, and how to change that; None where nothing does."""
    if oauth.READ_ALL_ACTIVITIES not in connected.missing:
        return None
    return (
        "Activities that only you can see will be missing: the box for your private activities was not ticked."
        " To change that, run `runcoach login` again and tick it."
    )


def _name(connected: Connected) -> str:
    return connected.athlete_name or f"athlete {connected.athlete_id}"


def _standing(config: Config) -> tuple[sqlite3.Row | None, StoredApplication | None]:
    """The row in force and the application that is remembered."""
    with open_reader(config) as connection:
        if connection is None:
            return None, None
        return tokens.current(connection), tokens.application(connection)


def _token_store(config: Config, wishes: Wishes, home: StoredApplication | None) -> str:
    """Where the new tokens go: as the flag says, else a setting, else where this profile's lie already."""
    chosen = wishes.token_store or config.settings.token_store
    return home.token_store if home and chosen == "auto" and wishes.token_store is None else chosen


def _application(
    wishes: Wishes, terminal: Terminal, home: StoredApplication | None, vaults: Vaults
) -> tuple[Application, bool]:
    """The runner's API application, and whether it was remembered rather than asked for."""
    if home is not None and wishes.client_id is None and not wishes.new_secret:
        try:
            return read_application(vaults, home), True
        except (VaultError, NotConnectedError) as problem:
            terminal.say(f"the client secret has to be asked for again: {problem.message}")
    client_id = wishes.client_id or (home.client_id if home else None) or terminal.client_id()
    if not _CLIENT_ID.fullmatch(client_id):
        raise UsageError("a client id is a number", hint=f"it is shown at {SETTINGS_URL}")
    client_secret = terminal.client_secret(client_id)
    if not _CLIENT_SECRET.fullmatch(client_secret):
        raise UsageError("that is no client secret", hint=f"it is shown at {SETTINGS_URL}: 40 letters and digits")
    return Application(client_id, client_secret), False


def _declined(error: str | None) -> LoginError:
    again = "run `runcoach login` again when you want to connect"
    if error == "access_denied":
        return LoginError("access was denied on Strava's page", hint=again)
    return LoginError(f"Strava ended the login: {error}", hint=again)


def _check_scope(scope: str | None) -> None:
    """ScopeError where no activity at all may be read; what is not known is let through."""
    problem = None if scope is None else oauth.scope_problem(scope)
    if problem is not None:
        raise problem


def _refuse_stranger(connection: sqlite3.Connection, holder: tokens.Holder) -> None:
    owner = tokens.owner(connection)
    if owner is not None and owner != holder.athlete_id:
        name = holder.athlete_name or "another athlete"
        raise LoginError(
            f"this profile holds the activities of athlete {owner}, and {name} ({holder.athlete_id}) has said yes",
            hint="`runcoach --profile NAME login` keeps another runner in a file of their own; if it was the wrong"
            " account, log out of strava.com in the browser first",
        )
