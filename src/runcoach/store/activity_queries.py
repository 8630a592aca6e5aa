"""Reads activities and their parts: lists with filters, one activity, its neighbours. Columns are explicit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from runcoach.domain.activity_fields import ACTIVITY_FIELDS
from runcoach.domain.json_format import Timestamp
from runcoach.errors import NotFoundError, UsageError
from runcoach.store.sqlite.statements import (
    IS_INDOORS,
    RUNNING_SPORTS,
    count_rows,
    has_row,
    select_all,
    select_one,
    select_value,
    select_values,
)

if TYPE_CHECKING:
    from runcoach.domain.filters import ActivityFilter

#: The columns of a list; large fields are never among them.
LIST_COLUMNS = tuple(field.name for field in ACTIVITY_FIELDS if field.in_list)

#: The columns of one activity.
DETAIL_COLUMNS = tuple(field.name for field in ACTIVITY_FIELDS)

_TYPES = {bool: " [flag]", Timestamp: " [timestamp]"}
_TYPED = {field.name: f"{field.name}{_TYPES.get(field.type, '')}" for field in ACTIVITY_FIELDS}

#: The fastest mile of an activity in whole seconds, where it counts.
_FASTEST_MILE = (
    "(SELECT min(duration_s) FROM effort WHERE activity_id = activity.id AND distance_m = 1609"
    " AND ignored_at IS NULL AND is_superseded = 0 AND quality != 'suspect')"
)

#: What a list may be sorted by → the column and whether the natural order is descending.
SORTS: dict[str, tuple[str, bool]] = {
    "date": ("start_time", True),
    "distance": ("distance_km", True),
    "time": ("moving_time_sec", True),
    "pace": ("avg_pace_sec_per_km", False),
    "fastest": ("fastest_pace_sec_per_km", False),
    "fastest_mile": (_FASTEST_MILE, False),
    "climb": ("elevation_gain_m", True),
    "name": ("substr(name, 1, 200) COLLATE NOCASE", False),  # a cursor holds the value
}

_SOURCE_COLUMNS = (
    *("id", "batch_id", "kind", "format", "name", "sha256", "item", "items", "totals", "notes"),
    *("created_at [timestamp]", "detached_at [timestamp]"),
)

#: The columns of an activity's parts, without its id.
SPLIT_COLUMNS = (
    *("km", "distance_m", "moving_time_sec", "elapsed_time_sec", "avg_speed_ms", "pace_sec", "elev_gain_m", "hr_avg"),
    "source",
)
LAP_COLUMNS = (
    *("lap_index", "name", "start_s", "distance_m", "elapsed_s", "moving_s", "elevation_gain_m", "avg_hr_bpm"),
    *("max_hr_bpm", "avg_cadence_spm", "avg_power_w", "calories_kcal"),
)
EFFORT_COLUMNS = (
    *("distance_m", "length_m", "duration_s", "duration_exact_s", "start_s", "end_s", "quality", "reason"),
    *("ignored_at [timestamp]", "ignored_reason", "is_official [flag]", "is_superseded [flag]"),
)


def typed(names: Iterable[str]) -> list[str]:
    """Columns of ``activity`` for :func:`~runcoach.store.sqlite.statements.select`, each with its type."""
    return [_TYPED[name] for name in names]


def fastest_miles(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, int]:
    """Activity → its fastest mile in whole seconds; activities without one are left out."""
    found = "FROM activity WHERE id IN (SELECT value FROM json_each(?)) AND mile_s IS NOT NULL"
    rows = select_all(connection, ("id", f"{_FASTEST_MILE} AS mile_s"), found, (json.dumps(list(ids)),))
    return {row["id"]: row["mile_s"] for row in rows}


def count(connection: sqlite3.Connection, where: ActivityFilter) -> int:
    """The number of activities that pass a filter."""
    condition, values = passing(where)
    return count_rows(connection, f"FROM activity WHERE {condition}", values)


def ids(connection: sqlite3.Connection, where: ActivityFilter) -> list[int]:
    """The ids of the activities that pass a filter, newest first."""
    condition, values = passing(where)
    newest_first = f"FROM activity WHERE {condition} ORDER BY start_time DESC, id DESC"
    return select_values(connection, "id", newest_first, values)


def with_raw(connection: sqlite3.Connection, where: ActivityFilter) -> list[int]:
    """The ids of the activities that pass a filter and have stored Strava data, oldest first."""
    condition, values = passing(where)
    found = f"FROM activity JOIN activity_payload ON activity_id = id WHERE {condition} AND raw IS NOT NULL"
    return select_values(connection, "id", f"{found} ORDER BY start_time, id", values)


def resolve(connection: sqlite3.Connection, reference: str) -> int:
    """The internal id of ``42``, of a Strava id, or of ``strava:42``; where a number is both, the internal id wins.

    Raises UsageError for any other form, NotFoundError where no activity has the number or the file holds none at all.
    """
    if not has_row(connection, "FROM activity"):
        raise NotFoundError("there are no activities yet", hint="run `runcoach import FOLDER` first")
    prefix, _, number = reference.strip().rpartition(":")
    if not (number.isascii() and number.isdecimal()) or len(number) > 18 or prefix not in {"", "strava"}:
        raise UsageError(
            f"{reference!r} is not a valid activity ID", hint="take one from `runcoach activities`, or strava:ID"
        )
    activity_id = select_value(
        connection,
        "id",
        "FROM activity WHERE (id = :number AND :prefix = '') OR strava_id = :number"
        " ORDER BY id = :number AND :prefix = '' DESC LIMIT 1",
        {"number": int(number), "prefix": prefix},
    )
    if activity_id is None:
        raise NotFoundError(f"there is no activity {reference}", hint="`runcoach activities` lists them")
    return int(activity_id)


def activity(connection: sqlite3.Connection, activity_id: int) -> sqlite3.Row:
    """One activity with :data:`DETAIL_COLUMNS`."""
    row = select_one(connection, typed(DETAIL_COLUMNS), "FROM activity WHERE id = ?", (activity_id,))
    if row is None:
        raise NotFoundError(f"there is no activity {activity_id}", hint="`runcoach activities` lists them")
    return row


def named(
    connection: sqlite3.Connection, *, ids: Collection[int] = (), strava_ids: Collection[int] = ()
) -> list[sqlite3.Row]:
    """id, strava_id, name and local_date of activities, given their ids or their ids on Strava, in no order."""
    marks = [", ".join("?" * len(numbers)) for numbers in (ids, strava_ids)]
    return select_all(
        connection,
        ("id", "strava_id", "name", "local_date"),
        f"FROM activity WHERE id IN ({marks[0]}) OR strava_id IN ({marks[1]})",
        (*ids, *strava_ids),
    )


def splits(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The kilometre splits of an activity, in order."""
    return select_all(connection, SPLIT_COLUMNS, "FROM split WHERE activity_id = ? ORDER BY km", (activity_id,))


