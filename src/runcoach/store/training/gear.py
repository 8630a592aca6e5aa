"""Sums of activities by gear, and what the runner has set about it."""

from __future__ import annotations

import sqlite3
import time

from runcoach.store.sqlite.statements import RUNNING_SPORTS, select_all


def listed(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Each gear of an activity, the most recently used first.

    Columns: name, activities, distance_m, moving_time_sec, run_distance_m and run_moving_s (of runs with both),
    first_date and last_date (None where no date is known), is_retired (as Strava says, else None), retire_at_m.
    """
    is_run = f"sport_type IN {RUNNING_SPORTS} AND distance_m IS NOT NULL AND moving_time_sec IS NOT NULL"
    return select_all(
        connection,
        (
            *("a.gear_name AS name", "count(*) AS activities", "coalesce(sum(a.distance_m), 0.0) AS distance_m"),
            "coalesce(sum(moving_time_sec), 0) AS moving_time_sec",
            f"sum(a.distance_m) FILTER (WHERE {is_run}) AS run_distance_m",
            f"sum(moving_time_sec) FILTER (WHERE {is_run}) AS run_moving_s",
            "min(local_date) FILTER (WHERE is_undated = 0) AS first_date",
            "max(local_date) FILTER (WHERE is_undated = 0) AS last_date",
            "(SELECT min(is_retired) FROM gear WHERE gear.name = a.gear_name) AS is_retired [flag]",
            "(SELECT retire_at_m FROM gear_setting WHERE gear_setting.gear_name = a.gear_name) AS retire_at_m",
        ),
        "FROM activity AS a WHERE a.deleted_at IS NULL AND a.gear_name <> '' GROUP BY a.gear_name"
        " ORDER BY last_date DESC NULLS LAST, name",
    )


def set_retire_at(connection: sqlite3.Connection, name: str, retire_at_m: float | None) -> None:
    """Set the distance at which gear is to be retired, or remove it (None). The caller holds the transaction."""
    if retire_at_m is None:
        connection.execute("DELETE FROM gear_setting WHERE gear_name = ?", (name,))
        return
    connection.execute(
        "INSERT INTO gear_setting (gear_name, retire_at_m, updated_at) VALUES (?, ?, ?) ON CONFLICT (gear_name)"
        " DO UPDATE SET retire_at_m = excluded.retire_at_m, updated_at = excluded.updated_at",
        (name, retire_at_m, int(time.time())),
    )
