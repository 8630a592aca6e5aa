"""Ranks of efforts: read straight from ``effort`` for any window, and the stored windows of ``best_effort``.

Which efforts rank is one condition, :data:`_COUNTS`, used by every statement here: running, not deleted, not ignored,
not suspect, outdoors. Ties go to the earlier run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.domain.sports import RUNNING
from runcoach.domain.windows import Window

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import date

_RUNNING = ", ".join(f"'{sport}'" for sport in sorted(RUNNING))
_OUTDOORS = "a.has_gps = 1 AND a.trainer = 0 AND a.sport_type != 'VirtualRun'"
_COUNTS = f"""
    a.deleted_at IS NULL AND a.sport_type IN ({_RUNNING}) AND e.ignored_at IS NULL
    AND (e.quality != 'suspect' OR :include_suspect)
    AND (({_OUTDOORS}) OR :indoor)
    AND (a.workout_type = 1 OR NOT :races)
    AND (:after IS NULL OR a.local_date > :after) AND a.local_date <= :as_of
"""

_COLUMNS = """
    e.activity_id, a.strava_id, a.name, a.start_time, a.utc_offset_s, a.local_date, a.workout_type,
    e.distance_m, e.length_m, e.duration_s, e.duration_exact_s, e.start_s, e.end_s, e.quality, e.reason
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which efforts take part: local dates in (``after``, ``as_of``], and what is let in beyond the usual."""

    as_of: date
    after: date | None = None
    include_suspect: bool = False
    indoor: bool = False
    races: bool = False

    def parameters(self) -> dict[str, object]:
        """The named parameters of :data:`_COUNTS`."""
        return {
            "as_of": self.as_of.isoformat(),
            "after": None if self.after is None else self.after.isoformat(),
            "include_suspect": self.include_suspect,
            "indoor": self.indoor,
            "races": self.races,
        }


def fastest(connection: sqlite3.Connection, distance_m: int, scope: Scope, top: int) -> list[sqlite3.Row]:
    """The ``top`` efforts over one distance, fastest first."""
    return connection.execute(
        f"SELECT {_COLUMNS} FROM effort AS e JOIN activity AS a ON a.id = e.activity_id"  # noqa: S608
        f" WHERE e.distance_m = :distance_m AND {_COUNTS}"
        " ORDER BY e.duration_s, a.start_time, a.id LIMIT :top",
        {**scope.parameters(), "distance_m": distance_m, "top": top},
    ).fetchall()


def runs_to_search(connection: sqlite3.Connection, scope: Scope, length_m: float) -> list[sqlite3.Row]:
    """Every run of a scope that may hold an effort of ``length_m``, the most promising first: for any distance.

    ``bound_s`` is a time that the run's effort cannot beat: whatever holds ``length_m`` holds that many whole shorter
    efforts one after the other, and none of them is faster than the best one stored.
    """
    return connection.execute(
        f"""
        SELECT a.id AS activity_id, a.strava_id, a.name, a.start_time, a.utc_offset_s, a.local_date, a.workout_type,
               coalesce((SELECT max(CAST(:length / x.length_m AS INTEGER) * x.duration_exact_s)
                         FROM effort AS x WHERE x.activity_id = a.id AND x.length_m <= :length), 0.0) AS bound_s
        FROM activity AS a JOIN (SELECT 'ok' AS quality, NULL AS ignored_at) AS e
        WHERE {_COUNTS} AND (a.distance_m IS NULL OR a.distance_m >= :least)
          AND EXISTS (SELECT 1 FROM activity_stream AS s WHERE s.activity_id = a.id AND s.channel = 'distance_m')
        ORDER BY bound_s, a.start_time
        """,  # noqa: S608
        {**scope.parameters(), "length": length_m, "least": length_m * 0.95},
    ).fetchall()


def rank_of(connection: sqlite3.Connection, activity_id: int, distance_m: int, scope: Scope) -> int | None:
    """The rank of one activity's effort within a scope; None where it does not rank."""
    row = connection.execute(
        f"""
        WITH ranked AS (
            SELECT e.activity_id, row_number() OVER (ORDER BY e.duration_s, a.start_time, a.id) AS rank
            FROM effort AS e JOIN activity AS a ON a.id = e.activity_id
            WHERE e.distance_m = :distance_m AND {_COUNTS}
        )
        SELECT rank FROM ranked WHERE activity_id = :activity_id
        """,  # noqa: S608
        {**scope.parameters(), "distance_m": distance_m, "activity_id": activity_id},
    ).fetchone()
    return None if row is None else int(row["rank"])


