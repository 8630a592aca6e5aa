"""What an export says of a run is what is read, field by field: in every language, every generation, both forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcoach.domain.recording import Totals
from runcoach.sources.activity_summary import InvalidRow
from runcoach.sources.file_formats import read_bytes
from runcoach.sources.strava_export.export import open_export
from runcoach.sources.strava_export.row_parser import ExportRow

LANGUAGES = ["en", "en-GB", "de", "fr", "es", "es-MX", "it", "nl", "pt"]
GENERATIONS = [10, 77, 87, 92, 94, 99, 103]
ON_FOOT = {"Run", "TrailRun", "VirtualRun", "Walk", "Hike"}

Reader = Callable[[Path], tuple[list[ExportRow], list[InvalidRow]]]


def runs_of_all_kinds(run_of: Callable[..., Any]) -> list[Any]:
    return [
        run_of(name="Tempo, 3 × 2 km", description='He said "go"\nand went', gear="Ghost 15, blue", competition=True),
        run_of(ending="gpx", private_note="knee,\r\nleft", long_run=True, media=("media/a.jpg", "media/b.mp4")),
        run_of(ending="gpx.gz", name="上海马拉松 🏃", commute=True),
        run_of(ending="tcx.gz", sport="TrailRun", distance_m=51_234.5, max_cadence=88.0),
        run_of(ending="fit", sport="VirtualRun", elevation_low_m=-3.5, temperature=-7.0),
        run_of(ending=None, sport="Walk", max_hr=None, avg_hr=None, avg_power=None, max_power=None, calories=None),
        run_of(ending=None, sport="Swim", distance_m=1725.0, avg_cadence=None, max_cadence=None),
        run_of(
            ending="gpx.gz", missing=True, sport="Ride", distance_m=1_234_567.0, avg_cadence=84.0, max_cadence=131.0
        ),
        run_of(sport="WeightTraining", distance_m=0.0, temperature=None, elevation_low_m=None, elevation_high_m=None),
    ]


def expected_totals(run: Any, columns: int, *, metres: bool) -> Totals:
    if columns == 10:
        shown = run.distance_m if metres or run.sport == "Swim" else round(run.distance_m / 1000, 2) * 1000
        return Totals(distance_m=shown, elapsed_s=run.elapsed_s)
    steps = 2.0 if run.sport in ON_FOOT else 1.0
    return Totals(
        distance_m=run.distance_m,
        elapsed_s=run.elapsed_s,
        moving_s=run.moving_s,
        elevation_gain_m=run.elevation_gain_m,
        elevation_low_m=run.elevation_low_m,
        elevation_high_m=run.elevation_high_m,
        avg_hr_bpm=run.avg_hr,
        max_hr_bpm=run.max_hr,
        avg_cadence_spm=run.avg_cadence and run.avg_cadence * steps,
        max_cadence_spm=run.max_cadence and run.max_cadence * steps,
        avg_power_w=run.avg_power,
        max_power_w=run.max_power,
        temperature_c=run.temperature,
        calories_kcal=run.calories,
    )


def expected_row(run: Any, number: int, language: str, columns: int, word: str) -> ExportRow:
    old, with_marks = columns == 10, columns >= 99
    return ExportRow(
        row_number=number,
        activity_id=run.activity_id,
        start_time_s=run.start,
        name=run.name,
        sport_type=run.sport,
        type_text=word,
        description=run.description or None,
        private_note=(run.private_note or None) if columns >= 87 else None,
        gear_name=run.gear or None,
        filename=run.filename if run.ending and not run.missing else None,
        file_missing=run.missing,
        workout_type=(1 if run.competition else 2 if run.long_run else None) if with_marks else None,
        totals=expected_totals(run, columns, metres=old and language == "en"),
        notes=(f"its file {run.filename} is not in the archive",) if run.missing else (),
    )


def check(
    export_maker: ModuleType, path: Path, runs: list[Any], language: str, columns: int, read_rows: Reader
) -> None:
    good, bad = read_rows(path)
    assert not bad
    words = export_maker.LANGUAGES[language].sports
    expected = [
        expected_row(run, number, language, columns, words.get(run.sport, run.sport))
        for number, run in enumerate(runs, 2)
    ]
    assert good == expected


@pytest.mark.parametrize("columns", GENERATIONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_comes_back(
    export_maker: ModuleType,
    run_of: Callable[..., Any],
    read_rows: Reader,
    tmp_path: Path,
    language: str,
    columns: int,
) -> None:
    runs = runs_of_all_kinds(run_of)
    path = export_maker.write_export(tmp_path / "export.zip", runs, language=language, columns=columns)
    check(export_maker, path, runs, language, columns, read_rows)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("language", "columns"),
    [("en", 10), ("en", 77), ("en", 87), ("de", 92), ("en", 94), ("en", 99), ("en", 103), ("fr", 103)],
)
def test_every_field_comes_back_under_the_real_headers(
    export_maker: ModuleType,
    run_of: Callable[..., Any],
    read_rows: Reader,
    tmp_path: Path,
    corpus: Path,
    language: str,
    columns: int,
) -> None:
    runs = runs_of_all_kinds(run_of)
    path = export_maker.write_export(
        tmp_path / "export.zip", runs, language=language, columns=columns, headers=corpus / "headers"
    )
    check(export_maker, path, runs, language, columns, read_rows)


@pytest.mark.corpus
@pytest.mark.parametrize("columns", [77, 87, 94, 99, 103])
def test_the_maker_writes_where_the_real_header_says(export_maker: ModuleType, corpus: Path, columns: int) -> None:
    header = export_maker.header("en", columns, corpus / "headers")
    run = export_maker.Run(1, 0, gear="gear", media=("media/a.jpg",), competition=True)
    row = export_maker.cells(run, columns=columns)
    by_name: dict[str, list[str]] = {}
    for name, cell in zip(header, row, strict=True):
        by_name.setdefault(name, []).append(cell)
    assert by_name["Moving Time"] == [repr(float(run.moving_s))]
    assert by_name["Distance"] == ["6.33", repr(run.distance_m)]
    assert by_name["Elevation Gain"] == [repr(run.elevation_gain_m)]
    assert by_name["Elevation High"] == [repr(run.elevation_high_m)]
    assert by_name["Average Cadence"] == [repr(run.avg_cadence)]
    assert by_name["Average Heart Rate"] == [repr(run.avg_hr)]
    assert by_name["Average Watts"] == [repr(run.avg_power)]
    assert by_name["Calories"] == [repr(run.calories)]
    assert by_name["Average Temperature"] == [repr(run.temperature)]
    assert by_name["Activity Gear"] == ["gear"]
    assert by_name["Filename"] == [run.filename]
    assert by_name["From Upload"] == ["1.0"]
    assert by_name.get("Competition", ["1.0"]) == ["1.0"]
    assert by_name.get("Media", ["media/a.jpg"]) == ["media/a.jpg"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("blank", ["\u00a0", "\u202f"])
@pytest.mark.parametrize("bom", [False, True])
@pytest.mark.parametrize("top", ["", "export_227615/"])
@pytest.mark.parametrize("form", ["export.zip", "export"])
def test_line_ends_blanks_byte_order_marks_and_folders(
    export_maker: ModuleType,
    run_of: Callable[..., Any],
    read_rows: Reader,
    tmp_path: Path,
    newline: str,
    blank: str,
    bom: bool,
    top: str,
    form: str,
) -> None:
    runs = [run_of(description="two\nlines", gear="Ghost"), run_of(ending="tcx.gz")]
    path = export_maker.write_export(
        tmp_path / form, runs, language="fr", newline=newline, blank=blank, bom=bom, top=top
    )
    good, bad = read_rows(path)
    assert not bad
    assert [row.filename for row in good] == [f"{top}{run.filename}" for run in runs]
    assert [row.start_time_s for row in good] == [run.start for run in runs]
    assert good[0].description == "two\nlines"


def test_the_files_can_be_read(export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path) -> None:
    runs = [run_of(ending=ending) for ending in ("fit", "fit.gz", "gpx", "gpx.gz", "tcx", "tcx.gz")]
    path = export_maker.write_export(tmp_path / "export.zip", runs)
    with open_export(path) as archive:
        rows = {row.filename: row for row in archive.rows() if isinstance(row, ExportRow)}
        for name in archive.files:
            (recording,) = read_bytes(archive.members.read(name), name).recordings
            assert recording.start_time_s == rows[name].start_time_s
            assert len(recording.streams.time_s) == 61


cell_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(st.tuples(cell_text, cell_text, cell_text, cell_text), min_size=1, max_size=6),
    columns=st.sampled_from([87, 103]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_any_title_and_description(
    export_maker: ModuleType,
    read_rows: Reader,
    tmp_path: Path,
    texts: list[tuple[str, str, str, str]],
    columns: int,
    newline: str,
) -> None:
    runs = [
        export_maker.Run(100 + place, 1_700_000_000, name, description=told, private_note=note, gear=gear, ending=None)
        for place, (name, told, note, gear) in enumerate(texts)
    ]
    path = export_maker.write_export(tmp_path / "any.zip", runs, columns=columns, newline=newline)
    good, bad = read_rows(path)
    assert not bad
    read = [(row.name, row.description, row.private_note, row.gear_name) for row in good]
    assert read == [tuple(text.strip() or None for text in four) for four in texts]
