"""Daily values in Garmin's account export: sleep, resting heart rate, steps and VO2max."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import garmin_export_maker as maker
import pytest

from runcoach.config import Config, load
from runcoach.errors import SourceError
from runcoach.services.imports.batches import list_batches, undo
from runcoach.services.imports.import_files import import_files
from runcoach.services.imports.parsing import ImportStatus
from runcoach.services.maintenance.forget import forget
from runcoach.sources.garmin_export.daily_files import read_wellness
from runcoach.store.sqlite.database import open_reader

DAYS = [
    {"calendarDate": "2025-03-01", "restingHeartRate": 47, "currentDayRestingHeartRate": 105, "totalSteps": 9000},
    {"calendarDate": {"date": "2025-03-02"}, "currentDayRestingHeartRate": 48, "totalSteps": 0},
    {"calendarDate": 1_740_960_000_000, "restingHeartRate": None, "totalSteps": 7000.0},  # 2025-03-03 in UTC
    {"calendarDate": "soon", "restingHeartRate": 50},
]
NIGHTS = [
    {"calendarDate": "2025-03-01", "deepSleepSeconds": 4000, "lightSleepSeconds": 14_000, "remSleepSeconds": 6000},
    {"calendarDate": "2025-03-02", "deepSleepSeconds": 4000, "sleepWindowConfirmationType": "OFF_WRIST"},
    {"calendarDate": "2025-03-03", "sleepWindowConfirmationType": "ENHANCED_CONFIRMED_FINAL"},
]
VO2MAX = [
    {"calendarDate": "2025-03-01", "sport": "RUNNING", "vo2MaxValue": 49.0},
    {"calendarDate": "2025-03-02", "sport": "CYCLING", "vo2MaxValue": 55.0},
]


def read(rows: Any) -> list[tuple[str, str, float]]:
    return [(one.metric, one.date, one.value) for one in read_wellness(json.dumps(rows).encode())]


def test_days_are_read_in_every_form_and_nothing_is_made_up() -> None:
    assert read(DAYS) == [
        ("resting-hr", "2025-03-01", 47.0),
        ("resting-hr", "2025-03-02", 48.0),
        ("steps", "2025-03-01", 9000.0),
        ("steps", "2025-03-03", 7000.0),
    ]
    assert read(NIGHTS) == [("sleep", "2025-03-01", 24_000.0)]
    assert read(VO2MAX) == [("vo2max", "2025-03-01", 49.0)]
    assert read([None, 7, {}]) == []
    with pytest.raises(SourceError):
        read_wellness(b"[{")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = maker.write_garmin_export(tmp_path / "garmin.zip", [{}], [])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("DI_CONNECT/DI-Connect-Aggregator/UDSFile_2025-03-01_2025-06-09.json", json.dumps(DAYS))
        archive.writestr("DI_CONNECT/DI-Connect-Wellness/2025-03-01_2025-06-09_1_sleepData.json", json.dumps(NIGHTS))
        archive.writestr("DI_CONNECT/DI-Connect-Metrics/MetricsMaxMetData_20250301.json", json.dumps(VO2MAX))
    return path


@pytest.fixture
def config(home: Path) -> Config:
    return load()


def count(config: Config) -> int:
    with open_reader(config) as connection:
        return int(connection.execute("SELECT count(*) FROM wellness WHERE source = 'garmin_export'").fetchone()[0])


def test_values_are_imported_once_undone_and_not_forgotten_with_strava(config: Config, export: Path) -> None:
    report = import_files(config, [export])
    assert (report.count("imported"), count(config)) == (3, 6)
    assert {file.status for file in import_files(config, [export]).files} == {ImportStatus.UNCHANGED}
    forget(config, back_up=False)
    assert count(config) == 6
    with open_reader(config) as connection:
        assert [batch["held"] for batch in list_batches(connection, None)] == [6]
    undo(config, 1)
    assert count(config) == 0
