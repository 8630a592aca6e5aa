"""Imports as a person sees them afterwards: listed, and taken back with everything that no other source holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest.merge import remerge
from runcoach.ingest.writer import update_rankings
from runcoach.store import activity_sources, audit, import_batches
from runcoach.store.remote import known_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    from runcoach.config import Config


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking back a batch did: activities out of the lists, and those that another source still holds."""

    batch_id: int
    removed: int
    kept: int


def listed(config: Config, limit: int) -> list[dict[str, Any]]:
    """The newest imports first; ``held`` counts the accounts that each still holds."""
    with open_reader(config) as connection:
        return [dict(row) for row in import_batches.listed(connection, limit)]


def undo(config: Config, batch_id: int) -> Undone:
    """Take one import back: its accounts are detached; what is left without one leaves lists and ranks.

    Nothing is deleted: importing the same files again brings everything back as it was. NotFoundError for a number
    that is no import's, UsageError where it holds nothing any more.
    """
    with open_database(config) as connection, write_transaction(connection):
        if not import_batches.exists(connection, batch_id):
            raise NotFoundError(f"there is no import {batch_id}", hint="`runcoach imports` lists them")
        touched = activity_sources.detach_batch(connection, batch_id)
        if not touched:
            raise UsageError(f"import {batch_id} holds nothing any more", hint="it was taken back already, or merged")
        removed = 0
        for activity_id in touched:
            if activity_sources.ids_of(connection, activity_id):
                remerge(connection, activity_id)
            else:
                removed += known_activities.mark_deleted(connection, activity_id)
                audit.record(connection, "activity", activity_id, "delete", f"import {batch_id} taken back")
        import_batches.mark_undone(connection, batch_id)
        message = f"import {batch_id} taken back: {removed} activities"
        audit.record(
            connection, "admin", batch_id, "delete", message, meta={"removed": removed, "touched": len(touched)}
        )
        update_rankings(connection)
        return Undone(batch_id, removed, len(touched) - removed)
