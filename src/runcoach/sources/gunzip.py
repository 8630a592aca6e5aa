"""Decompresses gzip within limits; of a damaged stream, everything before the damage is returned."""

from __future__ import annotations

import contextlib
import zlib

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.parsed_file import counted

MAGIC = b"\x1f\x8b"

#: Larger than any recording.
MAX_BYTES = 512 * 2**20
#: The most repetitive track compresses to a hundredth; the ratio is checked from this many decompressed bytes on.
_MAX_RATIO, _RATIO_FROM_BYTES = 250, 16 * 2**20

#: Bytes decompressed at a time, and bytes fed at a time to a stream known to be damaged.
_CHUNK_BYTES, _DAMAGED_FEED_BYTES = 2**20, 1
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def gunzip(packed: bytes) -> tuple[bytes, str | None]:
    """The decompressed bytes, and a warning if the stream is damaged or truncated.

    Raises HostileFileError past the limits, SourceError if nothing can be decompressed.
    """
    unpacked, warning, rest = bytearray(), None, packed
    while rest.startswith(MAGIC) and warning is None:
        begin = len(unpacked)
        try:
            rest, complete = _inflate(rest, unpacked, len(packed), len(rest))
            warning = None if complete else "gzip cut off"
        except zlib.error:
            # The output of a failed step is lost: repeat in the smallest steps.
            del unpacked[begin:]
            warning = "damaged gzip"
            with contextlib.suppress(zlib.error):
                _inflate(rest, unpacked, len(packed), _DAMAGED_FEED_BYTES)
    if not unpacked:
        raise SourceError("nothing comes out of this gzip" if warning else "an empty file, packed with gzip")
    return bytes(unpacked), f"{warning}: only {counted(len(unpacked), 'byte')} could be unpacked" if warning else None


def _inflate(data: bytes, unpacked: bytearray, packed_bytes: int, feed_bytes: int) -> tuple[bytes, bool]:
    """Append one gzip member to ``unpacked``; the bytes after it, and whether its end was reached."""
    stream = zlib.decompressobj(_GZIP_WINDOW)
    for at in range(0, len(data), feed_bytes):
        pending = data[at : at + feed_bytes]
        while pending and not stream.eof:
            unpacked += stream.decompress(pending, _CHUNK_BYTES)
            pending = stream.unconsumed_tail
            if len(unpacked) > min(MAX_BYTES, max(_RATIO_FROM_BYTES, _MAX_RATIO * packed_bytes)):
                packed = counted(packed_bytes, "byte")
                raise HostileFileError(f"{packed} of gzip that unpack to more than {len(unpacked) >> 20} MiB")
        if stream.eof:
            return stream.unused_data, True
    return b"", False
