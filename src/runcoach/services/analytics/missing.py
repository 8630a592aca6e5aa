"""Says which runs are not analyzed yet; imports nothing heavy, as every reading command calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.store.training import analytics

if TYPE_CHECKING:
    import sqlite3

#: What to do about runs that are not analyzed yet.
REMEDY = "`runcoach recompute --missing` analyzes them"


def not_analyzed(connection: sqlite3.Connection) -> str | None:
    """A message for stderr where runs are not analyzed yet; None where all are."""
    count = analytics.count_missing(connection)
    if not count:
        return None
    return f"{count} {'run is' if count == 1 else 'runs are'} not analyzed yet: {REMEDY}"
