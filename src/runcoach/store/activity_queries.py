"""Reads activities and their parts: lists with filters, one with everything, totals by period. Columns are explicit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from runcoach.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    import sqlite3

    from runcoach.domain.filters import ActivityFilter

#: What a list shows of an activity; large fields are never among them.
LIST_COLUMNS = (
    *("id", "strava_id", "name", "sport_type", "start_time", "utc_offset_s", "timezone", "local_date"),
    *("distance_m", "distance_km", "moving_time_sec", "elapsed_time_sec", "elevation_gain_m"),
    *("avg_hr", "max_hr", "avg_cadence", "avg_pace_sec_per_km", "fastest_pace_sec_per_km"),
    *("gear_name", "is_private", "workout_type", "trainer", "has_gps", "updated_at"),
)

#: What one activity shows beyond that.
DETAIL_COLUMNS = (
    *LIST_COLUMNS,
    *("athlete_id", "max_cadence", "calories", "avg_power", "max_power", "temperature", "description"),
    *("achievement_count", "photo_count", "elevation_low_m", "elevation_high_m", "device_name", "created_at"),
    "deleted_at",
)

#: What a list may be sorted by → the column and whether the natural order is descending.
SORTS: dict[str, tuple[str, bool]] = {
    "date": ("start_time", True),
    "distance": ("distance_km", True),
    "time": ("moving_time_sec", True),
    "pace": ("avg_pace_sec_per_km", False),
    "fastest": ("fastest_pace_sec_per_km", False),
    "climb": ("elevation_gain_m", True),
    "name": ("name COLLATE NOCASE", False),
}

PERIODS: dict[str, str] = {
    # Weeks begin on Monday: the date of that Monday names the week.
    "week": "date(local_date, 'weekday 0', '-6 days')",
    "month": "substr(local_date, 1, 7)",
    "year": "substr(local_date, 1, 4)",
}


def activities(
    connection: sqlite3.Connection,
    where: ActivityFilter,
    *,
    sort: str = "date",
    reverse: bool = False,
    limit: int | None = None,
) -> list[sqlite3.Row]:
    """The activities that pass a filter, with :data:`LIST_COLUMNS`; missing values come last whatever the order."""
    condition, values = passing(where)
    column, descending = SORTS[sort]
    direction = "DESC" if descending != reverse else "ASC"
    return connection.execute(
        f"SELECT {', '.join(LIST_COLUMNS)} FROM activity WHERE {condition}"  # noqa: S608
        f" ORDER BY {column} {direction} NULLS LAST, start_time DESC, id DESC LIMIT ?",
        (*values, -1 if limit is None else limit),
    ).fetchall()


def count(connection: sqlite3.Connection, where: ActivityFilter) -> int:
    """How many activities pass a filter."""
    condition, values = passing(where)
    row = connection.execute(f"SELECT count(*) AS n FROM activity WHERE {condition}", values).fetchone()  # noqa: S608
    return int(row["n"])


def with_raw(connection: sqlite3.Connection, where: ActivityFilter) -> list[int]:
    """The ids of the activities that pass a filter and have Strava's answer beside them, oldest first."""
    condition, values = passing(where)
    rows = connection.execute(
        f"SELECT id FROM activity WHERE {condition}"  # noqa: S608
        " AND EXISTS (SELECT 1 FROM activity_payload WHERE activity_id = activity.id AND raw IS NOT NULL)"
        " ORDER BY start_time, id",
        values,
    )
    return [row["id"] for row in rows]


def resolve(connection: sqlite3.Connection, reference: str) -> int:
    """The internal id of ``42``, of a Strava id, or of ``strava:42``; where a number is both, the internal id wins.

    Raises UsageError for any other form, NotFoundError where no activity has the number or the file holds none at all.
    """
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM activity)").fetchone()[0]:
        raise NotFoundError("there are no activities yet", hint="run `runcoach import FOLDER` first")
    prefix, _, number = reference.strip().rpartition(":")
    if not (number.isascii() and number.isdecimal()) or len(number) > 18 or prefix not in {"", "strava"}:
        raise UsageError(f"{reference!r} is no activity id", hint="take one from `runcoach activities`, or strava:ID")
    row = connection.execute(
        "SELECT id FROM activity WHERE (id = :number AND :prefix = '') OR strava_id = :number"
        " ORDER BY id = :number AND :prefix = '' DESC LIMIT 1",
        {"number": int(number), "prefix": prefix},
    ).fetchone()
    if row is None:
        raise NotFoundError(f"there is no activity {reference}", hint="`runcoach activities` lists them")
    return int(row["id"])


def activity(connection: sqlite3.Connection, activity_id: int) -> sqlite3.Row:
    """One activity with :data:`DETAIL_COLUMNS`."""
    row: sqlite3.Row | None = connection.execute(
        f"SELECT {', '.join(DETAIL_COLUMNS)} FROM activity WHERE id = ?",  # noqa: S608
        (activity_id,),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"there is no activity {activity_id}", hint="`runcoach activities` lists them")
    return row


