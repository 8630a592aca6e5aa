"""Fetches daily values of the body and heart rate zones from a remote source that has them, after its activities."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta

from runcoach.domain.training.physiology import Origin
from runcoach.errors import RemoteError
from runcoach.sources.remote.protocol import HeartRateZoneSource, RemoteSource, WellnessSource
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.training import loads, wellness

#: How far back the first sync asks; older days come with the source's export.
FIRST_DAYS = 365

#: Later ones ask again for so many days before the last time: a watch may be synced late.
AGAIN_DAYS = 7

#: Seconds between two attempts, failed ones too: a sync with nothing new is one request.
EVERY_S = 6 * 3600


def fetch_wellness(
    connection: sqlite3.Connection,
    source: str,
    client: RemoteSource,
    now: float,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[int, str | None]:
    """Fetch what may be new, at most once every :data:`EVERY_S`; ``(days with new values, problem)``.

    A request that the source refuses or cannot answer is the problem; the rest waits for the next sync. Raises
    RateLimitError and DegradedError.
    """
    key, try_key = f"wellness:{source}", f"wellness-try:{source}"
    before, tried = sync_state.get(connection, key), sync_state.get(connection, try_key)
    if not isinstance(client, WellnessSource) or (tried is not None and 0 <= now - float(tried) < EVERY_S):
        return 0, None
    today = _day(now)
    since = today - timedelta(days=FIRST_DAYS - 1) if before is None else _day(float(before)) - timedelta(AGAIN_DAYS)
    days: set[str] = set()
    problem: str | None = None
    try:
        for values in client.wellness(since, today):
            new = wellness.unknown(connection, values)
            days.update(value.date for value in new)
            with write_transaction(connection):
                wellness.put(connection, new, None)
            if stop():
                return len(days), None
        if isinstance(client, HeartRateZoneSource):
            stated = client.heart_rate_zones()
            with write_transaction(connection):
                for name in {**loads.settings(connection, Origin.GARMIN.value), **stated}:  # the earlier ones go
                    loads.put_setting(connection, Origin.GARMIN.value, name, stated.get(name))
    except RemoteError as error:
        problem = f"daily values: {error.message}"
    with write_transaction(connection):
        sync_state.put(connection, try_key, str(int(now)))
        if problem is None:
            sync_state.put(connection, key, str(int(now)))
    return len(days), problem


def _day(at: float) -> date:
    return datetime.fromtimestamp(at).astimezone().date()
