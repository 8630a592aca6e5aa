"""The dataclass, the database table, the totals and the API's schema agree with the table of activity fields."""

from __future__ import annotations

import sqlite3
from dataclasses import MISSING, fields
from typing import get_args, get_type_hints

from runcoach.domain.activity import Activity
from runcoach.domain.activity_fields import ACTIVITY_FIELDS, STRAVA_FIRST, STRAVA_TOTALS, values_from_totals
from runcoach.domain.json_format import Timestamp, camel_case
from runcoach.domain.recording import Totals
from runcoach.ingest.source_values import DERIVED
from runcoach.web.api import activity_schemas

SQL_TYPES = {int: "INTEGER", bool: "INTEGER", Timestamp: "INTEGER", float: "REAL", str: "TEXT"}

#: Columns that no answer shows: bookkeeping of a sync.
INTERNAL = {"summary_hash", "fetched_at"}


def test_the_dataclass_has_every_written_field_with_its_type() -> None:
    hints = get_type_hints(Activity)
    written = {field.name: field for field in ACTIVITY_FIELDS if field.is_written}
    assert {field.name for field in fields(Activity)} == set(written)
    for each in fields(Activity):
        kind = int if written[each.name].type is Timestamp else written[each.name].type
        assert kind in (hints[each.name], *get_args(hints[each.name])), each.name
        assert (type(None) in get_args(hints[each.name])) is not written[each.name].is_required, each.name
        if each.default is not MISSING:
            assert each.default in (None, False), each.name


def test_the_database_has_every_field_with_its_type(connection: sqlite3.Connection) -> None:
    columns = {row["name"]: row for row in connection.execute("PRAGMA table_xinfo(activity)")}
    assert set(columns) == {field.name for field in ACTIVITY_FIELDS} | INTERNAL
    for field in ACTIVITY_FIELDS:
        assert columns[field.name]["type"] == SQL_TYPES[field.type], field.name
        is_required = bool(columns[field.name]["notnull"] or columns[field.name]["pk"])
        assert is_required == field.is_required, field.name


def test_the_api_describes_every_field_by_its_json_name() -> None:
    described = activity_schemas.Activity.model_json_schema()["properties"]
    assert list(described) == [camel_case(field.name) for field in ACTIVITY_FIELDS]
    assert (camel_case("start_time"), camel_case("avg_hr")) == ("date", "avgHr")
    for field in ACTIVITY_FIELDS:
        expected = {int: "integer", bool: "boolean", float: "number", str: "string", Timestamp: "string"}[field.type]
        assert f"'type': '{expected}'" in str(described[camel_case(field.name)]), field.name


def test_every_field_is_stated_by_a_source_or_derived() -> None:
    assert {field.name for field in ACTIVITY_FIELDS if field.is_written and not field.precedence} == DERIVED
    assert {"avg_pace_sec_per_km", "fastest_pace_sec_per_km", "has_gps", "is_undated"} == DERIVED
    assert all(set(field.precedence) - {"edit"} == set(STRAVA_FIRST) for field in ACTIVITY_FIELDS if field.precedence)
    assert len({field.name for field in ACTIVITY_FIELDS}) == len(ACTIVITY_FIELDS)


def test_totals_fill_their_fields_rounded() -> None:
    names = {field.total for field in ACTIVITY_FIELDS if field.total}
    assert names == set(Totals.__slots__) - {"timer_s"}
    assert set(STRAVA_TOTALS) == names - {"max_cadence_spm"}
    found = values_from_totals(Totals(distance_m=1000.126, avg_hr_bpm=150.6, elevation_low_m=-1.26))
    assert {name: value for name, value in found.items() if value is not None} == {
        "distance_m": 1000.13,
        "avg_hr": 151,
        "elevation_low_m": -1.3,
    }


def test_edits_precede_every_source_of_the_fields_that_can_be_edited() -> None:
    editable = {field.name for field in ACTIVITY_FIELDS if "edit" in field.precedence}
    assert editable == {"name", "sport_type", "start_time", "workout_type", "gear_name"}
    assert all(field.precedence[0] == "edit" for field in ACTIVITY_FIELDS if field.name in editable)
