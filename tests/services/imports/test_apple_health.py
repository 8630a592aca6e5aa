"""Apple Health's export, from the ZIP to activities and daily values."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import apple_health_maker as maker
import pytest

from runcoach.config import Config, load
from runcoach.services.imports import import_files as imports
from runcoach.services.imports.batches import undo
from runcoach.services.imports.import_files import import_files
from runcoach.services.imports.parsing import ImportStatus
from runcoach.store.remote import known_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

Row = tuple[Any, ...]

START = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
PLAN = maker.ExportPlan(runs=3, run_s=600)


@pytest.fixture
def config(home: Path) -> Config:
    return load()


def rows(config: Config, sql: str) -> list[Row]:
    with open_reader(config) as connection:
        return [tuple(row) for row in connection.execute(sql)]


def heart_rate(start: datetime, seconds: int, **options: Any) -> str:
    return "".join(
        maker.record("HeartRate", start + timedelta(seconds=s), 140, "count/min", **options)
        for s in range(0, seconds, 5)
    )


@pytest.mark.parametrize("since_ios_16", [True, False])
@pytest.mark.parametrize("with_routes", [True, False])
def test_runs_come_with_route_heart_rate_and_totals(
    config: Config, tmp_path: Path, *, since_ios_16: bool, with_routes: bool
) -> None:
    plan = replace(PLAN, since_ios_16=since_ios_16, with_routes=with_routes)
    report = import_files(config, [maker.write_export(tmp_path / "export.zip", plan)])
    assert (report.activities, report.count("failed")) == (3, 0)
    assert rows(
        config,
        "SELECT DISTINCT sport_type, round(distance_m), moving_time_sec, calories, has_gps, trainer, device_name,"
        " utc_offset_s FROM activity",
    ) == [("Run", 1800.0, 600, 300, int(with_routes), int(not with_routes), "Apple Watch", 3600)]
    assert rows(config, "SELECT count(*) FROM activity_stream WHERE channel = 'heart_rate_bpm'") == [(3,)]
    assert rows(config, "SELECT count(*) FROM effort WHERE distance_m = 1000") == [(3,)]


@pytest.mark.slow
def test_a_later_larger_export_brings_only_what_is_new_and_keeps_what_was_deleted_there(
    config: Config, tmp_path: Path
) -> None:
    import_files(config, [maker.write_export(tmp_path / "export.zip", PLAN)])
    later = replace(PLAN, runs=5, zone_hours=1, since_ios_16=False)
    archive = maker.write_export(tmp_path / "later.zip", later)
    report = import_files(config, [archive])
    assert [file.status for file in report.files if "workout" in file.path] == [
        *[ImportStatus.UNCHANGED] * 3,
        *[ImportStatus.IMPORTED] * 2,
    ]
    again = import_files(config, [archive])
    assert {file.status for file in again.files} == {ImportStatus.UNCHANGED}
    assert again.batch_id is None
    shorter = maker.zip_of(tmp_path / "shorter.zip", maker.document(PLAN, maker.workout(START, 600)))
    import_files(config, [shorter])
    assert rows(config, "SELECT count(*) FROM activity WHERE deleted_at IS NULL") == [(5,)]
    assert rows(config, "SELECT count(*) FROM activity_source") == [(5,)]


def test_undo_removes_workouts_and_daily_values_and_another_import_restores_them(
    config: Config, tmp_path: Path
) -> None:
    archive = maker.write_export(tmp_path / "export.zip", PLAN)
    import_files(config, [archive])
    before = rows(config, "SELECT metric, date, device, value, unit FROM wellness ORDER BY 1, 2, 3")
    undone = undo(config, 1)
    assert (undone.removed, undone.daily_values) == (3, len(before))
    assert rows(config, "SELECT count(*) FROM wellness") == [(0,)]
    assert import_files(config, [archive]).count("revived") == 3
    assert rows(config, "SELECT metric, date, device, value, unit FROM wellness ORDER BY 1, 2, 3") == before


def test_a_run_that_the_watch_file_brought_too_is_one_activity(config: Config, tmp_path: Path) -> None:
    gpx = tmp_path / "run.gpx"
    gpx.write_bytes(maker.route(PLAN, 0))
    import_files(config, [gpx], sport="Run")
    report = import_files(config, [maker.write_export(tmp_path / "export.zip", replace(PLAN, runs=1))])
    assert report.files[0].status is ImportStatus.MERGED
    assert rows(config, "SELECT kind FROM activity_source ORDER BY id") == [("file",), ("apple_health",)]
    assert rows(config, "SELECT count(*) FROM activity") == [(1,)]


def test_two_devices_that_recorded_one_run_give_one_activity_with_the_route(config: Config, tmp_path: Path) -> None:
    plan = replace(PLAN, runs=1)
    distance = ' totalDistance="1.8" totalDistanceUnit="km"'
    phone = maker.workout(START - timedelta(seconds=3), 605, source="Phone App", attributes=distance)
    route = maker.route_reference("route_1.gpx")
    watch = maker.workout(START, 600, attributes=distance, inside=route)
    xml = maker.document(plan, heart_rate(START, 600) + phone + watch)
    archive = maker.zip_of(tmp_path / "export.zip", xml, {"workout-routes/route_1.gpx": maker.route(plan, 0)})
    import_files(config, [archive])
    assert rows(config, "SELECT has_gps FROM activity") == [(1,)]
    assert rows(config, "SELECT count(*) FROM activity_source") == [(2,)]
    assert {file.status for file in import_files(config, [archive]).files} == {ImportStatus.UNCHANGED}


def test_overlapping_workouts_of_different_kinds_stay_two(config: Config, tmp_path: Path) -> None:
    run = maker.workout(START, 1800, attributes=' totalDistance="5" totalDistanceUnit="km"')
    ride = maker.workout(START + timedelta(seconds=1500), 1800, kind="Cycling")
    yoga = maker.workout(START + timedelta(seconds=1500), 1800, kind="Fencing")
    import_files(config, [maker.zip_of(tmp_path / "export.zip", maker.document(PLAN, run + ride + yoga))])
    assert rows(config, "SELECT sport_type FROM activity ORDER BY start_time, sport_type") == [
        ("Run",),
        ("Ride",),
        ("Workout",),
    ]


def test_translated_names_are_found_by_content(config: Config, tmp_path: Path) -> None:
    plan = replace(PLAN, runs=2)
    archive = tmp_path / "Export.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("apple_health_export/export_cda.xml", "<ClinicalDocument/>")
        writer.writestr("apple_health_export/exportación.xml", maker.document(plan))
        for run in range(2):  # under other names than the workouts state
            writer.writestr(f"apple_health_export/rutas/recorrido_{run}.gpx", maker.route(plan, run))
    report = import_files(config, [archive])
    assert report.activities == 2
    assert rows(config, "SELECT has_gps FROM activity") == [(1,), (1,)]


def test_an_unpacked_export_is_the_same(config: Config, tmp_path: Path) -> None:
    archive = maker.write_export(tmp_path / "export.zip", PLAN)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(archive) as reader:
        reader.extractall(folder)
    assert import_files(config, [folder]).activities == 3
    assert {file.status for file in import_files(config, [archive]).files} == {ImportStatus.UNCHANGED}
    for path in (folder / maker.FOLDER, folder / maker.FOLDER / "export.xml"):
        again = import_files(config, [path])
        assert ({file.status for file in again.files}, len(again.files)) == ({ImportStatus.UNCHANGED}, 4)


def test_an_export_in_a_folder_with_other_files_is_found_beside_them(config: Config, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "other.gpx").write_bytes(maker.route(replace(PLAN, first=START + timedelta(days=40)), 0))
    maker.write_export(folder / "export.zip", replace(PLAN, runs=1))
    with zipfile.ZipFile(maker.write_export(tmp_path / "later.zip", PLAN)) as reader:
        reader.extractall(folder)
    report = import_files(config, [folder], sport="Run")
    assert (report.activities, report.count("failed")) == (4, 0)
    assert rows(config, "SELECT kind, count(*) FROM activity_source GROUP BY kind ORDER BY kind") == [
        ("apple_health", 3),
        ("file", 1),
    ]


def test_an_export_cut_in_the_middle_keeps_what_precedes_the_cut(config: Config, tmp_path: Path) -> None:
    xml = maker.document(PLAN)
    last = xml.rindex(b"<Workout ")
    report = import_files(config, [maker.zip_of(tmp_path / "export.zip", xml[: last + 300])])
    assert report.activities == 2
    assert report.count("failed") == 1
    assert "cut off" in str(report.files[0].reason)


def test_a_damaged_member_keeps_what_precedes_the_damage(config: Config, tmp_path: Path) -> None:
    archive = tmp_path / "export.zip"
    workouts = "".join(maker.workout(START + timedelta(days=day), 600) for day in range(3))
    xml = maker.document(PLAN, workouts + " " * 5_000_000)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as writer:
        writer.writestr("apple_health_export/export.xml", xml)
    data = bytearray(archive.read_bytes())
    data[data.index(b"</HealthData>")] ^= 0xFF  # the checksum of the member no longer fits
    archive.write_bytes(data)
    report = import_files(config, [archive])
    assert (report.activities, report.count("failed")) == (3, 1)
    assert "damaged" in str(report.files[0].reason)


def test_a_truncated_zip_says_what_to_do(config: Config, tmp_path: Path) -> None:
    archive = maker.write_export(tmp_path / "export.zip", PLAN)
    archive.write_bytes(archive.read_bytes()[:-3000])
    (outcome,) = import_files(config, [archive]).files
    assert (outcome.status, outcome.hint) == (ImportStatus.FAILED, "download or copy it again")


def test_an_empty_export_is_skipped(config: Config, tmp_path: Path) -> None:
    (outcome,) = import_files(config, [maker.zip_of(tmp_path / "export.zip", maker.document(PLAN, ""))]).files
    assert (outcome.status, outcome.reason) == (ImportStatus.SKIPPED, "this export of Apple Health holds no workouts")


def test_an_entity_bomb_is_refused(config: Config, tmp_path: Path) -> None:
    xml = maker.document(PLAN, "").replace(b"<!ELEMENT HealthData", b'<!ENTITY lol "lol"><!ELEMENT HealthData')
    (outcome,) = import_files(config, [maker.zip_of(tmp_path / "export.zip", xml)]).files
    assert outcome.status is ImportStatus.FAILED
    assert "entities" in str(outcome.reason)


def test_a_workout_of_1904_is_not_imported_and_named(config: Config, tmp_path: Path) -> None:
    workouts = maker.workout(datetime(1904, 1, 1, tzinfo=UTC), 600) + maker.workout(START, 600)
    report = import_files(config, [maker.zip_of(tmp_path / "export.zip", maker.document(PLAN, workouts))])
    assert report.activities == 1
    assert any("1904-01-01" in note for file in report.files for note in file.notes)


def test_a_missing_route_leaves_the_heart_rate(config: Config, tmp_path: Path) -> None:
    workout = maker.workout(START, 600, inside=maker.route_reference("route_1.gpx"))
    xml = maker.document(PLAN, heart_rate(START, 600) + workout)
    report = import_files(config, [maker.zip_of(tmp_path / "export.zip", xml)])
    assert report.files[0].notes == ("route route_1.gpx is missing from the export",)
    assert rows(config, "SELECT avg_hr, has_gps FROM activity") == [(140, 0)]


def test_an_activity_deleted_here_stays_deleted(config: Config, tmp_path: Path) -> None:
    archive = maker.write_export(tmp_path / "export.zip", PLAN)
    import_files(config, [archive])
    with open_database(config) as connection, write_transaction(connection):
        known_activities.mark_deleted(connection, 1)
    import_files(config, [archive])
    assert rows(config, "SELECT count(*) FROM activity WHERE deleted_at IS NULL") == [(2,)]


def test_daily_values_have_metric_unit_and_device_and_are_not_mixed(config: Config, tmp_path: Path) -> None:
    noon = datetime(2024, 3, 1, 11, 0, tzinfo=UTC)
    records = "".join(
        [
            maker.record("RestingHeartRate", noon, 47, "count/min"),
            maker.record("RestingHeartRate", noon + timedelta(hours=8), 48, "count/min"),
            maker.record("RestingHeartRate", noon, 52, "count/min", source="Ring"),
            maker.record("HeartRateVariabilitySDNN", noon, 40, "ms"),
            maker.record("HeartRateVariabilitySDNN", noon + timedelta(hours=1), 50, "ms"),
            maker.record("BodyMass", noon, "132.277", "lb", source="Scale"),
            maker.record("BodyMass", noon + timedelta(hours=1), "9.4", "stones", source="Scale"),
            maker.record("VO2Max", noon, "48.25", "mL/min·kg"),
            maker.record("StepCount", noon, 900, "count", end=noon + timedelta(minutes=9)),
            maker.record("StepCount", noon, 1000, "count", end=noon + timedelta(minutes=9), source="Phone"),
            maker.record("RestingHeartRate", noon, 0, "count/min", source="Broken"),
        ]
    )
    report = import_files(config, [maker.zip_of(tmp_path / "export.zip", maker.document(PLAN, records))])
    assert rows(
        config, "SELECT metric, date, device, value, unit, readings FROM wellness ORDER BY metric, device, value"
    ) == [
        ("hrv-sdnn", "2024-03-01", maker.WATCH, 45.0, "ms", 2),
        ("resting-hr", "2024-03-01", "Ring", 52.0, "bpm", 1),
        ("resting-hr", "2024-03-01", maker.WATCH, 48.0, "bpm", 2),
        ("steps", "2024-03-01", "Phone", 1000.0, "steps", 1),
        ("steps", "2024-03-01", maker.WATCH, 900.0, "steps", 1),
        ("vo2max", "2024-03-01", maker.WATCH, 48.2, "ml/kg/min", 1),
        ("weight", "2024-03-01", "Scale", 60.0, "kg", 1),
    ]
    assert "1 record of BodyMass in 'stones' not used" in report.files[0].notes


def test_sleep_across_the_change_of_clocks_is_as_long_as_it_lasted(config: Config, tmp_path: Path) -> None:
    winter, summer = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))
    asleep = "HKCategoryValueSleepAnalysisAsleep"
    begin, wake = datetime(2024, 3, 30, 22, 30, tzinfo=UTC), datetime(2024, 3, 31, 5, 0, tzinfo=UTC)
    night = maker.record("SleepAnalysis", begin, f"{asleep}Core", end=wake, zone=winter, category=True)
    night = night.replace(maker.when(wake, winter), maker.when(wake, summer))
    others = "".join(
        maker.record("SleepAnalysis", at, value, end=at + timedelta(hours=1), zone=summer, category=True)
        for at, value in (
            (begin, "HKCategoryValueSleepAnalysisInBed"),
            (begin + timedelta(hours=2), f"{asleep}Deep"),  # overlaps: counts once
            (wake, "HKCategoryValueSleepAnalysisAwake"),
            (datetime(2024, 3, 31, 20, 30, tzinfo=UTC), f"{asleep}Unspecified"),  # 22:30: of the next night
        )
    )
    import_files(config, [maker.zip_of(tmp_path / "export.zip", maker.document(PLAN, night + others))])
    assert rows(config, "SELECT date, value FROM wellness WHERE metric = 'sleep' ORDER BY date") == [
        ("2024-03-31", 6.5 * 3600),
        ("2024-04-01", 3600.0),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("before_reading_from", [0, 2**40])
def test_many_workouts_are_built_by_several_processes(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_reading_from: int
) -> None:
    plan = replace(PLAN, runs=12, run_s=120)
    seen: list[tuple[int, int, str]] = []
    archive = maker.write_export(tmp_path / "export.zip", plan)
    monkeypatch.setattr(imports, "LARGE_EXPORT_BYTES", before_reading_from)
    report = import_files(config, [archive], workers=2, progress=lambda *step: seen.append(step))
    assert report.activities == 12
    assert "reading" in seen[0][2]
    assert {step[0] for step in seen if ": workout" in step[2]} == set(range(12))
