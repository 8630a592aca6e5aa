"""The schema keeps its promises: every index is used, the SQLModel classes match, the checks hold."""

from __future__ import annotations

import sqlite3
from importlib import import_module
from pkgutil import iter_modules

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from runcoach.store.sqlite import tables
from runcoach.store.sqlite.tables import session
from runcoach.store.sqlite.tables.activities import User

# What the specification indexes, each with a question that must use it.
QUESTIONS = {
    "activity_sport_type": "SELECT id FROM activity WHERE sport_type = 'Run'",
    "activity_start_time": "SELECT id FROM activity WHERE start_time > 1 ORDER BY start_time",
    "activity_athlete_start_time": "SELECT id FROM activity WHERE athlete_id = 1 ORDER BY start_time",
    "activity_distance_km": "SELECT id FROM activity WHERE distance_km >= 21.0975",
    "activity_avg_pace": "SELECT id FROM activity WHERE avg_pace_sec_per_km < 300",
    "activity_fastest_pace": "SELECT id FROM activity WHERE fastest_pace_sec_per_km < 240",
    "sqlite_autoindex_activity_1": "SELECT id FROM activity WHERE strava_id = 7",
    "best_effort_window": "SELECT id FROM best_effort WHERE distance_m = 5000 AND window = '1y' ORDER BY duration_s",
    "best_effort_activity": "SELECT id FROM best_effort WHERE activity_id = 1",
    "split_activity": "SELECT count(*) FROM split WHERE activity_id = 1",
    "sqlite_autoindex_split_1": "SELECT pace_sec FROM split WHERE activity_id = 1 AND km = 2",
    "effort_rank": "SELECT activity_id FROM effort WHERE distance_m = 5000 ORDER BY duration_s",
    "activity_source_file": "SELECT id FROM activity_source WHERE sha256 = 'a' AND item = 0",
    "activity_source_activity": "SELECT id FROM activity_source WHERE activity_id = 1",
    "activity_source_batch": "SELECT id FROM activity_source WHERE batch_id = 1",
    "strava_token_athlete": "SELECT id FROM strava_token WHERE athlete_id = 1 AND is_active = 0",
    "job_next": "SELECT id FROM job WHERE status = 'queued' AND next_run_at <= 1",
    "job_open_fetch": "SELECT id FROM job WHERE strava_id = 1 AND type = 'fetch'"
    " AND status IN ('queued', 'running', 'retry')",
    "job_fetch": "SELECT payload FROM job WHERE strava_id = 1 AND type = 'fetch'",
    "thumbnail_activity": "SELECT url FROM thumbnail WHERE activity_id = 1 AND width = 256",
    "job_open_thumbnail": "SELECT id FROM job WHERE json_extract(payload, '$.activityId') = 1 AND type = 'thumbnail'"
    " AND status IN ('queued', 'running', 'retry')",
    "activity_analytics_version": "SELECT activity_id FROM activity_analytics WHERE version < 2",
    "job_open_analytics": "SELECT id FROM job WHERE json_extract(payload, '$.activityId') = 1 AND type = 'analytics'"
    " AND status IN ('queued', 'running', 'retry')",
    "job_open_remote": "SELECT id FROM job WHERE queue = 'fetch:garmin' AND json_extract(payload, '$.remoteId') = '1'"
    " AND json_extract(payload, '$.remoteId') IS NOT NULL AND status IN ('queued', 'running', 'retry')",
    "remote_activity_activity": "SELECT remote_id FROM remote_activity WHERE activity_id = 1",
    "job_due": "SELECT id FROM job WHERE queue = 'fetch' AND status IN ('queued', 'retry') AND next_run_at <= 1"
    " ORDER BY start_time DESC, id LIMIT 1",
    "race_prediction_batch": "DELETE FROM race_prediction WHERE batch_id = 1",
    "race_prediction_distance": "SELECT duration_s FROM race_prediction WHERE distance_m = 5000 AND date < '2026-01-01'"
    " ORDER BY date DESC LIMIT 1",
    "durability_effort_fastest": "SELECT activity_id FROM durability_effort WHERE distance_m = 1000 AND after_m = 20000"
    " ORDER BY duration_exact_s",
    "route_track_cell": "SELECT activity_id FROM route_track WHERE cell_row = 1 AND cell_column = 2"
    " AND length_m BETWEEN 9700 AND 10300",
    "route_run_route": "SELECT activity_id FROM route_run WHERE route_id = 1 ORDER BY start_time DESC LIMIT 5",
    "wellness_batch": "DELETE FROM wellness WHERE batch_id = 1",
    "wellness_date": "SELECT DISTINCT date FROM wellness WHERE date <= '2026-01-01' ORDER BY date DESC LIMIT 1",
    "source_original_file": "SELECT source_id FROM source_original WHERE original_id = 1",
    "sqlite_autoindex_original_file_1": "SELECT id FROM original_file WHERE sha256 = 'a'",
    "audit_entity": "SELECT message FROM audit WHERE entity = 'activity' AND entity_id = 1",
}


