"""The members of an archive, ZIP file or folder: named files, read one at a time within limits."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.member_names import printable

#: Files in an archive. Most of a large export are photos.
MAX_MEMBERS = 150_000

#: Bytes of one activity file as it leaves the ZIP, possibly still gzipped.
MAX_MEMBER_BYTES = 128 * 2**20

#: The most repetitive track compresses to a hundredth; the ratio is checked from this many unpacked bytes on.
MAX_RATIO, RATIO_FROM_BYTES = 250, 4 * 2**20

#: What zipfile raises on damaged input, apart from its own error.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)

_CHUNK_BYTES = 2**18


@dataclass(frozen=True, slots=True)
class Refused:
    """A member that is not read, and the reason in one clause."""

    member: str
    reason: str

    def __str__(self) -> str:
        return f"{printable(self.member)}: {self.reason}"


class ArchiveMembers(ABC):
    """The files of an archive. Another process may open the same path and read a member by its name.

    ``names`` have forward slashes and are in the archive's order. ``refused`` members, by name, are not among them and
    are never read.
    """

    path: Path
    names: tuple[str, ...]
    refused: Mapping[str, Refused]

    @abstractmethod
    def open(self, name: str, max_bytes: int) -> BoundedStream:
        """A stream of a member's bytes that enforces the limits while it is read.

        Raises SourceError where the member is missing or unreadable, HostileFileError where it is refused or too
        large; reading raises the same.
        """

    @abstractmethod
    def size(self, name: str) -> int:
        """The unpacked size of a member as the archive states it, in bytes; 0 for an unknown name."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, name: str) -> bytes:
        """All bytes of a member. Raises as :meth:`open`."""
        with self.open(name, MAX_MEMBER_BYTES) as stream:
            return stream.read_all()

    def missing_error(self, name: str) -> SourceError:
        """The error for a name that cannot be opened."""
        refused = self.refused.get(name)
        if refused:
            return HostileFileError(str(refused))
        return SourceError(f"{printable(name)} is not in {self.path.name}")


class BoundedStream(io.RawIOBase):
    """A stream that raises HostileFileError where more comes out than ``max_bytes`` or the ratio allows.

    The unpacked size that a ZIP states is not trusted; ``packed_bytes`` is the size of the input. Damage is a
    SourceError.
    """

    def __init__(self, stream: IO[bytes], name: str, packed_bytes: int, max_bytes: int) -> None:
        super().__init__()
        self._stream, self._name = stream, name
        self._packed_bytes, self._max_bytes = packed_bytes, max_bytes
        self._unpacked_bytes = 0

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the only buffers that io passes
        """Read up to one chunk into the buffer; the number of bytes."""
        data = self._read_chunk(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read_all(self) -> bytes:
        """The rest of the stream."""
        return b"".join(iter(lambda: self._read_chunk(_CHUNK_BYTES), b""))

    def _read_chunk(self, size: int) -> bytes:
        try:
            data = self._stream.read(min(size, _CHUNK_BYTES))
        except ZIP_ERRORS as error:
            raise damaged_error(self._name, error) from error
        self._unpacked_bytes += len(data)
        unpacks = f"{printable(self._name)} unpacks to more than"
        if self._unpacked_bytes > self._max_bytes:
            raise HostileFileError(f"{unpacks} {self._max_bytes >> 20} MiB")
        if self._unpacked_bytes > max(RATIO_FROM_BYTES, MAX_RATIO * max(self._packed_bytes, 1)):
            raise HostileFileError(f"{unpacks} {MAX_RATIO} times its {self._packed_bytes:,} bytes")
        return data

    def close(self) -> None:
        """Close the member."""
        if not self.closed:
            self._stream.close()
        super().close()


def damaged_error(name: str, error: Exception) -> SourceError:
    """The error for a member that cannot be read to its end."""
    if isinstance(error, OSError) and error.strerror:
        return SourceError(f"{printable(name)} cannot be read: {error.strerror}")
    return SourceError(f"{printable(name)} is damaged in the archive", hint="download or pack the archive again")
