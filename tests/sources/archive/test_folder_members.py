"""An unpacked archive: its regular files; links lead nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive import folder_members
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.strava_export.export import is_archive, open_export

GPX = b"<gpx/>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export with one file, and a file outside it."""
    inside = tmp_path / "export" / "activities"
    inside.mkdir(parents=True)
    (inside / "good.gpx").write_bytes(GPX)
    (tmp_path / "export" / "activities.csv").write_text(
        "id,date,name,type,description,elapsed_time,distance,commute,gear,filename\n"
    )
    (tmp_path / "secret.gpx").write_bytes(b"secret")
    return tmp_path / "export"


def test_links_are_not_followed_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "activities" / "out.gpx").symlink_to(tmp_path / "secret.gpx")
    (folder / "activities" / "etc").symlink_to("/etc")
    (folder / "activities" / "nowhere.gpx").symlink_to(tmp_path / "none.gpx")
    (folder / "activities" / "loop.gpx").symlink_to(folder / "activities" / "loop.gpx")
    (folder / "activities" / "inside.gpx").symlink_to("good.gpx")
    (folder / "again").symlink_to(folder / "activities")
    with open_export(folder) as archive:
        assert archive.files == ("activities/good.gpx", "activities/inside.gpx")
        assert archive.members.read("activities/inside.gpx") == GPX
        told = {refused.member: refused.reason for refused in archive.refused}
        assert told.keys() == {f"activities/{name}" for name in ("out.gpx", "etc", "nowhere.gpx", "loop.gpx")}
        assert told["activities/out.gpx"] == "a link that leads out of the folder, which is not followed"
        assert told["activities/etc"] == "a link that leads out of the folder, which is not followed"
        for name in (
            "activities/out.gpx",
            "activities/../../secret.gpx",
            "../secret.gpx",
            str(tmp_path / "secret.gpx"),
        ):
            with pytest.raises(SourceError):
                archive.members.read(name)


def test_a_folder_that_is_itself_a_link_is_read(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert is_archive(link)
    with open_export(link) as archive:
        assert archive.members.read("activities/good.gpx") == GPX


def test_pipes_and_archives_are_refused_and_hidden_files_passed_over(folder: Path) -> None:
    os.mkfifo(folder / "activities" / "pipe.gpx")
    (folder / "activities" / "more.zip").write_bytes(b"PK")
    (folder / "activities" / ".hidden.gpx").write_bytes(GPX)
    (folder / ".Trash").mkdir()
    (folder / ".Trash" / "old.gpx").write_bytes(GPX)
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._good.gpx").write_bytes(GPX)
    with open_export(folder) as archive:
        assert archive.files == ("activities/good.gpx",)
        assert [str(refused) for refused in archive.refused] == [
            "activities/more.zip: an archive inside the archive, which is not opened; import it on its own",
            "activities/pipe.gpx: no regular file",
        ]


def test_a_file_too_large_is_not_read(folder: Path) -> None:
    with open_archive(folder) as members, pytest.raises(HostileFileError, match="at most 0 MiB are read"):
        members.open("activities/good.gpx", 3)


def test_a_file_that_grows_is_read_to_its_bound(folder: Path) -> None:
    with open_archive(folder) as members, members.open("activities/good.gpx", 10) as stream:
        with (folder / "activities" / "good.gpx").open("ab") as file:
            file.write(b"x" * 100)
        with pytest.raises(HostileFileError, match=r"^activities/good\.gpx unpacks to more than"):
            stream.read_all()


def test_more_files_than_any_archive_has_are_not_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_members, "MAX_MEMBERS", 1)
    with pytest.raises(HostileFileError, match=r"^export holds more than 1 files"), open_export(folder):
        pass


def test_folders_in_folders_have_a_bottom(folder: Path) -> None:
    deep = folder.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    (deep / "deep.gpx").write_bytes(GPX)
    with open_export(folder) as archive:
        assert archive.files == ("activities/good.gpx",)
        (refused,) = archive.refused
        assert refused.reason == "more than 32 folders deep"


def test_a_folder_that_may_not_be_listed_costs_itself_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "closed").mkdir()
    listing = os.scandir

    def scandir(path: Path) -> object:  # whoever runs the tests may be allowed to list everything
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with open_export(folder) as archive:
        assert archive.files == ("activities/good.gpx",)
        assert [str(refused) for refused in archive.refused] == ["closed: cannot be listed: Permission denied"]


def test_a_file_that_goes_away_says_so(folder: Path) -> None:
    with open_export(folder) as archive:
        (folder / "activities" / "good.gpx").unlink()
        with pytest.raises(SourceError, match=r"^activities/good\.gpx cannot be read: No such file or directory$"):
            archive.members.read("activities/good.gpx")
