"""Reads the runs of a span of days, with the columns that each use needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date

from runcoach.domain.training.analytics_version import ANALYTICS_VERSION
from runcoach.store.sqlite.statements import IN_SPAN, IS_DATED_RUN, select_all

_RUNS_IN_SPAN = f"{IN_SPAN} AND {IS_DATED_RUN}"


def listed(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """The runs whose local date is from ``since`` to ``until``, oldest first, as they are listed in a calendar."""
    columns = (
        *("a.id", "a.name", "a.local_date", "a.start_time [timestamp]", "a.utc_offset_s", "a.sport_type"),
        *("a.distance_m", "a.moving_time_sec", "a.elevation_gain_m", "a.avg_pace_sec_per_km", "a.workout_type"),
    )
    return _runs(connection, columns, f"FROM activity AS a WHERE {_RUNS_IN_SPAN}", since, until)


def distances(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """The runs with a distance, oldest first: id, start_time, local_date, distance_m."""
    columns = ("a.id", "a.start_time", "a.local_date", "a.distance_m")
    return _runs(connection, columns, f"FROM activity AS a WHERE {_RUNS_IN_SPAN} AND a.distance_m > 0", since, until)


def loads(connection: sqlite3.Connection, since: date, until: date) -> list[sqlite3.Row]:
    """The runs of :func:`distances` with what tells hard ones; None where their load is not computed.

    Columns: local_date, distance_m, moving_s, workout_type, load, rtss, hard_s (seconds in zones 4 and 5).
    """
    columns = (
        *("a.local_date", "a.distance_m", "a.moving_time_sec AS moving_s", "a.workout_type", "t.load"),
        *("t.rtss", "t.zone4_s + t.zone5_s AS hard_s"),
    )
    joined = "FROM activity AS a LEFT JOIN training_load AS t ON t.activity_id = a.id"
    return _runs(connection, columns, f"{joined} WHERE {_RUNS_IN_SPAN} AND a.distance_m > 0", since, until)


def trends(connection: sqlite3.Connection, since: date) -> list[sqlite3.Row]:
    """All runs since a day with the figures that trends are drawn from, oldest first.

    Columns: id, name, local_date, distance_m, moving_time_sec, avg_hr, load, method, decoupling, efficiency_m_per_beat.
    """
    columns = (
        *("a.id", "a.name", "a.local_date", "a.distance_m", "a.moving_time_sec", "a.avg_hr"),
        *("l.load", "l.method", "x.decoupling", "x.efficiency_m_per_beat"),
    )
    joined = (
        "FROM activity AS a LEFT JOIN training_load AS l ON l.activity_id = a.id"
        f" LEFT JOIN activity_analytics AS x ON x.activity_id = a.id AND x.version = {ANALYTICS_VERSION}"
    )
    return _runs(connection, columns, f"{joined} WHERE {_RUNS_IN_SPAN}", since, date.max)


def _runs(
    connection: sqlite3.Connection, columns: Iterable[str], rest: str, since: date, until: date
) -> list[sqlite3.Row]:
    span = {"since": since.isoformat(), "until": until.isoformat()}
    return select_all(connection, columns, f"{rest} ORDER BY a.start_time, a.id", span)
