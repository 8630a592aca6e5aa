"""Writes the tables of an export as CSV and JSON."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runcoach.domain.json_format import camel_case
from runcoach.store import exports
from runcoach.store.exports import ColumnKind, Selection

#: Columns whose text is JSON.
_JSON_COLUMNS = frozenset({"totals", "account", "notes", "value", "heart_rate_ms", "heart_rate_faults"})


def write_csv(connection: sqlite3.Connection, table: str, selection: Selection, path: Path) -> int:
    """Write a table as CSV in UTF-8 with a header of column names; returns the number of rows.

    Times are ISO 8601 in UTC, flags ``true`` or ``false``, a missing value is an empty field. A text that a spreadsheet
    would take for a formula is written as it is: the file is data, not a spreadsheet.
    """
    kinds = exports.columns(connection, table)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(kinds)
        for count, values in enumerate(_values(connection, table, selection, kinds), start=1):  # noqa: B007
            writer.writerow(str(value).lower() if isinstance(value, bool) else value for value in values)
    return count


def write_json(connection: sqlite3.Connection, table: str, selection: Selection, path: Path) -> int:
    """Write a table as a JSON array of objects, one a line, names in camelCase; returns the number of rows."""
    kinds = exports.columns(connection, table)
    rows = (
        json.dumps(
            {
                camel_case(name): json.loads(value) if name in _JSON_COLUMNS and isinstance(value, str) else value
                for name, value in zip(kinds, values, strict=True)
            },
            ensure_ascii=False,
        )
        for values in _values(connection, table, selection, kinds)
    )
    with path.open("w", encoding="utf-8", errors="replace") as stream:
        return write_array(stream.write, rows)


def write_array(write: Any, items: Iterable[str]) -> int:
    """Write JSON texts as the elements of an array, one a line; returns their number."""
    count = 0
    write("[")
    for count, item in enumerate(items, start=1):
        write(f"{',' if count > 1 else ''}\n{item}")
    write("\n]\n" if count else "]\n")
    return count


def iso(timestamp: float) -> str:
    """A Unix time as ``2026-11-23T06:15:00Z``."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _values(
    connection: sqlite3.Connection, table: str, selection: Selection, kinds: dict[str, ColumnKind]
) -> Iterator[list[Any]]:
    convert: dict[ColumnKind, Callable[[Any], Any]] = {ColumnKind.TIME: iso, ColumnKind.FLAG: bool}
    for row in exports.rows(connection, table, selection):
        yield [
            value if value is None or kind not in convert else convert[kind](value)
            for value, kind in zip(tuple(row), kinds.values(), strict=True)
        ]
