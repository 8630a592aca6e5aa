"""Reads efforts: the fastest of a distance, their progression, ranks and trends, and those that are suspect.

Which efforts rank is one condition, :data:`COUNTS`: running, dated, not deleted, not ignored, not suspect, outdoors;
official results always do. It holds for at most one effort of an activity and distance: the official one, and where
suspect efforts are included, the suspect one. Times compare in whole seconds, ties go to the earlier run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from runcoach.domain.distances import LENGTH_M
from runcoach.domain.windows import Window
from runcoach.store.edits import EFFORTS_IGNORED
from runcoach.store.sqlite.statements import (
    IS_OUTDOORS,
    RUNNING_SPORTS,
    count_rows,
    has_row,
    select,
    select_all,
    select_value,
)

if TYPE_CHECKING:
    from runcoach.domain.filters import EffortFilter

#: The plus keeps SQLite from the index of sports, which most rows share.
_IS_IN_SCOPE = f"""
    a.deleted_at IS NULL AND a.is_undated = 0 AND +a.sport_type IN {RUNNING_SPORTS}
    AND (a.workout_type = 1 OR NOT :races)
    AND (:after IS NULL OR a.local_date > :after) AND a.local_date <= :as_of
"""

#: The condition over ``activity AS a`` that a run takes part, with the parameters of an EffortFilter.
RUN_COUNTS = f"{_IS_IN_SCOPE} AND (({IS_OUTDOORS}) OR :indoor)"

#: The condition over ``activity AS a`` that the runner has not ignored all efforts of a run at once.
RUN_NOT_IGNORED = f"a.id NOT IN (SELECT activity_id FROM activity_edit WHERE field = '{EFFORTS_IGNORED}')"  # noqa: S608
_EFFORT_COUNTS = """
    e.ignored_at IS NULL AND e.is_superseded = 0 AND CASE
    WHEN e.is_official THEN 1
    WHEN NOT :include_suspect THEN e.quality != 'suspect'
    ELSE e.quality = 'suspect' OR NOT EXISTS (
        SELECT 1 FROM effort AS f WHERE f.activity_id = e.activity_id AND f.distance_m = e.distance_m
        AND f.quality = 'suspect' AND f.ignored_at IS NULL) END
"""

#: The condition over ``effort AS e`` and ``activity AS a``, with the parameters of an EffortFilter.
COUNTS = f"{_IS_IN_SCOPE} AND (({IS_OUTDOORS}) OR :indoor OR e.is_official = 1) AND {_EFFORT_COUNTS}"

_OVER_DISTANCE = f"""
    FROM effort AS e JOIN activity AS a ON a.id = e.activity_id WHERE e.distance_m = :distance_m AND {COUNTS}
