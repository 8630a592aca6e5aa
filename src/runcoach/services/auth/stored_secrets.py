"""Whether the secrets of every connection can be read, and which stores hold them. Sends no request."""

from __future__ import annotations

import sqlite3

from runcoach.config import Config
from runcoach.errors import NotConnectedError
from runcoach.services.auth.api_key import active_connection, read_key
from runcoach.services.auth.token_refresh import check_secrets
from runcoach.store.remote import connections, credentials
from runcoach.store.sqlite.database import open_reader
from runcoach.vault import open_vault


def check_all_secrets(config: Config) -> str:
    """Read Strava's tokens and the keys of other sources; returns the names of their stores.

    Raises NotConnectedError where nothing is connected, otherwise the errors that a sync would raise.
    """
    with open_reader(config) as connection:
        has_strava = credentials.current(connection) is not None
        stored = [active_connection(connection, each.source) for each in connections.not_ended(connection)]
    stores = [check_secrets(config)] if has_strava else []
    for each in stored:
        read_key(config, each)
        stores.append(open_vault(config.paths, each.token_store).store_name)
    if not stores:
        raise NotConnectedError(
            "no source is connected", hint="run `runcoach connect garmin` or, for Strava, `runcoach login`"
        )
    return ", ".join(dict.fromkeys(stores))


def token_stores(connection: sqlite3.Connection) -> set[str]:
    """The token stores that hold secrets of this profile; empty before it was connected with anything."""
    application = credentials.application(connection)
    stores = {each.token_store for each in connections.not_ended(connection)}
    return stores if application is None else stores | {application.token_store}
