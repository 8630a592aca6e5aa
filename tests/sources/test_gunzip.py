"""gzip: packed files, several in one, damaged ones, and those that would fill the memory."""

from __future__ import annotations

import gzip
import zlib

import pytest

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources import gunzip as gunzip_source
from runcoach.sources.gunzip import gunzip

TEXT = b"".join(b"%d;" % number for number in range(20_000))


def test_what_was_packed_comes_out() -> None:
    assert gunzip(gzip.compress(TEXT)) == (TEXT, None)


def test_members_one_after_the_other_are_one() -> None:
    assert gunzip(gzip.compress(TEXT) + gzip.compress(b"more") + b"\x00\x00") == (TEXT + b"more", None)


def test_a_stream_cut_off_gives_what_it_had() -> None:
    packed = gzip.compress(TEXT)
    unpacked, note = gunzip(packed[: len(packed) // 2])
    assert TEXT.startswith(unpacked)
    assert len(unpacked) > 10_000
    assert note == f"gzip cut off: only {len(unpacked):,} bytes could be unpacked"


def test_a_damaged_stream_gives_what_came_before() -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1  # its checksum
    assert gunzip(bytes(packed)) == (TEXT, "damaged gzip: only 108,890 bytes could be unpacked")


@pytest.mark.parametrize(
    ("packed", "said"),
    [(b"\x1f\x8b", "nothing comes out"), (gzip.compress(b"", mtime=0), "an empty file, packed with gzip")],
)
def test_nothing_comes_out(packed: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        gunzip(packed)


@pytest.mark.slow
def test_a_bomb_is_refused_before_it_goes_off() -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeeze.compress(bytes(2**20)) for _ in range(100)) + squeeze.flush()
    with pytest.raises(HostileFileError, match=r"bytes of gzip that unpack to more than 2\d MiB$"):
        gunzip(bomb)


def test_more_than_any_recording_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunzip_source, "MAX_BYTES", 50_000)
    with pytest.raises(HostileFileError):
        gunzip(gzip.compress(TEXT))
