"""Polar's account export, from the ZIP to the activities."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polar_export_maker as maker
import pytest

from runcoach.config import Config, load
from runcoach.services.imports.batches import undo
from runcoach.services.imports.import_files import import_files
from runcoach.services.imports.parsing import ImportStatus
from runcoach.store.sqlite.database import open_reader

OLD = "training-session-2025-06-01-3142858899-0e193154-07e7-4afe-9b5e-000000000001.json"
NEW = "training-session_2025-07-01T07-30-00_7766215556-10104cf7-1468-4616-8ef5-9b64e8716dc1.json"


@pytest.fixture
def config(home: Path) -> Config:
    return load()


def query(config: Config, sql: str) -> list[tuple[Any, ...]]:
    with open_reader(config) as connection:
        return [tuple(row) for row in connection.execute(sql)]


def july(second: float) -> str:
    return maker.stamp(second).replace("2025-06-", "2025-07-")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    later = maker.todays_session(startTime=july(0), stopTime=july(600), routes={})
    return maker.write_polar_export(tmp_path / "x.zip", {OLD: maker.older_session(), NEW: later}, folder="polar/")


def test_sessions_are_imported_and_other_files_passed_over(config: Config, export: Path) -> None:
    report = import_files(config, [export])
    assert [file.status for file in report.files] == [ImportStatus.IMPORTED] * 2
    assert query(
        config, "SELECT name, sport_type, local_date, utc_offset_s, round(distance_m) FROM activity ORDER BY start_time"
    ) == [
        ("Morning Run", "Run", "2025-06-01", 7200, 1800.0),
        ("Tempo in the vineyards", "TrailRun", "2025-07-01", 7200, 1800.0),
    ]
    assert query(config, "SELECT kind, format, count(*) FROM activity_source GROUP BY 1, 2") == [("file", "polar", 2)]
    assert query(config, "SELECT count(*) FROM lap") == [(4,)]


def test_second_import_changes_nothing_and_undo_removes_all(config: Config, export: Path) -> None:
    assert import_files(config, [export], dry_run=True).activities == 2
    assert query(config, "SELECT count(*) FROM activity") == [(0,)]
    import_files(config, [export])
    assert {file.status for file in import_files(config, [export]).files} == {ImportStatus.UNCHANGED}
    assert undo(config, 1).removed == 2


def test_unpacked_in_a_folder_and_as_single_files(config: Config, export: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(export) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert import_files(config, [tmp_path / "unpacked"], dry_run=True).activities == 2
    assert import_files(config, [tmp_path / "unpacked" / "polar" / OLD]).activities == 1
    assert import_files(config, [tmp_path]).activities == 1  # the ZIP in it, which is recognized there too


def test_other_activities_beside_the_sessions_are_imported_too(
    config: Config, export: Path, tmp_path: Path, make_fit: Callable[..., bytes]
) -> None:
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(export, "a") as archive:
        archive.writestr("polar/other.fit", make_fit(days_ago=3))
        archive.extractall(unpacked)
    assert import_files(config, [unpacked], dry_run=True).activities == 3
    assert import_files(config, [export]).activities == 3


def test_hostile_members_are_refused(config: Config, export: Path) -> None:
    with zipfile.ZipFile(export, "a") as archive:
        archive.writestr(f"../{NEW}", b"{}")
        archive.writestr(f"polar/{NEW.replace('07-30', '09-30')}", b"{" + b" " * 2**23, zipfile.ZIP_DEFLATED)
    report = import_files(config, [export])
    assert (report.activities, report.count("failed")) == (2, 2)