def laps(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The laps of an activity, in order."""
    return select_all(connection, LAP_COLUMNS, "FROM lap WHERE activity_id = ? ORDER BY lap_index", (activity_id,))


def efforts(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The efforts of an activity, shortest distance first; of one distance the effort that counts comes first."""
    return select_all(
        connection,
        EFFORT_COLUMNS,
        "FROM effort WHERE activity_id = ?"
        " ORDER BY distance_m, ignored_at IS NOT NULL, is_official DESC, quality = 'suspect', duration_exact_s",
        (activity_id,),
    )


def sources(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The source records of an activity, oldest first; ``totals`` and ``notes`` are JSON text."""
    return select_all(
        connection, _SOURCE_COLUMNS, "FROM activity_source WHERE activity_id = ? ORDER BY id", (activity_id,)
    )


def thumbnails(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The addresses of an activity's thumbnails, the smallest first."""
    return select_all(
        connection,
        ("url", "width", "height", "created_at [timestamp]"),
        "FROM thumbnail WHERE activity_id = ? ORDER BY width",
        (activity_id,),
    )


def neighbours(connection: sqlite3.Connection, activity_id: int) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
    """The activity before and the one after: id, name, local_date. Runs have runs as neighbours, others the others."""

    def adjacent(comparison: str, order: str) -> sqlite3.Row | None:
        return select_one(
            connection,
            ("a.id", "a.name", "a.local_date"),
            "FROM activity AS own CROSS JOIN activity AS a WHERE own.id = ? AND a.deleted_at IS NULL"
            f" AND (a.start_time, a.id) {comparison} (own.start_time, own.id)"
            f" AND (a.sport_type IN {RUNNING_SPORTS}) = (own.sport_type IN {RUNNING_SPORTS})"
            f" ORDER BY a.start_time {order}, a.id {order} LIMIT 1",
            (activity_id,),
        )

    return adjacent("<", "DESC"), adjacent(">", "ASC")


def passing(where: ActivityFilter) -> tuple[str, list[object]]:
    """A WHERE condition with placeholders, and their values."""
    terms: dict[str, object] = {
        "local_date >= ?": where.since and where.since.isoformat(),
        "local_date <= ?": where.until and where.until.isoformat(),
        "distance_km >= ? / 1000.0": where.min_distance_m,
        "distance_km <= ? / 1000.0": where.max_distance_m,
        "instr(casefold(name || ' ' || coalesce(description, '')), casefold(?)) > 0": where.text or None,
        "gear_name = ? COLLATE NOCASE": where.gear,
    }
    given = {term: value for term, value in terms.items() if value is not None}
    parts, values = [f"deleted_at IS {'NOT NULL' if where.deleted else 'NULL'}", *given], [*given.values()]
    if where.races:
        parts.append("workout_type = 1")
    if where.indoor is not None:
        parts.append(f"{IS_INDOORS} = {int(where.indoor)}")
    if where.sports:
        parts.append(f"lower(sport_type) IN ({', '.join('?' * len(where.sports))})")
        values += [sport.lower() for sport in where.sports]
    return " AND ".join(parts), values


def usual_timezone(connection: sqlite3.Connection, start_time: int) -> str | None:
    """The most frequent time zone of the 20 activities nearest in time; None where none has a zone."""
    timezone: str | None = select_value(
        connection,
        "timezone",
        "FROM (SELECT timezone FROM activity WHERE timezone IS NOT NULL AND deleted_at IS NULL"
        " ORDER BY abs(start_time - ?) LIMIT 20) GROUP BY timezone ORDER BY count(*) DESC, timezone LIMIT 1",
        (start_time,),
    )
    return timezone
