"""Writes activities and their parts. The caller holds the transaction."""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from runcoach.domain.activity import BuiltActivity, Effort, Quality, Split
from runcoach.domain.activity_fields import ACTIVITY_FIELDS
from runcoach.domain.distances import LENGTH_M
from runcoach.domain.streams import RESOLUTION, EncodedStream, Streams
from runcoach.errors import StoreError
from runcoach.store import edits, stream_codec, thumbnails
from runcoach.store.activity_queries import EFFORT_COLUMNS, LAP_COLUMNS, SPLIT_COLUMNS, typed
from runcoach.store.sqlite import statements
from runcoach.store.sqlite.statements import has_row
from runcoach.store.training import analytics

#: The columns that sources fill.
ACTIVITY_COLUMNS = tuple(field.name for field in ACTIVITY_FIELDS if field.is_written)

#: Tables of an activity's parts → their columns without the activity's id.
_PARTS = {
    "activity_stream": ("channel", "dtype", "n", "codec", "data"),
    "split": SPLIT_COLUMNS,
    "lap": LAP_COLUMNS,
    "effort": tuple(name.partition(" [")[0] for name in EFFORT_COLUMNS),
}
_INSERT = {table: statements.insert(table, ("activity_id", *columns)) for table, columns in _PARTS.items()}

_INSERT_EFFORT = """
INSERT OR IGNORE INTO effort (
    activity_id, distance_m, length_m, duration_s, duration_exact_s, start_s, end_s, quality, reason
) VALUES (:activity_id, :distance_m, :length_m, :duration_s, :exact_s, :start_s, :end_s, :quality, :reason)
"""

# An ignored effort that is computed again, a little earlier or later, stays ignored with its new figures.
_UPDATE_IGNORED = """
UPDATE OR IGNORE effort SET length_m = :length_m, duration_s = :duration_s, duration_exact_s = :exact_s,
    start_s = :start_s, end_s = :end_s, quality = :quality, reason = :reason
WHERE activity_id = :activity_id AND distance_m = :distance_m AND ignored_at IS NOT NULL AND is_official = 0
    AND min(end_s, :end_s) - max(start_s, :start_s) > 0.5 * (:end_s - :start_s)
"""


def insert(connection: sqlite3.Connection, columns: Mapping[str, Any]) -> int:
    """Insert an activity without its parts; its id. Missing columns are NULL."""
    now = int(time.time())
    values = {column: columns.get(column) for column in ACTIVITY_COLUMNS}
    return statements.insert_row(connection, "activity", {**values, "created_at": now, "updated_at": now})


def read(connection: sqlite3.Connection, activity_id: int) -> dict[str, Any]:
    """The :data:`ACTIVITY_COLUMNS` of one activity by name."""
    (row,) = statements.select_all(connection, typed(ACTIVITY_COLUMNS), "FROM activity WHERE id = ?", (activity_id,))
    return dict(row)


def put_parts(connection: sqlite3.Connection, activity_id: int, whole: BuiltActivity) -> None:
    """Replace streams, splits, laps and efforts.

    The runner's decisions on efforts are kept, and splits as Strava reported them, unless it reports others.
    """
    had_streams = connection.execute("DELETE FROM activity_stream WHERE activity_id = ?", (activity_id,)).rowcount > 0
    if whole.streams is not None:
        streams = [(activity_id, one.channel, one.dtype, one.n, one.codec, one.data) for one in whole.streams.channels]
        connection.executemany(_INSERT["activity_stream"], streams)
    if whole.streams is not None or had_streams:
        reason = "sync" if whole.source.kind == "strava" else "manual"
        thumbnails.outdated(connection, activity_id, reason)
        analytics.outdated(connection, activity_id, reason)
    if whole.splits_source == "strava" or not has_reported_splits(connection, activity_id):
        put_splits(connection, activity_id, whole.splits, whole.splits_source)
    connection.execute("DELETE FROM lap WHERE activity_id = ?", (activity_id,))
    laps = [(activity_id, *(getattr(lap, column) for column in LAP_COLUMNS)) for lap in whole.laps]
    connection.executemany(_INSERT["lap"], laps)
    put_efforts(connection, activity_id, whole.efforts)


