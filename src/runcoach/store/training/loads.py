"""Loads and time in zones of runs, and what the runner has set; the caller holds the transaction of every change."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from runcoach.domain.training.analytics_version import ANALYTICS_VERSION
from runcoach.store.sqlite.statements import RUNNING_SPORTS, insert, select, select_all, select_one, select_value
from runcoach.store.totals import PERIODS

ZONE_COLUMNS = ("zone1_s", "zone2_s", "zone3_s", "zone4_s", "zone5_s")

_PUT = insert(
    "training_load",
    ("activity_id", "load", "method", "trimp", "rtss", *ZONE_COLUMNS, "updated_at"),
    or_replace=True,
)

#: The plus keeps SQLite from the index of sports: most activities are runs, and the index of start times is better.
_RUNS = f"a.deleted_at IS NULL AND +a.sport_type IN {RUNNING_SPORTS}"

#: Runs from a day on; local dates have no index, in UTC a run began at most a day earlier.
_SINCE = "a.is_undated = 0 AND a.local_date >= :since AND a.start_time >= unixepoch(:since) - 86400"

_HAS_SAMPLES = "EXISTS (SELECT 1 FROM activity_stream AS s WHERE s.activity_id = a.id)"

#: Runs whose samples could not be analyzed.
_HAS_FAILED = """
a.id IN (SELECT json_extract(payload, '$.activityId') FROM job WHERE type = 'analytics' AND status = 'error')
"""

#: The columns of runs from which loads follow; heart_rate_ms is JSON, None without samples.
_INPUTS = select(
    ("a.id", "a.distance_m", "a.moving_time_sec", "a.elapsed_time_sec", "x.heart_rate_ms", "x.grade_factor"),
    f"""
FROM activity AS a LEFT JOIN activity_analytics AS x ON x.activity_id = a.id AND x.version = {ANALYTICS_VERSION}
WHERE {_RUNS} AND (x.activity_id IS NOT NULL OR NOT {_HAS_SAMPLES} OR {_HAS_FAILED})
""",
)

# A load of the second in which the activity was changed may be older than the change.
_STALE = """
AND NOT EXISTS (SELECT 1 FROM training_load AS l WHERE l.activity_id = a.id AND l.updated_at > a.updated_at)
"""


def inputs(connection: sqlite3.Connection, *, only_stale: bool) -> list[sqlite3.Row]:
    """The inputs of the load of every run, or of those without a load and with an outdated one.

    A run whose samples are still to be analyzed is not among them.
    """
    return connection.execute(_INPUTS + (_STALE if only_stale else "")).fetchall()


def put(connection: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Store loads: activity id, load, method, trimp, rtss, seconds in zones 1 to 5."""
    now = int(time.time())
    connection.executemany(_PUT, [(*row, now) for row in rows])


def by_day(connection: sqlite3.Connection, since: str = "") -> list[sqlite3.Row]:
    """One row per local day with runs, in order: local_date, load, runs, by_heart_rate, by_pace, without_load.

    ``since`` is the first local date, all of them by default.
    """
    return select_all(
        connection,
        (
            *("a.local_date", "sum(l.load) AS load", "count(*) AS runs"),
            "count(*) FILTER (WHERE l.method = 'trimp') AS by_heart_rate",
            "count(*) FILTER (WHERE l.method = 'rtss') AS by_pace",
            "count(*) FILTER (WHERE l.load IS NULL) AS without_load",
        ),
        "FROM activity AS a LEFT JOIN training_load AS l ON l.activity_id = a.id"
        f" WHERE {_RUNS} AND a.is_undated = 0 AND a.start_time >= coalesce(unixepoch(:since) - 86400, 0)"
        " AND a.local_date >= :since GROUP BY a.local_date ORDER BY a.local_date",
        {"since": since},
    )


def of_run(connection: sqlite3.Connection, activity_id: int) -> sqlite3.Row | None:
    """The load and the seconds in zones of one run; None where they are not computed."""
    return select_one(connection, ("*",), "FROM training_load WHERE activity_id = ?", (activity_id,))


