"""gzip: packed files, several in one, damaged ones, and those that would fill the memory."""

from __future__ import annotations

import gzip
import zlib

import pytest

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources import gunzip as gunzip_source
from runcoach.sources.gunzip import gunzip

TEXT = b"".join(b"%d;" % number for number in range(20_000))


def test_round_trip() -> None:
    assert gunzip(gzip.compress(TEXT)) == (TEXT, None)


def test_concatenated_members() -> None:
    assert gunzip(gzip.compress(TEXT) + gzip.compress(b"more") + b"\x00\x00") == (TEXT + b"more", None)


def test_truncated_stream() -> None:
    packed = gzip.compress(TEXT)
    unpacked, note = gunzip(packed[: len(packed) // 2])
    assert TEXT.startswith(unpacked)
    assert len(unpacked) > 10_000
    assert note == f"gzip cut off: only {len(unpacked):,} bytes could be unpacked"


def test_damaged_stream() -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1  # its checksum
    assert gunzip(bytes(packed)) == (TEXT, "damaged gzip: only 108,890 bytes could be unpacked")


@pytest.mark.parametrize(
    ("packed", "said"),
    [(b"\x1f\x8b", "nothing comes out"), (gzip.compress(b"", mtime=0), "an empty file, packed with gzip")],
)
def test_nothing_can_be_decompressed(packed: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        gunzip(packed)


@pytest.mark.slow
def test_bomb_is_refused() -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeeze.compress(bytes(2**20)) for _ in range(100)) + squeeze.flush()
    with pytest.raises(HostileFileError, match=r"bytes of gzip that unpack to more than 2\d MiB$"):
        gunzip(bomb)


def test_too_large_output_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunzip_source, "MAX_BYTES", 50_000)
    with pytest.raises(HostileFileError):
        gunzip(gzip.compress(TEXT))
