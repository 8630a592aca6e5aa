"""Opens a profile's database for reading: one connection for each request and each command, passed to every query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from runcoach.config import Config
from runcoach.store.remote.strava_api_only import hide_strava_api_only
from runcoach.store.sqlite.database import open_reader

__all__ = ["open_reader", "open_reader_without_strava_api"]


@contextmanager
def open_reader_without_strava_api(config: Config) -> Iterator[tuple[sqlite3.Connection, int]]:
    """As :func:`open_reader`, without the activities that only Strava's API knows; with their number."""
    with open_reader(config) as connection:
        yield connection, hide_strava_api_only(connection)