"""

_RUN_COLUMNS = (
    *("a.id AS activity_id", "a.strava_id", "a.name", "a.start_time [timestamp]", "a.utc_offset_s", "a.local_date"),
    "a.workout_type",
)
_EFFORT_COLUMNS = (
    *("e.distance_m", "e.length_m", "e.duration_s", "e.duration_exact_s", "e.start_s", "e.end_s", "e.quality"),
    *("e.reason", "e.is_official [flag]"),
)
_COLUMNS = (*_RUN_COLUMNS, *_EFFORT_COLUMNS)


def fastest(connection: sqlite3.Connection, distance_m: int, efforts: EffortFilter, limit: int) -> list[sqlite3.Row]:
    """The ``limit`` fastest efforts over one distance, with their run."""
    return select_all(
        connection,
        _COLUMNS,
        f"{_OVER_DISTANCE} ORDER BY e.duration_s, a.start_time, a.id LIMIT :limit",
        {**efforts.parameters(), "distance_m": distance_m, "limit": limit},
    )


def progression(
    connection: sqlite3.Connection, distance_m: int, efforts: EffortFilter
) -> list[tuple[sqlite3.Row, int | None]]:
    """The efforts over one distance that were faster than all before them, earliest first.

    Each comes with the record that it broke, in whole seconds; None for the first.
    """
    values = {**efforts.parameters(), "distance_m": distance_m}
    counting = (
        "FROM activity AS a CROSS JOIN effort AS e ON e.activity_id = a.id"
        f" WHERE e.distance_m = :distance_m AND {COUNTS} ORDER BY a.start_time, a.id"
    )
    broken: dict[int, int | None] = {}
    record_s: int | None = None
    for activity_id, duration_s in select_all(connection, ("e.activity_id", "e.duration_s"), counting, values):
        if record_s is None or duration_s < record_s:
            broken[activity_id], record_s = record_s, duration_s
    one = select(_COLUMNS, f"{_OVER_DISTANCE} AND a.id = :activity_id")
    return [
        (connection.execute(one, {**values, "activity_id": run_id}).fetchone(), previous_s)
        for run_id, previous_s in broken.items()
    ]


def monthly(connection: sqlite3.Connection, distance_m: int, efforts: EffortFilter) -> list[sqlite3.Row]:
    """The fastest effort over one distance of each month that has one: local_date, duration_s; earliest first."""
    return select_all(
        connection,
        ("a.local_date", "min(e.duration_s) AS duration_s"),
        f"{_OVER_DISTANCE} GROUP BY substr(a.local_date, 1, 7) ORDER BY a.local_date",
        {**efforts.parameters(), "distance_m": distance_m},
    )


def quarterly(
    connection: sqlite3.Connection, efforts: EffortFilter, quarters: int
) -> dict[int, tuple[int | None, ...]]:
    """Distance → the best whole seconds of each of the last ``quarters`` three-month spans, oldest first.

    The last span ends on the filter's day.
    """
    edges = [Window("", months=3 * back).after(efforts.as_of) for back in range(quarters, 0, -1)]
    days = {f"edge{number}": edge.isoformat() if edge else "" for number, edge in enumerate(edges)}
    slot = " + ".join(f"(a.local_date > :{name})" for name in days)
    # Begins at the activities, by their time: a long history costs no more than the years that are asked for.
    runs = select(
        ("a.id", f"{slot} - 1 AS slot", f"(({IS_OUTDOORS}) OR :indoor) AS ranks"),
        f"FROM activity AS a WHERE a.start_time > unixepoch(:edge0) - 86400 AND {_IS_IN_SCOPE}",
    )
    best = select(
        ("e.distance_m", "run.slot", "min(e.duration_s)"),
        "FROM run CROSS JOIN effort AS e ON e.activity_id = run.id"
        f" WHERE {_EFFORT_COUNTS} AND (run.ranks OR e.is_official = 1) GROUP BY e.distance_m, run.slot",
    )
    rows = connection.execute(
        f"WITH run AS MATERIALIZED ({runs}) {best}", {**efforts.parameters(), **days, "after": days["edge0"]}
    )
    bests: dict[int, list[int | None]] = {}
    for distance_m, slot_number, duration_s in rows:
        bests.setdefault(distance_m, [None] * quarters)[slot_number] = duration_s
    return {distance_m: tuple(row) for distance_m, row in bests.items()}


def effort_ranks(
    connection: sqlite3.Connection,
    activity_id: int,
    efforts: EffortFilter,
    *,
    limit: int | None = None,
    distance_m: int | None = None,
) -> dict[int, int]:
    """Distance → the rank of an activity's effort; distances over which it does not rank are left out.

    Counts at most ``limit`` faster efforts: a rank of ``limit + 1`` means that or worse. ``distance_m`` restricts the
    answer to one distance.
    """
    own = select(
        ("e.distance_m", "e.duration_s", "a.start_time", "a.id"),
        "FROM effort AS e JOIN activity AS a ON a.id = e.activity_id"
        f" WHERE e.activity_id = :activity_id AND (:distance_m IS NULL OR e.distance_m = :distance_m) AND {COUNTS}",
    )
    faster = select(
        ["1"],
        "FROM effort AS e CROSS JOIN activity AS a ON a.id = e.activity_id"
        " WHERE e.distance_m = own.distance_m AND e.duration_s <= own.duration_s"
        f" AND (e.duration_s, a.start_time, a.id) < (own.duration_s, own.start_time, own.id) AND {COUNTS} LIMIT :limit",
    )
    ranks = select(("own.distance_m", f"({select(['count(*)'], f'FROM ({faster})')}) + 1"), "FROM own")
    values = {"activity_id": activity_id, "distance_m": distance_m, "limit": -1 if limit is None else limit}
    return dict(connection.execute(f"WITH own AS MATERIALIZED ({own}) {ranks}", {**efforts.parameters(), **values}))


def runs_to_search(connection: sqlite3.Connection, efforts: EffortFilter, length_m: float) -> list[sqlite3.Row]:
    """The runs that may hold an effort of ``length_m``, the most promising first.

    ``bound_s`` is a time that the run's effort cannot beat: an effort of ``length_m`` contains as many whole shorter
    efforts as fit into it, and none of them is faster than the best one stored.
    """
    bound = (
        "coalesce((SELECT max(bound_s) FROM (SELECT CAST(:length / x.length_m AS INTEGER) * min(x.duration_exact_s)"
        " AS bound_s FROM effort AS x WHERE x.activity_id = a.id AND x.length_m <= :length AND x.is_official = 0"
        " AND (x.quality != 'suspect' OR :include_suspect) GROUP BY x.distance_m)), 0.0) AS bound_s"
    )
    return select_all(
        connection,
        (*_RUN_COLUMNS, bound),
        "FROM activity AS a JOIN activity_stream AS s ON s.activity_id = a.id AND s.channel = 'distance_m'"
        f" WHERE {RUN_COUNTS} AND (a.distance_m IS NULL OR a.distance_m >= :least) AND {RUN_NOT_IGNORED}"
        " ORDER BY bound_s, a.start_time",
        {**efforts.parameters(), "length": length_m, "least": length_m * 0.95},
    )


def best_times(connection: sqlite3.Connection, efforts: EffortFilter) -> dict[int, float]:
    """Distance → the fastest exact seconds; distances without an effort are left out."""
    least = select(["e.duration_s"], f"{_OVER_DISTANCE} ORDER BY e.duration_s LIMIT 1")
    # The exact best is among the efforts of the fewest whole seconds, and those are indexed.
    best = f"{_OVER_DISTANCE} AND e.duration_s = ({least})"
    found = {
        distance_m: select_value(
            connection, "min(e.duration_exact_s)", best, {**efforts.parameters(), "distance_m": distance_m}
        )
        for distance_m in LENGTH_M
    }
    return {distance_m: best_s for distance_m, best_s in found.items() if best_s is not None}


def count_runs(connection: sqlite3.Connection, efforts: EffortFilter | None = None) -> int:
    """How many runs take part; without a filter, how many runs there are."""
    if efforts is None:
        sql, values = f"FROM activity WHERE sport_type IN {RUNNING_SPORTS} AND deleted_at IS NULL", {}
    else:
        sql, values = f"FROM activity AS a WHERE {RUN_COUNTS}", efforts.parameters()
    return count_rows(connection, sql, values)


def suspect_efforts(connection: sqlite3.Connection, limit: int) -> list[sqlite3.Row]:
    """The newest ``limit`` efforts that are ignored, suspect or to be checked; ``total`` counts all of them.

    ``is_run_ignored``: whether all efforts of the run are ignored at once.
    """
    names = (
        *("e.activity_id", "a.name", "a.local_date", *_EFFORT_COLUMNS[:4], "e.quality", "e.reason"),
        *("e.ignored_at [timestamp]", "e.ignored_reason", "count(*) OVER () AS total"),
        f"NOT ({RUN_NOT_IGNORED}) AS is_run_ignored",
    )
    return select_all(
        connection,
        names,
        "FROM effort AS e CROSS JOIN activity AS a ON a.id = e.activity_id"
        " WHERE (e.ignored_at IS NOT NULL OR (e.quality != 'ok' AND e.is_official = 0))"
        f" AND a.deleted_at IS NULL AND a.sport_type IN {RUNNING_SPORTS}"
        " ORDER BY a.start_time DESC, a.id, e.distance_m LIMIT ?",
        (limit,),
    )


def mark_for_check(connection: sqlite3.Connection, faster_than_s: Mapping[int, float | None], reason: str) -> None:
    """Mark each effort that is faster than its distance's limit as ``check``, and remove the mark from the others.

    A distance whose limit is None has no mark. Suspect efforts stay suspect.
    """
    connection.execute("UPDATE effort SET quality = 'ok', reason = NULL WHERE quality = 'check' AND is_official = 0")
    for distance_m, limit_s in faster_than_s.items():
        # Whole seconds are at most one above the exact ones, and only they are indexed.
        connection.execute(
            "UPDATE effort SET quality = 'check', reason = :reason WHERE distance_m = :distance_m"
            " AND duration_s < :limit + 1 AND duration_exact_s < :limit AND quality = 'ok' AND is_official = 0",
            {"distance_m": distance_m, "limit": limit_s, "reason": reason},
        )


def ignore(connection: sqlite3.Connection, activity_id: int, distance_m: int, at: int, reason: str | None) -> bool:
    """Exclude the effort that counts over a distance, or else the suspect one; False where there is none."""
    cursor = connection.execute(
        "UPDATE effort SET ignored_at = ?, ignored_reason = ? WHERE (activity_id, distance_m, start_s, end_s) IN ("
        "SELECT activity_id, distance_m, start_s, end_s FROM effort WHERE activity_id = ? AND distance_m = ?"
        " AND ignored_at IS NULL AND is_official = 0 ORDER BY quality = 'suspect' LIMIT 1)",
        (at, reason, activity_id, distance_m),
    )
    return cursor.rowcount > 0


def last_ignored_at(connection: sqlite3.Connection, activity_id: int) -> int:
    """When an effort of an activity was ignored last; 0 where none is."""
    return select_value(connection, "max(ignored_at)", "FROM effort WHERE activity_id = ?", (activity_id,)) or 0


def restore(connection: sqlite3.Connection, activity_id: int, distance_m: int) -> bool:
    """Include the ignored efforts of a distance again: the fastest one counts. False where there is no effort."""
    values = {"activity_id": activity_id, "distance_m": distance_m}
    computed = "FROM effort WHERE activity_id = :activity_id AND distance_m = :distance_m AND is_official = 0"
    is_found = has_row(connection, computed, values)
    own = f"{computed} AND quality != 'suspect'"
    fastest = select(("start_s", "end_s"), f"{own} ORDER BY duration_exact_s LIMIT 1")
    connection.execute(f"DELETE {own} AND (start_s, end_s) NOT IN ({fastest})", values)
    connection.execute(
        "UPDATE effort SET ignored_at = NULL, ignored_reason = NULL WHERE activity_id = ? AND distance_m = ?",
        (activity_id, distance_m),
    )
    return is_found
