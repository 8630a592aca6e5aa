"""Reads what races are found from: all runs with their totals, who marked them as races, and official results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.store.sqlite.statements import INDOOR_SPORTS, RUNNING_SPORTS, select

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_IS_RUN = f"a.deleted_at IS NULL AND a.is_undated = 0 AND a.sport_type IN {RUNNING_SPORTS}"


def runs(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every dated run, in the order of their start.

    Columns: id, local_date, name, distance_m, elapsed_time_sec, moving_time_sec, workout_type, is_outdoor, race_edit
    (1 or 0 where the runner has said whether it was a race), has_result.
    """
    # Runs without samples have no GPS either: only those that are said to be indoors are.
    outdoor = f"a.trainer = 0 AND a.sport_type NOT IN {INDOOR_SPORTS}"
    edit = "(SELECT value FROM activity_edit WHERE activity_id = a.id AND field = '{}')"
    return connection.execute(
        select(
            (
                *("a.id", "a.local_date", "a.name", "a.distance_m", "a.elapsed_time_sec", "a.moving_time_sec"),
                *("a.workout_type", f"({outdoor}) AS is_outdoor", f"{edit.format('workout_type')} AS race_edit"),
                f"{edit.format('official_time_s')} IS NOT NULL AS has_result",
            ),
            f"FROM activity AS a WHERE {_IS_RUN} ORDER BY a.start_time, a.id",
        )
    ).fetchall()


def details(connection: sqlite3.Connection, activity_ids: Iterable[int]) -> dict[int, sqlite3.Row]:
    """Activity → its columns for the list of races; ``marked_by`` is the kind of source that calls it a race."""
    marked = (
        "(SELECT kind FROM activity_source WHERE activity_id = a.id AND detached_at IS NULL"
        " AND json_extract(account, '$.says.workout_type') = 1 ORDER BY id LIMIT 1) AS marked_by"
    )
    columns = (
        *("a.id AS activity_id", "a.strava_id", "a.name", "a.start_time [timestamp]", "a.utc_offset_s", "a.local_date"),
        *("a.distance_m AS gps_distance_m", "a.elapsed_time_sec AS elapsed_s", marked),
    )
    sql = select(columns, "FROM activity AS a WHERE a.id = ?")
    return {one: connection.execute(sql, (one,)).fetchone() for one in activity_ids}


def efforts(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The efforts of a run that are neither ignored nor suspect: distance_m, duration_s, is_official."""
    return connection.execute(
        select(
            ("distance_m", "duration_s", "is_official [flag]"),
            "FROM effort WHERE activity_id = ? AND ignored_at IS NULL AND quality != 'suspect'",
        ),
        (activity_id,),
    ).fetchall()
