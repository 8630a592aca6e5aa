"""Writes tables and samples as Parquet with DuckDB, the extra ``runcoach[parquet]``."""

from __future__ import annotations

import errno
import importlib.util
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from runcoach.domain.streams import RESOLUTION, Streams
from runcoach.errors import UsageError
from runcoach.store import exports
from runcoach.store.exports import ColumnKind, Selection

if TYPE_CHECKING:
    import duckdb

#: Samples in one file: bounds the memory, as an athlete may have recorded 10 million in a year.
SAMPLES_PER_FILE = 500_000

_SQL_TYPES = {
    ColumnKind.INTEGER: 'CAST("{0}" AS BIGINT)',
    ColumnKind.REAL: '"{0}"',
    ColumnKind.TEXT: 'CAST("{0}" AS VARCHAR)',
    ColumnKind.FLAG: 'CAST("{0}" AS BOOLEAN)',
    # Microseconds; a TIMESTAMP of Parquet without a zone, which every engine reads. It is in UTC.
    ColumnKind.TIME: 'make_timestamp(CAST("{0}" * 1000000 AS BIGINT))',
    ColumnKind.DATE: 'CAST("{0}" AS DATE)',
}

#: Channels that are not recorded as REAL.
_TYPES = {"moving": "BOOLEAN", **dict.fromkeys(("heart_rate_bpm", "cadence_spm", "power_w"), "INTEGER")}


def check_installed() -> None:
    """Raise UsageError where DuckDB is not installed."""
    if importlib.util.find_spec("duckdb") is None:
        raise UsageError(
            "Parquet needs DuckDB, which is not installed",
            hint="run `pip install 'runcoach[parquet]'`, or use --format csv",
        )


@contextmanager
def open_writer() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in memory; its errors of writing become OSError."""
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 2, "preserve_insertion_order": True}) as writer:
        try:
            yield writer
        except duckdb.IOException as error:
            number = errno.ENOSPC if "space left" in str(error).lower() else errno.EIO
            raise OSError(number, os.strerror(number)) from error


def write_table(
    writer: duckdb.DuckDBPyConnection, connection: sqlite3.Connection, table: str, selection: Selection, path: Path
) -> int:
    """Write a table; returns the number of rows."""
    kinds = exports.columns(connection, table)
    rows = [tuple(row) for row in exports.rows(connection, table, selection)]
    columns = {name: _column([row[index] for row in rows], kind) for index, (name, kind) in enumerate(kinds.items())}
    selected = [f'{_SQL_TYPES[kind]} AS "{{0}}"'.format(name) for name, kind in kinds.items()]
    _copy(writer, columns, selected, path)
    return len(rows)


def write_streams(writer: duckdb.DuckDBPyConnection, batch: list[tuple[int, Streams]], path: Path) -> None:
    """Write the samples of some activities, each given as its id and its streams.

    All channels of :data:`~runcoach.domain.streams.RESOLUTION` are columns of every file, so that the files of one
    folder have one schema; ``time_s`` counts from the activity's start.
    """
    columns: dict[str, Any] = {
        "activity_id": np.concatenate([np.full(len(streams), number, np.int64) for number, streams in batch]),
        "time_s": np.concatenate([streams.time_s for _, streams in batch]),
    }
    for name in RESOLUTION:
        if name not in columns:
            parts = [streams.channels.get(name, np.full(len(streams), np.nan)) for _, streams in batch]
            columns[name] = np.concatenate(parts)
    selected = [f"CAST({name} AS {_TYPES[name]}) AS {name}" if name in _TYPES else name for name in columns]
    _copy(writer, columns, selected, path)


def _copy(writer: duckdb.DuckDBPyConnection, columns: dict[str, Any], selected: list[str], path: Path) -> None:
    """Write columns of numpy; DuckDB takes their NaN for NULL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer.register("columns", columns)
    try:
        target = str(path).replace("'", "''")
        query = f"SELECT {', '.join(selected)} FROM columns"  # noqa: S608
        writer.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    finally:
        writer.unregister("columns")


def _column(values: list[Any], kind: ColumnKind) -> Any:
    if kind in {ColumnKind.TEXT, ColumnKind.DATE}:
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
