"""Original files are kept with their sources, exported as they were read, and gone with their last source."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polar_export_maker as maker
import pytest

from runcoach.config import Config, load, write_setting
from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.recording import Totals
from runcoach.errors import UsageError
from runcoach.ingest.writer import write_activities
from runcoach.services.exports.export import ExportOptions, ExportReport, export
from runcoach.services.exports.originals import ExportedOriginals
from runcoach.services.imports.batches import undo
from runcoach.services.imports.duplicates import merge, split
from runcoach.services.imports.import_files import import_files
from runcoach.store.remote import forget
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

MakeFit = Callable[..., bytes]


@pytest.fixture
def keep_all(home: Path) -> Config:
    """A profile that keeps the files of imports too."""
    write_setting(load().paths, "keep_originals", "all")
    return load()


@pytest.fixture
def runs(tmp_path: Path, make_fit: MakeFit) -> dict[str, bytes]:
    """Two files of a folder, one of them gzipped: name → bytes of the file inside."""
    files = {"a.fit": make_fit(days_ago=400, km=1.8), "b.fit.gz": make_fit(days_ago=3, km=1.1)}
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "a.fit").write_bytes(files["a.fit"])
    (folder / "b.fit.gz").write_bytes(gzip.compress(files["b.fit.gz"]))
    return files


def write(target: Path, **options: Any) -> ExportReport:
    return export(load(), target, ExportOptions(("original",), ActivityFilter(**options)))


def exported(folder: Path) -> list[bytes]:
    """The files of an export in the order of their names, which is that of their starts."""
    return [path.read_bytes() for path in sorted((folder / "original").rglob("*")) if path.is_file()]


def count(config: Config, table: str) -> int:
    with open_reader(config) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def efforts(config: Config) -> list[tuple[Any, ...]]:
    with open_reader(config) as connection:
        sql = (
            "SELECT start_time + start_s AS began, effort.distance_m, duration_exact_s, quality FROM effort"
            " JOIN activity ON id = activity_id ORDER BY began, effort.distance_m"
        )
        return [tuple(row) for row in connection.execute(sql)]


def test_imported_files_are_not_kept_by_default(tmp_path: Path, runs: dict[str, bytes]) -> None:
    assert import_files(load(), [tmp_path / "runs"]).originals == 0
    assert write(tmp_path / "out").originals == ExportedOriginals(imported=2)
    assert exported(tmp_path / "out") == []


def test_kept_files_are_exported_as_they_were_read_and_named_as_gpx(
    tmp_path: Path, keep_all: Config, runs: dict[str, bytes]
) -> None:
    assert import_files(keep_all, [tmp_path / "runs"]).originals == 2
    assert write(tmp_path / "out").originals == ExportedOriginals(files=2)
    assert exported(tmp_path / "out") == list(runs.values())
    export(keep_all, tmp_path / "tcx", ExportOptions(("tcx",), ActivityFilter()))
    names = [
        {path.relative_to(folder).with_suffix("") for path in folder.rglob("2*-*-*.*")}
        for folder in (tmp_path / "out/original", tmp_path / "tcx/tcx")
    ]
    assert len(names[0]) == 2
    assert names[0] == names[1]


def test_efforts_are_the_same_after_exporting_originals_and_importing_them(
    tmp_path: Path, keep_all: Config, runs: dict[str, bytes]
) -> None:
    session = maker.encode(maker.older_session())
    (tmp_path / "runs" / "training-session-2025-06-01-3142858899.json").write_bytes(session)
    assert import_files(keep_all, [tmp_path / "runs"]).activities == 3
    write(tmp_path / "out")
    assert session in exported(tmp_path / "out")
    other = load(home=tmp_path / "other")
    assert import_files(other, [tmp_path / "out"]).activities == 3
    assert len(efforts(keep_all)) > 3
    assert efforts(other) == efforts(keep_all)


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_importing_again_keeps_the_files_and_changes_nothing_else(
    tmp_path: Path, home: Path, runs: dict[str, bytes], workers: int
) -> None:
    import_files(load(), [tmp_path / "runs"])
    tables = ("activity", "activity_source", "import_batch", "audit")
    before = [count(load(), table) for table in tables]
    write_setting(load().paths, "keep_originals", "all")
    report = import_files(load(), [tmp_path / "runs"], workers=workers)
    assert (report.batch_id, report.originals, report.count("unchanged")) == (None, 2, 2)
    assert import_files(load(), [tmp_path / "runs"], workers=workers).originals == 0
    assert [count(load(), table) for table in tables] == before
    write(tmp_path / "out")
    assert exported(tmp_path / "out") == list(runs.values())


def test_importing_an_archive_again_keeps_the_files_of_its_rows(
    tmp_path: Path, home: Path, runs: dict[str, bytes]
) -> None:
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr(
            "activities.csv",
            "Activity ID,Activity Date,Activity Name,Activity Type,Filename\n"
            '7,"Nov 25, 2026, 7:00:00 AM",Easy,Run,activities/7.fit.gz\n',
        )
        members.writestr("activities/7.fit.gz", gzip.compress(runs["a.fit"]))
    import_files(load(), [archive])
    assert count(load(), "activity_source") == 2
    write_setting(load().paths, "keep_originals", "all")
    report = import_files(load(), [archive])
    assert (report.batch_id, report.originals, report.count("unchanged")) == (None, 1, 1)
    write(tmp_path / "out")
    assert exported(tmp_path / "out") == [runs["a.fit"]]


def test_a_file_with_several_activities_is_stored_and_written_once(
    tmp_path: Path, keep_all: Config, make_fit: MakeFit
) -> None:
    several = make_fit(days_ago=9, km=1.0) + make_fit(days_ago=8, km=1.0)
    (tmp_path / "both.fit").write_bytes(several)
    import_files(keep_all, [tmp_path / "both.fit"])
    assert [count(keep_all, table) for table in ("activity", "source_original", "original_file")] == [2, 2, 1]
    assert write(tmp_path / "out").originals == ExportedOriginals(files=1)
    assert exported(tmp_path / "out") == [several]
    with open_database(keep_all) as connection, write_transaction(connection):
        forget.remove_activity(connection, 1)
        assert connection.execute("SELECT count(*) FROM original_file").fetchone()[0] == 1
        forget.remove_activity(connection, 2)
    assert [count(keep_all, table) for table in ("source_original", "original_file")] == [0, 0]


def test_a_file_with_one_run_twice_is_written_once(tmp_path: Path, keep_all: Config, make_fit: MakeFit) -> None:
    (tmp_path / "twice.fit").write_bytes(make_fit(days_ago=9, km=1.0) * 2)
    import_files(keep_all, [tmp_path / "twice.fit"])
    assert [count(keep_all, table) for table in ("activity", "source_original", "original_file")] == [1, 2, 1]
    assert write(tmp_path / "out").originals == ExportedOriginals(files=1)
    assert len(exported(tmp_path / "out")) == 1


def test_two_files_of_one_run_are_written_until_one_is_undone(
    tmp_path: Path, keep_all: Config, make_fit: MakeFit
) -> None:
    files = [make_fit(days_ago=9, km=1.0), make_fit(days_ago=9, km=1.0, pace_s=300.2)]
    for number, content in enumerate(files):
        (tmp_path / f"{number}.fit").write_bytes(content)
    import_files(keep_all, [tmp_path / "0.fit"])
    second = import_files(keep_all, [tmp_path / "1.fit"]).batch_id
    assert count(keep_all, "activity") == 1
    assert write(tmp_path / "out").originals == ExportedOriginals(files=2)
    assert exported(tmp_path / "out") == files
    assert second is not None
    undo(keep_all, second)
    write(tmp_path / "out")
    assert exported(tmp_path / "out") == files[:1]


def test_undone_imports_are_not_exported_and_come_back(
    tmp_path: Path, keep_all: Config, runs: dict[str, bytes]
) -> None:
    report = import_files(keep_all, [tmp_path / "runs"])
    assert report.batch_id is not None
    undo(keep_all, report.batch_id)
    assert write(tmp_path / "out").originals == ExportedOriginals()
    import_files(keep_all, [tmp_path / "runs"])
    write(tmp_path / "out")
    assert exported(tmp_path / "out") == list(runs.values())


def test_an_undone_import_gets_its_originals_when_it_is_revived(
    tmp_path: Path, home: Path, runs: dict[str, bytes]
) -> None:
    report = import_files(load(), [tmp_path / "runs"])
    assert report.batch_id is not None
    undo(load(), report.batch_id)
    write_setting(load().paths, "keep_originals", "all")
    assert import_files(load(), [tmp_path / "runs"]).originals == 2


def test_originals_move_with_their_source_in_merges_and_splits(
    tmp_path: Path, keep_all: Config, runs: dict[str, bytes]
) -> None:
    import_files(keep_all, [tmp_path / "runs"])
    merge(keep_all, "1", "2")
    assert write(tmp_path / "merged").activities == 1
    assert sorted(exported(tmp_path / "merged")) == sorted(runs.values())
    split(keep_all, "1", "2")
    write(tmp_path / "split")
    assert exported(tmp_path / "split") == list(runs.values())


def test_filters_and_stravas_rule_apply_and_reasons_are_counted(
    tmp_path: Path, keep_all: Config, runs: dict[str, bytes], whole: Callable[..., BuiltActivity]
) -> None:
    import_files(keep_all, [tmp_path / "runs"])
    sources = [
        SourceRecord("strava", "strava", "strava:7", Totals()),
        SourceRecord("garmin", "fit", "activity 8", Totals()),
        SourceRecord("garmin", "list", "activity 9", Totals()),
    ]
    with open_database(keep_all) as connection:
        for number, source in enumerate(sources):
            one = whole(start_time=1_700_000_000 + number * 86_400, source=source, name="elsewhere")
            write_activities(connection, [replace(one, streams=None)], None)
    report = write(tmp_path / "out", min_distance_m=1_500.0)
    assert report.left_out_strava_api == 1
    assert report.originals is not None
    assert (report.originals.files, report.originals.downloaded, report.originals.without_file) == (1, 1, 1)
    assert exported(tmp_path / "out") == [runs["a.fit"]]


def test_trim_is_refused(tmp_path: Path, config: Config) -> None:
    with pytest.raises(UsageError, match="cannot be trimmed"):
        export(config, tmp_path / "out", ExportOptions(("original",), ActivityFilter(), trim_m=200.0))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"not deflated", zlib.compress(b"another file")], ids=["not-deflated", "checksum"])
def test_a_damaged_original_is_left_out_and_named(
    tmp_path: Path, keep_all: Config, runs: dict[str, bytes], content: bytes, runcoach: Callable[..., Any]
) -> None:
    import_files(keep_all, [tmp_path / "runs"])
    with open_database(keep_all) as connection:
        connection.execute("UPDATE original_file SET content = ? WHERE id = 1", (content,))
    ended = runcoach("export", str(tmp_path / "out"), "--format", "original")
    assert ended.code == 3
    assert "activity 1 is damaged" in ended.err
    assert exported(tmp_path / "out") == [runs["b.fit.gz"]]


def test_command_says_how_to_keep_originals(
    tmp_path: Path, runs: dict[str, bytes], runcoach: Callable[..., Any]
) -> None:
    runcoach("import", str(tmp_path / "runs"))
    ended = runcoach("export", str(tmp_path / "out"), "--format", "original")
    assert "2 activities without an original: 2 imported (`runcoach config set keep_originals all`" in ended.err
    runcoach("config", "set", "keep_originals", "all")
    assert "Kept 2 original files." in runcoach("import", str(tmp_path / "runs")).err
    ended = runcoach("export", str(tmp_path / "out"), "--format", "original")
    assert "2 activities in 3 files" in ended.out
    assert "without an original" not in ended.err
    assert runcoach("status", "--json").json["data"]["originals"]["files"] == 2
