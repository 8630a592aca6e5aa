"""A folder becomes a history: each file told apart, nothing twice, nothing half, ranks at the end."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from reading import read

from runcoach.config import Config
from runcoach.domain.filters import EffortFilter
from runcoach.errors import NotFoundError, StoreError, UsageError
from runcoach.services.edits import set_ignored, set_run_ignored
from runcoach.services.imports import parsing
from runcoach.services.imports.import_files import import_files
from runcoach.services.maintenance.recompute import recompute
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.services.training.durability import durability
from runcoach.sources import file_formats
from runcoach.store.sqlite.connection import StoreConnection, write_transaction
from runcoach.store.sqlite.database import open_database

MakeFit = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "runs"
    made.mkdir()
    return made


def dump(config: Config) -> list[str]:
    """Everything in the file, but for the times at which it was written."""
    with closing(sqlite3.connect(config.database)) as connection:
        lines = [line for line in connection.iterdump() if "schema_migration" not in line]
    written_at = re.compile(r'(INSERT INTO "(?:activity_analytics|training_load)" .*),\d+\);')
    return [written_at.sub(r"\1", line) for line in lines]


def test_each_file_has_its_outcome_and_the_others_go_on(config: Config, folder: Path, make_fit: MakeFit) -> None:
    whole = make_fit(km=5.1)
    (folder / "a.fit").write_bytes(whole)
    (folder / "b.fit.gz").write_bytes(gzip.compress(make_fit(days_ago=4, km=6.0)))
    (folder / "c.fit").write_bytes(b"")
    (folder / "d.gpx").write_text("<gpx><wpt lat='1' lon='1'/></gpx>")
    (folder / "e.fit").write_bytes(make_fit(days_ago=5, km=7.0)[:-3000])
    (folder / "f.tcx").write_bytes(make_fit(days_ago=6, km=8.0))  # an ending that lies
    (folder / "notes.txt").write_text("not looked at")
    report = import_files(config, [folder])
    outcomes = {Path(file.path).name: file for file in report.files}
    assert {name: file.status for name, file in outcomes.items()} == {
        "a.fit": "imported",
        "b.fit.gz": "imported",
        "c.fit": "failed",
        "d.gpx": "skipped",
        "e.fit": "imported",
        "f.tcx": "imported",
    }
    assert outcomes["c.fit"].reason == "the file is empty"
    assert any("cut off" in note for note in outcomes["e.fit"].notes)
    assert report.activities == 4


def test_the_same_files_again_change_nothing_at_all(config: Config, folder: Path, make_fit: MakeFit) -> None:
    (folder / "a.fit").write_bytes(make_fit())
    assert import_files(config, [folder]).activities == 1
    before = dump(config)
    (folder / "renamed.fit").write_bytes((folder / "a.fit").read_bytes())
    report = import_files(config, [folder])
    assert (report.activities, report.batch_id) == (0, None)
    assert report.count("unchanged") == 2
    assert dump(config) == before


def test_recompute_is_idempotent(config: Config, folder: Path, make_fit: MakeFit) -> None:
    (folder / "a.fit").write_bytes(make_fit(km=12.3, pace_s=287.0))
    import_files(config, [folder])
    before = dump(config)
    report = recompute(config)
    assert (report.computed, report.changed) == (1, ())
    assert dump(config) == before


def test_recompute_corrects_results_of_an_older_version(config: Config, folder: Path, make_fit: MakeFit) -> None:
    (folder / "a.fit").write_bytes(make_fit(km=6.0))
    import_files(config, [folder])
    with open_database(config) as connection:
        connection.execute("UPDATE effort SET duration_s = 1, duration_exact_s = 1.0")
        connection.execute("DELETE FROM split WHERE km = 2")
    assert len(recompute(config, ["1"]).changed) == 1
    assert read(fastest_efforts, config, EffortFilter(), distance="5k").rows[0].duration_s == 1500
    with open_database(config) as connection:
        assert connection.execute("SELECT count(*) FROM split").fetchone()[0] == 6


def test_import_updates_rankings_and_audit(config: Config, folder: Path, make_fit: MakeFit) -> None:
    (folder / "slow.fit").write_bytes(make_fit(days_ago=10, km=5.5, pace_s=330.0))
    (folder / "fast.fit").write_bytes(make_fit(days_ago=5, km=5.5, pace_s=300.0))
    (folder / "treadmill.fit").write_bytes(make_fit(days_ago=2, km=5.5, pace_s=250.0, indoor=True))
    import_files(config, [folder])
    rows = read(fastest_efforts, config, EffortFilter(), distance="5k").rows
    assert [row.duration_s for row in rows] == [1500, 1650]
    assert [row.duration_s for row in read(fastest_efforts, config, EffortFilter(indoor=True), distance="5k").rows] == [
        1250,
        1500,
        1650,
    ]
    with open_database(config) as connection:
        stored = connection.execute(
            "SELECT duration_s, rank FROM best_effort WHERE window = '1y' AND distance_m = 5000 ORDER BY rank"
        ).fetchall()
        assert [tuple(row) for row in stored] == [(1500, 1), (1650, 2)]
        events = connection.execute("SELECT action, message FROM audit ORDER BY id").fetchall()
        assert {tuple(event) for event in events} >= {("create", "imported from fast.fit")}


def test_ignoring_an_effort_ranks_the_next_one_of_the_run(config: Config, folder: Path, make_fit: MakeFit) -> None:
    (folder / "only.fit").write_bytes(make_fit(km=5.5))
    import_files(config, [folder])
    (first,) = read(fastest_efforts, config, EffortFilter(), distance="1k").rows
    second = set_ignored(config, "1", "1k", ignore=True, reason="downhill").fastest
    third = set_ignored(config, "1", "1k", ignore=True, reason="downhill too").fastest
    assert second is not None
    assert third is not None
    spans = sorted((row.start_s, row.end_s) for row in (first, second, third))
    assert all(end_s <= start_s for (_, end_s), (start_s, _) in pairwise(spans))
    assert first.duration_exact_s <= second.duration_exact_s <= third.duration_exact_s
    assert recompute(config).changed == ()
    import_files(config, [folder])
    assert read(fastest_efforts, config, EffortFilter(), distance="1k").rows == (third,)
    restored = set_ignored(config, "1", "1k", ignore=False, reason=None)
    assert restored.fastest == first
    with open_database(config) as connection:
        assert connection.execute("SELECT count(*) FROM effort WHERE distance_m = 1000").fetchone()[0] == 1


def test_ignored_effort_leaves_every_ranking_at_once(config: Config, folder: Path, make_fit: MakeFit) -> None:
    (folder / "only.fit").write_bytes(make_fit(km=5.5))
    import_files(config, [folder])
    assert set_ignored(config, "1", "5k", ignore=True, reason="short course").fastest is None
    assert read(fastest_efforts, config, EffortFilter(), distance="5k").rows == ()
    with open_database(config) as connection:
        assert connection.execute("SELECT count(*) FROM best_effort WHERE distance_m = 5000").fetchone()[0] == 0
    change = set_ignored(config, "1", "5k", ignore=False, reason=None)
    assert change.fastest is not None
    assert change.fastest.duration_s == 1500
    assert change.is_new_fastest
    assert not set_ignored(config, "1", "5k", ignore=False, reason=None).is_new_fastest
    with pytest.raises(NotFoundError, match="no effort over half"):
        set_ignored(config, "1", "half", ignore=True, reason=None)


def test_an_ignored_run_ranks_nowhere_until_it_is_restored(config: Config, folder: Path, make_fit: MakeFit) -> None:
    (folder / "only.fit").write_bytes(make_fit(km=5.5))
    import_files(config, [folder])
    set_ignored(config, "1", "1k", ignore=True, reason="downhill")
    before = read(fastest_efforts, config, EffortFilter()).rows
    set_run_ignored(config, "1", ignore=True, reason="a bike")
    assert read(fastest_efforts, config, EffortFilter()).rows == ()
    assert read(fastest_efforts, config, EffortFilter(), distance="3000").rows == ()
    assert not read(durability, config, EffortFilter())
    with open_database(config) as connection, write_transaction(connection):
        connection.execute("DELETE FROM effort WHERE distance_m = 5000")  # as if it were not ranked before
    recompute(config)
    set_run_ignored(config, "1", ignore=True, reason="still a bike")
    with open_database(config) as connection:
        reasons = connection.execute("SELECT distance_m, ignored_reason FROM effort ORDER BY 1, 2").fetchall()
    assert read(fastest_efforts, config, EffortFilter()).rows == ()
    assert {tuple(row) for row in reasons} >= {(1000, "downhill"), (1000, "still a bike"), (5000, "still a bike")}
    with pytest.raises(UsageError, match="all efforts of activity 1 are ignored"):
        set_ignored(config, "1", "1k", ignore=False, reason=None)
    set_run_ignored(config, "1", ignore=False, reason=None)
    assert read(fastest_efforts, config, EffortFilter()).rows == before
    assert len(read(fastest_efforts, config, EffortFilter(), distance="3000").rows) == 1
    assert read(durability, config, EffortFilter())
    with pytest.raises(UsageError, match="not ignored as a whole"):
        set_run_ignored(config, "1", ignore=False, reason=None)


def test_efforts_of_any_distance_are_computed_on_demand(config: Config, folder: Path, make_fit: MakeFit) -> None:
    for number, pace in enumerate((300.0, 280.0, 320.0)):
        (folder / f"{number}.fit").write_bytes(make_fit(days_ago=number + 1, km=5.0, pace_s=pace))
    import_files(config, [folder])
    rows = read(fastest_efforts, config, EffortFilter(), distance="3000", top=2).rows
    assert [(row.distance_m, row.duration_s, row.rank) for row in rows] == [(3000, 840, 1), (3000, 900, 2)]
    assert read(fastest_efforts, config, EffortFilter(), distance="20k").rows == ()
    assert [row.duration_s for row in read(fastest_efforts, config, EffortFilter(), distance="100m", top=3).rows] == [
        28,
        30,
        32,
    ]


def test_missing_path_fails_before_anything_is_read(config: Config, folder: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        import_files(config, [folder, folder / "nowhere"])
    assert not config.database.exists()


def test_unreadable_file_is_reported(
    config: Config, folder: Path, make_fit: MakeFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.fit").write_bytes(make_fit(km=1.0))
    (folder / "b.fit").write_bytes(make_fit(km=2.0))

    open_file = file_formats._open_without_blocking

    def refuse(path: str, flags: int) -> int:  # root may read any file
        if Path(path).name == "a.fit":
            raise PermissionError(13, "Permission denied")
        return open_file(path, flags)

    monkeypatch.setattr(file_formats, "_open_without_blocking", refuse)
    report = import_files(config, [folder])
    assert [(file.status, file.reason) for file in report.files] == [
        ("failed", "cannot be read: Permission denied"),
        ("imported", None),
    ]


def test_file_over_the_size_limit_is_not_read(config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.fit").write_bytes(b"x" * 100)
    monkeypatch.setattr(parsing, "MAX_FILE_BYTES", 99)
    assert "more than a recording" in (import_files(config, [folder]).files[0].reason or "")


def test_ctrl_c_keeps_stored_activities_complete_and_ranked(config: Config, folder: Path, make_fit: MakeFit) -> None:
    for number in range(3):
        (folder / f"{number}.fit").write_bytes(make_fit(days_ago=number + 1, km=5.5))

    def interrupt(done: int, total: int, name: str) -> None:
        assert total == 3
        if done == 2:
            raise KeyboardInterrupt

    report = import_files(config, [folder], progress=interrupt)
    assert report.interrupted
    assert report.activities == 2
    with open_database(config) as connection:
        assert (
            connection.execute("SELECT count(*) FROM best_effort WHERE window = 'all' AND distance_m = 400").fetchone()[
                0
            ]
            == 2
        )
    assert import_files(config, [folder]).activities == 1


@pytest.mark.slow
def test_killed_import_leaves_complete_activities_and_the_next_one_ranks_them(
    config: Config, folder: Path, make_fit: MakeFit
) -> None:
    for number in range(3):
        (folder / f"{number}.fit").write_bytes(make_fit(days_ago=number + 1, km=5.5))
    # The process kills itself, without any chance to clean up, when the third file is reached.
    code = (
        "import os, sys; from pathlib import Path; from runcoach.config import load;"
        "from runcoach.services.imports.import_files import import_files;"
        "import_files(load(), [Path(sys.argv[1])],"
        " progress=lambda done, total, name: os.kill(os.getpid(), 9) if done == 2 else None)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folder)], check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    with open_database(config) as connection:
        assert connection.execute("SELECT count(*) FROM activity").fetchone()[0] == 2
        assert connection.execute("SELECT count(*) FROM best_effort").fetchone()[0] == 0
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "empty.fit").write_bytes(b"")
    import_files(config, [folder])
    with open_database(config) as connection:
        assert connection.execute("SELECT count(*) FROM best_effort").fetchone()[0] > 0
        batch = connection.execute("SELECT created, finished_at FROM import_batch").fetchone()
        assert batch["created"] == 2
        assert batch["finished_at"] is not None


def test_each_file_is_read_once_an_import(
    config: Config, folder: Path, make_fit: MakeFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_file, read = file_formats.read_file, []

    def noted(path: Path, max_bytes: int) -> bytes:
        read.append(path.name)
        return read_file(path, max_bytes)

    monkeypatch.setattr("runcoach.services.imports.parsing.read_file", noted)
    (folder / "a.fit").write_bytes(make_fit(days_ago=3, km=1.0))
    (folder / "b.fit").write_bytes(make_fit(days_ago=5, km=1.0))
    assert import_files(config, [folder]).activities == 2
    assert read == ["a.fit", "b.fit"]
    (folder / "b.fit").write_bytes(make_fit(days_ago=7, km=1.0))  # another run under the same name
    assert import_files(config, [folder / "b.fit"]).activities == 1


def test_names_that_are_not_utf8_are_imported_under_a_printable_name(
    config: Config, folder: Path, make_fit: MakeFit
) -> None:
    inner = folder / os.fsdecode(b"l\xe4ufe")
    inner.mkdir()
    (inner / os.fsdecode(b"l\xe4uf.fit")).write_bytes(make_fit(km=1.0))
    (outcome,) = import_files(config, [folder]).files
    assert outcome.status == "imported"
    assert outcome.path.endswith("l\N{REPLACEMENT CHARACTER}ufe/l\N{REPLACEMENT CHARACTER}uf.fit")


def test_pipes_and_devices_are_refused_without_reading(config: Config, folder: Path, make_fit: MakeFit) -> None:
    (folder / "a.fit").write_bytes(make_fit(km=1.0))
    (folder / "zero.fit").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.gpx")
    report = import_files(config, [folder, folder / "pipe.gpx", Path("/dev/urandom")])
    assert [(file.status, file.reason) for file in report.files] == [
        ("imported", None),
        ("failed", "not a regular file"),
        ("failed", "a link that leads out of the folder, which is not followed"),
        ("failed", "not a regular file"),
        ("failed", "not a regular file"),
    ]


def test_fit_file_that_is_a_zip_is_imported(config: Config, folder: Path, make_fit: MakeFit) -> None:
    with zipfile.ZipFile(folder / "run.fit", "w") as archive:
        archive.writestr("12345_ACTIVITY.fit", make_fit(km=1.0))
    assert [file.status for file in import_files(config, [folder]).files] == ["imported"]


def test_a_disk_that_is_full_from_the_start_is_named(
    config: Config, folder: Path, make_fit: MakeFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "run.fit").write_bytes(make_fit(km=1.0))
    with open_database(config):
        pass

    def execute(self: StoreConnection, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return super(StoreConnection, self).execute(sql, parameters)
        super(StoreConnection, self).execute("ROLLBACK")  # as SQLite does
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(StoreConnection, "execute", execute, raising=False)
    with pytest.raises(StoreError, match="the disk is full"):
        import_files(config, [folder])
