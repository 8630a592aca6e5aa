"""An export is complete or not there, readable by the engines it is for, and imports again to the same efforts."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runcoach.config import Config, load
from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.recording import Totals
from runcoach.domain.streams import Streams
from runcoach.errors import RuncoachError, UsageError
from runcoach.ingest.writer import write_activities
from runcoach.services.exports.export import FORMATS, ExportOptions, ExportReport, export
from runcoach.services.exports.parquet import open_writer
from runcoach.services.imports.import_files import import_files
from runcoach.store.exports import EXPORTED_TABLES, OMITTED_TABLES
from runcoach.store.sqlite.database import open_database, open_reader

PAGE = (Path(__file__).parents[3] / ".github" / "EXPORT.md").read_text(encoding="utf-8")


@pytest.fixture
def runs(tmp_path: Path, make_fit: Callable[..., bytes]) -> Path:
    """A profile with two runs outdoors and one on a treadmill."""
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "a.fit").write_bytes(make_fit(days_ago=400, km=6.0, pace_s=300.5))
    (folder / "b.fit").write_bytes(make_fit(days_ago=3, km=5.2, pace_s=280))
    (folder / "c.fit").write_bytes(make_fit(days_ago=2, km=2.0, indoor=True))
    import_files(load(), [folder])
    return folder


def write(target: Path, *formats: str, config: Config | None = None, **options: Any) -> ExportReport:
    where = options.pop("where", ActivityFilter())
    return export(config or load(), target, ExportOptions(formats, where, **options))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def efforts(config: Config, *, indoor: bool = True) -> list[tuple[Any, ...]]:
    """Every effort with the moment at which it began."""
    with open_reader(config) as connection:
        return [
            tuple(row)
            for row in connection.execute(
                "SELECT start_time + start_s AS began, effort.distance_m, duration_exact_s, quality FROM effort"
                " JOIN activity ON id = activity_id WHERE has_gps = 1 OR ? ORDER BY began, effort.distance_m",
                (indoor,),
            )
        ]


def test_every_table_is_exported_or_left_out_for_a_reason(config: Config) -> None:
    with open_reader(config) as connection:
        existing = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert existing == set(EXPORTED_TABLES) | set(OMITTED_TABLES)
    assert not set(EXPORTED_TABLES) & set(OMITTED_TABLES)
    assert not [name for name in EXPORTED_TABLES.values() if f"`{name}`" not in PAGE]
    assert not [table for table in EXPORTED_TABLES if re.search("token|connection|subscription|credential", table)]


@pytest.mark.slow
@pytest.mark.usefixtures("runs")
def test_tables_are_the_same_in_csv_json_and_parquet(tmp_path: Path) -> None:
    import duckdb

    report = write(tmp_path / "out", *FORMATS)
    assert report.activities == 3
    assert report.tracks == 2
    assert report.tables["activities"] == 3
    for name, count in report.tables.items():
        with (tmp_path / "out/csv" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            table = list(csv.DictReader(stream))
        objects = json.loads((tmp_path / "out/json" / f"{name}.json").read_text(encoding="utf-8"))
        cursor = duckdb.execute(f"SELECT * FROM '{tmp_path}/out/parquet/{name}.parquet'")
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        assert len(table) == len(objects) == len(rows) == count, name
        if name == "activities":
            for line, item, row in zip(table, objects, rows, strict=True):
                values = dict(zip(columns, row, strict=True))
                assert float(line["distance_m"]) == item["distanceM"] == values["distance_m"]
                assert line["start_time"] == item["date"] == f"{values['start_time']:%Y-%m-%dT%H:%M:%SZ}"
                assert date.fromisoformat(line["local_date"]) == values["local_date"]
                assert (line["trainer"] == "true") is item["trainer"] is values["trainer"]
                assert line["description"] == ""
                assert item["description"] is values["description"] is None
                assert item["stravaId"] is values["strava_id"] is None


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(("name", "count"), [("gpx", 10), ("tcx", 14)])
def test_efforts_are_the_same_after_export_and_import(tmp_path: Path, name: str, count: int) -> None:
    write(tmp_path / "out", name)
    other = load(home=tmp_path / "other")
    import_files(other, [tmp_path / "out" / name])
    expected = efforts(load(), indoor=name == "tcx")
    assert len(expected) == count
    assert efforts(other, indoor=True) == expected


@pytest.mark.usefixtures("runs")
def test_totals_are_the_same_after_export_and_import(tmp_path: Path) -> None:
    write(tmp_path / "out", "tcx")
    other = load(home=tmp_path / "other")
    import_files(other, [tmp_path / "out" / "tcx"])
    columns = (
        "start_time, name, sport_type, distance_m, moving_time_sec, elapsed_time_sec, avg_hr, avg_cadence, has_gps"
    )
    found = []
    for config in (load(), other):
        with open_reader(config) as connection:
            rows = connection.execute(f"SELECT {columns} FROM activity ORDER BY start_time")
            found.append([tuple(row) for row in rows])
    assert found[0] == found[1]


@pytest.mark.corpus
@pytest.mark.slow
def test_efforts_of_real_recordings_are_the_same_after_export_and_import(tmp_path: Path, corpus: Path) -> None:
    import_files(load(), [corpus / "activities"])
    write(tmp_path / "out", "tcx")
    other = load(home=tmp_path / "other")
    import_files(other, [tmp_path / "out" / "tcx"])
    before, after = ([(round(began), *rest) for began, *rest in efforts(config)] for config in (load(), other))
    assert len(before) > 50
    assert after == before


@pytest.mark.slow
@pytest.mark.usefixtures("runs")
def test_samples_are_in_one_folder_a_year_and_equal_to_the_stored_ones(tmp_path: Path) -> None:
    import polars as pl

    from runcoach.store.activities import read_streams

    report = write(tmp_path / "out", "parquet")
    frame = pl.read_parquet(tmp_path / "out/parquet/streams", hive_partitioning=True)
    with open_reader(load()) as connection:
        for row in connection.execute("SELECT id, local_date FROM activity").fetchall():
            streams = read_streams(connection, row["id"])
            assert streams is not None
            found = frame.filter(pl.col("activity_id") == row["id"]).sort("time_s")
            assert found["year"].unique().to_list() == [int(row["local_date"][:4])]
            assert found["time_s"].to_list() == streams.time_s.tolist()
            for name in ("distance_m", "lat_deg", "heart_rate_bpm"):
                values = streams.get(name)
                column = found[name]
                if values is None:
                    assert column.null_count() == len(column)
                else:
                    assert column.to_list() == [None if np.isnan(value) else value for value in values.tolist()]
    assert report.size_bytes < 200_000


@pytest.mark.slow
@pytest.mark.usefixtures("runs")
def test_documented_queries_give_the_best_5_km_of_every_athlete_and_year(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    monkeypatch.chdir(tmp_path)
    write(Path("club/anna"), "parquet")
    write(Path("club/berta"), "parquet", where=ActivityFilter(min_distance_m=5_500.0))
    sql = re.search(r"```sql\n(.*?)```", PAGE, flags=re.DOTALL)
    code = re.search(r"```python\nimport polars as pl\n(.*?)```", PAGE, flags=re.DOTALL)
    assert sql is not None
    assert code is not None
    with open_reader(load()) as connection:
        rows = connection.execute(
            "SELECT cast(substr(local_date, 1, 4) AS INTEGER), duration_s FROM effort JOIN activity ON id = activity_id"
            " WHERE effort.distance_m = 5000 ORDER BY 1"
        ).fetchall()
        years = {int(row[0][:4]) for row in connection.execute("SELECT local_date FROM activity")}
    expected = [("anna", *row) for row in rows] + [("berta", *rows[0])]
    assert duckdb.execute(sql[1]).fetchall() == expected
    per_year = re.findall(r"```sql\n(.*?)```", PAGE, flags=re.DOTALL)[1]
    assert {row[0] for row in duckdb.execute(per_year).fetchall()} == years
    namespace: dict[str, Any] = {}
    exec("import polars as pl\n" + code[1], namespace)
    assert namespace["bests"].rows() == expected


@pytest.mark.slow
@pytest.mark.usefixtures("runs")
def test_trim_hides_both_ends_in_every_format(tmp_path: Path) -> None:
    import polars as pl

    write(tmp_path / "out", "parquet", "gpx", "tcx", "geojson", trim_m=200.0)
    lat = pl.read_parquet(tmp_path / "out/parquet/streams")["lat_deg"].drop_nulls().to_list()
    for path in (tmp_path / "out/gpx").rglob("*.gpx"):
        lat += [float(value) for value in re.findall(r'lat="([^"]+)"', path.read_text(encoding="utf-8"))]
    for path in (tmp_path / "out/tcx").rglob("*.tcx"):
        lat += [float(value) for value in re.findall(r"<LatitudeDegrees>([^<]+)<", path.read_text(encoding="utf-8"))]
    tracks = json.loads((tmp_path / "out/tracks.geojson").read_text(encoding="utf-8"))["features"]
    lat += [point[1] for track in tracks for line in track["geometry"]["coordinates"] for point in line]
    assert len(tracks) == 2
    assert min(lat) == pytest.approx(52.0 + 200.0 / 111_195.0, abs=5e-5)
    assert max(lat) == pytest.approx(52.0 + 5_800.0 / 111_195.0, abs=5e-5)


def test_runs_of_stravas_api_alone_are_exported_only_on_request(
    tmp_path: Path, config: Config, whole: Callable[..., BuiltActivity]
) -> None:
    api = SourceRecord("strava", "strava", "strava:7", Totals())
    both, alone = whole(start_time=1_760_000_000), whole(start_time=1_761_000_000, source=api, strava_id=7)
    with open_database(config) as connection:
        for one in (both, replace(both, source=replace(api, name="strava:8")), alone):
            write_activities(connection, [one], None)
    report = write(tmp_path / "out", "csv", "ics")
    assert (report.activities, report.left_out_strava_api) == (1, 1)
    assert "strava" not in (tmp_path / "out/csv/sources.csv").read_text(encoding="utf-8")
    assert (tmp_path / "out/activities.ics").read_text(encoding="utf-8").count("BEGIN:VEVENT") == 1
    report = write(tmp_path / "out", "csv", include_strava_api=True)
    assert (report.activities, report.left_out_strava_api) == (2, 0)
    assert (tmp_path / "out/csv/sources.csv").read_text(encoding="utf-8").count("strava:") == 2


@pytest.mark.usefixtures("runs")
def test_an_export_replaces_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(target, "csv")
    write(target, "ics")
    assert names(target) == ["activities.ics", "export.json"]
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"notes\.txt"):
        write(target, "csv")
    assert names(target) == ["activities.ics", "export.json", "notes.txt"]
    with pytest.raises(UsageError, match="not a folder"):
        write(target / "notes.txt", "csv")


@pytest.mark.usefixtures("runs")
def test_a_file_that_appears_during_an_export_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out", "csv")

    def put_a_file(*_: Any) -> str:
        (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
        return "<gpx/>"

    monkeypatch.setattr("runcoach.services.exports.gpx.gpx", put_a_file)
    with pytest.raises(UsageError, match=r"notes\.txt"):
        write(tmp_path / "out", "gpx")
    assert names(tmp_path / "out") == ["csv", "export.json", "notes.txt"]


@pytest.mark.usefixtures("runs")
def test_cadence_counts_one_leg_as_other_programs_expect(tmp_path: Path) -> None:
    write(tmp_path / "out", "gpx", "tcx")
    for pattern, element in (("gpx/*/*.gpx", "gpxtpx:cad"), ("tcx/*/*.tcx", "x:RunCadence")):
        for path in (tmp_path / "out").glob(pattern):
            assert set(re.findall(rf"<{element}>(\d+)<", path.read_text(encoding="utf-8"))) == {"86"}


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("is_new", [True, False])
def test_a_full_disk_leaves_the_earlier_export_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    place = tmp_path / "place"
    if not is_new:
        write(place / "out", "csv")
    before = names(place / "out") if not is_new else []

    def full(*_: Any) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("runcoach.services.exports.gpx.gpx", full)
    with pytest.raises(RuncoachError, match="No space left") as raised:
        write(place / "out", "csv", "gpx")
    assert raised.value.hint is not None
    assert "space" in raised.value.hint
    assert (names(place / "out") if not is_new else names(place)) == before


def test_parquet_without_duckdb_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runcoach: Callable[..., Any]
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    ended = runcoach("export", str(tmp_path / "out"), "--format", "parquet")
    assert ended.code == 2
    assert "pip install 'runcoach[parquet]'" in ended.err
    assert runcoach("export", str(tmp_path / "out")).code == 0


def test_an_error_of_the_parquet_writer_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Input/output error"), open_writer() as writer:
        writer.execute(f"COPY (SELECT 1) TO '{tmp_path}/missing/table.parquet'")


@pytest.mark.usefixtures("runs")
def test_what_a_killed_export_left_behind_is_removed_by_the_next(tmp_path: Path) -> None:
    dead = 2**22 + 1  # beyond the largest process id of Linux
    (tmp_path / "place" / f".out.{dead}.new" / "csv").mkdir(parents=True)
    (tmp_path / "place" / f".out.{os.getppid()}.new").mkdir()
    write(tmp_path / "place" / "out", "csv")
    assert names(tmp_path / "place") == [f".out.{os.getppid()}.new", "out"]
    shutil.move(tmp_path / "place/out", tmp_path / f"place/.out.{dead}.old")  # killed between two renames
    with pytest.raises(UsageError, match="format"):
        write(tmp_path / "place/out", "docx")
    write(tmp_path / "place/out", "csv")
    assert names(tmp_path / "place") == [f".out.{os.getppid()}.new", "out"]


def test_an_empty_profile_is_exported_with_empty_tables(tmp_path: Path, config: Config) -> None:
    report = write(tmp_path / "out", *FORMATS, config=config)
    assert report.activities == 0
    assert set(report.tables.values()) == {0}
    assert json.loads((tmp_path / "out/tracks.geojson").read_text(encoding="utf-8"))["features"] == []
    assert not config.database.exists()


def test_hostile_names_are_escaped(tmp_path: Path, config: Config, whole: Callable[..., BuiltActivity]) -> None:
    time_s = np.arange(100.0)
    streams = Streams(time_s, {"lat_deg": 50 + time_s / 1e4, "lng_deg": 8 + time_s / 1e4}).quantized()
    name = 'a <b> & "c", d; \x0b e\\f\n' + "ü" * 80
    with open_database(config) as connection:
        write_activities(connection, [whole(name=name, streams=streams)], None)
    write(tmp_path / "out", "gpx", "tcx", "ics", "csv")
    other = load(home=tmp_path / "other")
    import_files(other, [tmp_path / "out/gpx"])
    with open_reader(other) as connection:
        stored = connection.execute("SELECT name FROM activity").fetchone()[0]
    assert stored == " ".join(name.replace("\x0b", "\N{REPLACEMENT CHARACTER}").split())
    lines = (tmp_path / "out/activities.ics").read_bytes().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    summary = b"".join(_unfolded(lines, b"SUMMARY")).decode()
    assert 'a <b> & "c"\\, d\\;   e\\\\f\\n' + "ü" * 80 in summary


def _unfolded(lines: list[bytes], name: bytes) -> Iterator[bytes]:
    begun = False
    for line in lines:
        if begun and line.startswith(b" "):
            yield line[1:]
        else:
            begun = line.startswith(name + b":")
            if begun:
                yield line


@pytest.mark.usefixtures("runs")
def test_ctrl_c_says_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runcoach: Callable[..., Any]
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    target = str(tmp_path / "place" / "out")
    with monkeypatch.context() as patched:
        patched.setattr("runcoach.services.exports.gpx.gpx", interrupt)
        ended = runcoach("export", target, "--format", "gpx")
        assert (ended.code, ended.out) == (130, "")
        assert "nothing was written" in ended.err
        assert names(tmp_path / "place") == []
    runcoach("export", target)
    monkeypatch.setattr("runcoach.services.exports.gpx.gpx", interrupt)
    ended = runcoach("export", target, "--format", "gpx")
    assert "the earlier export is unchanged" in ended.err
    assert names(tmp_path / "place") == ["out"]
    assert names(tmp_path / "place" / "out") == ["csv", "export.json"]


@pytest.mark.usefixtures("runs")
def test_command_says_what_it_wrote(tmp_path: Path, runcoach: Callable[..., Any]) -> None:
    ended = runcoach("export", str(tmp_path / "out"), "--format", "gpx", "--sport", "running")
    assert ended.code == 0
    assert ended.out.startswith("3 activities in 3 files, ")
    assert "1 activity without a track" in ended.err
    assert runcoach("export", str(tmp_path / "out"), "--json").json["data"]["tables"]["activities"] == 3
    assert runcoach("export", str(tmp_path / "out"), "--format", "docx").code == 2
