"""Which files of a folder are imported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from runcoach.sources.archive.folder_files import folder_files
from runcoach.sources.archive.member_names import ACTIVITY_SUFFIXES
from runcoach.sources.archive.members import Refused


def make_tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def files_in(folder: Path) -> list[str]:
    found = [path for path in folder_files(folder) if isinstance(path, Path)]
    return [path.relative_to(folder).as_posix() for path in found]


def refused_in(folder: Path) -> dict[str, str]:
    found = [refused for refused in folder_files(folder) if isinstance(refused, Refused)]
    return {Path(refused.member).relative_to(folder).as_posix(): refused.reason for refused in found}


def test_activity_files_and_zip_files_in_the_order_of_names(tmp_path: Path) -> None:
    make_tree(
        tmp_path, "b.FIT", "a.gpx", "c.tcx.GZ", "d.fit.gz", "e.gpx.gz", "notes.txt", "x.gz", "f.zip", "2026/z.fit",
        "2026/03/y.tcx", "2026/03/w.ZIP", ".hidden.fit", "._b.fit", ".git/g.fit",
    )  # fmt: skip
    assert files_in(tmp_path) == [
        "2026/03/w.ZIP", "2026/03/y.tcx", "2026/z.fit", "a.gpx", "b.FIT", "c.tcx.GZ", "d.fit.gz", "e.gpx.gz", "f.zip",
    ]  # fmt: skip
    assert set(ACTIVITY_SUFFIXES) == {".fit", ".gpx", ".tcx", ".fit.gz", ".gpx.gz", ".tcx.gz"}
    assert refused_in(tmp_path) == {}


def test_hidden_folder_given_by_name_is_walked(tmp_path: Path) -> None:
    make_tree(tmp_path, ".runs/a.fit")
    assert files_in(tmp_path / ".runs") == ["a.fit"]


def test_unpacked_export_inside_a_folder_is_one_entry(tmp_path: Path) -> None:
    make_tree(tmp_path, "export_1/activities.csv", "export_1/activities/1.gpx", "other/activities.csv", "other/a.gpx")
    assert files_in(tmp_path) == ["export_1", "other/a.gpx"]


def test_links_inside_the_folder_are_followed_once(tmp_path: Path) -> None:
    make_tree(tmp_path, "runs/a.fit", "runs/2026/b.fit")
    (tmp_path / "runs" / "loop").symlink_to(tmp_path / "runs", target_is_directory=True)
    (tmp_path / "runs" / "linked.fit").symlink_to(tmp_path / "runs" / "2026" / "b.fit")
    assert files_in(tmp_path / "runs") == ["2026/b.fit", "a.fit", "linked.fit"]


def test_links_out_of_the_folder_devices_and_pipes_are_refused(tmp_path: Path) -> None:
    make_tree(tmp_path, "runs/a.fit", "elsewhere/b.fit", "elsewhere/notes.txt")
    runs = tmp_path / "runs"
    os.mkfifo(runs / "pipe.gpx")
    (runs / "folder").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (runs / "linked.fit").symlink_to(tmp_path / "elsewhere" / "b.fit")
    (runs / "notes.txt").symlink_to(tmp_path / "elsewhere" / "notes.txt")
    (runs / "device.fit").symlink_to("/dev/zero")
    (runs / "gone.fit").symlink_to(tmp_path / "gone")
    (runs / "circle.fit").symlink_to(runs / "circle.fit")
    assert files_in(runs) == ["a.fit"]
    outside = "a link that leads out of the folder, which is not followed"
    refused = refused_in(runs)
    assert refused.pop("gone.fit").startswith("cannot be read: ")
    assert refused.pop("circle.fit").startswith("cannot be read: ")
    assert refused == {
        "device.fit": outside,
        "folder": outside,
        "linked.fit": outside,
        "pipe.gpx": "not a regular file",
    }


def test_folder_that_cannot_be_listed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path, "closed/a.fit", "open/b.fit")
    iterdir = Path.iterdir

    def refuse(path: Path) -> Any:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert files_in(tmp_path) == ["open/b.fit"]
    assert refused_in(tmp_path) == {"closed": "cannot be listed: Permission denied"}
