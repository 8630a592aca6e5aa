"""Activities that only Strava's API knows are left out of every query of a connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from runcoach import store
from runcoach.domain.activity import BuiltActivity, Effort, SourceRecord
from runcoach.domain.filters import ActivityFilter, EffortFilter
from runcoach.domain.recording import Totals
from runcoach.ingest.writer import update_rankings
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.services.queries.totals import totals
from runcoach.store import activity_sources
from runcoach.store.remote.strava_api_only import hide_strava_api_only
from runcoach.store.sqlite.connection import write_transaction

Make = Callable[..., BuiltActivity]
Keep = Callable[[sqlite3.Connection, BuiltActivity], int]


def source(kind: str) -> SourceRecord:
    return SourceRecord(kind, "json" if kind == "strava" else "fit", f"{kind} run", Totals())


def effort(duration_s: float) -> tuple[Effort]:
    return (Effort(5000, 5000.0, duration_s, 0.0, duration_s),)


@pytest.fixture
def filled(connection: sqlite3.Connection, whole: Make, keep: Keep) -> tuple[int, int, int]:
    """A run of a file, a faster one of Strava's API, and one known to both."""
    with write_transaction(connection):
        own = keep(connection, whole(efforts=effort(1500.0)))
        strava = keep(connection, whole(efforts=effort(1200.0), start_time=1_760_100_000, distance_m=7_000.0))
        both = keep(connection, whole(efforts=effort(1300.0), start_time=1_760_200_000, distance_m=5_000.0))
        for activity_id, kind in ((own, "file"), (strava, "strava"), (both, "strava"), (both, "file")):
            activity_sources.add(connection, activity_id, source(kind), {}, None)
    update_rankings(connection)
    return own, strava, both


def test_sums_and_rankings_leave_them_out(connection: sqlite3.Connection, filled: tuple[int, int, int]) -> None:
    own, strava, both = filled
    (before,) = totals(connection, "year", ActivityFilter(), None)
    assert (before["activities"], before["distance_m"]) == (3, 22_000.0)
    assert [row.activity_id for row in fastest_efforts(connection, EffortFilter(), distance="5k").rows] == [
        strava,
        both,
        own,
    ]

    assert hide_strava_api_only(connection) == 1

    (after,) = totals(connection, "year", ActivityFilter(), None)
    assert (after["activities"], after["distance_m"]) == (2, 15_000.0)
    ranked = fastest_efforts(connection, EffortFilter(), distance="5k").rows
    assert [(row.rank, row.activity_id) for row in ranked] == [(1, both), (2, own)]


def test_no_table_of_activities_is_forgotten(connection: sqlite3.Connection, filled: tuple[int, int, int]) -> None:
    _, strava, _ = filled
    tables = [name for (name,) in connection.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")]
    hide_strava_api_only(connection)
    for table in tables:
        names = [row["name"] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        column = "id" if table == "activity" else "activity_id"
        if column in names:
            assert not connection.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", (strava,)).fetchall(), table


def test_a_file_without_such_activities_is_read_as_it_is(
    connection: sqlite3.Connection, whole: Make, keep: Keep
) -> None:
    with write_transaction(connection):
        activity_sources.add(connection, keep(connection, whole()), source("file"), {}, None)
    assert hide_strava_api_only(connection) == 0
    assert connection.execute("SELECT count(*) FROM temp.sqlite_schema").fetchone()[0] == 0


def test_no_query_names_an_index_which_a_view_does_not_have() -> None:
    folder = Path(store.__file__).parent
    assert not [path for path in folder.rglob("*.py") if "INDEXED BY a" in path.read_text(encoding="utf-8")]
