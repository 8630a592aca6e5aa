"""The stored ranks, ``best_effort``: whole columns out of the file, and only what has changed back into it.

A new run moves the ranks of thousands of slower ones. Their rows are changed where they lie, and no index is touched;
to write the table anew takes five times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.standings import Entrants, Standings
from runcoach.domain.windows import STORED
from runcoach.store.ranking import COUNTING_EFFORTS, COUNTING_RUNS, Scope

if TYPE_CHECKING:
    import sqlite3

    from runcoach.domain.standings import Changes, IntArray

#: SQLite's julian day of noon on the day before the first of the year 1, which Python counts from.
_JULIAN_NOUGHT = 1_721_425


def entrants(connection: sqlite3.Connection, scope: Scope) -> Entrants:
    """Every effort that counts within a scope."""
    asked = scope.parameters()
    ids, days = _columns(
        connection,
        f"SELECT group_concat(id), group_concat(CAST(julianday(local_date) + 0.5 AS INTEGER) - {_JULIAN_NOUGHT})"  # noqa: S608
        f" FROM ({COUNTING_RUNS} ORDER BY a.start_time, a.id)",
        asked,
    )
    distance_m, duration_s, activity_id = _columns(
        connection,
        "SELECT group_concat(distance_m), group_concat(duration_s), group_concat(activity_id)"  # noqa: S608
        f" FROM ({COUNTING_EFFORTS})",
        asked,
    )
    place_of = np.full(max(activity_id.max(initial=0), ids.max(initial=0)) + 1, -1)
    place_of[ids] = np.arange(ids.size)
    place = place_of[activity_id]
    runs = place >= 0
    place = place[runs]
    return Entrants(distance_m[runs], duration_s[runs], activity_id[runs], place, days[place])


def stored(connection: sqlite3.Connection) -> tuple[IntArray, Standings]:
    """The ids of all stored ranks, and what they say."""
    windows = " ".join(f"WHEN '{text}' THEN {number}" for number, text in enumerate(STORED))
    ids, *columns = _columns(
        connection,
        f"SELECT group_concat(id), group_concat(CASE window {windows} END), group_concat(distance_m),"  # noqa: S608
        " group_concat(activity_id), group_concat(duration_s), group_concat(rank) FROM best_effort",
        {},
    )
    return ids, Standings(*columns)


def change(connection: sqlite3.Connection, ids: IntArray, changes: Changes, as_of: str) -> None:
    """Carry changes into the stored ranks, whose ``ids`` are in the order of the old ones; all are of ``as_of`` now."""
    connection.executemany("DELETE FROM best_effort WHERE id = ?", ((each,) for each in ids[changes.gone].tolist()))
    connection.executemany(
        "UPDATE best_effort SET rank = ? WHERE id = ?",
        zip(changes.rank.tolist(), ids[changes.moved].tolist(), strict=True),
    )
    connection.execute("UPDATE best_effort SET as_of = :as_of WHERE as_of != :as_of", {"as_of": as_of})
    added = changes.added
    connection.executemany(
        "INSERT INTO best_effort (window, distance_m, activity_id, duration_s, rank, as_of) VALUES (?, ?, ?, ?, ?, ?)",
        ((STORED[window], *rest, as_of) for window, *rest in zip(*(column.tolist() for column in added), strict=True)),
    )


def _columns(connection: sqlite3.Connection, sql: str, parameters: dict[str, object]) -> list[IntArray]:
    """Each column of the one row that is asked for, whole numbers one after the other, as an array.

    A long text that SQLite puts together is read many times faster than rows of Python's numbers.
    """
    return [
        np.fromstring(text or "", dtype=np.int64, sep=",") for text in connection.execute(sql, parameters).fetchone()
    ]
