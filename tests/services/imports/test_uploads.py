"""Files that come from a page: names that lead nowhere, one import at a time, nothing left behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import read

from runcoach.config import Config, load
from runcoach.errors import NotFoundError, StoreError, UsageError
from runcoach.services.imports import batches, uploads
from runcoach.services.imports.upload_names import safe_name
from runcoach.services.imports.uploads import ImportProgress, ImportRunningError, ImportState, Uploads
from runcoach.services.queries import activities

Make = Callable[..., bytes]


@pytest.fixture
def config(home: Path) -> Config:
    """Nothing here needs a stand-in for Strava."""
    return load(home=home)


def send(to: Uploads, key: str, name: str, content: bytes) -> None:
    with to.receive(key, name) as incoming:
        incoming.write(content)
        incoming.finish()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("run.fit", "run.fit"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\x\\run.gpx", "C_/Users/x/run.gpx"),
        ("a\0b\n.fit", "a_b_.fit"),
        (".hidden.fit", "hidden.fit"),
        ("…/Läufe & mehr/ß.fit.gz", "_/Läufe _ mehr/ß.fit.gz"),
        ("", "file"),
        ("..", "file"),
        ("x" * 400 + ".fit", "x" * 60 + "x" * 56 + ".fit"),
        ("a/b/c/d/e/f/g/h.fit", "c/d/e/f/g/h.fit"),
    ],
)
def test_safe_name_removes_unsafe_parts_and_keeps_the_suffix(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


@given(st.text(max_size=80))
def test_safe_name_never_leaves_its_folder(name: str) -> None:
    parts = Path(safe_name(name)).parts
    assert parts
    assert not Path(safe_name(name)).is_absolute()
    assert not {"..", "."} & set(parts)
    assert all(len(part.encode()) < 500 for part in parts)
    assert safe_name(safe_name(name)) == safe_name(name)


def test_uploaded_files_are_imported_by_their_names_and_removed(config: Config, make_fit: Make) -> None:
    done = threading.Event()
    page = Uploads(config, done.set)
    key = page.begin()
    send(page, key, "watch/morning.fit", make_fit(days_ago=2))
    send(page, key, "watch/MORNING.fit", make_fit(days_ago=5))
    send(page, key, "broken.fit", b"nothing")
    assert (page.progress().state, page.progress().files_received) == ("receiving", 3)
    page.start(key)
    page.wait(30)
    assert done.is_set()
    told = page.progress()
    assert (told.state, told.activities, told.counts) == ("done", 2, {"failed": 1, "imported": 2})
    assert [file.path for file in told.files] == ["broken.fit", "watch/2 MORNING.fit", "watch/morning.fit"]
    assert [batch["origin"] for batch in read(batches.list_batches, config, 5)] == ["broken.fit, watch"]
    assert {source["name"] for source in read(activities.show, config, "1").sources} <= {"2 MORNING.fit", "morning.fit"}
    assert not (config.paths.cache / config.profile / "uploads").exists()


def test_one_import_at_a_time(config: Config, make_fit: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, is_running = threading.Event(), threading.Event()

    def slowly(self: Uploads, done: int, total: int, label: str) -> None:
        is_running.set()
        assert goes_on.wait(30)

    monkeypatch.setattr(Uploads, "_update", slowly)
    page = Uploads(config)
    key = page.begin()
    send(page, key, "run.fit", make_fit())
    page.start(key)
    assert is_running.wait(30)
    for again in (page.begin, lambda: page.start(key), lambda: page.receive(key, "more.fit")):
        with pytest.raises(ImportRunningError):
            again()
    goes_on.set()
    page.wait(30)
    assert page.progress().state == "done"


def test_second_begin_discards_files_received_before(config: Config, make_fit: Make) -> None:
    page = Uploads(config)
    first = page.begin()
    send(page, first, "run.fit", make_fit())
    second = page.begin()
    assert page.progress() == ImportProgress(ImportState.RECEIVING)
    with pytest.raises(NotFoundError):
        page.receive(first, "more.fit")
    with pytest.raises(UsageError, match="no file"):
        page.start(second)


def test_interrupted_upload_leaves_no_file(config: Config) -> None:
    page = Uploads(config)
    key = page.begin()
    with pytest.raises(ConnectionError), page.receive(key, "half.fit") as incoming:
        incoming.write(b"half")
        raise ConnectionError
    assert page.progress().files_received == 0
    assert not list(config.paths.cache.rglob("*.fit"))


def test_upload_over_the_size_limit_is_refused(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 10)
    page = Uploads(config)
    with page.receive(page.begin(), "large.fit") as incoming:
        incoming.write(b"0123456789")
        with pytest.raises(UsageError, match="4 GiB"):
            incoming.write(b"x")


def test_upload_to_a_nearly_full_disk_is_refused(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MIN_FREE_BYTES", 2**80)
    page = Uploads(config)
    with page.receive(page.begin(), "run.fit") as incoming, pytest.raises(StoreError, match="nearly full"):
        incoming.write(b"x")


def test_failed_import_reports_the_reason(config: Config, make_fit: Make) -> None:
    config.database.parent.mkdir(parents=True)
    config.database.write_bytes(b"this is no database, whatever its name says" * 100)
    page = Uploads(config)
    key = page.begin()
    send(page, key, "run.fit", make_fit())
    page.start(key)
    page.wait(30)
    told = page.progress()
    assert told.state == "failed"
    assert told.problem
    assert told.hint


def test_an_upload_of_a_killed_server_is_removed_and_one_of_a_running_server_stays(config: Config) -> None:
    folder = uploads.uploads_folder(config)
    dead, running = folder / f"{2**22 + 5}.key", folder / f"{os.getppid()}.key"  # no process has an id above 2**22
    for path in (dead, running, folder / "key-without-a-process"):
        path.mkdir(parents=True)
        (path / "half.fit").write_bytes(b"half")
    Uploads(config)
    assert [path.name for path in folder.iterdir()] == [running.name]


def test_a_file_whose_upload_was_replaced_is_not_called_a_full_disk(config: Config) -> None:
    page = Uploads(config)
    with page.receive(page.begin(), "run.fit") as upload:
        page.begin()
        with pytest.raises(NotFoundError, match="under that key"):
            upload.write(b"x")


def test_every_folder_of_an_upload_is_private_whatever_the_umask(config: Config) -> None:
    before = os.umask(0)
    try:
        page = Uploads(config)
        send(page, page.begin(), "a/b/run.fit", b"x")
    finally:
        os.umask(before)
    folders = [path for path in config.paths.cache.parent.rglob("*") if path.is_dir()]
    assert len(folders) == 6
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
