"""Stored analytics of activities and the jobs that compute them; the caller holds the transaction of every change.

Writing the samples of an activity removes its row and queues a job (:func:`outdated`). Activities without a row of the
current version, as in files of earlier versions, are queued by :func:`queue_missing`.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import asdict

from runcoach.domain.training.activity_analytics import (
    ActivityAnalytics,
    FaultReason,
    HeartRateFault,
    RunFigures,
)
from runcoach.domain.training.analytics_version import ANALYTICS_VERSION
from runcoach.domain.training.durability import DurabilityEffort
from runcoach.store import jobs
from runcoach.store.sqlite.statements import (
    RUNNING_SPORTS,
    count_rows,
    delete_rows,
    has_row,
    insert,
    select,
    select_all,
    select_one,
    select_value,
)

_HAS_SAMPLES = "EXISTS (SELECT 1 FROM activity_stream AS s WHERE s.activity_id = activity.id)"

_HAS_LOAD = "EXISTS (SELECT 1 FROM training_load AS l WHERE l.activity_id = activity.id)"

_ANALYZED_BEFORE = select(("activity_id",), f"FROM activity_analytics WHERE version < {ANALYTICS_VERSION}")
_ANALYZED = select(("activity_id",), f"FROM activity_analytics WHERE version = {ANALYTICS_VERSION}")

_MISSING = f"deleted_at IS NULL AND id NOT IN ({_ANALYZED}) AND {_HAS_SAMPLES} AND {jobs.has_no_job('analytics')}"

_SCALARS = ("moving_s", "max_heart_rate_bpm", "threshold_heart_rate_bpm")
_RUN_SCALARS = ("grade_factor", "efficiency_m_per_beat", "decoupling")
_RUN_LISTS = ("split_grade_factors", "lap_grade_factors")
_PUT = insert(
    "activity_analytics",
    (
        *("activity_id", "version", "heart_rate_ms", "heart_rate_faults", *_SCALARS),
        *("is_run", *_RUN_SCALARS, *_RUN_LISTS, "computed_at"),
    ),
    or_replace=True,
)
_PUT_DURABILITY = insert("durability_effort", ("activity_id", "after_m", "distance_m", "duration_exact_s", "start_s"))


def outdated(connection: sqlite3.Connection, activity_id: int, reason: str) -> None:
    """Remove an activity's outdated figures and queue a job that computes new ones."""
    delete_rows(connection, activity_id, ("activity_analytics", "training_load", "durability_effort", "route_track"))
    jobs.queue_activities(connection, "analytics", "id = :id", reason, activity_id)


def queue_missing(connection: sqlite3.Connection) -> int:
    """Queue activities with samples that have neither current figures nor a job; their number."""
    return jobs.queue_activities(connection, "analytics", _MISSING, "manual")


def is_missing_any(connection: sqlite3.Connection) -> bool:
    """Whether :func:`queue_missing` would queue anything."""
    return has_row(connection, f"FROM activity WHERE {_MISSING}")


def count_missing(connection: sqlite3.Connection) -> int:
    """The number of runs whose current figures or load have not been computed yet.

    A run without figures has no load either: :func:`outdated` removes both.
    """
    return count_rows(
        connection,
        f"FROM activity WHERE deleted_at IS NULL AND sport_type IN {RUNNING_SPORTS}"
        f" AND (NOT {_HAS_LOAD} OR id IN ({_ANALYZED_BEFORE}))",
    )


def count_open(connection: sqlite3.Connection) -> int:
    """The number of open jobs."""
    return count_rows(connection, "FROM job WHERE type = 'analytics' AND status IN ('queued', 'running', 'retry')")


