"""The runner's goals; a removed goal stays in the table."""

from __future__ import annotations

import sqlite3
import time
from datetime import date
from typing import TYPE_CHECKING

from runcoach.store.sqlite.statements import IN_SPAN, IS_DATED_RUN, IS_OUTDOORS, insert, select_all, select_one

if TYPE_CHECKING:
    from runcoach.domain.training.goals import GoalText

_COLUMNS = ("id", "name", "distance_m", "length_m", "time_s", "race_date", "created_at [timestamp]")

_INSERT = insert("goal", ("name", "distance_m", "length_m", "time_s", "race_date", "created_at"))


def add(connection: sqlite3.Connection, goal: GoalText, name: str | None) -> int:
    """Store a goal; its id. The caller holds the transaction."""
    day = None if goal.race_date is None else goal.race_date.isoformat()
    values = (name, goal.distance_m, goal.length_m, goal.time_s, day, int(time.time()))
    return int(connection.execute(_INSERT, values).lastrowid or 0)


def remove(connection: sqlite3.Connection, goal_id: int) -> bool:
    """Mark a goal as removed; False where there is none of this id. The caller holds the transaction."""
    sql = "UPDATE goal SET removed_at = ? WHERE id = ? AND removed_at IS NULL"
    return connection.execute(sql, (int(time.time()), goal_id)).rowcount > 0


def listed(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """The goals that are not removed, by day; those without a day come last."""
    order = "FROM goal WHERE removed_at IS NULL ORDER BY race_date IS NULL, race_date, id"
    return select_all(connection, _COLUMNS, order)


def result(connection: sqlite3.Connection, day: date, distance_m: int, length_m: float) -> sqlite3.Row | None:
    """What was run over a distance on a local date: activity_id, time_s, is_official; None without such a run.

    The official result, else the fastest effort that counts, else the elapsed time of a run of that length.
    """
    run = f"{IN_SPAN} AND {IS_DATED_RUN}"
    values = {"since": day.isoformat(), "until": day.isoformat(), "distance_m": distance_m, "length": length_m}
    effort = select_one(
        connection,
        ("a.id AS activity_id", "e.duration_s AS time_s", "e.is_official [flag]"),
        "FROM activity AS a JOIN effort AS e ON e.activity_id = a.id AND e.distance_m = :distance_m"
        f" WHERE {run} AND e.ignored_at IS NULL AND e.is_superseded = 0 AND e.quality != 'suspect'"
        f" AND (e.is_official OR ({IS_OUTDOORS})) ORDER BY e.is_official DESC, e.duration_s LIMIT 1",
        values,
    )
    return effort or select_one(
        connection,
        ("a.id AS activity_id", "a.elapsed_time_sec AS time_s", "0 AS is_official [flag]"),
        f"FROM activity AS a WHERE {run} AND a.elapsed_time_sec IS NOT NULL"
        " AND a.distance_m BETWEEN 0.98 * :length AND 1.05 * :length ORDER BY a.elapsed_time_sec LIMIT 1",
        values,
    )
