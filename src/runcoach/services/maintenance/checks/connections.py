"""Checks of connections: Strava's login, secrets, clock and limits, the keys of other sources.

Sends a request only with ``online``.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime

from runcoach.config import Config
from runcoach.domain.statuses import TokenStatus
from runcoach.errors import RuncoachError, VaultError
from runcoach.services.auth.api_key import key_end_note, read_key
from runcoach.services.auth.connection_state import stored_budget
from runcoach.services.auth.credentials import open_secret_stores, read_application, read_pair, remove_leftovers
from runcoach.services.auth.remote_sources import key_source
from runcoach.services.auth.token_recovery import recover_token_rotation
from runcoach.services.locks import token_lock
from runcoach.services.maintenance.checks.findings import CheckResult, note, ok, problem
from runcoach.sources.strava import rate_limit as limits
from runcoach.sources.strava.oauth import sees_private
from runcoach.store import activity_sources
from runcoach.store.remote import connections, credentials, sync_state, vault_leftovers
from runcoach.store.sqlite.database import open_database
from runcoach.vault.encryption_key import key_place, load_cipher

#: A clock wrong by more than this is a problem: tokens seem valid, rate limit windows seem to open early.
_MAX_SKEW_S = 60.0

_LOGIN = "runcoach login"


def check_login(config: Config, connection: sqlite3.Connection) -> Iterator[CheckResult]:
    """The login, its scopes, and whether its secrets can be read."""
    application, row = credentials.application(connection), credentials.current(connection)
    pending = credentials.pending(connection)
    if application is None and row is None and not pending:
        yield ok("login", "not connected with Strava")
        return
    yield _check_login(row)
    if application is not None:
        yield _check_secrets(config, application, row)
    if pending:
        what = "login or renewal" if len(pending) == 1 else "logins or renewals"
        message = f"{len(pending)} {what} broken off halfway"
        yield note("tokens", message, repair=lambda: _recover_tokens(config))
    elif vault_leftovers.leftovers(connection):
        yield note("tokens", "secrets that nothing needs are still kept", repair=lambda: _recover_tokens(config))


def check_clock(config: Config, connection: sqlite3.Connection, *, online: bool) -> CheckResult:
    """The local clock compared with Strava's, as of the last response or of a request sent now (``online``)."""
    if online:
        try:
            return _check_skew(_measure_skew(config), "just now")
        except RuncoachError as error:
            return problem("clock", f"Strava cannot be asked: {error.message}", error.hint)
    last = sync_state.last_skew(connection)
    if last is None:
        return ok("clock", "not compared with Strava's yet (--online asks)")
    return _check_skew(last[0], f"at {_local(last[1])}")


def check_budget(connection: sqlite3.Connection) -> CheckResult:
    """What is left of the rate limits, as last seen."""
    budget = stored_budget(connection)
    if budget is None:
        return ok("limits", "Strava's limits are not known yet")
    now = time.time()
    window = limits.used_up(budget, now)
    if window is not None:
        until = _local(limits.end_of(window, now))
        return note("limits", f"this {window}'s rate limit is used up until {until}", "wait until then")
    return ok("limits", f"{limits.reads_left(budget, now)} requests left before the next limit")


def check_connections(config: Config, connection: sqlite3.Connection) -> Iterator[CheckResult]:
    """Each connection with a key: its state, whether the key can be read, and when it ends."""
    for stored in connections.not_ended(connection):
        yield _check_key(config, stored)


def check_ownership(config: Config, connection: sqlite3.Connection) -> Iterator[CheckResult]:
    """How many activities are known through Strava's API alone; its policy allows a cache of seven days."""
    days = config.settings.strava_api_retention_days
    ends = "" if days == "keep" else f" (a sync removes them {days} days after they began)"
    _, alone = activity_sources.count_by_kind(connection).get("strava", (0, 0))
    if alone:
        ways = "runcoach connect garmin, or import Strava's archive or the watch's files"
        yield ok(
            "ownership",
            f"{alone} activities are known through Strava's API alone{ends}; to keep them as your own: {ways}",
        )


def _check_login(row: sqlite3.Row | None) -> CheckResult:
    if row is None:
        return ok("login", "logged out of Strava")
    name = row["athlete_name"] or f"athlete {row['athlete_id']}"
    if row["status"] == TokenStatus.DEGRADED:
        return problem("login", f"Strava refuses the login of {name}; your data and the queue are kept", _LOGIN)
    if not sees_private(row["scope"]):
        return note("login", f"connected as {name}, without your private activities", f"{_LOGIN}, and tick that box")
    return ok("login", f"connected as {name}")


def _check_secrets(config: Config, application: credentials.StoredApplication, row: sqlite3.Row | None) -> CheckResult:
    """Check the key, the secret store by a round trip, and the secrets in use."""
    stores = open_secret_stores(config)
    try:
        load_cipher(key_place(config.paths))  # first: the round trip would create a missing key
        vault = stores(application.token_store)
        vault.probe()
        read_application(stores, application)
        if row is not None and row["status"] == "active":
            read_pair(stores, application, row["handle"])
    except VaultError as error:
        return problem("secrets", error.message, error.hint or _LOGIN)
    except RuncoachError as error:  # a secret is missing
        return problem("secrets", error.message, _LOGIN)
    return ok("secrets", f"encrypted in the {vault.store_name}, which can be read and written")


def _check_key(config: Config, stored: connections.StoredConnection) -> CheckResult:
    title, connect = key_source(stored.source).title, f"runcoach connect {stored.source}"
    if stored.status == "degraded":
        return problem(stored.source, stored.last_error or f"{title} refuses the key", connect)
    try:
        read_key(config, stored)
    except RuncoachError as error:
        return problem(stored.source, error.message, error.hint or connect)
    ending = key_end_note(stored, time.time())
    if ending is not None:
        return note(stored.source, ending, connect)
    return ok(stored.source, f"connected with {title}" + (f" as {stored.athlete_name}" if stored.athlete_name else ""))


def _recover_tokens(config: Config) -> str:
    """Recover as every token refresh does first; sends no request."""
    stores = open_secret_stores(config)
    with token_lock(config), open_database(config) as connection:
        unfinished = recover_token_rotation(connection, stores)
        remove_leftovers(connection, stores)
    return "the next sync asks Strava to renew the login again" if unfinished else "completed"


def _measure_skew(config: Config) -> float:
    """How far Strava's clock is ahead, from the response to a request without a token."""
    from runcoach.sources.remote.exchange import ApiRequest
    from runcoach.sources.strava.transport import StravaTransport

    with StravaTransport() as transport:
        url = f"{config.settings.strava_api_url}/athlete"
        transport.send(ApiRequest("GET", url, "the time", counts=False, tries=1, silence_s=10.0))
        return transport.limiter.skew_s


def _check_skew(skew_s: float, when: str) -> CheckResult:
    if abs(skew_s) < _MAX_SKEW_S:
        return ok("clock", f"agrees with Strava's ({when})")
    how = "slow" if skew_s > 0 else "fast"
    return problem("clock", f"this machine's clock is {abs(skew_s):.0f} s {how} ({when})", "set it, or let NTP do so")


def _local(time_s: float) -> str:
    return f"{datetime.fromtimestamp(time_s).astimezone():%Y-%m-%d %H:%M}"
