"""Lists of activities by pages: each begins after the last row of the previous one, so that new rows shift nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.store.activity_queries import SORTS, passing, typed
from runcoach.store.sqlite.statements import select_all

if TYPE_CHECKING:
    from runcoach.domain.filters import ActivityFilter


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the value it is sorted by, its start and its id."""

    value: Any
    start_time: int
    activity_id: int


def page(
    connection: sqlite3.Connection,
    where: ActivityFilter,
    columns: Sequence[str],
    *,
    sort: str = "date",
    reverse: bool = False,
    after: Cursor | None = None,
    limit: int | None = None,
) -> tuple[list[dict[str, object]], Cursor | None]:
    """At most ``limit`` activities (None: all) with these columns, and a cursor at the last where more follow.

    Missing values are last in either direction. ``columns`` are names of activity fields.
    """
    column, descending = SORTS[sort]
    is_down = descending != reverse
    text, values = passing(where)
    if after is not None:
        beyond, more = _beyond(column, after, is_down=is_down)
        text, values = f"{text} AND {beyond}", [*values, *more]
    value_column = column.removesuffix(" COLLATE NOCASE")
    rows = select_all(
        connection,
        [*typed(columns), f"{value_column} AS _value", "start_time AS _start", "id AS _id"],
        f"FROM activity WHERE {text}"
        f" ORDER BY {column} {'DESC' if is_down else 'ASC'} NULLS LAST, start_time DESC, id DESC LIMIT ?",
        (*values, -1 if limit is None else limit + 1),
    )
    has_more, rows = limit is not None and len(rows) > limit, rows[:limit]
    cursor = Cursor(rows[-1]["_value"], rows[-1]["_start"], rows[-1]["_id"]) if has_more else None
    return [{name: row[name] for name in columns} for row in rows], cursor


def _beyond(column: str, cursor: Cursor, *, is_down: bool) -> tuple[str, list[Any]]:
    """The condition that a row follows the cursor, and its values."""
    tie, tie_values = "(start_time < ? OR (start_time = ? AND id < ?))", [cursor.start_time] * 2 + [cursor.activity_id]
    if cursor.value is None:
        return f"({column} IS NULL AND {tie})", tie_values
    sign = "<" if is_down else ">"
    return (
        f"({column} {sign} ? OR {column} IS NULL OR ({column} = ? AND {tie}))",
        [cursor.value, cursor.value, *tie_values],
    )
