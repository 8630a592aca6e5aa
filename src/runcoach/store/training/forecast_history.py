"""Reads what race times are forecast from: runs with their totals, and the efforts that count."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

from runcoach.store.sqlite.statements import IS_OUTDOORS, RUNNING_SPORTS, SAID_OUTDOORS, select

#: Begins at the activities, by their time: a long history costs no more than the years that are asked for.
_RUNS = f"""
    FROM activity AS a {{join}}
    WHERE a.start_time >= unixepoch(:since) - 86400 AND a.start_time < unixepoch(:before) + 172800
    AND a.local_date >= :since AND a.local_date < :before
    AND a.deleted_at IS NULL AND a.is_undated = 0 AND +a.sport_type IN {RUNNING_SPORTS}
"""


def runs(connection: sqlite3.Connection, since: date, before: date) -> list[tuple[Any, ...]]:
    """The runs from ``since`` to the day before ``before`` that have a distance and a time, in no order.

    Each as (id, name, local date, distance, elapsed and moving seconds, climb, workout type, race_edit, is_outdoor,
    has_samples). Elapsed time is moving time where there is no other; race_edit is 1 or 0 where the runner has said
    whether it was a race. Runs without samples have no GPS either: indoors are those that are said to be.
    """
    samples = "EXISTS (SELECT 1 FROM activity_stream AS s WHERE s.activity_id = a.id AND s.channel = 'distance_m')"
    edit = "(SELECT value FROM activity_edit WHERE activity_id = a.id AND field = 'workout_type')"
    columns = (
        *("a.id", "a.name", "a.local_date", "a.distance_m", "coalesce(a.elapsed_time_sec, a.moving_time_sec)"),
        *("a.moving_time_sec", "coalesce(a.elevation_gain_m, 0.0)", "a.workout_type", edit),
        *(SAID_OUTDOORS, samples),
    )
    rest = f"{_RUNS.format(join='')} AND a.distance_m > 0 AND coalesce(a.elapsed_time_sec, a.moving_time_sec) > 0"
    return _tuples(connection, select(columns, rest), since, before)


def efforts(
    connection: sqlite3.Connection, since: date, before: date, shortest_m: int, all_since: date
) -> list[tuple[Any, ...]]:
    """The efforts of these runs that count, from ``shortest_m`` on, and all official results.

    Before ``all_since``, only those of races and official results.
    Each as (activity id, local date, length, exact seconds, is_official). Suspect, ignored and superseded efforts, and
    those of treadmills, are left out.
    """
    join = "CROSS JOIN effort AS e ON e.activity_id = a.id"
    rest = (
        f"{_RUNS.format(join=join)} AND e.distance_m >= {shortest_m} AND e.ignored_at IS NULL AND e.is_superseded = 0"
        " AND (a.local_date >= :all_since OR a.workout_type = 1 OR e.is_official = 1)"
        f" AND (e.is_official = 1 OR (e.quality != 'suspect' AND {IS_OUTDOORS}))"
    )
    columns = ("a.id", "a.local_date", "e.length_m", "e.duration_exact_s", "e.is_official")
    return _tuples(connection, select(columns, rest), since, before, all_since)


def _tuples(
    connection: sqlite3.Connection, sql: str, since: date, before: date, all_since: date | None = None
) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(
        sql, {"since": since.isoformat(), "before": before.isoformat(), "all_since": str(all_since)}
    ).fetchall()
