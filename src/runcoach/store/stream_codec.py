"""Encodes one stream as a small blob: whole steps of its resolution, differences, one byte each, deflate. Lossless.

Layout of a blob of codec 1 (integers little-endian)::

    flags   1 byte    bit 0: values are differences of differences · bit 1: some samples are missing
    first   8 bytes   the first present value, in steps of the channel's resolution
    deflate           [one bit a sample, 1 = present, padded to bytes, only with flag bit 1]
                      the zigzag differences of the present values, a byte each; 255 marks a larger one
                      the larger ones in their order, each of the row's ``dtype``

Differences of a stream are small and noisy: nearly all fit into a byte, and matching
longer patterns than runs of one byte takes four times as long and saves a hundredth.
Missing samples take one bit and come back as NaN, never as a number.
"""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterable

import numpy as np
import numpy.typing as npt

from runcoach.domain.streams import RESOLUTION, EncodedStream, FloatArray, PackedStreams, Streams, steps_per_unit
from runcoach.errors import StoreError

VERSION = 1

_SECOND_ORDER, _HAS_GAPS = 1, 2

#: Deflate expands a byte to at most 1032, and each sample takes at least one bit.
_MAX_SAMPLES_PER_BYTE = 1032 * 8

_UNSIGNED = ("u1", "u2", "u4", "u8")
_ESCAPE = 255

#: Differences from this on take the same room.
_MAX_NOISE = 64

# Steps beyond this would not come back exactly from a float64; no channel comes near it.
_LARGEST_STEP = 2**52

IntArray = npt.NDArray[np.int64]


def pack(streams: Streams) -> PackedStreams:
    """All channels of streams already rounded to their resolution, time first."""
    encoded = [encode("time_s", streams.time_s)]
    encoded += [encode(name, values) for name, values in streams.channels.items()]
    return PackedStreams(tuple(encoded))


def unpack(packed: Iterable[EncodedStream], only: Container[str] = RESOLUTION) -> Streams | None:
    """The streams of these channels, or ``only`` some of them; None where time is not among them."""
    channels = {each.channel: decode(each) for each in packed if each.channel in only}
    time_s = channels.pop("time_s", None)
    return None if time_s is None else Streams(time_s, channels)


def encode(channel: str, values: FloatArray) -> EncodedStream:
    """Encode ``values`` (shape ``(n,)``, NaN where missing), already whole steps of the channel's resolution.

    Raises ValueError for values that are infinite or too large to come back exactly.
    """
    present = ~np.isnan(values)
    steps = np.rint(values[present] * steps_per_unit(channel))
    if steps.size and float(np.abs(steps).max()) > _LARGEST_STEP:
        raise ValueError(f"channel {channel} holds a value that is out of range")
    numbers = steps.astype(np.int64)
    differences = numbers[1:] - numbers[:-1]
    second = np.concatenate([differences[:1], differences[1:] - differences[:-1]])
    flags = 0
    if _noise(second) < _noise(differences):
        flags, differences = _SECOND_ORDER, second
    folded = _zigzag(differences)
    escaped = folded >= _ESCAPE
    large = _narrow(folded[escaped])
    body = np.minimum(folded, _ESCAPE).astype(np.uint8).tobytes() + large.tobytes()
    if not present.all():
        flags |= _HAS_GAPS
        body = np.packbits(present).tobytes() + body
    first = int(numbers[0]) if numbers.size else 0
    data = bytes([flags]) + first.to_bytes(8, "little", signed=True) + _deflate(body)
    return EncodedStream(channel, large.dtype.str[1:], int(values.shape[0]), VERSION, data)


def decode(stream: EncodedStream) -> FloatArray:
    """The values of a stream, shape ``(n,)``, NaN where missing; StoreError where the blob is damaged."""
    if stream.codec != VERSION:
        raise StoreError(f"stream {stream.channel} is of codec {stream.codec}, which this version cannot read")
    try:
        return _decode(stream)
    except (ValueError, IndexError, TypeError, zlib.error) as error:
        raise StoreError(f"stream {stream.channel} is damaged ({error})", hint="restore a backup") from error


def _decode(stream: EncodedStream) -> FloatArray:
    if stream.dtype not in _UNSIGNED:
        raise ValueError(f"dtype {stream.dtype}")
    if not 0 <= stream.n <= len(stream.data) * _MAX_SAMPLES_PER_BYTE:
        raise ValueError(f"{stream.n} samples do not fit into it")
    flags, first = stream.data[0], int.from_bytes(stream.data[1:9], "little", signed=True)
    present, body = np.ones(stream.n, dtype=bool), _inflate(stream.data[9:], stream.n)
    if flags & _HAS_GAPS:
        mask_bytes = (stream.n + 7) // 8
        present = np.unpackbits(np.frombuffer(body[:mask_bytes], dtype=np.uint8), count=stream.n).astype(bool)
        body = body[mask_bytes:]
    count = int(present.sum())
    differences = _unzigzag(_unescaped(body, np.dtype(f"<{stream.dtype}"), max(count - 1, 0)))
    if flags & _SECOND_ORDER:
        differences = np.cumsum(differences)
    values = np.full(stream.n, np.nan)
    if count:
        values[present] = np.concatenate(([first], first + np.cumsum(differences))) / steps_per_unit(stream.channel)
    return values


def _noise(differences: IntArray) -> float:
    """A measure of the encoded length; a few large differences weigh little."""
    return float(np.minimum(np.abs(differences), _MAX_NOISE).sum())


def _zigzag(differences: IntArray) -> npt.NDArray[np.uint64]:
    """Signed to unsigned with small staying small: 0, −1, 1, −2 → 0, 1, 2, 3."""
    return ((differences << 1) ^ (differences >> 63)).view(np.uint64)


def _unzigzag(folded: npt.NDArray[np.uint64]) -> IntArray:
    unfolded: IntArray = (folded >> np.uint64(1)).view(np.int64) ^ -(folded & np.uint64(1)).view(np.int64)
    return unfolded


def _narrow(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.unsignedinteger]:
    """The same values in the narrowest type that holds them all."""
    largest = int(values.max()) if values.size else 0
    return values.astype(f"<{next(name for name in _UNSIGNED if largest <= np.iinfo(name).max)}")


def _unescaped(body: bytes, dtype: np.dtype[np.unsignedinteger], count: int) -> npt.NDArray[np.uint64]:
    values = np.frombuffer(body, dtype=np.uint8, count=count).astype(np.uint64)
    escaped = values == _ESCAPE
    values[escaped] = np.frombuffer(body[count:], dtype=dtype)
    return values


def _deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
    return packer.compress(body) + packer.flush()


def _inflate(packed: bytes, n: int) -> bytes:
    """Unpack, bounded by the most that ``n`` samples can take, so that a damaged blob cannot eat the memory."""
    unpacker = zlib.decompressobj(-15)
    most = n * 9 + 16
    body = unpacker.decompress(packed, most)
    if not unpacker.eof:
        raise ValueError("the packed data is cut short or too long")
    return body
