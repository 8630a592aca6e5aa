"""A whole history from Strava's archive: every figure, no doubles, undoable, and joined with what came other ways."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from reading import read

from runcoach.config import Config, load
from runcoach.errors import NotFoundError, UsageError
from runcoach.services.imports.batches import list_batches, undo
from runcoach.services.imports.duplicates import merge, possible_duplicates, split
from runcoach.services.imports.import_files import import_files
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

START = 1_750_000_000
DAY_S = 86_400


@pytest.fixture
def export(export_maker: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Writes an export of some runs; keywords as of the maker."""

    def write(runs: list[Any], name: str = "export_1234.zip", **how: Any) -> Path:
        return Path(export_maker.write_export(tmp_path / name, runs, **how))

    return write


@pytest.fixture
def five(export_maker: ModuleType) -> list[Any]:
    """A run of each kind: three formats, one typed in by hand, one whose file is missing."""
    run = export_maker.Run
    return [
        run(101, START, "Morgenlauf", description="am Fluss", private_note="Knie zwickt", gear="Pegasus"),
        run(102, START + DAY_S, "Track\nTuesday", ending="gpx", competition=True),
        run(103, START + 2 * DAY_S, "Sortie longue", ending="tcx.gz"),
        run(104, START + 3 * DAY_S, "Treadmill", ending=None),
        run(105, START + 4 * DAY_S, "Lost", missing=True),
    ]