def splits(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The kilometre splits of an activity, in order."""
    return connection.execute(
        "SELECT km, distance_m, moving_time_sec, elapsed_time_sec, avg_speed_ms, pace_sec, elev_gain_m, hr_avg, source"
        " FROM split WHERE activity_id = ? ORDER BY km",
        (activity_id,),
    ).fetchall()


def laps(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The laps of an activity, in order."""
    return connection.execute(
        "SELECT lap_index, name, start_s, distance_m, elapsed_s, moving_s, elevation_gain_m, avg_hr_bpm, max_hr_bpm,"
        " avg_cadence_spm, avg_power_w, calories_kcal FROM lap WHERE activity_id = ? ORDER BY lap_index",
        (activity_id,),
    ).fetchall()


def efforts(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """The efforts of an activity, shortest distance first."""
    return connection.execute(
        "SELECT distance_m, length_m, duration_s, duration_exact_s, start_s, end_s, quality, reason, ignored_at,"
        " ignored_reason FROM effort WHERE activity_id = ? ORDER BY distance_m",
        (activity_id,),
    ).fetchall()


def sources(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """Where an activity came from, oldest first; ``totals`` and ``notes`` are JSON text."""
    return connection.execute(
        "SELECT id, batch_id, kind, format, name, sha256, item, items, totals, notes, created_at, detached_at"
        " FROM activity_source WHERE activity_id = ? ORDER BY id",
        (activity_id,),
    ).fetchall()


def thumbnails(connection: sqlite3.Connection, activity_id: int) -> list[sqlite3.Row]:
    """Where the images of an activity are to be had, the smallest first; never the images themselves."""
    return connection.execute(
        "SELECT url, width, height, created_at FROM thumbnail WHERE activity_id = ? ORDER BY width", (activity_id,)
    ).fetchall()


def totals(
    connection: sqlite3.Connection, period: Literal["week", "month", "year"], where: ActivityFilter
) -> list[sqlite3.Row]:
    """Sums by week, month or year, newest first: period, activities, distance_m, moving_time_sec, elevation_gain_m."""
    condition, values = passing(where)
    return connection.execute(
        f"SELECT {PERIODS[period]} AS period, count(*) AS activities, sum(distance_m) AS distance_m,"  # noqa: S608
        " sum(moving_time_sec) AS moving_time_sec, sum(elevation_gain_m) AS elevation_gain_m,"
        " max(distance_m) AS longest_m"
        f" FROM activity WHERE {condition} GROUP BY period ORDER BY period DESC",
        values,
    ).fetchall()


def overview(connection: sqlite3.Connection) -> sqlite3.Row:
    """One row on the whole file: activities, runs, first and last local date, efforts, batches, stream bytes."""
    row: sqlite3.Row = connection.execute(
        """
        SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS activities,
               count(*) FILTER (WHERE deleted_at IS NULL AND sport_type IN ('Run', 'TrailRun', 'VirtualRun')) AS runs,
               count(*) FILTER (WHERE deleted_at IS NOT NULL) AS deleted,
               min(local_date) FILTER (WHERE deleted_at IS NULL) AS first_date,
               max(local_date) FILTER (WHERE deleted_at IS NULL) AS last_date,
               sum(distance_m) FILTER (WHERE deleted_at IS NULL) AS distance_m,
               (SELECT count(*) FROM effort) AS efforts,
               (SELECT count(*) FROM import_batch) AS batches,
               (SELECT max(finished_at) FROM import_batch) AS last_import
        FROM activity
        """
    ).fetchone()
    return row


def passing(where: ActivityFilter) -> tuple[str, list[object]]:
    """A WHERE condition and its values; every value is bound, none is written into the text."""
    terms: list[tuple[str, object]] = []
    if where.since is not None:
        terms.append(("local_date >= ?", where.since.isoformat()))
    if where.until is not None:
        terms.append(("local_date <= ?", where.until.isoformat()))
    if where.min_distance_m is not None:
        terms.append(("distance_km >= ?", where.min_distance_m / 1000.0))
    if where.max_distance_m is not None:
        terms.append(("distance_km <= ?", where.max_distance_m / 1000.0))
    if where.text:
        terms.append(("instr(casefold(name || ' ' || coalesce(description, '')), casefold(?)) > 0", where.text))
    parts = [f"deleted_at IS {'NOT NULL' if where.deleted else 'NULL'}", *(term for term, _ in terms)]
    values = [value for _, value in terms]
    if where.sports:
        parts.append(f"lower(sport_type) IN ({', '.join('?' * len(where.sports))})")
        values += [sport.lower() for sport in where.sports]
    return " AND ".join(parts), values
