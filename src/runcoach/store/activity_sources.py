"""Source records: what each file, archive row or remote service states of an activity."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from runcoach.store import originals
from runcoach.store.sqlite.statements import (
    insert_row,
    select,
    select_all,
    select_one,
    select_value,
    select_values,
    update,
)

if TYPE_CHECKING:
    from runcoach.domain.activity import SourceRecord

#: What a source states and assumes of an activity, as `ingest.source_values` makes it; stored in the column `account`.
SourceValues = dict[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Attached:
    """A stored source record; ``lacks_samples``: its samples were replaced by Strava's, which were deleted since."""

    source_id: int
    activity_id: int
    is_detached: bool
    lacks_samples: bool = False


def add(
    connection: sqlite3.Connection,
    activity_id: int,
    source: SourceRecord,
    values: Mapping[str, Mapping[str, Any]],
    batch_id: int | None,
    *,
    replaces: int | None = None,
) -> None:
    """Add a source record, with its original file where it has one, to an activity.

    It takes the place of the record ``replaces``, with its id: a merge of activities records ids.
    """
    totals = {name: value for name, value in asdict(source.totals).items() if value is not None}
    own = {name: getattr(source, name) for name in ("kind", "format", "name", "sha256", "item", "items")}
    stated = {
        "totals": json.dumps(totals),
        "account": json.dumps(values, ensure_ascii=False),
        "notes": json.dumps(source.notes, ensure_ascii=False),
    }
    of_import = {"activity_id": activity_id, "batch_id": batch_id, "created_at": int(time.time())}
    row = {**of_import, **own, **stated, "detached_at": None}
    if replaces is None:
        source_id = insert_row(connection, "activity_source", row)
    else:
        source_id = replaces
        connection.execute(update("activity_source", row, "id = :id"), {**row, "id": source_id})
        connection.execute("DELETE FROM source_original WHERE source_id = ?", (source_id,))
    if source.original is not None:
        originals.put(connection, [source_id], source.original)


def find(connection: sqlite3.Connection, sha256: str, item: int) -> Attached | None:
    """The source record of a file's nth activity, detached ones included; None where the file is unknown."""
    is_detached = "detached_at IS NOT NULL AS is_detached [flag]"
    lacks_samples = "json_extract(account, '$.lacksSamples') IS NOT NULL AS lacks_samples [flag]"
    names = ("id", "activity_id", is_detached, lacks_samples)
    row = select_one(connection, names, "FROM activity_source WHERE sha256 = ? AND item = ?", (sha256, item))
    return None if row is None else Attached(*row)


def is_whole(connection: sqlite3.Connection, sha256: str) -> bool:
    """Whether every activity of the file with this hash is stored."""
    here = (
        "FROM activity_source WHERE sha256 = ? AND detached_at IS NULL"
        " AND json_extract(account, '$.lacksSamples') IS NULL"
    )
    return bool(select_value(connection, "count(*) = max(items)", here, (sha256,)))


def source_values(
    connection: sqlite3.Connection, activity_id: int, *, or_detached: bool = False
) -> list[tuple[str, SourceValues]]:
    """``(kind, values)`` of every source record attached to an activity, oldest first.

    ``or_detached``: of the detached ones where none is attached.
    """
    stored = "FROM activity_source WHERE activity_id = ? AND (detached_at IS NOT NULL) = ? ORDER BY id"
    for detached in (False, True) if or_detached else (False,):
        rows = select_all(connection, ("kind", "account"), stored, (activity_id, detached))
        if rows:
            return [(row["kind"], json.loads(row["account"])) for row in rows]
    return []


def find_version(connection: sqlite3.Connection, activity_id: int, kind: str, name: str) -> int | None:
    """The id of an activity's source record of this kind and name; None without one.

    The name of an archive's row changes with the archive: of that kind an activity has only one.
    """
    same = "activity_id = ? AND kind = ? AND (kind = 'archive' OR name = ?)"
    found = f"FROM activity_source WHERE {same} ORDER BY id LIMIT 1"
    source_id: int | None = select_value(connection, "id", found, (activity_id, kind, name))
    return source_id


def remove(connection: sqlite3.Connection, source_id: int) -> None:
    """Delete a source record, to be written again for another activity."""
    connection.execute("DELETE FROM activity_source WHERE id = ?", (source_id,))


