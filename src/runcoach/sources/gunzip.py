"""Unpacks gzip within bounds; what a damaged stream still gives is kept and said."""

from __future__ import annotations

import zlib

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.reading import counted

MAGIC = b"\x1f\x8b"

#: No recording is larger, packed or not.
LARGEST_BYTES = 512 * 2**20
#: The most dully repetitive track packs to a hundredth; only past so many bytes is more than that taken for an attack.
_HIGHEST_RATIO, _RATIO_FROM_BYTES = 250, 16 * 2**20

_CHUNK = 2**20
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def gunzip(packed: bytes) -> tuple[bytes, str | None]:
    """What was packed, and a note where the stream is damaged or cut off.

    Raises HostileFileError past the bounds, SourceError where nothing at all comes out.
    """
    unpacked = bytearray()
    note = None
    rest = packed
    while rest.startswith(MAGIC):
        stream = zlib.decompressobj(_GZIP_WINDOW)
        try:
            rest = _inflate(stream, rest, unpacked, len(packed))
        except zlib.error:
            note = f"damaged gzip: only {counted(len(unpacked), 'byte')} could be unpacked"
            break
        if not stream.eof:
            note = f"gzip cut off: only {counted(len(unpacked), 'byte')} could be unpacked"
            break
    if not unpacked:
        raise SourceError("nothing comes out of this gzip" if note else "an empty file, packed with gzip")
    return bytes(unpacked), note


def _inflate(stream: zlib._Decompress, data: bytes, unpacked: bytearray, packed_bytes: int) -> bytes:
    """Inflate one gzip member onto ``unpacked``; the bytes behind it."""
    while data and not stream.eof:
        unpacked += stream.decompress(data, _CHUNK)
        data = stream.unconsumed_tail
        too_dense = len(unpacked) > _RATIO_FROM_BYTES and len(unpacked) > _HIGHEST_RATIO * packed_bytes
        if too_dense or len(unpacked) > LARGEST_BYTES:
            raise HostileFileError(
                f"{counted(packed_bytes, 'byte')} of gzip that unpack to more than {len(unpacked) >> 20} MiB"
            )
    return stream.unused_data