def put(connection: sqlite3.Connection, activity_id: int, figures: ActivityAnalytics) -> None:
    """Store the figures of an activity; its load is due again."""
    run = figures.run or RunFigures()
    connection.execute("DELETE FROM training_load WHERE activity_id = ?", (activity_id,))
    connection.execute(
        _PUT,
        (
            activity_id,
            ANALYTICS_VERSION,
            json.dumps(figures.heart_rate_ms, separators=(",", ":")),
            json.dumps([asdict(fault) for fault in figures.heart_rate_faults], separators=(",", ":")),
            *(getattr(figures, name) for name in _SCALARS),
            figures.run is not None,
            *(getattr(run, name) for name in _RUN_SCALARS),
            *(json.dumps(getattr(run, name), separators=(",", ":")) for name in _RUN_LISTS),
            int(time.time()),
        ),
    )
    connection.execute("DELETE FROM durability_effort WHERE activity_id = ?", (activity_id,))
    connection.executemany(
        _PUT_DURABILITY,
        [(activity_id, one.after_m, one.distance_m, one.exact_s, one.start_s) for one in run.durability],
    )


def read(connection: sqlite3.Connection, activity_id: int) -> ActivityAnalytics | None:
    """The current figures of an activity; None where they are not computed yet."""
    row = _row(connection, activity_id)
    if row is None:
        return None
    return ActivityAnalytics(
        heart_rate_ms={int(bpm): int(ms) for bpm, ms in json.loads(row["heart_rate_ms"]).items()},
        heart_rate_faults=_faults(row["heart_rate_faults"]),
        **{name: row[name] for name in _SCALARS},
        run=_run(connection, row) if row["is_run"] else None,
    )


def run_figures(connection: sqlite3.Connection, activity_id: int) -> RunFigures | None:
    """The figures of a run; None where they are not computed yet, and for other sports."""
    row = _row(connection, activity_id)
    return _run(connection, row) if row and row["is_run"] else None


def _row(connection: sqlite3.Connection, activity_id: int) -> sqlite3.Row | None:
    current = "FROM activity_analytics WHERE activity_id = ? AND version = ?"
    return select_one(connection, ("*",), current, (activity_id, ANALYTICS_VERSION))


def _faults(text: str) -> tuple[HeartRateFault, ...]:
    return tuple(
        HeartRateFault(fault["start_s"], fault["end_s"], FaultReason(fault["reason"])) for fault in json.loads(text)
    )


def _run(connection: sqlite3.Connection, row: sqlite3.Row) -> RunFigures:
    late = "FROM durability_effort WHERE activity_id = ? ORDER BY distance_m, after_m"
    names = ("after_m", "distance_m", "duration_exact_s", "start_s")
    efforts = select_all(connection, names, late, (row["activity_id"],))
    splits, laps = (tuple(json.loads(row[name])) for name in _RUN_LISTS)
    return RunFigures(
        **{name: row[name] for name in _RUN_SCALARS},
        split_grade_factors=splits,
        lap_grade_factors=laps,
        durability=tuple(DurabilityEffort(*effort) for effort in efforts),
    )


def lap_times(connection: sqlite3.Connection, activity_id: int) -> list[tuple[float, float]]:
    """Start and end of each lap of an activity in seconds from its start, in order; empty where one is unknown."""
    in_order = "FROM lap WHERE activity_id = ? ORDER BY lap_index"
    rows = select_all(connection, ("start_s", "start_s + elapsed_s"), in_order, (activity_id,))
    return [] if any(end is None for _, end in rows) else [(start, end) for start, end in rows]


def heart_rate_faults(connection: sqlite3.Connection, activity_id: int) -> tuple[HeartRateFault, ...]:
    """Where the heart rate of an activity is not to be believed; empty where that is not computed yet."""
    stored = "FROM activity_analytics WHERE activity_id = ?"
    return _faults(select_value(connection, "heart_rate_faults", stored, (activity_id,)) or "[]")


def remove(connection: sqlite3.Connection, activity_id: int) -> None:
    """Delete the figures of an activity without samples."""
    delete_rows(connection, activity_id, ("activity_analytics", "durability_effort"))


def settle(connection: sqlite3.Connection, activity_id: int) -> None:
    """Delete the open job of an activity: its row in ``activity_analytics`` is the result."""
    connection.execute(
        "DELETE FROM job WHERE type = 'analytics' AND status IN ('queued', 'running', 'retry')"
        " AND json_extract(payload, '$.activityId') = ?",
        (activity_id,),
    )
