"""Original files of activities: written with their sources, read for an export. Files of a source go with it."""

from __future__ import annotations

import hashlib
import sqlite3
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from runcoach.errors import StoreError
from runcoach.store.sqlite.statements import has_row, select_all, select_value, select_values

#: Level 6 makes FIT files 4 % smaller than level 1 and takes three times as long.
_LEVEL = 1

_LACKS_FILE = "detached_at IS NULL AND id NOT IN (SELECT source_id FROM source_original)"


@dataclass(frozen=True, slots=True)
class KeptOriginal:
    """A file of an activity: kind and format of the source that it belongs to."""

    original_id: int
    kind: str
    format: str


@dataclass(frozen=True, slots=True)
class OriginalsSize:
    """How many files are kept, and the bytes that they take in the database."""

    files: int
    stored_bytes: int


def put(connection: sqlite3.Connection, source_ids: Sequence[int], content: bytes) -> None:
    """Keep the file of some sources, once whatever their number; those that have one keep it, in one transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    original_id = select_value(connection, "id", "FROM original_file WHERE sha256 = ?", (sha256,))
    if original_id is None:
        original_id = connection.execute(
            "INSERT INTO original_file (sha256, size_bytes, created_at, content) VALUES (?, ?, ?, ?)",
            (sha256, len(content), int(time.time()), zlib.compress(content, _LEVEL)),
        ).lastrowid
    connection.executemany(
        "INSERT OR IGNORE INTO source_original (source_id, original_id) VALUES (?, ?)",
        [(source_id, original_id) for source_id in source_ids],
    )


def sources_without(connection: sqlite3.Connection, sha256: str) -> list[int]:
    """The attached sources with this hash, those of one imported file, whose file is not kept."""
    return select_values(connection, "id", f"FROM activity_source WHERE sha256 = ? AND {_LACKS_FILE}", (sha256,))


def lacks_file(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Whether an activity has an attached source of the kind ``file`` whose file is not kept."""
    file_source = f"FROM activity_source WHERE activity_id = ? AND kind = 'file' AND {_LACKS_FILE}"
    return has_row(connection, file_source, (activity_id,))


def of_activity(connection: sqlite3.Connection, activity_id: int) -> list[KeptOriginal]:
    """The kept files of an activity's attached sources, oldest source first."""
    kept = (
        "FROM activity_source JOIN source_original ON source_id = id"
        " WHERE activity_id = ? AND detached_at IS NULL ORDER BY id"
    )
    return [
        KeptOriginal(*row) for row in select_all(connection, ("original_id", "kind", "format"), kept, (activity_id,))
    ]


def read(connection: sqlite3.Connection, original_id: int) -> bytes:
    """The bytes of a kept file; StoreError where they are damaged."""
    row = connection.execute("SELECT sha256, content FROM original_file WHERE id = ?", (original_id,)).fetchone()
    try:
        content = zlib.decompress(row["content"])
    except zlib.error as error:
        raise StoreError(f"the original file {original_id} is damaged: {error}") from error
    if hashlib.sha256(content).hexdigest() != row["sha256"]:
        raise StoreError(f"the original file {original_id} is damaged: its checksum differs")
    return content


def size(connection: sqlite3.Connection) -> OriginalsSize:
    """Number and stored size of all kept files; reads no content."""
    row = connection.execute("SELECT count(*), coalesce(sum(length(content)), 0) FROM original_file").fetchone()
    return OriginalsSize(*row)
