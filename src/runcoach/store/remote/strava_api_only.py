"""Leaves out activities that only Strava's API knows: its policy forbids passing them on, to an AI for example.

Temporary views with the names of the tables hide their rows. A name without a schema means the view, so every query of
the store answers without them, sums and rankings included. A view has no indexes: no query may name one (INDEXED BY).
"""

from __future__ import annotations

import sqlite3

from runcoach.store.sqlite.statements import count_rows, select

#: The ids of activities whose attached sources are all of the kind ``strava``.
STRAVA_API_ONLY = """
    SELECT activity_id FROM main.activity_source WHERE detached_at IS NULL
    GROUP BY activity_id HAVING min(kind) = 'strava' AND max(kind) = 'strava'
"""

#: Ranked over all activities; without it, every ranking is computed from ``effort``.
_DERIVED_FROM_ALL = frozenset({"best_effort"})


def hide_strava_api_only(connection: sqlite3.Connection) -> int:
    """Hide these activities, with all that belongs to them, from this connection; return how many are not deleted.

    Where there are none, nothing is changed. For reading connections: the views cannot be written to.
    """
    hidden = [tuple(row) for row in connection.execute(STRAVA_API_ONLY)]
    if not hidden:
        return 0
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("CREATE TEMP TABLE hidden_activity (id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO hidden_activity VALUES (?)", hidden)
    count = count_rows(connection, "FROM hidden_activity JOIN activity USING (id) WHERE deleted_at IS NULL")
    for table, column in _tables_by_activity(connection):
        rows = "0" if table in _DERIVED_FROM_ALL else f"{column} NOT IN ({select(('id',), 'FROM hidden_activity')})"
        connection.execute(f"CREATE TEMP VIEW {table} AS {select(('*',), f'FROM main.{table} WHERE {rows}')}")
    return count


def _tables_by_activity(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Each table with rows of single activities, and the column that holds the activity's id."""
    found = connection.execute(
        "SELECT t.name, c.name FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name) AS c"
        " WHERE t.schema = 'main' AND t.type = 'table'"
        " AND (c.name = 'activity_id' OR t.name = 'activity' AND c.name = 'id')"
    )
    return [(table, column) for table, column in found]
