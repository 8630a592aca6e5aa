"""Sums of single days, and the sports there are: what the overview of a history is drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.domain.sports import RUNNING

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

_RUNNING = ", ".join(f"'{sport}'" for sport in sorted(RUNNING))


def running_days(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """One row a day on which someone ran: local_date, runs, distance_m, moving_time_sec, elevation_gain_m, in order."""
    # Local dates have no index; by UTC a run began at most a day before or after.
    return connection.execute(
        "SELECT local_date, count(*) AS runs, coalesce(sum(distance_m), 0) AS distance_m,"  # noqa: S608
        " coalesce(sum(moving_time_sec), 0) AS moving_time_sec, coalesce(sum(elevation_gain_m), 0) AS elevation_gain_m"
        " FROM activity WHERE start_time >= unixepoch(:since) - 86400 AND start_time < unixepoch(:until) + 172800"
        f" AND local_date BETWEEN :since AND :until AND deleted_at IS NULL AND sport_type IN ({_RUNNING})"
        " GROUP BY local_date ORDER BY local_date",
        {"since": since.isoformat(), "until": until.isoformat()},
    ).fetchall()


def first_and_last_run(connection: sqlite3.Connection) -> tuple[str, str] | None:
    """The local dates of the earliest and of the latest run; None where there is none."""
    found = [
        connection.execute(
            f"SELECT local_date FROM activity WHERE deleted_at IS NULL AND sport_type IN ({_RUNNING})"  # noqa: S608
            f" ORDER BY start_time {direction} LIMIT 1"
        ).fetchone()
        for direction in ("ASC", "DESC")
    ]
    return None if found[0] is None else (str(found[0]["local_date"]), str(found[1]["local_date"]))


def sports(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Each sport type with how many activities it has, the most frequent first."""
    return connection.execute(
        "SELECT sport_type, count(*) AS activities FROM activity WHERE deleted_at IS NULL"
        " GROUP BY sport_type ORDER BY activities DESC, sport_type"
    ).fetchall()
