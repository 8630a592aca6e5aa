"""Garmin's account export, from the ZIP to the activities."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import garmin_export_maker as maker
import pytest

from runcoach.config import Config, load
from runcoach.services.imports.batches import undo
from runcoach.services.imports.import_files import import_files
from runcoach.services.imports.parsing import ImportStatus
from runcoach.store.sqlite.database import open_reader

Row = tuple[Any, ...]


@pytest.fixture
def config(home: Path) -> Config:
    return load()


def rows(config: Config, sql: str) -> list[Row]:
    with open_reader(config) as connection:
        return [tuple(row) for row in connection.execute(sql)]


def start_of(days_ago: int) -> int:
    """The start of the run that ``make_fit`` makes."""
    today = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    return int(today.timestamp()) - days_ago * 86_400


@pytest.fixture
def export(tmp_path: Path, make_fit: Callable[..., bytes]) -> Path:
    runs = {f"me_{day}.fit": make_fit(days_ago=day) for day in (1, 2)}
    monitoring = {f"me_m{number}.fit": maker.monitoring_file(start_of(3) + number * 3600) for number in range(20)}
    summaries = [
        maker.summary(101, start_of(1), name="Räuberlauf", eventTypeId=1),
        maker.summary(102, start_of(2), distance=1_000_300.0),
        maker.summary(103, start_of(30), name="typed in", distance=800_000.0, duration=2_400_000.0),
    ]
    return maker.write_garmin_export(tmp_path / "garmin.zip", [{**monitoring, **runs}], summaries)


def test_activities_come_with_titles_and_other_files_are_passed_over(config: Config, export: Path) -> None:
    report = import_files(config, [export])
    assert [file.status for file in report.files] == [ImportStatus.IMPORTED] * 3
    assert rows(config, "SELECT name, workout_type, round(distance_m) FROM activity ORDER BY start_time") == [
        ("typed in", None, 8000.0),
        ("Amsterdam Running", None, 10003.0),
        ("Räuberlauf", 1, 10000.0),
    ]
    assert rows(config, "SELECT kind, count(*) FROM activity_source GROUP BY kind") == [
        ("file", 2),
        ("garmin_export", 3),
    ]


def test_second_import_changes_nothing_and_undo_removes_all(config: Config, export: Path) -> None:
    import_files(config, [export])
    again = import_files(config, [export])
    assert {file.status for file in again.files} == {ImportStatus.UNCHANGED}
    assert undo(config, 1).removed == 3


def test_a_dry_run_stores_nothing(config: Config, export: Path) -> None:
    assert import_files(config, [export], dry_run=True).activities == 3
    assert rows(config, "SELECT count(*) FROM activity") == [(0,)]


def test_an_unpacked_export_is_read_as_well(config: Config, export: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(export) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert import_files(config, [tmp_path / "unpacked"]).activities == 3


def test_summaries_and_files_of_the_same_run_in_a_folder_are_one_activity(
    config: Config, export: Path, tmp_path: Path, make_fit: Callable[..., bytes]
) -> None:
    (tmp_path / "watch.fit").write_bytes(make_fit(days_ago=1))
    import_files(config, [tmp_path / "watch.fit"])
    assert import_files(config, [export]).activities == 2


@pytest.mark.parametrize("damage", ["summaries", "part", "cut"])
def test_a_damaged_export_is_one_line(config: Config, export: Path, tmp_path: Path, damage: str) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(export) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if damage == "summaries" and name.endswith(".json"):
                content = b"[{"
            if damage != "summaries" and name.endswith(".zip"):
                content = content[: len(content) // 2] if damage == "cut" else b"PK nothing"
            target.writestr(name, content)
    report = import_files(config, [broken])
    assert report.count(ImportStatus.FAILED) == 1
    (failed,) = (file for file in report.files if file.status is ImportStatus.FAILED)
    assert failed.reason
    assert "\n" not in failed.reason


def test_the_type_of_a_file_is_read_from_its_first_bytes() -> None:
    from runcoach.sources.garmin_export.export import file_type

    assert file_type(maker.monitoring_file(1_760_000_000)[:256]) == (False, 1_760_000_000)
    assert file_type(maker.monitoring_file(1_760_000_000, file_type=4)[:256]) == (True, 1_760_000_000)
    assert file_type(b"PK\x03\x04") == (False, None)
    assert file_type(maker.monitoring_file(1_760_000_000)[:18])[0]