@pytest.mark.parametrize("index", QUESTIONS)
def test_every_index_is_used(connection: sqlite3.Connection, index: str) -> None:
    plan = connection.execute(f"EXPLAIN QUERY PLAN {QUESTIONS[index]}").fetchall()
    text = "; ".join(row["detail"] for row in plan)
    assert f"INDEX {index} " in text
    assert "TEMP B-TREE" not in text


def test_every_index_of_the_file_has_its_question(connection: sqlite3.Connection) -> None:
    named = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    rules = {"strava_token_one_active"}  # there to be kept, not to be searched
    assert {row["name"] for row in named} == {name for name in QUESTIONS if "autoindex" not in name} | rules


def test_the_classes_and_the_tables_never_drift_apart(connection: sqlite3.Connection) -> None:
    for module in iter_modules(tables.__path__, f"{tables.__name__}."):
        import_module(module.name)
    mapped = SQLModel.metadata.tables
    real = {
        row["name"]
        for row in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    }
    assert set(mapped) == real
    for name, table in mapped.items():
        columns = connection.execute(f"PRAGMA table_xinfo({name})").fetchall()
        assert [column.name for column in table.columns] == [row["name"] for row in columns], name
        for column, row in zip(table.columns, columns, strict=True):
            where = f"{name}.{column.name}"
            assert affinity(column.type.compile()) == row["type"], where
            assert column.primary_key == bool(row["pk"]), where
            if not column.primary_key:
                assert column.nullable != bool(row["notnull"]), where
            assert (column.computed is not None) == (row["hidden"] in {2, 3}), where


def affinity(sql_type: str) -> str:
    """What a SQLAlchemy type is called in a STRICT table."""
    for start, name in (("VARCHAR", "TEXT"), ("BOOLEAN", "INTEGER"), ("FLOAT", "REAL")):
        if sql_type.startswith(start):
            return name
    return sql_type


def test_a_session_writes_within_the_transaction_that_the_engine_began(connection: sqlite3.Connection) -> None:
    from runcoach.store.sqlite.connection import write_transaction

    def add(email: str) -> None:
        with session(connection) as rows:
            rows.add(User(email=email, role="user", created_at=1))

    with write_transaction(connection):
        add("kept@example.org")
    with pytest.raises(IntegrityError), write_transaction(connection):
        add("lost@example.org")
        add("kept@example.org")  # once too often: both go
    emails = [row["email"] for row in connection.execute("SELECT email FROM user ORDER BY id")]
    assert emails == ["", "kept@example.org"]


def test_a_wrong_word_or_type_is_refused_by_the_table_itself(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO audit VALUES (1, 'shoe', 0, 'create', '', '{}', 0)")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO audit VALUES (1, 'admin', 'zero', 'create', '', '{}', 0)")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO split (activity_id, km, source) VALUES (99, 1, 'computed')")


def test_there_is_one_user_with_an_empty_address(connection: sqlite3.Connection) -> None:
    (user,) = connection.execute("SELECT email, role FROM user").fetchall()
    assert tuple(user) == ("", "admin")
