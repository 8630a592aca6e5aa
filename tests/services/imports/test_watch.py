"""A watched folder: files are imported when they are complete, once each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import Config, load
from runcoach.errors import StoreError
from runcoach.services.imports.import_files import ImportReport, import_files
from runcoach.services.imports.watch import FolderWatch, WatchThread, watch
from runcoach.store.sqlite.database import open_reader


@pytest.fixture
def config(home: Path) -> Config:
    return load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "watched"
    folder.mkdir()
    return folder


def test_a_file_is_imported_when_its_size_has_settled(
    config: Config, folder: Path, make_fit: Callable[..., bytes]
) -> None:
    content = make_fit(days_ago=1)
    watched = FolderWatch(config, folder)
    (folder / "run.fit").write_bytes(content[:100])
    assert watched.look() is None
    (folder / "run.fit").write_bytes(content)
    assert watched.look() is None
    report = watched.look()
    assert report is not None
    assert report.activities == 1
    assert watched.look() is None


def test_a_file_is_imported_once_and_again_when_it_changes(
    config: Config, folder: Path, make_fit: Callable[..., bytes]
) -> None:
    watched = FolderWatch(config, folder)
    (folder / "run.fit").write_bytes(make_fit(days_ago=1))
    assert [watched.look() is None for _ in range(4)] == [True, False, True, True]
    (folder / "run.fit").write_bytes(make_fit(days_ago=2))
    assert [watched.look() is None for _ in range(3)] == [True, False, True]


def test_a_missing_folder_is_waited_for(config: Config, folder: Path, make_fit: Callable[..., bytes]) -> None:
    watched = FolderWatch(config, folder / "GARMIN" / "ACTIVITY")
    assert watched.look() is None
    (folder / "GARMIN" / "ACTIVITY").mkdir(parents=True)
    (folder / "GARMIN" / "ACTIVITY" / "run.fit").write_bytes(make_fit(days_ago=1))
    watched.look()
    report = watched.look()
    assert report is not None
    assert report.activities == 1


def test_hidden_files_of_a_folder_in_sync_are_left_alone(
    config: Config, folder: Path, make_fit: Callable[..., bytes]
) -> None:
    watched = FolderWatch(config, folder)
    (folder / ".syncthing.run.fit.tmp").write_bytes(make_fit(days_ago=1))
    assert [watched.look() for _ in range(3)] == [None, None, None]


def test_watch_reports_each_import_until_it_is_stopped(
    config: Config, folder: Path, make_fit: Callable[..., bytes]
) -> None:
    (folder / "run.fit").write_bytes(make_fit(days_ago=1))
    looks = iter([False, False, False, True])
    reports: list[int] = []
    watch(
        config,
        folder,
        on_report=lambda report: reports.append(report.activities),
        sleep=lambda _: None,
        stop=lambda: next(looks),
    )
    assert reports == [1]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once."""
    monkeypatch.setattr("runcoach.services.imports.watch.INTERVAL_S", 0.001)


class Events:
    """What a thread told, and a signal for each."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self._signal = threading.Semaphore(0)

    def tell(self, what: object) -> None:
        self.told.append(what)
        self._signal.release()

    def wait(self) -> object:
        assert self._signal.acquire(timeout=30)
        return self.told[-1]


@pytest.mark.usefixtures("quick")
def test_a_thread_imports_until_it_is_stopped(config: Config, folder: Path, make_fit: Callable[..., bytes]) -> None:
    events = Events()
    thread = WatchThread(config, folder, on_report=events.tell, on_problem=events.tell)
    thread.start()
    (folder / "one.fit").write_bytes(make_fit(days_ago=1))
    assert isinstance(events.wait(), ImportReport)
    (folder / "two.fit").write_bytes(make_fit(days_ago=2))
    events.wait()
    thread.stop(30)
    (folder / "three.fit").write_bytes(make_fit(days_ago=3))
    assert [report.activities for report in events.told if isinstance(report, ImportReport)] == [1, 1]


@pytest.mark.usefixtures("quick")
def test_a_thread_stops_between_two_files_and_keeps_the_first(
    config: Config, folder: Path, make_fit: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 4):
        (folder / f"{number}.fit").write_bytes(make_fit(days_ago=number))
    problems: list[str] = []
    thread = WatchThread(config, folder, on_report=lambda _: None, on_problem=problems.append)
    check = thread._check_stopping

    def stop_after_one(done: int, total: int, label: str) -> None:
        if done == 1:
            thread._stopping.set()
        check(done, total, label)

    monkeypatch.setattr(thread, "_check_stopping", stop_after_one)
    thread.start()
    thread._thread.join(30)
    assert not thread._thread.is_alive()
    assert problems == []
    with open_reader(config) as connection:
        assert connection.execute("SELECT count(*) FROM activity").fetchone()[0] == 1
        assert connection.execute("SELECT count(*) FROM import_batch WHERE finished_at IS NULL").fetchone()[0] == 0


@pytest.mark.usefixtures("quick")
def test_a_thread_says_a_problem_once_and_goes_on(
    config: Config, folder: Path, make_fit: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "one.fit").write_bytes(make_fit(days_ago=1))
    failures = iter([StoreError("the disk is full"), StoreError("the disk is full"), ValueError("a bug")])

    def failing(*arguments: Any, **options: Any) -> ImportReport:
        error = next(failures, None)
        if error is not None:
            raise error
        return import_files(*arguments, **options)

    monkeypatch.setattr("runcoach.services.imports.watch.import_files", failing)
    events = Events()
    thread = WatchThread(config, folder, on_report=events.tell, on_problem=events.tell)
    thread.start()
    for _ in range(3):
        events.wait()
    thread.stop(30)
    assert events.told[:2] == ["the disk is full", "something runcoach did not expect: ValueError"]
    assert isinstance(events.told[2], ImportReport)
