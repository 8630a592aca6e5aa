"""Says which runs are not analyzed or compared yet; imports nothing heavy, as every reading command calls it."""

from __future__ import annotations

import sqlite3

from runcoach.store.training import analytics, routes

#: What to do about runs that are not analyzed yet.
REMEDY = "`runcoach recompute --missing` analyzes them"


def not_analyzed(connection: sqlite3.Connection) -> str | None:
    """A message for stderr where runs are not analyzed yet; None where all are."""
    return _message(analytics.count_missing(connection), "analyzed")


def not_compared(connection: sqlite3.Connection) -> str | None:
    """A message for stderr where routes of runs are not known yet; None where all are."""
    return _message(routes.count_without_route(connection), "compared with others") or not_analyzed(connection)


def _message(count: int, what: str) -> str | None:
    return f"{count} {'run is' if count == 1 else 'runs are'} not {what} yet: {REMEDY}" if count else None
