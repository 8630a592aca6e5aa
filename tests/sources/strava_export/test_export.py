"""What counts as an archive, where its table may stand, and which files no row names."""

from __future__ import annotations

import gzip
import multiprocessing
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.activity_summary import InvalidRow
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.strava_export.export import is_archive, open_export
from runcoach.sources.strava_export.row_parser import ExportRow

GPX = b"<gpx/>"


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("top", ["", "export_227615/"])
@pytest.mark.parametrize("form", ["export.zip", "export.ZIP", "export", "export_1"])
def test_an_export_is_an_archive(
    export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path, form: str, top: str
) -> None:
    path = export_maker.write_export(tmp_path / form, [run_of()], top=top)
    if form == "export_1":  # a ZIP without its ending
        path = packed(tmp_path / "download", {f"{top}activities.csv": b"x"})
    assert is_archive(path)


def test_what_is_not_an_archive(tmp_path: Path) -> None:
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "deep").symlink_to(tmp_path / "deep" / "a" / "b")
    (tmp_path / "linked" / ".old").mkdir()
    (tmp_path / "linked" / ".old" / "activities.csv").write_text("x")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "run.gpx").write_bytes(GPX)
    (tmp_path / "deep" / "a" / "b").mkdir(parents=True)
    (tmp_path / "deep" / "a" / "b" / "activities.csv").write_text("x")
    (tmp_path / "run.fit").write_bytes(b"\x0e\x20PK\x03\x04")
    assert not is_archive(tmp_path / "runs")
    assert not is_archive(tmp_path / "deep")
    assert not is_archive(tmp_path / "run.fit")
    assert not is_archive(tmp_path / "none.zip")
    assert not is_archive(tmp_path / "linked")


def test_truncated_zip_is_an_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"")
    assert is_archive(tmp_path / "a.zip")


def test_files_are_all_activity_files_of_the_archive(
    export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path
) -> None:
    runs = [run_of(ending="gpx"), run_of(ending=None)]
    extra = {"activities/9.gpx": GPX, "routes/1.gpx": GPX, "media/x.jpg": b"", "__MACOSX/activities/._9.gpx": b""}
    path = export_maker.write_export(tmp_path / "export.zip", runs, extra=extra, top="export_1/")
    with open_export(path) as archive:
        assert archive.table is not None
        named = f"export_1/{runs[0].filename}"
        assert set(archive.files) == {named, "export_1/activities/9.gpx", "export_1/routes/1.gpx"}


def test_rows_can_be_iterated_repeatedly(export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path) -> None:
    path = export_maker.write_export(tmp_path / "export.zip", [run_of() for _ in range(9)])
    with open_export(path) as archive:
        begun = archive.rows()
        first = next(begun)
        assert next(iter(archive.rows())) == first
        assert len(list(archive.rows())) == 9
        assert next(begun) != first


@pytest.mark.parametrize(
    ("named", "there"),
    [
        ("activities/1.FIT.GZ", "activities/1.fit.gz"),
        ("activities\\1.fit.gz", "activities/1.fit.gz"),
        ("./activities/1.fit.gz", "activities/1.fit.gz"),
        ("activities/1.fit.gz", "activities/1.fit"),
        ("activities/1.fit", "activities/1.fit.gz"),
        ("activities/1.json", "activities/1.json"),
        ("../activities/1.fit.gz", None),
        ("/activities/1.fit.gz", None),
        ("activities/2.fit.gz", None),
    ],
)
def test_find_member_of_a_row(export_maker: ModuleType, tmp_path: Path, named: str, there: str | None) -> None:
    run = export_maker.Run(1, 0)
    table = export_maker.table([run]).replace(run.filename.encode(), named.encode())
    path = packed(
        tmp_path / "a.zip", {"activities.csv": table, there or "activities/1.fit.gz": b"", "activities/0.gpx": b""}
    )
    with open_export(path) as archive:
        (row,) = archive.rows()
    assert isinstance(row, ExportRow)
    assert row.filename == there
    assert row.file_missing is (there is None)
    assert bool(row.notes) is (there is None)


def test_a_row_of_a_refused_file_leads_to_the_refusal(export_maker: ModuleType, tmp_path: Path) -> None:
    run = export_maker.Run(1, 0, ending="zip")
    path = packed(tmp_path / "a.zip", {"activities.csv": export_maker.table([run]), run.filename: b"PK"})
    with open_export(path) as archive:
        (row,) = archive.rows()
        assert isinstance(row, ExportRow)
        assert row.filename == run.filename
        with pytest.raises(HostileFileError, match="an archive inside the archive"):
            archive.members.read(run.filename)


