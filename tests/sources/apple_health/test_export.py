"""The whole export: the same however it is divided into blocks, and readable or refused however it is damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apple_health_maker as maker
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.apple_health import export_file
from runcoach.sources.apple_health.export import AppleExport, read_export, sport_type
from runcoach.sources.apple_health.export_file import is_apple_export

PLAN = maker.ExportPlan(runs=2, run_s=120, heart_rate_every_s=20)
XML = maker.document(PLAN)


def told(export: AppleExport) -> Any:
    """What an export says, in a form that can be compared."""
    workouts = [
        (
            each.fingerprint,
            each.workout.totals,
            each.workout.routes,
            {
                kind: (readings.start_s.tolist(), readings.values.tolist())
                for kind, readings in each.sensors.readings.items()
            },
        )
        for each in export.workouts
    ]
    return workouts, export.values, export.notes, export.problem


@pytest.mark.parametrize("size", [1, 7, 61, 256, 1000, 4093])
@pytest.mark.parametrize("blank", [b" ", b"\n\t"])
def test_the_size_of_blocks_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, blank: bytes
) -> None:
    archive = maker.zip_of(tmp_path / "export.zip", XML.replace(b"<Workout ", b"<Workout" + blank))
    whole = read_export(archive)
    assert (len(whole.workouts), len(whole.values), whole.problem) == (2, 14, None)
    monkeypatch.setattr(export_file, "_BLOCK_BYTES", size)
    assert told(read_export(archive)) == told(whole)


def test_progress_ends_at_the_size_that_the_archive_states(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    read_export(maker.zip_of(tmp_path / "export.zip", XML), lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(XML), len(XML))


@pytest.mark.slow
@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_document_is_read_as_far_as_it_goes_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    damaged = bytearray(XML)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(2500, len(damaged) - 1))
        match data.draw(st.sampled_from(["cut", "set", "drop", "put"])):
            case "cut":
                del damaged[at:]
            case "set":
                damaged[at] = data.draw(st.integers(0, 255))
            case "drop":
                del damaged[at : at + data.draw(st.integers(1, 400))]
            case _:
                damaged[at:at] = data.draw(st.sampled_from([b"<Record ", b"<Workout ", b'"', b"<", b"&x;", b"-->"]))
        if len(damaged) < 2600:
            break
    archive = maker.zip_of(tmp_path / "export.zip", bytes(damaged))
    try:
        export = read_export(archive)
    except SourceError:
        return
    known = {each.fingerprint for each in read_export(maker.zip_of(tmp_path / "whole.zip", XML)).workouts}
    assert len(export.workouts) <= 3
    assert all(value.value > 0 for value in export.values)
    assert len({each.fingerprint for each in export.workouts} - known) <= 2


def test_an_element_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_file, "MAX_ELEMENT_BYTES", 10_000)
    monkeypatch.setattr(export_file, "_BLOCK_BYTES", 1000)
    endless = maker.document(PLAN, maker.workout(PLAN.first, 60).replace("</Workout>", " " * 50_000))
    with pytest.raises(HostileFileError):
        read_export(maker.zip_of(tmp_path / "export.zip", endless))


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    archive = maker.zip_of(tmp_path / "export.zip", b"<HealthData>\n" + "<Record/>".encode("utf-16-le"))
    with pytest.raises(SourceError, match="UTF-8"):
        read_export(archive)


def test_other_archives_and_folders_are_no_exports(tmp_path: Path) -> None:
    other = maker.zip_of(tmp_path / "other.zip", b"<?xml version='1.0'?><gpx/>")
    assert not is_apple_export(other)
    assert not is_apple_export(tmp_path)
    assert not is_apple_export(tmp_path / "missing.zip")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    assert not is_apple_export(tmp_path / "broken.zip")
    (tmp_path / "any.xml").write_bytes(b"<HealthData/>")
    assert is_apple_export(tmp_path)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Running", "Run"),
        ("Hiking", "Hike"),
        ("Basketball", "Basketball"),
        ("DownhillSkiing", "AlpineSki"),
        ("Stairs", "StairStepper"),
        ("TraditionalStrengthTraining", "WeightTraining"),
        ("WheelchairRunPace", "Wheelchair"),
        ("TaiChi", "Workout"),
        ("", "Workout"),
    ],
)
def test_sport_of_a_workout(kind: str, expected: str) -> None:
    assert sport_type(f"HKWorkoutActivityType{kind}") == expected
