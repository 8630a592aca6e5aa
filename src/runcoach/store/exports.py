"""Reads whole tables for an export: which are exported and which are not, and which activities take part."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from runcoach.store.activity_queries import passing
from runcoach.store.remote.strava_api_only import STRAVA_API_ONLY
from runcoach.store.sqlite.statements import count_rows, select

if TYPE_CHECKING:
    from runcoach.domain.filters import ActivityFilter

#: Table of the database → its name in an export. None has positions: ``--trim`` cuts tracks and samples only.
EXPORTED_TABLES = {
    "activity": "activities",
    "split": "splits",
    "lap": "laps",
    "effort": "efforts",
    "best_effort": "bests",
    "activity_source": "sources",
    "activity_edit": "edits",
    "gear": "gear",
    "gear_setting": "gear_settings",
    "goal": "goals",
    "activity_analytics": "analytics",
    "training_load": "training_load",
    "durability_effort": "durability_efforts",
    "runner_setting": "runner_settings",
    "race_prediction": "race_predictions",
    "wellness": "wellness",
    "route_run": "route_runs",
}

#: Tables that no export holds, with the reason.
OMITTED_TABLES = {
    "activity_stream": "encoded samples: exported as streams, tracks and GPX",
    "original_file": "files as they were read: exported as originals",
    "source_original": "says which source has which original file",
    "activity_payload": "answers of Strava's API, and images",
    "route_track": "a reduced copy of the exported tracks",
    "route_heat": "a map that is drawn again",
    "thumbnail": "addresses of images that are drawn again",
    "audit": "the log of this installation",
    "import_batch": "names files and folders of this machine",
    "distinct_pair": "says something about rows of this database only",
    "job": "the queue of this installation",
    "user": "one row without content",
    "strava_token": "secret",
    "remote_connection": "secret",
    "remote_activity": "the state of a sync",
    "webhook_subscription": "secret",
    "rate_budget": "the state of a sync",
    "sync_state": "the state of a sync",
    "schema_migration": "the version of this database",
}

_FLAGS = frozenset({"has_gps", "trainer"})


class ColumnKind(StrEnum):
    """The type of a column's values; ``TIME`` is whole seconds since 1970, UTC, ``DATE`` is ISO 8601."""

    INTEGER = "integer"
    REAL = "real"
    TEXT = "text"
    FLAG = "flag"
    TIME = "time"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Selection:
    """The activities of an export. Those known through Strava's API alone take part only where asked for."""

    where: ActivityFilter
    include_strava_api: bool = False

    def condition(self) -> tuple[str, list[object]]:
        """A WHERE condition on ``activity`` with placeholders, and their values."""
        condition, values = passing(self.where)
        return (condition if self.include_strava_api else f"{condition} AND id NOT IN ({STRAVA_API_ONLY})"), values


def count_left_out(connection: sqlite3.Connection, selection: Selection) -> int:
    """The number of activities that pass the filter but are left out as known through Strava's API alone."""
    if selection.include_strava_api:
        return 0
    condition, values = passing(selection.where)
    rest = f"FROM activity WHERE {condition} AND id IN ({STRAVA_API_ONLY})"
    return count_rows(connection, rest, values)


def columns(connection: sqlite3.Connection, table: str) -> dict[str, ColumnKind]:
    """The columns of a table of :data:`EXPORTED_TABLES`, in order, with their kinds."""
    # table_xinfo lists generated columns too.
    return {row["name"]: _kind(row["name"], row["type"]) for row in connection.execute(f"PRAGMA table_xinfo({table})")}


def rows(connection: sqlite3.Connection, table: str, selection: Selection) -> Iterator[sqlite3.Row]:
    """The rows of a table of :data:`EXPORTED_TABLES` in the order of its key, all columns as stored.

    Rows of activities that do not take part are left out; so are, unless asked for, the records of what Strava's API
    said. Tables without activities are read whole.
    """
    names = list(columns(connection, table))
    condition, values = selection.condition()
    rest = f"FROM {table}"
    if table == "activity":
        rest += f" WHERE {condition} ORDER BY start_time, id"
    elif "activity_id" in names:
        rest += f" WHERE activity_id IN (SELECT id FROM activity WHERE {condition})"  # noqa: S608
        if table == "activity_source" and not selection.include_strava_api:
            rest += " AND kind <> 'strava'"
        rest += " ORDER BY activity_id, rowid" if "id" in names else " ORDER BY activity_id"
    else:
        values = []
    return connection.execute(select(names, rest), values)


def _kind(name: str, declared: str) -> ColumnKind:
    if name == "start_time" or name.endswith("_at"):
        return ColumnKind.TIME
    if name.startswith("is_") or name in _FLAGS:
        return ColumnKind.FLAG
    if name in {"local_date", "date", "race_date", "as_of"}:
        return ColumnKind.DATE
    return {"INTEGER": ColumnKind.INTEGER, "REAL": ColumnKind.REAL}.get(declared, ColumnKind.TEXT)