def test_a_zip_without_a_table_is_read_as_files(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "runs.zip", {"a/1.gpx": GPX, "2.FIT": b"", "b.tcx.gz": gzip.compress(b""), "notes.txt": b""}
    )
    with open_export(path) as archive:
        assert archive.table is None
        assert list(archive.rows()) == []
        assert archive.files == ("a/1.gpx", "2.FIT", "b.tcx.gz")


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("fittrackee_gpx_test.zip", ("test_1.gpx", "test_2.gpx", "test_3.gpx")),
        ("fittrackee_gpx_test_folder.zip", ("folder/test_1.gpx", "folder/test_2.gpx", "folder/test_3.gpx")),
        ("fittrackee_gpx_multiple_extensions.zip", ("test_1.gpx",)),
        ("fittrackee_gpx_test_incorrect.zip", ("test_1.gpx", "test_4.gpx")),
    ],
)
def test_real_zips_of_files_are_read(corpus: Path, name: str, files: tuple[str, ...]) -> None:
    path = corpus / "activities" / "zip" / name
    assert is_archive(path)
    with open_export(path) as archive:
        assert archive.files == files
        assert all(archive.members.read(file) for file in files)


@pytest.mark.corpus
def test_a_real_zip_without_any_activity_says_so(corpus: Path) -> None:
    with (
        pytest.raises(NotAnActivityError, match=r"holds neither activities\.csv nor a FIT, GPX or TCX file$"),
        open_export(corpus / "activities" / "zip" / "fittrackee_gpx_test_no_gpx.zip"),
    ):
        pass


def test_two_tables_are_an_error(export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path) -> None:
    extra = {"old/activities.csv": b"x"}
    path = export_maker.write_export(tmp_path / "export.zip", [run_of()], extra=extra)
    which = r"^export\.zip holds 2 tables, activities\.csv and old/activities\.csv: it is unclear which"
    with pytest.raises(SourceError, match=which), open_export(path):
        pass
    folder = export_maker.write_export(tmp_path / "both", [run_of()], extra=extra)
    with pytest.raises(SourceError, match=r"^both holds 2 tables"), open_export(folder):
        pass


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_repeated_table_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("activities.csv", "x")
        archive.writestr("activities.csv", "y")
    with pytest.raises(SourceError, match=r"^activities\.csv: occurs 2 times in the ZIP"), open_export(path):
        pass


def test_table_of_garmin_is_ignored(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"Activities.csv": b"Activity Type,Date\n", "1.gpx": GPX})
    with open_export(path) as archive:
        assert archive.table is None


def test_table_in_a_deeper_folder_is_ignored(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"backup/2024/activities.csv": b"x", "1.gpx": GPX})
    with open_export(path) as archive:
        assert archive.table is None


def test_table_without_rows_and_files_is_an_error(export_maker: ModuleType, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"activities.csv": export_maker.table([])})
    with open_export(path) as archive, pytest.raises(NotAnActivityError, match=r"^a\.zip has no activity in it"):
        list(archive.rows())
    path = packed(tmp_path / "b.zip", {"activities.csv": export_maker.table([]), "activities/1.gpx": GPX})
    with open_export(path) as archive:
        assert list(archive.rows()) == []
        assert archive.files == ("activities/1.gpx",)


def read_in_another_process(path: Path, name: str) -> bytes:
    with open_archive(path) as members:
        return members.read(name)


def test_another_process_reads_by_path_and_name(
    export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path
) -> None:
    runs = [run_of(ending="gpx") for _ in range(3)]
    path = export_maker.write_export(tmp_path / "export.zip", runs)
    with multiprocessing.get_context("fork").Pool(1) as workers:
        read = workers.starmap(read_in_another_process, [(path, run.filename) for run in runs])
    assert read == [export_maker.gpx(run) for run in runs]


