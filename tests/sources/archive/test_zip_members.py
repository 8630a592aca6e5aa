"""A hostile ZIP is refused by name and bound; nothing is written, and the rest is read."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive import zip_members
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.strava_export.export import open_export

GPX = b"<gpx/>"


def packed(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def refusals(path: Path) -> list[str]:
    with open_export(path) as archive:
        assert archive.members.read("good.gpx") == GPX
        return [str(refused) for refused in archive.refused]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("../evil.gpx", '../evil.gpx: a path with "..", which leads out of the archive'),
        ("activities/../../evil.gpx", 'activities/../../evil.gpx: a path with "..", which leads out of the archive'),
        ("..\\evil.gpx", '../evil.gpx: a path with "..", which leads out of the archive'),
        ("/etc/evil.gpx", "/etc/evil.gpx: an absolute path, which leads out of the archive"),
        ("\\\\host\\evil.gpx", "//host/evil.gpx: an absolute path, which leads out of the archive"),
        ("C:\\evil.gpx", "C:/evil.gpx: a path with a drive letter, which leads out of the archive"),
        ("c:evil.gpx", "c:evil.gpx: a path with a drive letter, which leads out of the archive"),
        ("../photo.jpg", '../photo.jpg: a path with "..", which leads out of the archive'),
        ("inner.zip", "inner.zip: an archive inside the archive, which is not opened; import it on its own"),
        ("activities/old.tar.gz", "activities/old.tar.gz: an archive inside the archive, which is not opened;"),
    ],
)
def test_a_bad_name_is_refused(tmp_path: Path, name: str, line: str) -> None:
    (told,) = refusals(packed(tmp_path / "a.zip", (name, GPX), ("good.gpx", GPX)))
    assert told.startswith(line)


def test_names_that_only_look_odd_are_read(tmp_path: Path) -> None:
    names = ["./one.gpx", "two..gpx", "..three/four.gpx", "five\\six.gpx", "Zürich \u202elauf.gpx"]
    path = packed(tmp_path / "a.zip", *((name, GPX) for name in names))
    with open_export(path) as archive:
        assert archive.files == ("one.gpx", "two..gpx", "..three/four.gpx", "five/six.gpx", "Zürich \u202elauf.gpx")
        assert archive.refused == ()
        assert all(archive.members.read(name) == GPX for name in archive.files)


def test_a_name_in_utf_8_that_does_not_say_so_is_read_as_meant(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("ZURICH_.gpx", GPX), ("cafe_.gpx", GPX))
    raw = path.read_bytes().replace(b"ZURICH_", "Zürich".encode()).replace(b"cafe_", "caf\u00e9".encode("cp437") + b"_")
    path.write_bytes(raw)
    with open_export(path) as archive:
        assert archive.files == ("Zürich.gpx", "café_.gpx")
        assert archive.members.read("Zürich.gpx") == GPX


def test_control_characters_in_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (told,) = refusals(packed(tmp_path / "a.zip", ("../\x1b[2Jevil\r\n\u202e.gpx", GPX), ("good.gpx", GPX)))
    assert "\x1b" not in told
    assert "\n" not in told
    assert "\u202e" not in told


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(stat.S_IFLNK, "a symbolic link, which is not followed"), (stat.S_IFIFO, "no regular file")],
)
def test_what_is_no_regular_file_is_refused(tmp_path: Path, kind: int, reason: str) -> None:
    link = zipfile.ZipInfo("activities/link.gpx")
    link.external_attr = (kind | 0o777) << 16
    assert refusals(packed(tmp_path / "a.zip", (link, b"/etc/passwd"), ("good.gpx", GPX))) == [
        f"activities/link.gpx: {reason}"
    ]


def flagged(path: Path, name: str, *, bits: int = 0, method: int | None = None) -> Path:
    """Set bits of the flags, or the method, in both headers of a member."""
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := data.find(mark, place + 1)) >= 0:
            if data.find(name.encode(), place, place + 80) >= 0:
                flags = struct.unpack_from("<H", data, place + at)[0] | bits
                struct.pack_into("<H", data, place + at, flags)
                if method is not None:
                    struct.pack_into("<H", data, place + at + 2, method)
    path.write_bytes(data)
    return path


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("secret.gpx", GPX), ("photo.jpg", b""), ("good.gpx", GPX))
    flagged(path, "secret.gpx", bits=1)
    flagged(path, "photo.jpg", bits=1)
    assert refusals(path) == ["secret.gpx: encrypted; unpack the ZIP with its password and import the folder"]


def test_a_way_of_packing_without_bounds_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("odd.gpx", GPX), ("older.gpx", GPX), ("good.gpx", GPX))
    flagged(path, "odd.gpx", method=zipfile.ZIP_LZMA)
    flagged(path, "older.gpx", method=77)
    assert refusals(path) == [
        "odd.gpx: packed in a way that is not read (LZMA); pack it as an ordinary ZIP",
        "older.gpx: packed in a way that is not read (method 77); pack it as an ordinary ZIP",
    ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("run.gpx", GPX), ("run.gpx", b"<gpx>other</gpx>"), ("good.gpx", GPX))
    assert refusals(path) == ["run.gpx: occurs 2 times in the ZIP: it is unclear which one to use"]


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("good.gpx", GPX), ("first.gpx", GPX * 9), ("other.gpx", GPX * 9))
    data = bytearray(path.read_bytes())
    offsets = {}
    place = -1
    while (place := data.find(b"PK\x01\x02", place + 1)) >= 0:
        offsets[bytes(data[place + 46 : place + 54])] = place + 42
    data[offsets[b"other.gp"] : offsets[b"other.gp"] + 4] = data[offsets[b"first.gp"] : offsets[b"first.gp"] + 4]
    path.write_bytes(data)
    told = refusals(path)
    assert sorted(told) == [
        "first.gpx: shares its bytes with other.gpx",
        "other.gpx: shares its bytes with first.gpx",
    ]


def test_a_refused_member_cannot_be_read(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("../evil.gpx", GPX), ("good.gpx", GPX))
    with open_export(path) as archive:
        with pytest.raises(HostileFileError, match=r'^\.\./evil\.gpx: a path with "\.\."'):
            archive.members.read("../evil.gpx")
        with pytest.raises(SourceError, match=r"^other\.gpx is not in a\.zip$"):
            archive.members.read("other.gpx")


@pytest.mark.slow
def test_a_bomb_stops_at_the_ratio(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("bomb.gpx", bytes(64 * 2**20)), ("good.gpx", GPX))
    with (
        open_export(path) as archive,
        pytest.raises(HostileFileError, match=r"^bomb\.gpx unpacks to more than 250 times its [\d,]+ bytes$"),
    ):
        archive.members.read("bomb.gpx")


def test_a_member_that_says_it_is_too_large_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path / "a.zip", ("large.gpx", bytes(3 * 2**20)), ("good.gpx", GPX))
    with (
        open_archive(path) as members,
        pytest.raises(HostileFileError, match="says that it unpacks to 3 MiB; at most 2"),
    ):
        members.open("large.gpx", 2 * 2**20)


def test_a_member_that_lies_about_its_size_stops_at_the_bound(tmp_path: Path) -> None:
    """The headers say one byte; what comes out is cut there and fails its checksum, or stops at the bound."""
    path = packed(tmp_path / "a.zip", ("lie.gpx", bytes(9 * 2**20)), ("good.gpx", GPX))
    data = path.read_bytes().replace(struct.pack("<I", 9 * 2**20), struct.pack("<I", 1))
    path.write_bytes(data)
    with open_export(path) as archive, pytest.raises(SourceError, match=r"^lie\.gpx is damaged in the archive$"):
        archive.members.read("lie.gpx")


def test_dense_but_honest_members_are_read(tmp_path: Path) -> None:
    """A treadmill without GPS: the same line an hour long."""
    point = b"<Trackpoint><Time>2024-06-04T06:13:47Z</Time><HeartRateBpm><Value>150</Value></HeartRateBpm></Trackpoint>"
    data = b"".join(
        point.replace(b"06:13:47", b"%02d:%02d:%02d" % (s // 3600, s // 60 % 60, s % 60)) for s in range(80_000)
    )
    path = packed(tmp_path / "a.zip", ("long.tcx", data))
    with open_export(path) as archive:
        assert archive.members.read("long.tcx") == data


@pytest.mark.parametrize("part", [0.3, 0.6, 0.999])
def test_a_zip_cut_off_says_so(tmp_path: Path, part: float) -> None:
    path = packed(tmp_path / "export_1.zip", *((f"activities/{n}.gpx", GPX * n) for n in range(1, 50)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with (
        pytest.raises(SourceError, match=r"^export_1\.zip is cut off or damaged: the table of contents") as refusal,
        open_export(path),
    ):
        pass
    assert refusal.value.hint == "download or copy it again"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "x.zip is empty"),
        (b"GIF89a" * 99, "x.zip is not a ZIP file"),
        (b"PK\x03\x04" + bytes(99), "x.zip is cut off or damaged"),
    ],
)
def test_what_is_no_zip_says_so(tmp_path: Path, data: bytes, line: str) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=f"^{line}"), open_export(path):
        pass


def test_a_file_that_may_not_be_read_or_is_not_there_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError, match=r"^none\.zip cannot be read: No such file or directory$"),
        open_export(tmp_path / "none.zip"),
    ):
        pass


def test_a_damaged_member_says_so_and_the_others_are_read(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("bad.gpx", bytes(range(256)) * 40), ("good.gpx", GPX))
    data = bytearray(path.read_bytes())
    data[60:90] = bytes(30)
    path.write_bytes(data)
    with open_export(path) as archive:
        with pytest.raises(SourceError, match=r"^bad\.gpx is damaged in the archive$"):
            archive.members.read("bad.gpx")
        assert archive.members.read("good.gpx") == GPX


def test_more_files_than_any_archive_has_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_members, "MAX_MEMBERS", 20)
    path = packed(tmp_path / "a.zip", *((f"{n}.gpx", b"") for n in range(21)))
    with pytest.raises(HostileFileError, match=r"^a\.zip holds 21 files; at most 20 are read$"), open_export(path):
        pass


def test_a_table_of_contents_too_large_is_not_taken_in(tmp_path: Path) -> None:
    """Millions of entries: the end of the ZIP says how large their table is, and that is enough."""
    entry = (
        struct.pack("<4sBBBBHHHHIIIHHHHHII", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
    )
    count = zip_members._MAX_DIRECTORY_BYTES // len(entry) + 1
    directory = entry * count
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), 0, 0)
    path = tmp_path / "many.zip"
    path.write_bytes(directory + end)
    with (
        pytest.raises(HostileFileError, match=r"^many\.zip: its table of contents is larger than 12 MiB"),
        open_export(path),
    ):
        pass


def test_several_threads_read_one_archive(export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    runs = [run_of(ending="gpx") for _ in range(40)]
    path = export_maker.write_export(tmp_path / "export.zip", runs)
    with open_export(path) as archive, ThreadPoolExecutor(4) as threads:
        read = list(threads.map(archive.members.read, archive.files))
    assert read == [export_maker.gpx(run) for run in runs]


def test_nothing_is_written(export_maker: ModuleType, run_of: Callable[..., Any], tmp_path: Path) -> None:
    path = export_maker.write_export(tmp_path / "export.zip", [run_of(), run_of(ending="tcx.gz")])
    with open_export(path) as archive:
        list(archive.rows())
        for name in archive.files:
            archive.members.read(name)
    assert [file.name for file in tmp_path.rglob("*")] == ["export.zip"]


def test_a_zip_behind_other_bytes_is_read(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("good.gpx", GPX))
    path.write_bytes(b"#!/bin/sh\nexit 0\n" + path.read_bytes())
    with open_export(path) as archive:
        assert archive.members.read("good.gpx") == GPX


def test_a_zip64_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("good.gpx", "w", force_zip64=True) as member:
        member.write(GPX)
    path = tmp_path / "a.zip"
    path.write_bytes(buffer.getvalue())
    with open_export(path) as opened:
        assert opened.members.read("good.gpx") == GPX


def test_a_checksum_is_checked(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("bad.gpx", GPX), ("good.gpx", GPX * 2))
    crc = struct.pack("<I", zlib.crc32(GPX))
    path.write_bytes(path.read_bytes().replace(crc, b"\x00\x01\x02\x03"))
    with open_export(path) as archive, pytest.raises(SourceError, match="is damaged in the archive"):
        archive.members.read("bad.gpx")
