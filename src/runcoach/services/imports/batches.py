"""Import batches: listed, and undone."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from runcoach.config import Config
from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest.merge import remerge
from runcoach.services.analytics.jobs import open_for_change
from runcoach.store import activity_sources, audit, import_batches
from runcoach.store.remote import known_activities
from runcoach.store.training import race_predictions, wellness


@dataclass(frozen=True, slots=True)
class UndoneImport:
    """Activities that undoing an import removed from the lists, and those that another source keeps.

    ``daily_values`` of the body, each of one metric and day, were removed too.
    """

    batch_id: int
    removed: int
    kept: int
    daily_values: int = 0


def list_batches(connection: sqlite3.Connection, limit: int | None) -> list[dict[str, Any]]:
    """The newest imports first; ``held`` counts what each still has."""
    return [dict(row) for row in import_batches.listed(connection, limit)]


def undo(config: Config, batch_id: int) -> UndoneImport:
    """Detach the sources of one import; activities without another source leave lists and rankings.

    No activity is deleted, race predictions and daily values are: importing the same files again restores both.
    NotFoundError for an unknown batch, UsageError for one that holds nothing.
    """
    with open_for_change(config) as connection:
        if not import_batches.exists(connection, batch_id):
            raise NotFoundError(f"there is no import {batch_id}", hint="`runcoach imports` lists them")
        touched = activity_sources.detach_batch(connection, batch_id)
        predictions = race_predictions.remove_batch(connection, batch_id)
        values = wellness.remove_batch(connection, batch_id)
        if not touched and not predictions and not values:
            raise UsageError(f"import {batch_id} holds nothing any more", hint="it was undone before, or merged")
        removed = 0
        for activity_id in touched:
            if activity_sources.ids_of(connection, activity_id):
                remerge(connection, activity_id)
            else:
                removed += known_activities.mark_deleted(connection, activity_id)
                audit.record(connection, "activity", activity_id, "delete", f"import {batch_id} undone")
        import_batches.mark_undone(connection, batch_id)
        meta = {"removed": removed, "touched": len(touched)}
        message = f"import {batch_id} undone: {removed} activities"
        audit.record(connection, "admin", batch_id, "delete", message, meta=meta)
        return UndoneImport(batch_id, removed, len(touched) - removed, values)
