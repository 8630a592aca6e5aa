"""Runkeeper's export, from the ZIP to the activities."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import Config, load
from runcoach.services.imports.batches import undo
from runcoach.services.imports.import_files import import_files
from runcoach.services.imports.parsing import ImportStatus
from runcoach.store.sqlite.database import open_reader

METRIC = (
    "Activity Id,Date,Type,Route Name,Distance (km),Duration,Average Pace,Average Speed (km/h),Calories Burned,"
    "Climb (m),Average Heart Rate (bpm),Friend's Tagged,Notes,GPX File\n"
)
IMPERIAL = METRIC.replace("(km)", "(mi)").replace("(km/h)", "(mph)").replace("(m)", "(ft)")

RUN = (
    "{id},2019-05-04 16:35:09,Running,,1.80,10:00,5:33,10.8,120,12,140,,"
    '"Easy, with ""strides""",2019-05-04-163509.gpx\n'
)


def gpx(seconds: int = 600) -> str:
    points = "".join(
        f'<trkpt lat="{46.9 + second * 3.0 / 111_195.0:.6f}" lon="4.7"><ele>183</ele>'
        f"<time>2019-05-04T14:{35 + (9 + second) // 60:02d}:{(9 + second) % 60:02d}Z</time></trkpt>"
        for second in range(0, seconds + 1, 5)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="Runkeeper"'
        ' xmlns="http://www.topografix.com/GPX/1/1"><trk><name><![CDATA[Running 5/4/19 4:35 pm]]></name>'
        f"<time>2019-05-04T14:35:09Z</time><trkseg>{points}</trkseg></trk></gpx>"
    )


@pytest.fixture
def config(home: Path) -> Config:
    return load()


def query(config: Config, sql: str) -> list[tuple[Any, ...]]:
    with open_reader(config) as connection:
        return [tuple(row) for row in connection.execute(sql)]


def export(tmp_path: Path, table: str, **files: str) -> Path:
    path = tmp_path / "01-runkeeper-data-export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cardioActivities.csv", table)
        archive.writestr("measurements.csv", "Date,Weight\n")
        archive.writestr("photos.txt", "")
        for name, content in files.items():
            archive.writestr(name.replace("_", "-") + ".gpx", content)
    return path


def test_row_and_track_are_one_activity_with_notes_and_without_a_made_up_title(config: Config, tmp_path: Path) -> None:
    path = export(tmp_path, METRIC + RUN.format(id="c9627fed"), **{"2019_05_04_163509": gpx()})
    report = import_files(config, [path])
    assert [file.status for file in report.files] == [ImportStatus.IMPORTED]
    columns = "name, sport_type, description, start_time, timezone, round(distance_m), avg_hr, calories"
    assert query(config, f"SELECT {columns} FROM activity") == [
        ("Afternoon Run", "Run", 'Easy, with "strides"', 1_556_980_509, "Europe/Paris", 1800.0, 140, 120)
    ]
    assert query(config, "SELECT kind FROM activity_source ORDER BY 1") == [("file",), ("runkeeper",)]


def test_row_without_a_track_keeps_its_totals_in_any_units(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = "b7,2019-05-07 18:00:00,Treadmill Running,Gym,3.10,1:05:12,21:02,2.9,,10,,,,\n"
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Paris")
        time.tzset()
        report = import_files(config, [export(tmp_path, IMPERIAL + row)])
    time.tzset()
    columns = "name, sport_type, trainer, start_time, moving_time_sec, elapsed_time_sec, round(elevation_gain_m, 2)"
    assert query(config, f"SELECT {columns}, round(distance_m) FROM activity") == [
        ("Gym", "Run", 1, 1_557_244_800, 3912, None, 3.0, 4989.0)
    ]
    assert report.files[0].notes == ("times have no zone: taken as local time, this machine's zone",)


def test_second_import_changes_nothing_and_undo_removes_all(config: Config, tmp_path: Path) -> None:
    row = "b7,2019-05-07 18:00:00,Cycling,,20.5,1:05:12,3:10,18.9,900,80,,,,\n"
    path = export(tmp_path, METRIC + RUN.format(id="a") + row, **{"2019_05_04_163509": gpx()})
    assert import_files(config, [path], dry_run=True).activities == 2
    import_files(config, [path])
    assert {file.status for file in import_files(config, [path]).files} == {ImportStatus.UNCHANGED}
    assert undo(config, 1).removed == 2


def test_missing_file_bad_rows_and_a_track_without_a_row(config: Config, tmp_path: Path) -> None:
    table = METRIC + RUN.format(id="a") + "b,someday,Running,,1,10:00,,,,,,,,\nc\n"
    report = import_files(config, [export(tmp_path, table, other_track=gpx())])
    assert report.count("failed") == 2
    assert any(
        "its file 2019-05-04-163509.gpx is not in the export" in note for file in report.files for note in file.notes
    )
    assert any(file.path.endswith("other-track.gpx") for file in report.files)


@pytest.mark.parametrize("table", ["", "Distance,Time\n1,2\n", METRIC + '"' + "x" * 200_000 + "\n"])
def test_a_table_that_is_none_is_one_line(config: Config, tmp_path: Path, table: str) -> None:
    report = import_files(config, [export(tmp_path, table)])
    assert (report.activities, report.count("failed")) == (0, 1)
    assert "\n" not in str(report.files[0].reason)