def reattach(connection: sqlite3.Connection, source_id: int, batch_id: int | None) -> None:
    """Attach a detached source record again, as part of a new batch."""
    connection.execute(
        "UPDATE activity_source SET detached_at = NULL, batch_id = ? WHERE id = ?", (batch_id, source_id)
    )


def lack_samples(connection: sqlite3.Connection, activity_id: int) -> None:
    """Mark an activity's source records as without samples, so that importing their files again restores them."""
    connection.execute(
        "UPDATE activity_source SET account = json_set(account, '$.lacksSamples', json('true')) WHERE activity_id = ?"
        " AND json_extract(account, '$.samples') IS NOT NULL",
        (activity_id,),
    )


def brought_again(connection: sqlite3.Connection, source_id: int) -> None:
    """Remove the mark of :func:`lack_samples`."""
    connection.execute(
        "UPDATE activity_source SET account = json_remove(account, '$.lacksSamples') WHERE id = ?", (source_id,)
    )


def detach_batch(connection: sqlite3.Connection, batch_id: int) -> list[int]:
    """Detach every source of a batch; returns the affected activities."""
    detached = connection.execute(
        "UPDATE activity_source SET detached_at = ? WHERE batch_id = ? AND detached_at IS NULL RETURNING activity_id",
        (int(time.time()), batch_id),
    )
    return sorted({activity_id for (activity_id,) in detached})


def move(connection: sqlite3.Connection, source_ids: list[int], activity_id: int) -> None:
    """Attach source records to another activity instead."""
    connection.execute(
        "UPDATE activity_source SET activity_id = ? WHERE id IN (SELECT value FROM json_each(?))",
        (activity_id, json.dumps(source_ids)),
    )


def with_same_strava_id(connection: sqlite3.Connection, activity_id: int, source_ids: list[int]) -> list[int]:
    """The ids of an activity's source records that are among ``source_ids`` or state the Strava id of one of them."""
    strava_id = "json_extract(account, '$.says.strava_id')"
    among = "id IN (SELECT value FROM json_each(:ids))"
    stated = select((strava_id,), f"FROM activity_source WHERE {among}")
    rows = f"FROM activity_source WHERE activity_id = :activity_id AND ({among} OR {strava_id} IN ({stated}))"
    return select_values(connection, "id", rows, {"activity_id": activity_id, "ids": json.dumps(source_ids)})


def ids_of(connection: sqlite3.Connection, activity_id: int) -> list[int]:
    """The ids of the source records attached to an activity."""
    attached = "FROM activity_source WHERE activity_id = ? AND detached_at IS NULL ORDER BY id"
    return select_values(connection, "id", attached, (activity_id,))


def formats(connection: sqlite3.Connection, activity_id: int) -> list[tuple[str, str]]:
    """``(kind, format)`` of every source attached to an activity."""
    attached = "FROM activity_source WHERE activity_id = ? AND detached_at IS NULL"
    return [(kind, name) for kind, name in select_all(connection, ("kind", "format"), attached, (activity_id,))]


def read_values(connection: sqlite3.Connection, source_id: int) -> SourceValues:
    """What a source record states."""
    return dict(json.loads(select_value(connection, "account", "FROM activity_source WHERE id = ?", (source_id,))))


def replace_values(connection: sqlite3.Connection, source_id: int, values: SourceValues) -> None:
    """Replace what a source record states; the caller holds the transaction."""
    connection.execute(
        "UPDATE activity_source SET account = ? WHERE id = ?", (json.dumps(values, ensure_ascii=False), source_id)
    )


def detach(connection: sqlite3.Connection, source_id: int) -> None:
    """Detach a source record; the caller holds the transaction."""
    connection.execute(
        "UPDATE activity_source SET detached_at = ? WHERE id = ? AND detached_at IS NULL", (int(time.time()), source_id)
    )


def count_by_kind(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Kind → how many activities have an attached source of it, and how many of them have no other kind."""
    rows = connection.execute(
        "SELECT kind, count(*) AS activities, count(*) FILTER (WHERE kinds = 1) AS alone FROM ("
        "SELECT DISTINCT s.activity_id, s.kind, (SELECT count(DISTINCT o.kind) FROM activity_source o"
        " WHERE o.activity_id = s.activity_id AND o.detached_at IS NULL) AS kinds"
        " FROM activity_source s JOIN activity a ON a.id = s.activity_id"
        " WHERE s.detached_at IS NULL AND a.deleted_at IS NULL) GROUP BY kind"
    )
    return {row["kind"]: (row["activities"], row["alone"]) for row in rows}
