"""Changes that the runner makes by hand: bring back a deleted activity, ignore an effort."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.domain.distances import parse_distance
from runcoach.domain.filters import EffortFilter
from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest.builder import efforts_of, fastest_km_s
from runcoach.ingest.writer import update_rankings
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.store import activities, activity_queries, audit, effort_queries
from runcoach.store.remote import known_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config
    from runcoach.services.queries.best_efforts import BestRow


@dataclass(frozen=True, slots=True)
class EffortChange:
    """The fastest effort over a distance after a change, None where there is none, and whether it is another one."""

    fastest: BestRow | None
    is_new_fastest: bool


def undelete(config: Config, activity_ref: str) -> int:
    """Bring back a deleted activity, also where Strava no longer has it; returns its id.

    NotFoundError where there is no such activity, UsageError where it is not deleted.
    """
    with open_database(config) as connection, write_transaction(connection):
        activity_id = activity_queries.resolve(connection, activity_ref)
        if not known_activities.revive(connection, activity_id):
            raise UsageError(
                f"activity {activity_ref} is not deleted", hint="`runcoach activities --deleted` lists them"
            )
        known_activities.mark(connection, activity_id, known_activities.KEPT, fetched=False)
        audit.record(connection, "activity", activity_id, "update", "brought back by hand")
        update_rankings(connection)
        return activity_id


def set_ignored(config: Config, activity_ref: str, distance: str, *, ignore: bool, reason: str | None) -> EffortChange:
    """Remove one effort from the rankings, or put it back; recorded in the audit trail, rankings updated at once.

    NotFoundError where the activity has no such effort.
    """
    label, _ = parse_distance(distance)
    with open_database(config) as connection, write_transaction(connection):
        activity_id = activity_queries.resolve(connection, activity_ref)
        before = _fastest(connection, label)
        if ignore:
            is_known = effort_queries.ignore(connection, activity_id, label, int(time.time()), reason)
        else:
            is_known = effort_queries.restore(connection, activity_id, label)
        if not is_known:
            raise NotFoundError(
                f"activity {activity_ref} has no effort over {distance}",
                hint=f"`runcoach show {activity_ref}` lists its efforts",
            )
        verb = "taken out of the ranks" if ignore else "back in the ranks"
        message = f"effort over {label} m {verb}" + (f": {reason}" if reason else "")
        audit.record(connection, "activity", activity_id, "update", message, meta={"distanceM": label})
        _find_next(connection, activity_id)
        update_rankings(connection)
        after = _fastest(connection, label)
        return EffortChange(after, is_new_fastest=after != before)


def _fastest(connection: sqlite3.Connection, label: int) -> BestRow | None:
    rows = fastest_efforts(connection, EffortFilter(), distance=str(label), top=1).rows
    return rows[0] if rows else None


def _find_next(connection: sqlite3.Connection, activity_id: int) -> None:
    """Search the efforts of a run again, without the ignored ones: the next clean one counts."""
    streams = activities.read_streams(connection, activity_id, only=("time_s", "distance_m"))
    if streams is not None:
        efforts = efforts_of(streams, activities.ignored_efforts(connection, activity_id))
        activities.put_efforts(connection, activity_id, efforts)
        activities.update(connection, activity_id, {"fastest_pace_sec_per_km": fastest_km_s(efforts)})