def best_times(connection: sqlite3.Connection, scope: Scope) -> dict[int, float]:
    """Distance → the fastest exact seconds of a scope: what the runner has shown to be able to do."""
    rows = connection.execute(
        "SELECT e.distance_m, min(e.duration_exact_s) AS best FROM effort AS e"  # noqa: S608
        f" JOIN activity AS a ON a.id = e.activity_id WHERE {_COUNTS} GROUP BY e.distance_m",
        scope.parameters(),
    )
    return {row["distance_m"]: row["best"] for row in rows}


def mark_for_check(connection: sqlite3.Connection, faster_than_s: Mapping[int, float | None], reason: str) -> None:
    """Mark each effort that is faster than its distance's limit as ``check``, and take the mark from the others.

    A distance whose limit is None has no mark. Suspect efforts stay suspect.
    """
    for distance_m, limit_s in faster_than_s.items():
        values = {"distance_m": distance_m, "limit": limit_s, "reason": reason}
        connection.execute(
            "UPDATE effort SET quality = 'ok', reason = NULL WHERE distance_m = :distance_m AND quality = 'check'"
            " AND (:limit IS NULL OR duration_exact_s >= :limit)",
            values,
        )
        connection.execute(
            "UPDATE effort SET quality = 'check', reason = :reason WHERE distance_m = :distance_m AND quality = 'ok'"
            " AND duration_exact_s < :limit",
            values,
        )


def rebuild(connection: sqlite3.Connection, scopes: Mapping[str, Scope]) -> None:
    """Write ``best_effort`` anew: window name → what it covers today, every rank of each."""
    connection.execute("DELETE FROM best_effort")
    for window, scope in scopes.items():
        connection.execute(
            f"""
            INSERT INTO best_effort (activity_id, distance_m, duration_s, window, rank, as_of)
            SELECT e.activity_id, e.distance_m, e.duration_s, :window,
                   row_number() OVER (PARTITION BY e.distance_m ORDER BY e.duration_s, a.start_time, a.id), :as_of
            FROM effort AS e JOIN activity AS a ON a.id = e.activity_id WHERE {_COUNTS}
            """,  # noqa: S608
            {**scope.parameters(), "window": window},
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


def quarterly(connection: sqlite3.Connection, scope: Scope, quarters: int) -> dict[int, tuple[int | None, ...]]:
    """Distance → the best whole seconds of each of the last ``quarters`` three-month spans that end on the scope's day.

    Begins at the activities, by their time, so that a long history costs no more than the years that are asked for.
    """
    edges = [Window("", months=3 * back).after(scope.as_of) for back in range(quarters, 0, -1)]
    days = {f"edge{number}": edge.isoformat() if edge else "" for number, edge in enumerate(edges)}
    slot = " + ".join(f"(a.local_date > :{name})" for name in days)
    rows = connection.execute(
        f"SELECT e.distance_m, {slot} - 1 AS slot, min(e.duration_s)"  # noqa: S608
        " FROM activity AS a INDEXED BY activity_start_time CROSS JOIN effort AS e ON e.activity_id = a.id"
        f" WHERE a.start_time > unixepoch(:edge0) - 86400 AND {_COUNTS} GROUP BY e.distance_m, slot",
        {**scope.parameters(), **days, "after": days["edge0"]},
    )
    bests: dict[int, list[int | None]] = {}
    for distance_m, slot_number, duration_s in rows:
        bests.setdefault(distance_m, [None] * quarters)[slot_number] = duration_s
    return {distance_m: tuple(row) for distance_m, row in bests.items()}


def count_runs(connection: sqlite3.Connection) -> int:
    """How many runs there are, of any kind."""
    row = connection.execute(
        f"SELECT count(*) AS n FROM activity WHERE sport_type IN ({_RUNNING}) AND deleted_at IS NULL"  # noqa: S608
    ).fetchone()
    return int(row["n"])