def query(config: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute(sql, values).fetchall()


def history(config: Config) -> list[tuple[Any, ...]]:
    """What a person sees of it all, but for numbers that depend on the order in which things came."""
    return query(
        config,
        "SELECT strava_id, name, sport_type, start_time, distance_m, moving_time_sec, elapsed_time_sec, description,"
        " gear_name,"
        " (SELECT group_concat(distance_m || ':' || duration_s) FROM effort WHERE activity_id = activity.id),"
        " (SELECT count(*) FROM split WHERE activity_id = activity.id) FROM activity WHERE deleted_at IS NULL"
        " ORDER BY start_time",
    )


def dump(config: Config) -> list[str]:
    with closing(sqlite3.connect(config.database)) as connection:
        return [line for line in connection.iterdump() if "schema_migration" not in line]


def test_export_rows_give_names_notes_gear_and_totals(
    config: Config, export: Callable[..., Path], five: list[Any]
) -> None:
    report = import_files(config, [export(five)])
    assert [file.status for file in report.files] == ["imported"] * 5
    rows = query(
        config,
        "SELECT strava_id, name, description, gear_name, workout_type, elapsed_time_sec, moving_time_sec, distance_m,"
        " (SELECT count(*) FROM activity_stream WHERE activity_id = activity.id) > 0,"
        " (SELECT group_concat(kind) FROM activity_source WHERE activity_id = activity.id)"
        " FROM activity ORDER BY start_time",
    )
    assert rows[0] == (
        *(101, "Morgenlauf", "am Fluss\n\nKnie zwickt", "Pegasus", None, 1860, 1800, 6325.6),
        *(1, "file,archive"),
    )
    assert [row[1] for row in rows] == ["Morgenlauf", "Track\nTuesday", "Sortie longue", "Treadmill", "Lost"]
    assert rows[1][4] == 1
    assert [row[8] for row in rows] == [1, 1, 1, 0, 0]
    assert [row[9] for row in rows[3:]] == ["archive", "archive"]
    assert any("not in" in note or "missing" in note for note in report.files[4].notes)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl", "pt"])
@pytest.mark.parametrize("columns", [77, 87, 103])
def test_every_language_and_generation(
    config: Config, export: Callable[..., Path], five: list[Any], language: str, columns: int
) -> None:
    import_files(config, [export(five, language=language, columns=columns)])
    rows = query(config, "SELECT strava_id, name, sport_type, elapsed_time_sec, distance_m FROM activity ORDER BY 1")
    assert rows == [(run.activity_id, run.name, "Run", 1860, 6325.6) for run in five]


def test_the_same_archive_again_changes_nothing_and_reads_no_file(
    config: Config, export: Callable[..., Path], five: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export(five)
    import_files(config, [path])
    before = dump(config)
    monkeypatch.setattr(
        "runcoach.services.imports.parsing.read_bytes", lambda *_: pytest.fail("nothing needs decoding")
    )
    assert import_files(config, [path]).count("unchanged") == 5
    assert dump(config) == before


def test_a_dry_run_says_exactly_what_the_real_one_does_and_changes_nothing(
    config: Config, export: Callable[..., Path], five: list[Any], make_fit: Callable[..., bytes], tmp_path: Path
) -> None:
    watch = tmp_path / "watch.fit"
    watch.write_bytes(make_fit())
    import_files(config, [watch])
    before = dump(config)
    told = import_files(config, [export(five)], dry_run=True)
    assert dump(config) == before
    done = import_files(config, [export(five)])
    assert told.dry_run
    assert told.files == done.files


def test_undone_import_leaves_the_lists_and_a_second_import_revives_it(
    config: Config, export: Callable[..., Path], five: list[Any]
) -> None:
    path = export(five)
    import_files(config, [path])
    before = history(config)
    undone = undo(config, 1)
    assert (undone.removed, undone.kept) == (5, 0)
    assert history(config) == []
    assert query(config, "SELECT count(*) FROM best_effort") == [(0,)]
    assert [(row["id"], row["undone_at"] is not None, row["held"]) for row in read(list_batches, config, 5)] == [
        (1, True, 0)
    ]
    import_files(config, [path])
    assert history(config) == before
    assert query(config, "SELECT count(*) FROM activity") == [(5,)]
    with pytest.raises(NotFoundError, match="no import 9"):
        undo(config, 9)
    with pytest.raises(UsageError, match="holds nothing"):
        undo(config, 1)


def test_the_sport_of_a_row_decides_on_efforts_and_splits(
    config: Config,
    export: Callable[..., Path],
    export_maker: ModuleType,
    make_fit: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    """A run that the watch recorded as a ride and the runner corrected on Strava."""
    recorded = make_fit(days_ago=300, km=5.0, sport="cycling")
    import_files(config, [export([export_maker.Run(7, START, ending="fit.gz", data=gzip.compress(recorded))])])
    ((*_, efforts, splits),) = history(config)
    assert splits == 5
    assert efforts.startswith("400:")
    figures = "SELECT a.sport_type, f.is_run FROM activity AS a JOIN activity_analytics AS f ON f.activity_id = a.id"
    assert query(config, figures) == [("Run", 1)]
    watch = tmp_path / "watch.fit"
    watch.write_bytes(recorded)
    undo(config, 1)
    import_files(config, [watch])  # what is left is the watch's ride
    assert query(config, figures) == [("Ride", 0)]
    ((*_, efforts, splits),) = history(config)
    assert (efforts, splits) == (None, 0)


def test_watch_file_and_export_give_one_activity_in_either_order(
    home: Path, config: Config, export: Callable[..., Path], five: list[Any], export_maker: ModuleType, tmp_path: Path
) -> None:
    archive, watch = export(five[:1]), tmp_path / "watch.fit"
    watch.write_bytes(export_maker.fit(five[0]))
    other = load(profile="other")
    import_files(config, [watch])
    import_files(config, [archive])
    import_files(other, [archive])
    import_files(other, [watch])
    assert history(config) == history(other)
    assert len(history(config)) == 1
    assert undo(config, 2).kept == 1  # the watch's file still holds it, under its own name
    ((strava_id, name, *_),) = history(config)
    assert (strava_id, name) == (None, "Evening Run")


def test_rows_of_two_activities_never_merge_however_much_they_overlap(
    config: Config, export: Callable[..., Path], export_maker: ModuleType
) -> None:
    twins = [export_maker.Run(1, START, ending=None), export_maker.Run(2, START, ending=None)]
    import_files(config, [export(twins)])
    assert [row[0] for row in history(config)] == [1, 2]


def test_the_same_recording_uploaded_twice_to_strava_stays_two(
    config: Config, export: Callable[..., Path], export_maker: ModuleType
) -> None:
    one = export_maker.Run(1, START)
    data = export_maker.fit(one)
    same_file = [export_maker.Run(number, START, data=data) for number in (1, 2)]
    same_time = [export_maker.Run(number, START, ending="gpx") for number in (3, 4)]
    import_files(config, [export(same_file + same_time)])
    assert sorted(row[0] for row in history(config)) == [1, 2, 3, 4]
    before = dump(config)
    assert import_files(config, [export(same_file + same_time)]).count("unchanged") == 4
    assert dump(config) == before


def test_two_runs_one_after_the_other_stay_two(config: Config, make_fit: Callable[..., bytes], tmp_path: Path) -> None:
    for name, days_ago in (("a.fit", 2.0), ("b.fit", 2.0 - 1500 / DAY_S)):
        (tmp_path / name).write_bytes(make_fit(days_ago=days_ago, km=5.0))
    assert import_files(config, [tmp_path / "a.fit", tmp_path / "b.fit"]).activities == 2


@pytest.mark.slow
def test_archive_and_sync_give_one_activity_each_in_either_order(
    connected: Config, sandbox: Any, export: Callable[..., Path], export_maker: ModuleType, clock: Any
) -> None:
    def exported() -> list[Any]:
        runs = []
        for strava_id in sandbox.athlete.activity_ids:
            detail = sandbox.athlete.detail(strava_id)
            runs.append(
                export_maker.Run(
                    strava_id,
                    sandbox.athlete.plan(strava_id).start_time,
                    detail["name"],
                    sport=detail["sport_type"],
                    elapsed_s=detail["elapsed_time"],
                    moving_s=detail["moving_time"],
                    distance_m=detail["distance"],
                    ending=None,
                )
            )
        return runs

    archive = export(exported())
    sync(connected, SyncOptions(all_sports=True), clock=clock)
    after_sync = history(connected)
    import_files(connected, [archive])
    assert history(connected) == after_sync
    with closing(sqlite3.connect(connected.database)) as connection:
        connection.execute("PRAGMA foreign_keys = 1")
        for table in ("job", "best_effort", "activity_source", "activity"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM sync_state WHERE key = 'last_full_list_at'")
        connection.commit()
    import_files(connected, [archive])
    assert len(history(connected)) == len(after_sync)
    sync(connected, SyncOptions(all_sports=True), clock=clock)
    assert history(connected) == after_sync


@pytest.mark.slow
def test_two_workers_parse_the_same_as_one_process(
    config: Config, export: Callable[..., Path], five: list[Any]
) -> None:
    path, other = export(five), load(profile="other")
    import_files(config, [path])
    import_files(other, [path], workers=2)
    assert history(config) == history(other)


@pytest.mark.slow
def test_killed_import_leaves_complete_activities_and_can_be_resumed(
    config: Config, export: Callable[..., Path], five: list[Any]
) -> None:
    path = export(five)
    code = (
        "import os, sys; from pathlib import Path; from runcoach.config import load;"
        "from runcoach.services.imports.import_files import import_files\n"
        "if __name__ == '__main__':\n"
        "    import_files(load(), [Path(sys.argv[1])], workers=2,"
        " progress=lambda done, total, name: os.kill(os.getpid(), 9) if done == 3 else None)"
    )
    script = path.parent / "killed.py"
    script.write_text(code)
    ended = subprocess.run([sys.executable, str(script), str(path)], check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    assert len(history(config)) == 3
    import_files(config, [path])
    other = load(profile="other")
    import_files(other, [path])
    assert history(config) == history(other)


def test_merge_and_split(config: Config, make_fit: Callable[..., bytes], tmp_path: Path) -> None:
    (tmp_path / "watch.fit").write_bytes(make_fit(days_ago=2, km=10.0))
    (tmp_path / "phone.fit").write_bytes(make_fit(days_ago=2 - 900 / DAY_S, km=3.5, pace_s=471, indoor=True))
    import_files(config, [tmp_path / "watch.fit", tmp_path / "phone.fit"])
    (pair,) = possible_duplicates(config)
    assert pair.verdict == "doubtful"
    before = history(config)
    assert merge(config, "1", "2") == 1
    assert len(history(config)) == 1
    assert possible_duplicates(config) == []
    split(config, "1", "2")
    assert history(config) == before
    assert possible_duplicates(config) == []  # the person's word stands
    with pytest.raises(UsageError, match="with itself"):
        merge(config, "1", "1")


def parts(config: Config) -> list[list[tuple[Any, ...]]]:
    """The samples, splits, laps and efforts of all activities."""
    tables = {
        "activity_stream": "channel, n, data",
        "split": "km, distance_m, moving_time_sec, source",
        "lap": "lap_index, distance_m",
        "effort": "distance_m, duration_exact_s, start_s, ignored_at IS NOT NULL",
    }
    return [query(config, f"SELECT activity_id, {names} FROM {table} ORDER BY 1, 2") for table, names in tables.items()]


def test_split_restores_the_samples_of_both(
    config: Config,
    export: Callable[..., Path],
    export_maker: ModuleType,
    make_fit: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    (tmp_path / "watch.fit").write_bytes(make_fit(days_ago=2, km=10.0, sport="cycling"))  # a ride
    import_files(config, [tmp_path / "watch.fit"])
    archived = export_maker.Run(7, START, ending="fit.gz", data=gzip.compress(make_fit(days_ago=300, km=5.0)))
    import_files(config, [export([archived])])
    before, history_before = parts(config), history(config)
    with open_database(config) as connection, write_transaction(connection):
        # As where Garmin's samples meet a file's: of two sources with samples the other one's take precedence.
        connection.execute("UPDATE activity_source SET kind = 'garmin' WHERE activity_id = 2 AND kind = 'file'")
    merge(config, "1", "2")
    ((_, _, *_, efforts, splits),) = history(config)
    assert splits == 5  # of the archive's run, as is the sport
    assert efforts.startswith("400:")
    split(config, "1", "2")
    assert parts(config) == before
    assert history(config) == history_before


def test_merge_copies_samples_where_the_kept_activity_has_none(
    config: Config,
    export: Callable[..., Path],
    export_maker: ModuleType,
    make_fit: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    import_files(config, [export([export_maker.Run(1, START, "By hand", ending=None)])])
    (tmp_path / "watch.fit").write_bytes(make_fit(days_ago=2, km=10.0))
    import_files(config, [tmp_path / "watch.fit"])
    merge(config, "strava:1", "2")
    ((strava_id, name, *_, efforts, splits),) = history(config)
    assert (strava_id, name, splits) == (1, "By hand", 10)
    assert efforts.startswith("400:")
    assert query(config, "SELECT has_gps, fastest_pace_sec_per_km FROM activity WHERE id = 1") == [(1, 300)]


def test_two_strava_activities_cannot_be_merged(
    config: Config, export: Callable[..., Path], export_maker: ModuleType
) -> None:
    import_files(config, [export([export_maker.Run(1, START, ending=None), export_maker.Run(2, START, ending=None)])])
    with pytest.raises(UsageError, match="two activities on Strava"):
        merge(config, "strava:1", "strava:2")


def test_problems_of_an_export_are_one_line_each_and_the_rest_is_imported(
    config: Config, export: Callable[..., Path], five: list[Any], tmp_path: Path
) -> None:
    extra = {"../evil.fit": b"x", "activities/inner.zip": b"PK\x03\x04", "activities/999.gpx": b"<gpx>"}
    report = import_files(config, [export(five, extra=extra)])
    assert report.activities == 5
    wrong = {file.path.split(": ")[-1]: file.reason for file in report.files if file.status in {"failed", "skipped"}}
    assert len(wrong) == 3
    assert all(reason and "\n" not in reason for reason in wrong.values())
    broken = tmp_path / "broken.zip"
    broken.write_bytes(export(five, "whole.zip").read_bytes()[:-2000])
    nothing = tmp_path / "nothing.zip"
    with zipfile.ZipFile(nothing, "w") as archive:
        archive.writestr("letter.txt", "dear runner")
    for path in (broken, nothing):
        (only,) = import_files(config, [path]).files
        assert only.status == "failed"
        assert only.reason


def test_rows_of_one_second_are_matched_without_reading_streams(
    config: Config, export: Callable[..., Path], export_maker: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "runcoach.ingest.matching.activities.read_streams", lambda *_, **__: pytest.fail("not a possible match")
    )
    runs = [export_maker.Run(number, START, ending=None) for number in range(1, 31)]
    assert import_files(config, [export(runs)]).activities == 30
