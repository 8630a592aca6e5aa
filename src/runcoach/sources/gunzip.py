"""Unpacks gzip within bounds; what a damaged stream still gives is kept and said."""

from __future__ import annotations

import contextlib
import zlib

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.parsed_file import counted

MAGIC = b"\x1f\x8b"

#: No recording is larger, packed or not.
LARGEST_BYTES = 512 * 2**20
#: The most dully repetitive track packs to a hundredth; only past so many bytes is more than that taken for an attack.
_HIGHEST_RATIO, _RATIO_FROM_BYTES = 250, 16 * 2**20

#: How much is unpacked at a time, and how much is fed to a stream that is known to be damaged.
_CHUNK, _CRUMB = 2**20, 1
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def gunzip(packed: bytes) -> tuple[bytes, str | None]:
    """What was packed, and a note where the stream is damaged or cut off.

    Raises HostileFileError past the bounds, SourceError where nothing at all comes out.
    """
    unpacked, note, rest = bytearray(), None, packed
    while rest.startswith(MAGIC) and note is None:
        before = len(unpacked)
        try:
            rest, ended = _inflate(rest, unpacked, len(packed), len(rest))
            note = None if ended else "gzip cut off"
        except zlib.error:
            # What a step unpacks is lost if it ends in an error: once more, in the smallest of steps.
            del unpacked[before:]
            note = "damaged gzip"
            with contextlib.suppress(zlib.error):
                _inflate(rest, unpacked, len(packed), _CRUMB)
    if not unpacked:
        raise SourceError("nothing comes out of this gzip" if note else "an empty file, packed with gzip")
    return bytes(unpacked), f"{note}: only {counted(len(unpacked), 'byte')} could be unpacked" if note else None


def _inflate(data: bytes, unpacked: bytearray, packed_bytes: int, feed_bytes: int) -> tuple[bytes, bool]:
    """Inflate one gzip member onto ``unpacked``; the bytes behind it, and whether its end was there."""
    stream = zlib.decompressobj(_GZIP_WINDOW)
    for at in range(0, len(data), feed_bytes):
        waiting = data[at : at + feed_bytes]
        while waiting and not stream.eof:
            unpacked += stream.decompress(waiting, _CHUNK)
            waiting = stream.unconsumed_tail
            _check_bounds(len(unpacked), packed_bytes)
        if stream.eof:
            return stream.unused_data, True
    return b"", False


def _check_bounds(unpacked_bytes: int, packed_bytes: int) -> None:
    too_dense = unpacked_bytes > _RATIO_FROM_BYTES and unpacked_bytes > _HIGHEST_RATIO * packed_bytes
    if too_dense or unpacked_bytes > LARGEST_BYTES:
        raise HostileFileError(
            f"{counted(packed_bytes, 'byte')} of gzip that unpack to more than {unpacked_bytes >> 20} MiB"
        )
