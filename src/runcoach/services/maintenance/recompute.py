"""Recomputes splits, efforts, the fastest kilometre and analytics from the stored streams."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from runcoach.config import Config
from runcoach.domain.activity import Quality
from runcoach.domain.filters import ActivityFilter
from runcoach.ingest.merge import recompute_parts
from runcoach.ingest.writer import update_rankings
from runcoach.services.analytics.jobs import AnalyticsReport, update_analytics
from runcoach.store import activities, activity_queries, audit
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import analytics


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
        ids = [activity_queries.resolve(connection, activity_ref) for activity_ref in activity_refs]
        ids = ids or activity_queries.ids(connection, ActivityFilter())
        changed = []
        for done, activity_id in enumerate(ids):
            if progress:
                progress(done, len(ids))
            if _recompute_one(connection, activity_id):
                changed.append(activity_id)
        with write_transaction(connection):
            update_rankings(connection)
        update_analytics(connection, progress=progress)
        return RecomputeReport(len(ids), tuple(changed))


def analyze_missing(config: Config, progress: Callable[[int, int], None] | None = None) -> AnalyticsReport:
    """Compute the analytics of activities that have none yet, and of those whose rules have changed."""
    with open_database(config) as connection:
        return update_analytics(connection, progress=progress)


def _recompute_one(connection: sqlite3.Connection, activity_id: int) -> bool:
    if not activities.has_streams(connection, activity_id):
        return False
    with write_transaction(connection):
        before = _derived(connection, activity_id)
        recompute_parts(connection, activity_id)
        analytics.outdated(connection, activity_id, "manual")
        differs = before != _derived(connection, activity_id)
        if differs:
            audit.record(connection, "activity", activity_id, "update", "computed again, with other results")
    return differs


def _derived(connection: sqlite3.Connection, activity_id: int) -> tuple[object, ...]:
    """What recomputing may change, without the quality ``check``, which depends on the other runs."""
    efforts = [
        replace(effort, quality=Quality.OK, reason=None) if effort.quality is Quality.CHECK else effort
        for effort in activities.read_efforts(connection, activity_id)
    ]
    splits = [tuple(row) for row in activity_queries.splits(connection, activity_id)]
    return efforts, splits, activities.read(connection, activity_id)["fastest_pace_sec_per_km"]
