"""Reads what races are found from: all runs with their totals, who marked them as races, and official results."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from runcoach.domain.training.race_guesses import RunTotals
from runcoach.store.sqlite.statements import IS_DATED_RUN, SAID_OUTDOORS, select, select_all

#: A list of ids, bound as JSON.
_IDS = "(SELECT value FROM json_each(?))"


def totals(connection: sqlite3.Connection) -> list[tuple[int, RunTotals]]:
    """``(id, totals)`` of every dated outdoor run with distance and time, in the order of their start.

    A run may be a race unless a source says what kind of run it was, or the runner has said whether it was one.
    """
    unknown = "coalesce(a.workout_type, 0) = 0 AND a.id NOT IN (SELECT activity_id FROM activity_edit WHERE field = ?)"
    cursor = connection.cursor()
    cursor.row_factory = None  # thousands of rows
    rows = cursor.execute(
        select(
            (
                *("a.id", "(a.start_time + a.utc_offset_s) / 86400", "a.name", "a.distance_m", "a.elapsed_time_sec"),
                *("a.moving_time_sec", f"({unknown}) AS may_be_race"),
            ),
            f"FROM activity AS a WHERE {IS_DATED_RUN} AND {SAID_OUTDOORS} AND a.distance_m > 0"
            " AND a.elapsed_time_sec > 0 ORDER BY a.start_time, a.id",
        ),
        ("workout_type",),
    )
    return [(row[0], RunTotals._make(row[1:])) for row in rows]


def marked(connection: sqlite3.Connection) -> dict[int, str | None]:
    """Activity → the kind of source that marks it as a race, ``edit`` where the runner does or has entered a result."""
    edited = (
        "SELECT activity_id FROM activity_edit"
        " WHERE field = 'official_time_s' OR (field = 'workout_type' AND value = '1')"
    )
    source = (
        "SELECT kind FROM activity_source WHERE activity_id = a.id AND detached_at IS NULL"
        " AND json_extract(account, '$.says.workout_type') = 1 ORDER BY id LIMIT 1"
    )
    marked_by = f"CASE WHEN a.id IN ({edited}) THEN 'edit' ELSE ({source}) END AS marked_by"
    races = f"FROM activity AS a WHERE {IS_DATED_RUN} AND (a.workout_type = 1 OR a.id IN ({edited}))"
    return {row["id"]: row["marked_by"] for row in select_all(connection, ("a.id", marked_by), races)}


def details(connection: sqlite3.Connection, activity_ids: Iterable[int]) -> list[sqlite3.Row]:
    """The columns of activities for the list of races, newest first."""
    columns = (
        *("a.id AS activity_id", "a.strava_id", "a.name", "a.start_time [timestamp]", "a.utc_offset_s", "a.local_date"),
        *("a.distance_m AS gps_distance_m", "a.elapsed_time_sec AS elapsed_s"),
    )
    newest_first = f"FROM activity AS a WHERE a.id IN {_IDS} ORDER BY a.start_time DESC, a.id DESC"
    return select_all(connection, columns, newest_first, (json.dumps(list(activity_ids)),))


def efforts(connection: sqlite3.Connection, activity_ids: Iterable[int]) -> dict[int, list[tuple[int, int, bool]]]:
    """Activity → ``(distance_m, duration_s, is_official)`` of its efforts that are neither ignored nor suspect."""
    counting = f"FROM effort WHERE activity_id IN {_IDS} AND ignored_at IS NULL AND quality != 'suspect'"
    names = ("activity_id", "distance_m", "duration_s", "is_official")
    rows = select_all(connection, names, counting, (json.dumps(list(activity_ids)),))
    found: dict[int, list[tuple[int, int, bool]]] = {}
    for activity_id, distance_m, duration_s, is_official in rows:
        found.setdefault(activity_id, []).append((distance_m, duration_s, bool(is_official)))
    return found
