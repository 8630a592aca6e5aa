"""A watched folder: files are imported when they are complete, once each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runcoach.config import Config, load
from runcoach.services.imports.watch import FolderWatch, watch


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
