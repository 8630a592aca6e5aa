"""Writes what was built: one transaction an activity, a file recognised by its contents, the ranks once at the end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from runcoach.analysis.quality import CHECK_FASTER, check_limit_s
from runcoach.domain.distances import LENGTH_M
from runcoach.domain.windows import STORED, parse_window
from runcoach.store import activities, audit, batches, ranking
from runcoach.store.engine import write

if TYPE_CHECKING:
    import sqlite3

    from runcoach.domain.activity import WholeActivity


def put(connection: sqlite3.Connection, whole: WholeActivity, batch_id: int | None) -> int | None:
    """Write an activity in a transaction of its own; its id, or None where this file's activity is here already."""
    with write(connection):
        source = whole.source
        if source.sha256 is not None and source.item in batches.known_items(connection, source.sha256):
            return None
        activity_id = activities.insert(connection, whole, batch_id)
        audit.record(
            connection,
            "activity",
            activity_id,
            "create",
            f"imported from {source.name}",
            meta={"batch": batch_id, "format": source.format, "item": source.item},
        )
        return activity_id


def rank(connection: sqlite3.Connection, today: date | None = None) -> None:
    """Judge the efforts against each other and rebuild the stored windows, as of the machine's local day.

    Belongs at the end of every transaction that touches efforts; the caller holds the transaction.
    """
    as_of = today or date.today()  # noqa: DTZ011  (windows end on the person's own day)
    everything = ranking.Scope(as_of=date.max)
    bests = {LENGTH_M[label]: best_s for label, best_s in ranking.best_times(connection, everything).items()}
    limits = {label: check_limit_s(length_m, bests) for label, length_m in LENGTH_M.items()}
    ranking.mark_for_check(connection, limits, f"over {CHECK_FASTER:.0%} faster than your neighbouring bests imply")
    ranking.rebuild(
        connection, {text: ranking.Scope(as_of=as_of, after=parse_window(text).after(as_of)) for text in STORED}
    )
