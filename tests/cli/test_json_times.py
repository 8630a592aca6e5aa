"""Times in JSON output: ISO 8601 in UTC for every field that holds one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

NAME = re.compile(r"(At|Until)$|^(date|lastImport)$")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def times(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every ``(name, value)`` of a field whose name is that of a time, if it has a value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from times(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from times(item, name)
    elif NAME.search(name) and value is not None:
        yield name, value


@pytest.fixture
def filled(
    runcoach: Callable[..., Any],
    fill_once: Callable[[Callable[[], object]], None],
    config: Config,
    tmp_path: Path,
    make_fit: Callable[..., bytes],
) -> None:
    """Two overlapping runs, an ignored effort, a deleted run, a backup and a delayed job."""

    def fill() -> None:
        for name, pace_s in (("one.fit", 300.0), ("two.fit", 301.0)):
            (tmp_path / name).write_bytes(make_fit(pace_s=pace_s))
            assert runcoach("import", str(tmp_path / name)).code == 0
        assert runcoach("best", "ignore", "1", "1k", "--reason", "test").code == 0
        assert runcoach("backup").code == 0
        with open_database(config) as connection, write_transaction(connection):
            connection.execute(
                "INSERT INTO job (type, status, payload, reason, attempts, next_run_at, created_at, updated_at)"
                " VALUES ('fetch', 'retry', '{}', 'sync', 1, 1800000000, 1700000000, 1700000000)"
            )

    fill_once(fill)


@pytest.mark.parametrize(
    ("command", "names"),
    [
        (("jobs",), {"nextRunAt", "createdAt", "updatedAt"}),
        (("imports",), {"startedAt", "finishedAt"}),
        (("audit",), {"createdAt"}),
        (("activities",), {"date", "updatedAt"}),
        (("show", "1"), {"date", "updatedAt", "createdAt", "ignoredAt"}),
        (("best", "--distance", "5k"), {"date"}),
        (("status",), {"lastImport"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("filled")
def test_times_are_iso_8601(runcoach: Callable[..., Any], command: tuple[str, ...], names: set[str]) -> None:
    ended = runcoach(*command, "--json")
    assert ended.code == 0, ended.err
    found = list(times(ended.json["data"]))
    assert {name for name, _ in found} >= names
    assert [(name, value) for name, value in found if not (isinstance(value, str) and ISO.fullmatch(value))] == []
