"""Ranks of efforts: read straight from ``effort`` for any window, and the stored windows of ``best_effort``.

Which efforts rank is one condition, :data:`_COUNTS`, used by every statement here: running, not deleted, not ignored,
not suspect, outdoors. Ties go to the earlier run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.domain.distances import LENGTH_M
from runcoach.domain.sports import RUNNING
from runcoach.domain.windows import Window

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import date

    from runcoach.domain.filters import EffortFilter

_RUNNING = ", ".join(f"'{sport}'" for sport in sorted(RUNNING))
_OUTDOORS = "a.has_gps = 1 AND a.trainer = 0 AND a.sport_type != 'VirtualRun'"
_RUN_COUNTS = f"""
    a.deleted_at IS NULL AND a.sport_type IN ({_RUNNING})
    AND (({_OUTDOORS}) OR :indoor)
    AND (a.workout_type = 1 OR NOT :races)
    AND (:after IS NULL OR a.local_date > :after) AND a.local_date <= :as_of
"""
_EFFORT_COUNTS = "e.ignored_at IS NULL AND (e.quality != 'suspect' OR :include_suspect)"
_COUNTS = f"{_RUN_COUNTS} AND {_EFFORT_COUNTS}"

#: The same, for statements of other modules over ``effort AS e`` and ``activity AS a``.
COUNTS = _COUNTS

_OVER_DISTANCE = f"""
    FROM effort AS e JOIN activity AS a ON a.id = e.activity_id WHERE e.distance_m = :distance_m AND {_COUNTS}
"""
_BEST_TIME = f"""
    SELECT min(e.duration_exact_s) {_OVER_DISTANCE}
    AND e.duration_s = (SELECT e.duration_s {_OVER_DISTANCE} ORDER BY e.duration_s LIMIT 1)
"""

_COLUMNS = """
    e.activity_id, a.strava_id, a.name, a.start_time, a.utc_offset_s, a.local_date, a.workout_type,
    e.distance_m, e.length_m, e.duration_s, e.duration_exact_s, e.start_s, e.end_s, e.quality, e.reason
"""


def fastest(connection: sqlite3.Connection, distance_m: int, scope: EffortFilter, top: int) -> list[sqlite3.Row]:
    """The ``top`` efforts over one distance, fastest first."""
    return connection.execute(
        f"SELECT {_COLUMNS} {_OVER_DISTANCE} ORDER BY e.duration_s, a.start_time, a.id LIMIT :top",
        {**scope.parameters(), "distance_m": distance_m, "top": top},
    ).fetchall()


def progression(
    connection: sqlite3.Connection, distance_m: int, scope: EffortFilter
) -> list[tuple[sqlite3.Row, int | None]]:
    """The efforts over one distance that were faster than all before them, earliest first: the records of their day.

    With each the record that it broke, in whole seconds. Walks the runs in their order, a small row each.
    """
    asked = {**scope.parameters(), "distance_m": distance_m}
    rows = connection.execute(
        "SELECT e.activity_id, e.duration_s"  # noqa: S608
        " FROM activity AS a INDEXED BY activity_start_time CROSS JOIN effort AS e ON e.activity_id = a.id"
        f" WHERE e.distance_m = :distance_m AND {_COUNTS} ORDER BY a.start_time, a.id",
        asked,
    )
    broken: dict[int, int | None] = {}
    record_s: int | None = None
    for activity_id, duration_s in rows:
        if record_s is None or duration_s < record_s:
            broken[activity_id], record_s = record_s, duration_s
    one = (
        f"SELECT {_COLUMNS} FROM effort AS e JOIN activity AS a ON a.id = e.activity_id"  # noqa: S608
        " WHERE e.distance_m = ? AND e.activity_id = ?"
    )
    return [(connection.execute(one, (distance_m, each)).fetchone(), before) for each, before in broken.items()]


def stored_ranks(connection: sqlite3.Connection, activity_id: int, as_of: date) -> dict[tuple[int, str], int]:
    """(distance, window) → the stored rank of an activity's effort, of those that were ranked on this very day."""
    rows = connection.execute(
        "SELECT distance_m, window, rank FROM best_effort WHERE activity_id = ? AND as_of = ?",
        (activity_id, as_of.isoformat()),
    )
    return {(row["distance_m"], row["window"]): row["rank"] for row in rows}


def is_ranked(connection: sqlite3.Connection, as_of: date) -> bool:
    """Whether the stored ranks are those of this day."""
    row = connection.execute("SELECT as_of FROM best_effort LIMIT 1").fetchone()
    return row is not None and row["as_of"] == as_of.isoformat()


def runs_to_search(connection: sqlite3.Connection, scope: EffortFilter, length_m: float) -> list[sqlite3.Row]:
    """Every run of a scope that may hold an effort of ``length_m``, the most promising first: for any distance.

    ``bound_s`` is a time that the run's effort cannot beat: whatever holds ``length_m`` holds that many whole shorter
    efforts one after the other, and none of them is faster than the best one stored.
    """
    return connection.execute(
        f"""
        SELECT a.id AS activity_id, a.strava_id, a.name, a.start_time, a.utc_offset_s, a.local_date, a.workout_type,
               coalesce((SELECT max(CAST(:length / x.length_m AS INTEGER) * x.duration_exact_s)
                         FROM effort AS x WHERE x.activity_id = a.id AND x.length_m <= :length), 0.0) AS bound_s
        FROM activity AS a
        WHERE {_RUN_COUNTS} AND (a.distance_m IS NULL OR a.distance_m >= :least)
          AND EXISTS (SELECT 1 FROM activity_stream AS s WHERE s.activity_id = a.id AND s.channel = 'distance_m')
        ORDER BY bound_s, a.start_time
        """,  # noqa: S608
        {**scope.parameters(), "length": length_m, "least": length_m * 0.95},
    ).fetchall()


