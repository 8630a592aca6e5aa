"""The stored ranks, ``best_effort``: whole columns out of the file, and only what has changed back into it.

A new run moves the ranks of thousands of slower ones. Their rows are changed where they lie, and no index is touched.
Where much of it is new, the first time above all, the table is written anew, and its indexes after it.

Columns travel both ways as one text of whole numbers, which SQLite puts together and takes apart many times faster
than rows of Python's numbers are handed over one by one.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.standings import Entrants, Standings
from runcoach.domain.windows import STORED
from runcoach.store.effort_queries import COUNTING_EFFORTS, COUNTING_RUNS, EffortFilter

if TYPE_CHECKING:
    import sqlite3

    from runcoach.domain.standings import Changes, IntArray

#: SQLite's julian day of noon on the day before the first of the year 1, which Python counts from.
_JULIAN_NOUGHT = 1_721_425

#: From this share of new ranks on it is quicker to write all of them anew.
ANEW = 0.3

#: Room for a rank, or for the seconds of an effort: no recording is let in that lasts a hundred days.
_BITS = 24
_MASK = (1 << _BITS) - 1


def entrants(connection: sqlite3.Connection, scope: EffortFilter) -> Entrants:
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


def change(connection: sqlite3.Connection, ids: IntArray, new: Standings, changes: Changes, as_of: str) -> None:
    """Make the stored ranks, whose ``ids`` are in the order of the old ones, the ``new`` ones; all are of ``as_of``."""
    if changes.added.rank.size > ANEW * new.rank.size:
        _write_anew(connection, new, as_of)
        return
    connection.executemany("DELETE FROM best_effort WHERE id = ?", ((each,) for each in ids[changes.gone].tolist()))
    connection.execute(
        f"UPDATE best_effort SET rank = value & {_MASK} FROM json_each(?) WHERE best_effort.id = value >> {_BITS}",  # noqa: S608
        (_text(ids[changes.moved], changes.rank),),
    )
    connection.execute("UPDATE best_effort SET as_of = :as_of WHERE as_of != :as_of", {"as_of": as_of})
    connection.executemany(
        "INSERT INTO best_effort (window, distance_m, activity_id, duration_s, rank, as_of) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (STORED[window], *rest, as_of)
            for window, *rest in zip(*(each.tolist() for each in changes.added), strict=True)
        ),
    )


def _write_anew(connection: sqlite3.Connection, new: Standings, as_of: str) -> None:
    """Replace all ranks; each index is sorted once, when they are there, and not kept in order row by row."""
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'best_effort'"
    ).fetchall()
    for index in indexes:
        connection.execute(f"DROP INDEX {index['name']}")
    connection.execute("DELETE FROM best_effort")
    firsts = (new.rank == 1).nonzero()[0]
    for first, last in pairwise([*firsts.tolist(), new.rank.size]):
        connection.execute(
            "INSERT INTO best_effort (window, distance_m, activity_id, duration_s, rank, as_of)"  # noqa: S608
            f" SELECT ?, ?, value >> {_BITS}, value & {_MASK}, key + 1, ? FROM json_each(?)",
            (
                STORED[int(new.window[first])],
                int(new.distance_m[first]),
                as_of,
                _text(new.activity_id[first:last], new.duration_s[first:last]),
            ),
        )
    for index in indexes:
        connection.execute(index["sql"])


def _text(high: IntArray, low: IntArray) -> str:
    """Pairs of whole numbers as a JSON array, each pair one number: ``high << _BITS | low``."""
    return f"[{','.join(map(str, (high << _BITS | low).tolist()))}]"


def _columns(connection: sqlite3.Connection, sql: str, parameters: dict[str, object]) -> list[IntArray]:
    """Each column of the one row that is asked for, whole numbers one after the other, as an array."""
    return [
        np.fromstring(text or "", dtype=np.int64, sep=",") for text in connection.execute(sql, parameters).fetchone()
    ]