def copy_parts(connection: sqlite3.Connection, from_id: int, to_id: int) -> None:
    """Replace an activity's streams, splits, laps and efforts by copies of another's."""
    statements.delete_rows(connection, to_id, _PARTS)
    for table, names in _PARTS.items():
        columns = ", ".join(names)
        connection.execute(
            f"INSERT INTO {table} (activity_id, {columns}) SELECT ?, {columns} FROM {table}"  # noqa: S608
            " WHERE activity_id = ?",
            (to_id, from_id),
        )
    connection.execute(
        "UPDATE activity SET (has_gps, fastest_pace_sec_per_km) ="
        " (SELECT has_gps, fastest_pace_sec_per_km FROM activity WHERE id = ?) WHERE id = ?",
        (from_id, to_id),
    )
    apply_effort_edits(connection, to_id)
    _mark_changed(connection, to_id)


def swap_parts(connection: sqlite3.Connection, first_id: int, second_id: int) -> None:
    """Give two activities each other's streams, splits, laps and efforts; the caller holds the transaction."""
    connection.execute("PRAGMA defer_foreign_keys = ON")  # until the commit: no activity has the id between
    between = -first_id
    for old, new in ((first_id, between), (second_id, first_id), (between, second_id)):
        for table in _PARTS:
            connection.execute(f"UPDATE {table} SET activity_id = ? WHERE activity_id = ?", (new, old))  # noqa: S608
    first, second = (read(connection, activity_id) for activity_id in (first_id, second_id))
    for activity_id, other in ((first_id, second), (second_id, first)):
        update(connection, activity_id, {name: other[name] for name in ("has_gps", "fastest_pace_sec_per_km")})
        apply_effort_edits(connection, activity_id)
        _mark_changed(connection, activity_id)


def _mark_changed(connection: sqlite3.Connection, activity_id: int) -> None:
    """Queue what depends on the samples and the sport of an activity: thumbnails and figures."""
    thumbnails.outdated(connection, activity_id, "manual")
    analytics.outdated(connection, activity_id, "manual")


def put_raw(connection: sqlite3.Connection, activity_id: int, raw: bytes) -> None:
    """Store Strava's detail as received, compressed."""
    connection.execute(
        "INSERT INTO activity_payload (activity_id, raw) VALUES (?, ?)"
        " ON CONFLICT (activity_id) DO UPDATE SET raw = excluded.raw",
        (activity_id, zlib.compress(raw, 1)),  # level 1: a third of the time of the default level, an eighth larger
    )


def read_raw(connection: sqlite3.Connection, activity_id: int) -> bytes | None:
    """Strava's detail as received; None without one. StoreError where it is damaged."""
    raw = statements.select_value(connection, "raw", "FROM activity_payload WHERE activity_id = ?", (activity_id,))
    try:
        return None if raw is None else zlib.decompress(raw)
    except zlib.error as error:
        problem = f"the stored Strava data of activity {activity_id} is damaged ({error})"
        raise StoreError(problem, hint="restore a backup") from error


def update(connection: sqlite3.Connection, activity_id: int, changed: Mapping[str, Any]) -> None:
    """Set columns of one activity and its ``updated_at``; ValueError for an unknown column."""
    unknown = set(changed) - set(ACTIVITY_COLUMNS)
    if unknown:
        raise ValueError(f"activity has no {', '.join(sorted(unknown))}")
    values = {**changed, "updated_at": int(time.time())}
    connection.execute(statements.update("activity", values, "id = :id"), {**values, "id": activity_id})
    if "sport_type" in changed:
        _mark_changed(connection, activity_id)


def put_splits(connection: sqlite3.Connection, activity_id: int, splits: Iterable[Split], source: str) -> None:
    """Replace the splits of an activity."""
    connection.execute("DELETE FROM split WHERE activity_id = ?", (activity_id,))
    connection.executemany(
        _INSERT["split"],
        [
            (
                *(activity_id, split.km, split.distance_m, split.moving_s, split.elapsed_s, split.avg_speed_ms),
                *(split.pace_sec_per_km, split.elevation_gain_m, split.avg_hr_bpm, source),
            )
            for split in splits
        ],
    )


def put_efforts(connection: sqlite3.Connection, activity_id: int, efforts: Sequence[Effort]) -> None:
    """Replace the efforts of an activity, except ignored ones; one over the same stretch updates an ignored one.

    Where the runner has ignored the whole activity, the new ones are ignored too.
    """
    restore_run(connection, activity_id)
    connection.execute("DELETE FROM effort WHERE activity_id = ? AND ignored_at IS NULL", (activity_id,))
    rows = [{**asdict(effort), "duration_s": effort.duration_s, "activity_id": activity_id} for effort in efforts]
    if ignored_efforts(connection, activity_id):
        rows = [row for row in rows if not connection.execute(_UPDATE_IGNORED, row).rowcount]
    connection.executemany(_INSERT_EFFORT, rows)
    apply_effort_edits(connection, activity_id)


