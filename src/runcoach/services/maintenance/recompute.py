"""Recomputes splits, efforts and the fastest kilometre from the stored streams, after an algorithm has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcoach.domain import sports
from runcoach.domain.activity import Quality
from runcoach.domain.filters import ActivityFilter
from runcoach.ingest.builder import efforts_of, fastest_km_s, splits_for
from runcoach.ingest.writer import update_rankings
from runcoach.store import activities, activity_queries, audit
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from runcoach.config import Config
    from runcoach.domain.activity import Effort


@dataclass(frozen=True, slots=True)
class RecomputeReport:
    """How many activities were recomputed, and the ids of those whose results changed."""

    computed: int
    changed: tuple[int, ...]


def recompute(
    config: Config, activity_refs: Sequence[str] = (), progress: Callable[[int, int], None] | None = None
) -> RecomputeReport:
    """Recompute what is derived from streams, of some activities or of all; idempotent.

    Splits reported by Strava stay. NotFoundError for an unknown activity.
    """
    with open_database(config) as connection:
        requested = [activity_queries.resolve(connection, activity_ref) for activity_ref in activity_refs]
        ids = requested or [row["id"] for row in activity_queries.activities(connection, ActivityFilter())]
        changed = []
        for done, activity_id in enumerate(ids):
            if progress:
                progress(done, len(ids))
            if _recompute_one(connection, activity_id):
                changed.append(activity_id)
        with write_transaction(connection):
            update_rankings(connection)
        return RecomputeReport(len(ids), tuple(changed))


def _recompute_one(connection: sqlite3.Connection, activity_id: int) -> bool:
    streams = activities.read_streams(connection, activity_id)
    if streams is None:
        return False
    activity = activity_queries.activity(connection, activity_id)
    ignored = activities.ignored_efforts(connection, activity_id)
    efforts = efforts_of(streams, ignored) if sports.is_running(activity["sport_type"]) else ()
    fastest = fastest_km_s(efforts)
    stored_splits = activity_queries.splits(connection, activity_id)
    reported = any(split["source"] == "strava" for split in stored_splits)
    splits = () if reported else splits_for(activity["sport_type"], streams)
    with write_transaction(connection):
        before = _derived(connection, activity_id)
        activities.put_efforts(connection, activity_id, efforts)
        if not reported:
            activities.put_splits(connection, activity_id, splits, "computed")
        if activity["fastest_pace_sec_per_km"] != fastest:
            activities.update(connection, activity_id, {"fastest_pace_sec_per_km": fastest})
        differs = before != _derived(connection, activity_id) or activity["fastest_pace_sec_per_km"] != fastest
        if differs:
            audit.record(connection, "activity", activity_id, "update", "computed again, with other results")
    return differs


def _derived(connection: sqlite3.Connection, activity_id: int) -> tuple[list[Effort], list[tuple[object, ...]]]:
    """What recomputing may change, without the quality ``check``, which depends on the other runs."""
    efforts = [
        replace(effort, quality=Quality.OK, reason=None) if effort.quality is Quality.CHECK else effort
        for effort in activities.read_efforts(connection, activity_id)
    ]
    return efforts, [tuple(row) for row in activity_queries.splits(connection, activity_id)]
