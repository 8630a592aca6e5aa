"""A Strava client with the stored rate limit budget and a token that renews itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runcoach.config import Config
from runcoach.errors import AccessTokenError
from runcoach.services.auth.connection_state import store_budget, stored_budget
from runcoach.services.auth.token_refresh import TokenRefresher
from runcoach.sources.strava.client import StravaClient
from runcoach.sources.strava.limiter import RateLimiter
from runcoach.sources.strava.oauth import missing_scopes
from runcoach.sources.strava.transport import StravaTransport
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction

#: Until when Strava is not contacted after a 429 that stated no limits.
_BLOCKED_UNTIL = "strava_blocked_until"


@dataclass(frozen=True, slots=True)
class StravaSession:
    """A client, its rate limiter and the granted ``scope`` (None: unknown)."""

    client: StravaClient
    limiter: RateLimiter
    scope: str | None

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """Requested scopes that were not granted."""
        return missing_scopes(self.scope) if self.scope is not None else ()


@contextmanager
def strava_session(
    config: Config, connection: sqlite3.Connection, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[StravaSession]:
    """Open a session; its rate limit budget is stored at the end.

    DegradedError where Strava refuses a token that has just been renewed.
    """
    blocked_until = sync_state.get(connection, _BLOCKED_UNTIL)
    limiter = RateLimiter(
        stored_budget(connection), clock, blocked_until=None if blocked_until is None else float(blocked_until)
    )
    with StravaTransport(limiter, sleep=sleep) as transport:
        refresher = TokenRefresher(config, transport, clock=clock)
        client = StravaClient(transport, config.settings.strava_api_url, refresher.token, refresher.renew)
        try:
            yield StravaSession(client, limiter, refresher.scope)
        except AccessTokenError:
            raise refresher.degrade() from None
        finally:
            with write_transaction(connection):
                if limiter.budget is not None:
                    store_budget(connection, limiter.budget)
                until = limiter.blocked_until
                sync_state.put(connection, _BLOCKED_UNTIL, None if until is None else str(until))
