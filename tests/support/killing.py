"""Runs ``runcoach`` in processes that can be killed at any point, and says what their file holds in the end.

Used by the tests in ``resilience`` and by ``python tests/resilience``, which kills at random.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

#: How a process ends that was killed.
KILLED = -9

#: Columns that differ between two ways to the same history: internal numbers, and when something was written.
_VOLATILE = frozenset(
    {"id", "batch_id", "created_at", "updated_at", "applied_at", "computed_at", "last_used_at", "next_run_at", "as_of"}
    | {"access_token", "refresh_token", "expires_at"}
    | {"key_handle", "connected_at", "last_try_at", "last_success_at", "last_full_at", "last_result"}
)

#: Columns of which only counts whether there is anything: times of something that happened.
_WHETHER = frozenset({"fetched_at", "deleted_at", "detached_at", "ignored_at", "finished_at", "undone_at"})

#: The columns that name an activity by its internal number.
_NAMING = frozenset({"activity_id", "first_id", "second_id", "route_id"})

#: Tables whose rows tell of runs of the program, not of a history.
_OF_PROCESSES = frozenset({"rate_budget", "import_batch", "strava_token"})


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (:data:`KILLED` where it was), what it said, and the points it came to."""

    code: int
    out: str
    err: str
    points: tuple[str, ...]

    @property
    def is_one_line(self) -> bool:
        """Whether it failed as a person is to see it: one line on stderr, and no traceback."""
        return self.err.count("\n") == 1 and self.err.startswith("runcoach: ") and "did not expect" not in self.err


class Mother:
    """A process that has imported runcoach and forks for every command; a context manager."""

    def __enter__(self) -> Self:
        script = Path(__file__).with_name("mortal.py")
        # One thread of OpenBLAS: there is nothing large to compute, and forks do not like threads.
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, argv: Sequence[str], env: Mapping[str, str], **how: Any) -> Ended:
        """Run ``runcoach ARGV`` to its end.

        ``watched`` tells the points it comes to, ``dies_at`` is the one it dies at (see :func:`point`), ``loses_at``
        the one at which the files ``loses`` vanish, ``killed_after_s`` kills it at any moment, ``now`` sets its clock
        (seconds since 1970), ``obeys_permissions`` takes root's exemption from them, ``file_bytes`` bounds the size of
        every file it writes.
        """
        return self.run_at_once([(argv, env)], **how)[0]

    def run_at_once(self, commands: Sequence[tuple[Sequence[str], Mapping[str, str]]], **how: Any) -> list[Ended]:
        """Run several commands at the same time, each to its end; keywords as of :meth:`run`."""
        orders = [{"argv": [str(word) for word in argv], "env": dict(env), **how} for argv, env in commands]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        return [Ended(each["code"], each["out"], each["err"], tuple(each["points"])) for each in json.loads(line)]


def point(points: Sequence[str], number: int) -> tuple[str, int]:
    """A point by its number among ``points``: its name, and how many of that name come before."""
    return points[number], points[:number].count(points[number])


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a command of its own home sees."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    own = {"HOME": str(home), "RUNCOACH_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "100", "TZ": "UTC"}
    # No test needs certificates, and loading them takes longer than some commands.
    return kept | own | {"SSL_CERT_DIR": str(home)} | more


def copied(template: Path, to: Path) -> Path:
    """A fresh copy of a prepared home, in place of whatever is there."""
    shutil.rmtree(to, ignore_errors=True)
    if template.exists():
        shutil.copytree(template, to)
    else:
        to.mkdir(parents=True)
    return to


def database(home: Path) -> Path:
    """The file of the default profile."""
    return home / "data" / "default.db"


def query(home: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask a home's file directly."""
    with closing(sqlite3.connect(database(home))) as connection:
        return connection.execute(sql, values).fetchall()


def content(home: Path) -> dict[str, list[Any]]:
    """Everything that a home's file holds; see :func:`content_of`."""
    return content_of(database(home))


def content_of(path: Path) -> dict[str, list[Any]]:
    """Everything that a file holds, table by table, but for what differs between two ways to the same end.

    Raises AssertionError where SQLite finds fault with the file, or an import was never closed.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        assert [tuple(row) for row in connection.execute("PRAGMA integrity_check")] == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if "import_batch" in (tables := _tables(connection)):
            assert connection.execute("SELECT * FROM import_batch WHERE finished_at IS NULL").fetchall() == []
        names = _names(connection)
        held = {table: _rows(connection, table, names) for table in tables if table not in _OF_PROCESSES}
        return {table: sorted(rows, key=repr) for table, rows in held.items()}


def differences(one: Mapping[str, list[Any]], other: Mapping[str, list[Any]]) -> list[str]:
    """In which tables two contents differ, with the first rows that only one of them has."""
    found = []
    for table in sorted({*one, *other}):
        mine, theirs = one.get(table, []), other.get(table, [])
        if mine != theirs:
            only = [row for row in mine if row not in theirs][:2], [row for row in theirs if row not in mine][:2]
            found.append(f"{table}: {len(mine)} and {len(theirs)} rows, of which only here {only}")
    return found


def _tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [row["name"] for row in found]


def _names(connection: sqlite3.Connection) -> dict[int, str]:
    """Internal number → what an activity is known by outside."""
    rows = connection.execute("SELECT * FROM activity")
    return {
        row["id"]: f"{row['strava_id'] if 'strava_id' in row.keys() else None} {row['start_time']} {row['sport_type']}"  # noqa: SIM118
        for row in rows
    }


def _rows(connection: sqlite3.Connection, table: str, names: Mapping[int, str]) -> list[dict[str, Any]]:
    rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    if table == "audit":
        rows = [row for row in rows if row["entity"] in {"activity", "split", "job"}]
    return [_lasting(table, row, names) for row in rows]


def _lasting(table: str, row: dict[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    lasting: dict[str, Any] = {}
    for column, value in row.items():
        if column in _WHETHER:
            lasting[column] = value is not None
        elif column in _NAMING or (column == "entity_id" and row["entity"] == "activity"):
            lasting[column] = None if value is None else names[value]
        elif column == "entity_id" or column in _VOLATILE:
            continue
        elif table == "audit" and column == "meta":
            lasting[column] = {name: each for name, each in json.loads(value).items() if name != "batch"}
        elif table == "sync_state" and column == "value":
            continue
        elif table == "job" and column == "payload" and "activityId" in (payload := json.loads(value)):
            lasting[column] = {**payload, "activityId": names[payload["activityId"]]}
        else:
            lasting[column] = value
    return lasting
