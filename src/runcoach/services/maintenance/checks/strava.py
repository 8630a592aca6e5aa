"""The connection with Strava: login, secrets, clocks and limits; Strava is asked only where a person wants it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from runcoach.errors import RuncoachError, VaultError
from runcoach.services.auth.credentials import read_application, read_pair, remove_leftovers, secret_stores
from runcoach.services.auth.token_recovery import recover_token_rotation
from runcoach.services.locks import token_lock
from runcoach.services.maintenance.checks.findings import fine, note, problem
from runcoach.sources.strava import rate_limit as limits
from runcoach.sources.strava.oauth import READ_ALL_ACTIVITIES, parse_scopes
from runcoach.sources.strava.rate_limit import RateLimitBudget
from runcoach.store.remote import credentials, sync_state
from runcoach.store.sqlite.database import open_database
from runcoach.vault.encryption_key import key_place, load_cipher

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from runcoach.config import Config
    from runcoach.services.maintenance.checks.findings import Observation
    from runcoach.store.remote.credentials import StoredApplication

#: From so many seconds on a wrong clock misleads more than itself: tokens seem valid, windows open too early.
_SKEW_S = 60.0

_LOGIN = "runcoach login"


def look_at_login(config: Config, connection: sqlite3.Connection) -> Iterator[Observation]:
    """Whether someone is logged in, with which rights, and whether the secrets of it can be opened."""
    home, row = credentials.application(connection), credentials.current(connection)
    pending = credentials.pending(connection)
    if home is None and row is None and not pending:
        yield fine("login", "not connected with Strava")
        return
    yield _standing(row)
    if home is not None:
        yield _secrets(config, home, row)
    if pending:
        said = f"{len(pending)} {'login or renewal' if len(pending) == 1 else 'logins or renewals'} broken off halfway"
        yield note("tokens", said, mend=lambda: _mend(config))
    elif credentials.leftovers(connection):
        yield note("tokens", "secrets that nothing needs are still kept", mend=lambda: _mend(config))


def look_at_clock(config: Config, connection: sqlite3.Connection, *, online: bool) -> Observation:
    """The clock of this machine against Strava's, as the last answer told it, or one asked for now (``online``)."""
    if online:
        try:
            return _judged(_ask(config), "just now")
        except RuncoachError as problem_met:
            return problem("clock", f"Strava cannot be asked: {problem_met.message}", problem_met.hint)
    last = sync_state.last_skew(connection)
    if last is None:
        return fine("clock", "not compared with Strava's yet (--online asks)")
    return _judged(last[0], f"at the sync of {_local(last[1])}")


def look_at_budget(connection: sqlite3.Connection) -> Observation:
    """What is left of Strava's limits, as last seen."""
    seen = sync_state.read_budget(connection)
    if seen is None:
        return fine("limits", "Strava has not told its limits yet")
    budget = RateLimitBudget(**seen)  # type: ignore[arg-type]
    now = time.time()
    wait = limits.wait(budget, now)
    if wait.window is not None:
        return note("limits", f"this {wait.window}'s reads are used up until {_local(wait.until)}", "wait until then")
    return fine("limits", f"{limits.reads_left(budget, now)} reads left before the next limit")


def _standing(row: sqlite3.Row | None) -> Observation:
    if row is None:
        return fine("login", "logged out of Strava")
    name = row["athlete_name"] or f"athlete {row['athlete_id']}"
    if row["status"] == "degraded":
        return problem("login", f"Strava refuses the login of {name}; your data and the queue are kept", _LOGIN)
    if row["scope"] is not None and READ_ALL_ACTIVITIES not in parse_scopes(row["scope"]):
        return note("login", f"connected as {name}, without your private activities", f"{_LOGIN}, and tick that box")
    return fine("login", f"connected as {name}")


def _secrets(config: Config, home: StoredApplication, row: sqlite3.Row | None) -> Observation:
    """The key, the store of the secrets by putting one in and taking it out, and those that are in use."""
    vaults = secret_stores(config)
    try:
        load_cipher(key_place(config.paths))  # first: trying the store out would make a key where it is missing
        vault = vaults(home.token_store)
        vault.probe()
        read_application(vaults, home)
        if row is not None and row["status"] == "active":
            read_pair(vaults, home, row["handle"])
    except VaultError as error:
        return problem("secrets", error.message, error.hint or _LOGIN)
    except RuncoachError as error:  # they are not where they should be
        return problem("secrets", error.message, _LOGIN)
    return fine("secrets", f"sealed in the {vault.store_name}, which takes and gives them back")


def _mend(config: Config) -> str:
    """As the token code itself does before it uses or renews anything; Strava is not asked."""
    vaults = secret_stores(config)
    with token_lock(config), open_database(config) as connection:
        unfinished = recover_token_rotation(connection, vaults)
        remove_leftovers(connection, vaults)
    return "the next sync asks Strava to renew the login again" if unfinished else "brought to its end"


def _ask(config: Config) -> float:
    """How far Strava's clock is ahead: the refusal of a request without a token tells the time as well."""
    from runcoach.sources.remote.exchange import ApiRequest
    from runcoach.sources.strava.transport import StravaTransport

    with StravaTransport() as transport:
        url = f"{config.settings.strava_api_url}/athlete"
        transport.send(ApiRequest("GET", url, "the time", counts=False, tries=1, silence_s=10.0))
        return transport.limiter.skew_s


def _judged(skew_s: float, when: str) -> Observation:
    if abs(skew_s) < _SKEW_S:
        return fine("clock", f"agrees with Strava's ({when})")
    how = "slow" if skew_s > 0 else "fast"
    return problem("clock", f"this machine's clock is {abs(skew_s):.0f} s {how} ({when})", "set it, or let NTP do so")


def _local(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M}"
