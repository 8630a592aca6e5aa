"""Builds and runs statements from column names and conditions that this code knows; values are always bound.

A column may name the type of its values, which SQLite's own types do not tell: ``"created_at [timestamp]"`` is returned
as a :class:`~runcoach.domain.json_format.Timestamp`, ``"trainer [flag]"`` as a bool.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runcoach.domain.json_format import Timestamp
from runcoach.domain.sports import INDOOR_RUNNING, RUNNING

if TYPE_CHECKING:
    Values = Sequence[Any] | Mapping[str, Any]

#: The sports that count as running, for ``sport_type IN …``.
RUNNING_SPORTS = f"({', '.join(repr(sport) for sport in sorted(RUNNING))})"

#: Those of them that are always indoors.
INDOOR_SPORTS = f"({', '.join(repr(sport) for sport in sorted(INDOOR_RUNNING))})"

#: The condition over ``activity AS a`` that it is a run whose date is known.
IS_DATED_RUN = f"a.deleted_at IS NULL AND a.is_undated = 0 AND a.sport_type IN {RUNNING_SPORTS}"

#: The condition over ``activity AS a`` that its local date is from ``:since`` to ``:until``. Local dates have no index;
#: in UTC an activity began at most a day earlier or later.
IN_SPAN = (
    "a.start_time >= unixepoch(:since) - 86400 AND a.start_time < unixepoch(:until) + 172800"
    " AND a.local_date BETWEEN :since AND :until"
)

#: The conditions over ``activity`` that a run is indoors, and over ``activity AS a`` that it is outdoors. A run without
#: samples has no positions either: whether it was indoors is only what is said of it.
IS_INDOORS = f"(has_gps = 0 OR trainer = 1 OR sport_type IN {INDOOR_SPORTS})"
SAID_OUTDOORS = f"a.trainer = 0 AND a.sport_type NOT IN {INDOOR_SPORTS}"
IS_OUTDOORS = f"a.has_gps = 1 AND {SAID_OUTDOORS}"

sqlite3.register_converter("timestamp", Timestamp)
sqlite3.register_converter("flag", lambda value: value == b"1")


def select(names: Iterable[str], rest: str) -> str:
    """``SELECT names rest``; ``a.start_time [timestamp]`` is named ``start_time``."""
    return f"SELECT {', '.join(map(_column, names))} {rest}"


def select_all(
    connection: sqlite3.Connection, names: Iterable[str], rest: str, values: Values = ()
) -> list[sqlite3.Row]:
    """The rows of ``SELECT names rest``."""
    return connection.execute(select(names, rest), values).fetchall()


def select_one(
    connection: sqlite3.Connection, names: Iterable[str], rest: str, values: Values = ()
) -> sqlite3.Row | None:
    """The first row of ``SELECT names rest``; None without any."""
    row: sqlite3.Row | None = connection.execute(select(names, rest), values).fetchone()
    return row


def select_value(connection: sqlite3.Connection, name: str, rest: str, values: Values = ()) -> Any:
    """The value of the first row of ``SELECT name rest``; None without any."""
    row = connection.execute(f"SELECT {name} {rest}", values).fetchone()
    return None if row is None else row[0]


def select_values(connection: sqlite3.Connection, name: str, rest: str, values: Values = ()) -> list[Any]:
    """The values of ``SELECT name rest``."""
    return [value for (value,) in connection.execute(f"SELECT {name} {rest}", values)]


def count_rows(connection: sqlite3.Connection, rest: str, values: Values = ()) -> int:
    """The number of rows of ``FROM …``."""
    return int(select_value(connection, "count(*)", rest, values))


def has_row(connection: sqlite3.Connection, rest: str, values: Values = ()) -> bool:
    """Whether ``FROM …`` has a row."""
    return select_value(connection, "1", f"{rest} LIMIT 1", values) is not None


def insert(table: str, names: Iterable[str], *, or_replace: bool = False) -> str:
    """``INSERT INTO table (names) VALUES (?, …)``."""
    every = tuple(names)
    verb = "INSERT OR REPLACE" if or_replace else "INSERT"
    return f"{verb} INTO {table} ({', '.join(every)}) VALUES ({', '.join('?' * len(every))})"


def insert_row(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> int:
    """Insert a row; its id."""
    row_id = connection.execute(insert(table, values), tuple(values.values())).lastrowid
    if row_id is None:
        raise RuntimeError(f"SQLite gave the new row of {table} no id")
    return row_id


def update(table: str, names: Iterable[str], condition: str) -> str:
    """``UPDATE table SET name = :name, … WHERE condition``."""
    return f"UPDATE {table} SET {', '.join(f'{name} = :{name}' for name in names)} WHERE {condition}"  # noqa: S608


def delete_rows(connection: sqlite3.Connection, activity_id: int, tables: Iterable[str]) -> None:
    """Delete the rows of one activity from tables that have a column ``activity_id``."""
    for table in tables:
        connection.execute(f"DELETE FROM {table} WHERE activity_id = ?", (activity_id,))  # noqa: S608


def _column(name: str) -> str:
    expression, has_type, kind = name.partition(" [")
    if not has_type:
        return name
    expression, _, alias = expression.partition(" AS ")
    return f'{expression} AS "{alias or expression.rpartition(".")[2]} [{kind}"'