def rank_of(connection: sqlite3.Connection, activity_id: int, distance_m: int, scope: EffortFilter) -> int | None:
    """The rank of one activity's effort within a scope; None where it does not rank."""
    row = connection.execute(
        f"""
        WITH ranked AS (
            SELECT e.activity_id, row_number() OVER (ORDER BY e.duration_s, a.start_time, a.id) AS rank
            {_OVER_DISTANCE}
        )
        SELECT rank FROM ranked WHERE activity_id = :activity_id
        """,  # noqa: S608
        {**scope.parameters(), "distance_m": distance_m, "activity_id": activity_id},
    ).fetchone()
    return None if row is None else int(row["rank"])


def best_times(connection: sqlite3.Connection, scope: EffortFilter) -> dict[int, float]:
    """Distance → the fastest exact seconds of a scope: what the runner has shown to be able to do.

    Looks at the first efforts of each distance alone: the exact best is among those of the fewest whole seconds.
    """
    found: dict[int, float] = {}
    for distance_m in LENGTH_M:
        asked = {**scope.parameters(), "distance_m": distance_m}
        (best_s,) = connection.execute(_BEST_TIME, asked).fetchone()
        if best_s is not None:
            found[distance_m] = best_s
    return found


def mark_for_check(connection: sqlite3.Connection, faster_than_s: Mapping[int, float | None], reason: str) -> None:
    """Mark each effort that is faster than its distance's limit as ``check``, and take the mark from the others.

    A distance whose limit is None has no mark. Suspect efforts stay suspect.
    """
    marked = connection.execute(
        "SELECT activity_id, distance_m, duration_exact_s FROM effort WHERE quality = 'check'"
    ).fetchall()
    for activity_id, distance_m, exact_s in marked:
        limit_s = faster_than_s.get(distance_m)
        if limit_s is None or exact_s >= limit_s:
            connection.execute(
                "UPDATE effort SET quality = 'ok', reason = NULL WHERE activity_id = ? AND distance_m = ?",
                (activity_id, distance_m),
            )
    for distance_m, limit_s in faster_than_s.items():
        # The whole seconds lie at most one above the exact ones, and only they are indexed.
        connection.execute(
            "UPDATE effort SET quality = 'check', reason = :reason WHERE distance_m = :distance_m"
            " AND duration_s < :limit + 1 AND duration_exact_s < :limit AND quality = 'ok'",
            {"distance_m": distance_m, "limit": limit_s, "reason": reason},
        )


def set_ignored(
    connection: sqlite3.Connection, activity_id: int, distance_m: int, at: int | None, reason: str | None
) -> bool:
    """Take one effort out of the ranks (``at`` a time) or back in (None); False where there is no such effort."""
    changed = connection.execute(
        "UPDATE effort SET ignored_at = ?, ignored_reason = ? WHERE activity_id = ? AND distance_m = ?",
        (at, reason, activity_id, distance_m),
    )
    return changed.rowcount > 0


def quarterly(connection: sqlite3.Connection, scope: EffortFilter, quarters: int) -> dict[int, tuple[int | None, ...]]:
    """Distance → the best whole seconds of each of the last ``quarters`` three-month spans that end on the scope's day.

    Begins at the activities, by their time, so that a long history costs no more than the years that are asked for.
    """
    edges = [Window("", months=3 * back).after(scope.as_of) for back in range(quarters, 0, -1)]
    days = {f"edge{number}": edge.isoformat() if edge else "" for number, edge in enumerate(edges)}
    slot = " + ".join(f"(a.local_date > :{name})" for name in days)
    rows = connection.execute(
        f"WITH run AS MATERIALIZED (SELECT a.id, {slot} - 1 AS slot FROM activity AS a INDEXED BY activity_start_time"  # noqa: S608
        f" WHERE a.start_time > unixepoch(:edge0) - 86400 AND {_RUN_COUNTS})"
        " SELECT e.distance_m, run.slot, min(e.duration_s) FROM run CROSS JOIN effort AS e ON e.activity_id = run.id"
        f" WHERE {_EFFORT_COUNTS} GROUP BY e.distance_m, run.slot",
        {**scope.parameters(), **days, "after": days["edge0"]},
    )
    bests: dict[int, list[int | None]] = {}
    for distance_m, slot_number, duration_s in rows:
        bests.setdefault(distance_m, [None] * quarters)[slot_number] = duration_s
    return {distance_m: tuple(row) for distance_m, row in bests.items()}


def count_runs(connection: sqlite3.Connection, scope: EffortFilter | None = None) -> int:
    """How many runs take part in a scope; without one, how many there are of any kind."""
    if scope is None:
        sql = f"SELECT count(*) AS n FROM activity WHERE sport_type IN ({_RUNNING}) AND deleted_at IS NULL"  # noqa: S608
        return int(connection.execute(sql).fetchone()["n"])
    sql = f"SELECT count(*) AS n FROM activity AS a WHERE {_RUN_COUNTS}"  # noqa: S608
    return int(connection.execute(sql, scope.parameters()).fetchone()["n"])
