"""The heart of every login, in a terminal or on a page: from the runner's yes on Strava to a connection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import InvalidResponseError, LoginError, UsageError
from runcoach.services.auth.credentials import TokenPair, remove_leftovers
from runcoach.services.auth.token_recovery import recover_or_discard
from runcoach.services.locks import token_lock
from runcoach.sources.strava import oauth
from runcoach.sources.strava.error_mapping import SETTINGS_URL
from runcoach.sources.strava.oauth import Application
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config
    from runcoach.services.auth.callback_server import CallbackParams
    from runcoach.services.auth.credentials import SecretStores
    from runcoach.sources.strava.oauth import TokenGrant
    from runcoach.sources.strava.transport import StravaTransport
    from runcoach.store.remote.credentials import StoredApplication

_CLIENT_ID = re.compile(r"\d{1,20}", re.ASCII)
_CLIENT_SECRET = re.compile(r"[\x21-\x7e]{8,256}")


@dataclass(frozen=True, slots=True)
class LoginResult:
    """Who is connected, with which rights, and where the sealed tokens lie (``keyring`` or ``file``)."""

    athlete_id: int
    athlete_name: str | None
    scope: str | None
    token_store: str

    @property
    def missing(self) -> tuple[str, ...]:
        """What was asked for and not granted; empty where Strava did not say what it granted."""
        return () if self.scope is None else oauth.missing_scopes(self.scope)


@dataclass(frozen=True, slots=True)
class Remedies:
    """What a person is told to do: to log in ``again``, and to give the client secret ``anew``."""

    again: str
    anew: str


@dataclass(frozen=True, slots=True)
class OAuthFlow:
    """One login with an application: the page that asks the runner, and what follows from the answer.

    ``is_remembered`` says that the application is the one that is kept already, in the same ``token_store``.
    """

    config: Config
    vaults: SecretStores
    application: Application
    token_store: str
    is_remembered: bool
    remedies: Remedies

    def page(self, back_to: str, state: str) -> str:
        """The address of Strava's page that asks the runner."""
        base = self.config.settings.strava_oauth_url
        return oauth.authorize_url(base, self.application.client_id, back_to, state)

    def finish(self, redirect: CallbackParams, transport: StravaTransport) -> LoginResult:
        """From the runner's answer to a connection that is stored.

        Raises LoginError where the runner said no or is another athlete, ScopeError where no activity may be read, and
        what Strava's answers raise; nothing is stored then.
        """
        if redirect.code is None:
            raise _declined(redirect.error, self.remedies)
        _check_scope(redirect.scope)
        grant = self._exchange(redirect.code, transport)
        scope = grant.scope or redirect.scope
        _check_scope(scope)
        if grant.athlete_id is None:
            raise InvalidResponseError("Strava's answer is not what its API describes: the login names no athlete")
        self._keep(grant, credentials.Holder(grant.athlete_id, grant.athlete_name, grant.profile_url, scope))
        return LoginResult(grant.athlete_id, grant.athlete_name, scope, self.token_store)

    def _exchange(self, code: str, transport: StravaTransport) -> TokenGrant:
        base = self.config.settings.strava_oauth_url
        try:
            return oauth.exchange_code(transport, base, self.application, code)
        except LoginError as refusal:
            if not self.is_remembered:
                raise
            raise LoginError(refusal.message, hint=f"{refusal.hint}; {self.remedies.anew}") from None

    def _keep(self, grant: TokenGrant, holder: credentials.Holder) -> None:
        """Store everything, so that a crash between any two steps leaves the old connection or the new one."""
        vault = self.vaults(self.token_store)
        with token_lock(self.config), open_database(self.config) as connection:
            _refuse_stranger(connection, holder)
            recover_or_discard(connection, self.vaults)
            home = credentials.application(connection)
            if self.is_remembered and home is not None and home.token_store == self.token_store:
                new_home = home
            else:
                handle = vault.new_handle("client-secret")
                new_home = credentials.StoredApplication(self.application.client_id, handle, self.token_store)
            handle, pair = vault.new_handle("token"), TokenPair.of_grant(grant)
            with write_transaction(connection):
                pending_id = credentials.begin(connection, handle, holder, application=new_home)
            if new_home != home:
                vault.seal_and_put(new_home.secret_handle, {"client_secret": self.application.client_secret})
            vault.seal_and_put(handle, pair.as_secret())
            with write_transaction(connection):
                credentials.promote(connection, pending_id, expires_at=pair.expires_at)
            remove_leftovers(connection, self.vaults)


def checked_application(client_id: str, client_secret: str) -> Application:
    """An application as a person wrote it; UsageError for an id or a secret that is none."""
    check_client_id(client_id)
    if not _CLIENT_SECRET.fullmatch(client_secret):
        raise UsageError("that is no client secret", hint=f"it is shown at {SETTINGS_URL}: 40 letters and digits")
    return Application(client_id, client_secret)


def check_client_id(client_id: str) -> None:
    """UsageError for what is no client id."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise UsageError("a client id is a number", hint=f"it is shown at {SETTINGS_URL}")


def standing_connection(config: Config) -> tuple[sqlite3.Row | None, StoredApplication | None]:
    """The row in force and the application that is remembered."""
    with open_reader(config) as connection:
        return credentials.current(connection), credentials.application(connection)


def store_for(config: Config, wanted: str | None, home: StoredApplication | None) -> str:
    """Where the new tokens go: as ``wanted``, else as a setting says, else where this profile's lie already."""
    chosen = wanted or config.settings.token_store
    return home.token_store if home and chosen == "auto" and wanted is None else chosen


def _declined(error: str | None, remedies: Remedies) -> LoginError:
    again = f"{remedies.again} when you want to connect"
    if error == "access_denied":
        return LoginError("access was denied on Strava's page", hint=again)
    return LoginError(f"Strava ended the login: {error}", hint=again)


def _check_scope(scope: str | None) -> None:
    """ScopeError where no activity at all may be read; what is not known is let through."""
    problem = None if scope is None else oauth.scope_problem(scope)
    if problem is not None:
        raise problem


def _refuse_stranger(connection: sqlite3.Connection, holder: credentials.Holder) -> None:
    owner = credentials.owner(connection)
    if owner is not None and owner != holder.athlete_id:
        name = holder.athlete_name or "another athlete"
        raise LoginError(
            f"this profile holds the activities of athlete {owner}, and {name} ({holder.athlete_id}) has said yes",
            hint="`runcoach --profile NAME login` keeps another runner in a file of their own; if it was the wrong"
            " account, log out of strava.com in the browser first",
        )
