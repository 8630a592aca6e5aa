"""The enums hold exactly the values that the database accepts."""

from __future__ import annotations

import re
import sqlite3
from enum import StrEnum

import pytest

from runcoach.domain.statuses import JobKind, JobStatus, TokenStatus


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [("job", "type", JobKind), ("job", "status", JobStatus), ("strava_token", "status", TokenStatus)],
)
def test_the_database_accepts_the_values_of_the_enum(
    connection: sqlite3.Connection, table: str, column: str, values: type[StrEnum]
) -> None:
    (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    check = re.search(rf"CHECK \({column} IN \(([^)]*)\)", sql)
    assert check is not None
    assert re.findall(r"'(\w+)'", check[1]) == list(values)
