"""Ends a profile's connection with Strava: told there, secrets removed here, data kept; prints nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import RuncoachError
from runcoach.services.auth.credentials import read_application, read_pair, remove_leftovers, secret_stores
from runcoach.services.auth.token_recovery import recover_or_discard
from runcoach.services.locks import token_lock
from runcoach.sources.strava import oauth
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store.remote import credentials
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config
    from runcoach.services.auth.credentials import SecretStores
    from runcoach.store.remote.credentials import StoredApplication

#: Where Strava lists the applications that may read an account.
APPS_URL = "https://www.strava.com/settings/apps"


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """What a logout did; ``athlete_id`` None: nobody was logged in. ``problem`` says why Strava could not be told."""

    athlete_id: int | None
    revoked: bool
    app_forgotten: bool
    problem: str | None = None


def logout(config: Config, *, forget_app: bool = False) -> LoggedOut:
    """End the connection here and at Strava, and remove the secrets; the data stay, and queued work does too.

    Where Strava cannot be told, the secrets are removed all the same and ``problem`` says so. Raises VaultError where
    the store keeps them: then the profile is logged out, and another logout tries again to remove them.
    """
    if not config.database.exists():
        return LoggedOut(None, revoked=False, app_forgotten=False)
    vaults = secret_stores(config)
    problem = None
    with token_lock(config), open_database(config) as connection:
        recover_or_discard(connection, vaults)
        row, home = credentials.current(connection), credentials.application(connection)
        if row is not None and home is not None:
            problem = _revoke(config, vaults, home, row)
        with write_transaction(connection):
            told = "logged out" if problem is None else f"logged out, but Strava was not told: {problem}"
            athlete_id = row["athlete_id"] if row is not None else None
            credentials.retire(connection, told)
            forgotten = forget_app and credentials.forget_application(connection)
        for kept in remove_leftovers(connection, vaults):
            said = f"logged out, but the secrets are still in the {vaults(home.token_store if home else 'auto').store}"
            raise type(kept)(f"{said}: {kept.message}", hint="run `runcoach logout` again when it works")
    return LoggedOut(athlete_id, athlete_id is not None and problem is None, forgotten, problem)


def _revoke(config: Config, vaults: SecretStores, home: StoredApplication, row: sqlite3.Row) -> str | None:
    """Tell Strava that the connection ends; why it could not be told, None where it was."""
    try:
        pair, application = read_pair(vaults, home, row["handle"]), read_application(vaults, home)
        with StravaTransport() as transport:
            oauth.revoke(transport, config.settings.strava_oauth_url, application, pair.refresh_token)
    except RuncoachError as problem:
        return problem.message
    return None
