"""The OAuth steps that every login shares: the consent page, the code exchange, storing the connection."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.errors import InvalidResponseError, LoginError, UsageError
from runcoach.services.auth.credentials import SecretStores, TokenPair, open_secret_stores, remove_leftovers
from runcoach.services.auth.token_recovery import recover_or_discard
from runcoach.services.locks import token_lock
from runcoach.sources.strava import oauth
from runcoach.sources.strava.error_mapping import SETTINGS_URL
from runcoach.sources.strava.oauth import Application, TokenGrant
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    from runcoach.services.auth.callback_server import CallbackParams
    from runcoach.sources.strava.transport import StravaTransport
    from runcoach.vault import Vault

_CLIENT_ID = re.compile(r"\d{1,20}", re.ASCII)
_CLIENT_SECRET = re.compile(r"[\x21-\x7e]{8,256}")


@dataclass(frozen=True, slots=True)
class LoginResult:
    """The athlete, the granted scope and the store of the sealed tokens (``keyring`` or ``file``)."""

    athlete_id: int
    athlete_name: str | None
    scope: str | None
    token_store: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Requested scopes that were not granted; empty where the granted scope is unknown."""
        return () if self.scope is None else oauth.missing_scopes(self.scope)


@dataclass(frozen=True, slots=True)
class LoginHints:
    """Hints for error messages: how to log in again (``retry``) and how to give the client secret again."""

    retry: str
    new_secret: str


@dataclass(frozen=True, slots=True)
class OAuthFlow:
    """One login with an application.

    ``is_stored``: the application is the stored one, with its secret in the same ``token_store``.
    """

    config: Config
    secret_stores: SecretStores
    application: Application
    token_store: str
    is_stored: bool
    hints: LoginHints

    def page(self, back_to: str, state: str) -> str:
        """The URL of Strava's consent page, which redirects to ``back_to``."""
        base = self.config.settings.strava_oauth_url
        return oauth.authorize_url(base, self.application.client_id, back_to, state)

    def finish(self, params: CallbackParams, transport: StravaTransport) -> LoginResult:
        """Exchange the code and store the connection.

        Raises LoginError where the runner declined or is another athlete, ScopeError where no activity may be read, and
        the errors of Strava's answers; nothing is stored then.
        """
        if params.code is None:
            declined = params.error == "access_denied"
            message = "access was denied on Strava's page" if declined else f"Strava ended the login: {params.error}"
            raise LoginError(message, hint=f"{self.hints.retry} when you want to connect")
        _check_scope(params.scope)
        grant = self._exchange(params.code, transport)
        scope = grant.scope or params.scope
        _check_scope(scope)
        if grant.athlete_id is None:
            raise InvalidResponseError("unexpected response from Strava: the login names no athlete")
        self._store(grant, credentials.Holder(grant.athlete_id, grant.athlete_name, grant.profile_url, scope))
        return LoginResult(grant.athlete_id, grant.athlete_name, scope, self.token_store)

    def _exchange(self, code: str, transport: StravaTransport) -> TokenGrant:
        base = self.config.settings.strava_oauth_url
        try:
            return oauth.exchange_code(transport, base, self.application, code)
        except LoginError as refusal:
            if not self.is_stored:
                raise
            raise LoginError(refusal.message, hint=f"{refusal.hint}; {self.hints.new_secret}") from None

    def _store(self, grant: TokenGrant, holder: credentials.Holder) -> None:
        """Store the connection; a crash between any two steps leaves either the old or the new one."""
        vault = self.secret_stores(self.token_store)
        with token_lock(self.config), open_database(self.config) as connection:
            _refuse_other_athlete(connection, holder)
            recover_or_discard(connection, self.secret_stores)
            stored_app = credentials.application(connection)
            if self.is_stored and stored_app is not None and stored_app.token_store == self.token_store:
                new_app = stored_app
            else:
                handle = vault.new_handle("client-secret")
                new_app = credentials.StoredApplication(self.application.client_id, handle, self.token_store)
            handle, pair = vault.new_handle("token"), TokenPair.from_grant(grant)
            with write_transaction(connection):
                pending_id = credentials.begin(connection, handle, holder, application=new_app)
            if new_app != stored_app:
                vault.seal_and_put(new_app.secret_handle, {"client_secret": self.application.client_secret})
            vault.seal_and_put(handle, pair.as_secret())
            with write_transaction(connection):
                credentials.promote(connection, pending_id, expires_at=pair.expires_at)
            remove_leftovers(connection, self.secret_stores)


def validated_application(client_id: str, client_secret: str) -> Application:
    """An application from user input; UsageError for a malformed id or secret."""
    check_client_id(client_id)
    if not _CLIENT_SECRET.fullmatch(client_secret):
        raise UsageError("not a valid client secret", hint=f"it is shown at {SETTINGS_URL}: 40 letters and digits")
    return Application(client_id, client_secret)


def check_client_id(client_id: str) -> None:
    """UsageError for a malformed client id."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise UsageError("a client id is a number", hint=f"it is shown at {SETTINGS_URL}")


def open_login(
    config: Config, requested: str | None
) -> tuple[SecretStores, Vault, sqlite3.Row | None, credentials.StoredApplication | None]:
    """The secret stores, the one for new tokens, the current token row and the stored application (or None).

    New tokens go into the ``requested`` store, else that of the setting, else the one in use by this profile.
    VaultError where they cannot be stored.
    """
    with open_reader(config) as connection:
        row, stored_app = credentials.current(connection), credentials.application(connection)
    chosen = requested or config.settings.token_store
    if stored_app is not None and requested is None and chosen == "auto":
        chosen = stored_app.token_store
    secret_stores = open_secret_stores(config)
    vault = secret_stores(chosen)
    vault.probe()
    return secret_stores, vault, row, stored_app


def _check_scope(scope: str | None) -> None:
    """ScopeError where the scope allows no activity to be read; an unknown scope passes."""
    problem = None if scope is None else oauth.scope_problem(scope)
    if problem is not None:
        raise problem


def _refuse_other_athlete(connection: sqlite3.Connection, holder: credentials.Holder) -> None:
    owner = credentials.owner(connection)
    if owner is not None and owner != holder.athlete_id:
        name = holder.athlete_name or "another athlete"
        raise LoginError(
            f"this profile holds the activities of athlete {owner}, and {name} ({holder.athlete_id}) has said yes",
            hint="`runcoach --profile NAME login` keeps another runner in a file of their own; if it was the wrong"
            " account, log out of strava.com in the browser first",
        )
