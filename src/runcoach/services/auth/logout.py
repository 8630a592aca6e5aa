"""Logout: revoke the connection at Strava and delete its secrets; all data stays."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from runcoach.config import Config
from runcoach.errors import RuncoachError
from runcoach.services.auth.credentials import (
    SecretStores,
    open_secret_stores,
    read_application,
    read_pair,
    remove_leftovers,
)
from runcoach.services.auth.token_recovery import recover_or_discard
from runcoach.services.locks import token_lock
from runcoach.sources.strava import oauth
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

#: Strava's list of the applications that may read an account.
APPS_URL = "https://www.strava.com/settings/apps"


@dataclass(frozen=True, slots=True)
class LogoutResult:
    """What a logout did; ``athlete_id`` None: nobody was logged in. ``problem``: why Strava was not told."""

    athlete_id: int | None
    revoked: bool
    app_forgotten: bool
    problem: str | None = None


def logout(config: Config, *, forget_app: bool = False) -> LogoutResult:
    """Revoke the connection and delete its secrets; data and queued jobs stay.

    The secrets are deleted even if Strava cannot be told (``problem``). Raises VaultError where they cannot be deleted:
    the profile is logged out then, and another logout tries again to delete them.
    """
    if not config.database.exists():
        return LogoutResult(None, revoked=False, app_forgotten=False)
    secret_stores = open_secret_stores(config)
    problem = None
    with token_lock(config), open_database(config) as connection:
        recover_or_discard(connection, secret_stores)
        row, stored_app = credentials.current(connection), credentials.application(connection)
        if row is not None and stored_app is not None:
            problem = _revoke(config, secret_stores, stored_app, row)
        with write_transaction(connection):
            but = "" if problem is None else f", but access could not be revoked at Strava: {problem}"
            athlete_id = row["athlete_id"] if row is not None else None
            credentials.retire(connection, f"logged out{but}")
            forgotten = forget_app and credentials.forget_application(connection)
        for error in remove_leftovers(connection, secret_stores):
            store = secret_stores(stored_app.token_store if stored_app else "auto").store
            message = f"logged out, but the secrets are still in the {store}"
            raise type(error)(f"{message}: {error.message}", hint="run `runcoach logout` again when it works")
    return LogoutResult(athlete_id, athlete_id is not None and problem is None, forgotten, problem)


def _revoke(
    config: Config, secret_stores: SecretStores, stored_app: credentials.StoredApplication, row: sqlite3.Row
) -> str | None:
    """Revoke the connection at Strava; returns the error message, None on success."""
    try:
        pair = read_pair(secret_stores, stored_app, row["handle"])
        application = read_application(secret_stores, stored_app)
        with StravaTransport() as transport:
            oauth.revoke(transport, config.settings.strava_oauth_url, application, pair.refresh_token)
    except RuncoachError as problem:
        return problem.message
    return None