def restore_run(connection: sqlite3.Connection, activity_id: int) -> None:
    """Include the efforts that are ignored with their whole activity again, not those ignored one by one."""
    connection.execute(
        "UPDATE effort SET ignored_at = NULL, ignored_reason = NULL WHERE activity_id = ? AND ignored_at ="
        " (SELECT created_at FROM activity_edit WHERE activity_id = effort.activity_id AND field = ?)",
        (activity_id, edits.EFFORTS_IGNORED),
    )


def apply_effort_edits(connection: sqlite3.Connection, activity_id: int) -> None:
    """Ignore all efforts of an activity that the runner has ignored as a whole, and add its official result.

    The official result counts instead of the computed efforts of its distance.
    """
    ignored = edits.run_ignored(connection, activity_id)
    if ignored is not None:
        connection.execute(
            "UPDATE effort SET ignored_at = ?, ignored_reason = ?"
            " WHERE activity_id = ? AND ignored_at IS NULL AND is_official = 0",
            (*ignored, activity_id),
        )
    connection.execute("DELETE FROM effort WHERE activity_id = ? AND is_official = 1", (activity_id,))
    connection.execute("UPDATE effort SET is_superseded = 0 WHERE activity_id = ?", (activity_id,))
    stored = edits.read(connection, activity_id)
    if edits.OFFICIAL_TIME not in stored:
        return
    distance_m, duration_s = stored[edits.OFFICIAL_DISTANCE], stored[edits.OFFICIAL_TIME]
    connection.execute(
        "UPDATE effort SET is_superseded = 1 WHERE activity_id = ? AND distance_m = ?", (activity_id, distance_m)
    )
    # A result has no place in the recording: start_s and end_s are 0.
    connection.execute(
        "INSERT INTO effort (activity_id, distance_m, length_m, duration_s, duration_exact_s, start_s, end_s, quality,"
        " is_official) VALUES (?, ?, ?, ?, ?, 0.0, 0.0, 'ok', 1)",
        (activity_id, distance_m, LENGTH_M[distance_m], duration_s, float(duration_s)),
    )


def ignored_efforts(connection: sqlite3.Connection, activity_id: int) -> list[Effort]:
    """The efforts of an activity that the runner has ignored one by one, not with the whole activity."""
    ignored = edits.run_ignored(connection, activity_id)
    found = "ignored_at IS NOT NULL" + ("" if ignored is None else f" AND ignored_at != {ignored[0]:d}")
    return _efforts(connection, activity_id, found)


def read_streams(connection: sqlite3.Connection, activity_id: int, only: Container[str] = RESOLUTION) -> Streams | None:
    """The streams of an activity, or ``only`` some channels; None without samples."""
    rows = connection.execute(
        "SELECT channel, dtype, n, codec, data FROM activity_stream WHERE activity_id = ?", (activity_id,)
    )
    return stream_codec.unpack((EncodedStream(*row) for row in rows), only)


def has_streams(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Whether an activity has samples."""
    return has_row(connection, "FROM activity_stream WHERE activity_id = ?", (activity_id,))


def has_reported_splits(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Whether an activity has splits as Strava reported them."""
    return statements.has_row(connection, "FROM split WHERE activity_id = ? AND source = 'strava'", (activity_id,))


def read_efforts(connection: sqlite3.Connection, activity_id: int) -> list[Effort]:
    """The computed efforts of an activity: those that count, suspect and ignored ones."""
    return _efforts(connection, activity_id, "is_official = 0")


def _efforts(connection: sqlite3.Connection, activity_id: int, condition: str) -> list[Effort]:
    names = ("distance_m", "length_m", "duration_exact_s AS exact_s", "start_s", "end_s", "quality", "reason")
    found = f"FROM effort WHERE activity_id = ? AND {condition} ORDER BY distance_m, start_s, end_s"
    rows = statements.select_all(connection, names, found, (activity_id,))
    return [Effort(**{**dict(row), "quality": Quality(row["quality"])}) for row in rows]