def zones_by_period(
    connection: sqlite3.Connection, period: Literal["week", "month"], since: str | None
) -> list[sqlite3.Row]:
    """Seconds in zones by week or month, newest first: period, runs, zone1_s … zone5_s."""
    sums = (f"sum(l.{name}) AS {name}" for name in ZONE_COLUMNS)
    return select_all(
        connection,
        (f"{PERIODS[period]} AS period", "count(*) AS runs", *sums),
        f"FROM training_load AS l JOIN activity AS a ON a.id = l.activity_id WHERE {_RUNS} AND a.is_undated = 0"
        " AND l.zone1_s IS NOT NULL AND (?1 IS NULL OR a.local_date >= ?1) GROUP BY period ORDER BY period DESC",
        (since,),
    )


def zones_by_run(connection: sqlite3.Connection, since: str | None) -> list[sqlite3.Row]:
    """Seconds in zones of each run, newest first: id, name, local_date, zone1_s … zone5_s."""
    return select_all(
        connection,
        ("a.id", "a.name", "a.local_date", *(f"l.{name}" for name in ZONE_COLUMNS)),
        f"FROM training_load AS l JOIN activity AS a ON a.id = l.activity_id WHERE {_RUNS}"
        " AND l.zone1_s IS NOT NULL AND (?1 IS NULL OR (a.is_undated = 0 AND a.local_date >= ?1))"
        " ORDER BY a.is_undated, a.start_time DESC",
        (since,),
    )


def last_run_date(connection: sqlite3.Connection) -> str | None:
    """The local date of the newest run; None without one."""
    newest = f"FROM activity AS a WHERE {_RUNS} AND a.is_undated = 0 ORDER BY a.start_time DESC LIMIT 1"
    local_date: str | None = select_value(connection, "a.local_date", newest)
    return local_date


def highest(
    connection: sqlite3.Connection,
    column: Literal["max_heart_rate_bpm", "threshold_heart_rate_bpm"],
    since: str,
) -> sqlite3.Row | None:
    """The run since a date with the highest value of a figure: bpm, id, local_date; None without any."""
    return select_one(
        connection,
        (f"x.{column} AS bpm", "a.id", "a.local_date"),
        f"FROM activity_analytics AS x JOIN activity AS a ON a.id = x.activity_id WHERE {_RUNS} AND {_SINCE}"
        # The plus keeps SQLite from the index of versions, by which it would read all activities.
        f" AND x.{column} IS NOT NULL AND +x.version = {ANALYTICS_VERSION} ORDER BY bpm DESC, a.id LIMIT 1",
        {"since": since},
    )


def efforts(connection: sqlite3.Connection, since: str, least_m: float) -> list[sqlite3.Row]:
    """Efforts that count, and whole runs, of at least ``least_m`` since a date: length_m, duration_s, local_date."""
    return connection.execute(
        f"""
        SELECT e.length_m, e.duration_exact_s AS duration_s, a.local_date, a.id FROM effort AS e
        JOIN activity AS a ON a.id = e.activity_id
        WHERE {_RUNS} AND {_SINCE} AND e.length_m >= :least_m
            AND e.quality = 'ok' AND e.ignored_at IS NULL AND e.is_superseded = 0
        UNION ALL
        SELECT a.distance_m, a.moving_time_sec, a.local_date, a.id FROM activity AS a
        WHERE {_RUNS} AND {_SINCE} AND a.distance_m >= :least_m
            AND a.moving_time_sec > 0 AND NOT EXISTS (SELECT 1 FROM effort AS e WHERE e.activity_id = a.id)
        """,  # noqa: S608
        {"since": since, "least_m": least_m},
    ).fetchall()


def settings(connection: sqlite3.Connection, origin: str) -> dict[str, Any]:
    """Name → value of what the runner has set ("set"), or a source states ("garmin")."""
    rows = connection.execute("SELECT name, value FROM runner_setting WHERE origin = ?", (origin,))
    return {row["name"]: json.loads(row["value"]) for row in rows}


def put_setting(connection: sqlite3.Connection, origin: str, name: str, value: object) -> None:
    """Store a setting, or delete it (None)."""
    connection.execute("DELETE FROM runner_setting WHERE name = ? AND origin = ?", (name, origin))
    if value is not None:
        connection.execute(
            "INSERT INTO runner_setting (name, origin, value, updated_at) VALUES (?, ?, ?, ?)",
            (name, origin, json.dumps(value), int(time.time())),
        )