def test_invalid_rows_do_not_affect_others(
    export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path
) -> None:
    runs = [run_of() for _ in range(6)]
    lines = export_maker.table(runs).decode().splitlines()
    lines[2] = lines[2].replace(str(runs[1].activity_id), "8.2E+09", 1)
    lines[3] = lines[3].replace(str(runs[2].activity_id), str(runs[0].activity_id), 1)
    lines[4] = lines[4].rsplit(",", 40)[0]
    lines[5] += ",more"
    path = packed(tmp_path / "a.zip", {"activities.csv": "\n".join(lines).encode()})
    with open_export(path) as archive:
        rows = list(archive.rows())
    assert [str(row) for row in rows if isinstance(row, InvalidRow)] == [
        'activities.csv, row 3: "8.2E+09" is not a valid activity ID',
        f"activities.csv, row 4: activity {runs[0].activity_id} is in row 2 already, which is used",
        "activities.csv, row 5: too few cells: 63 where the header has 103",
        "activities.csv, row 6: too many cells: 104 where the header has 103",
    ]
    assert [row.activity_id for row in rows if isinstance(row, ExportRow)] == [runs[0].activity_id, runs[5].activity_id]


@pytest.mark.parametrize("cell", ["", "0", "-5", "1e3", "abc", "9" * 30, "٣٤٥", "1.5", str(2**63)])
def test_invalid_id(export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path, cell: str) -> None:
    good, bad = run_of(), run_of()
    table = export_maker.table([good, bad]).replace(str(bad.activity_id).encode(), cell.encode(), 1)
    path = packed(tmp_path / "a.zip", {"activities.csv": table})
    with open_export(path) as archive:
        rows = list(archive.rows())
    assert isinstance(rows[0], ExportRow)
    assert isinstance(rows[1], InvalidRow)
    assert rows[1].reason == f'"{cell}" is not a valid activity ID'


def test_unknown_sport_and_date_are_none(export_maker: ModuleType, tmp_path: Path) -> None:
    run = export_maker.Run(7, 0, sport="Bieganie", ending=None, avg_cadence=85.0)
    table = export_maker.table([run]).replace(b"Jan 1, 1970, 12:00:00 AM", b"1 sty 1970, 00:00:00")
    path = packed(tmp_path / "a.zip", {"activities.csv": table, "activities/1.gpx": GPX})
    with open_export(path) as archive:
        (row,) = archive.rows()
    assert isinstance(row, ExportRow)
    assert (row.sport_type, row.type_text) == (None, "Bieganie")
    assert row.start_time_s is None
    assert row.totals.avg_cadence_spm is None  # of one leg, or turns of a crank
    assert row.totals.distance_m == run.distance_m
    assert row.notes == (
        '"Bieganie" is not a known sport',
        'the date "1 sty 1970, 00:00:00" has an unknown format',
    )


def test_a_cadence_of_both_legs_stays(export_maker: ModuleType, tmp_path: Path) -> None:
    run = export_maker.Run(7, 0, avg_cadence=171.0, max_cadence=184.0)
    path = packed(tmp_path / "a.zip", {"activities.csv": export_maker.table([run])})
    with open_export(path) as archive:
        (row,) = archive.rows()
    assert isinstance(row, ExportRow)
    assert (row.totals.avg_cadence_spm, row.totals.max_cadence_spm) == (171.0, 184.0)


def test_zero_means_not_measured(export_maker: ModuleType, tmp_path: Path) -> None:
    run = export_maker.Run(
        7, 0, max_hr=0.0, avg_hr=0.0, avg_cadence=0.0, max_cadence=0.0, calories=0.0, temperature=0.0
    )
    path = packed(tmp_path / "a.zip", {"activities.csv": export_maker.table([run])})
    with open_export(path) as archive:
        (row,) = archive.rows()
    assert isinstance(row, ExportRow)
    totals = row.totals
    assert (totals.max_hr_bpm, totals.avg_hr_bpm, totals.calories_kcal) == (None, None, None)
    assert (totals.avg_cadence_spm, totals.max_cadence_spm) == (None, None)
    assert totals.temperature_c == 0.0


def test_shown_values_are_used_if_si_values_are_empty(
    export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path
) -> None:
    runs = [
        run_of(distance_m=12_340.0),
        run_of(sport="Swim", distance_m=1500.0),
        run_of(sport="Nordisches", distance_m=5000.0),
    ]
    rows = [export_maker.cells(run, language="de") for run in runs]
    for row in rows:
        row[15] = row[17] = row[30] = ""
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [export_maker.header("de", 103), *rows])
    path = packed(tmp_path / "a.zip", {"activities.csv": text.encode()})
    with open_export(path) as archive:
        read = [row for row in archive.rows() if isinstance(row, ExportRow)]
    assert [row.totals.distance_m for row in read] == [12_340.0, 1500.0, None]
    assert [row.totals.elapsed_s for row in read] == [1860.0] * 3
    assert [row.totals.max_hr_bpm for row in read] == [178.0] * 3
    assert "its distance is left out, for its unit depends on the sport" in read[2].notes
