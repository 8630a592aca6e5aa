"""What an archive is made of, whether ZIP or folder: files with names, read one at a time within bounds."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.bounds import LARGEST_MEMBER_BYTES, too_much
from runcoach.sources.archive.member_names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

#: What zipfile raises on damaged input, beside its own error.
BROKEN = (
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
    """A member that is not read, and why; one clause, for a person."""

    member: str
    reason: str

    def __str__(self) -> str:
        return f"{shown(self.member)}: {self.reason}"


class ArchiveMembers(ABC):
    """The files of an archive. Another process may open the same path and read a member by its name.

    ``names`` have forward slashes and stand in the archive's own order; what is ``refused``, by name, is not among them
    and is read under no circumstances.
    """

    path: Path
    names: tuple[str, ...]
    refused: Mapping[str, Refused]

    @abstractmethod
    def open(self, name: str, most_bytes: int) -> Bounded:
        """The bytes of a member, bounded while they are read.

        SourceError where there is none of that name or it cannot be read, HostileFileError where it is refused or too
        large; reading raises the same.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, name: str) -> bytes:
        """A member's bytes, whole. Raises what :meth:`open` does."""
        with self.open(name, LARGEST_MEMBER_BYTES) as stream:
            return stream.whole()

    def absent(self, name: str) -> SourceError:
        """The error for a name that cannot be opened."""
        refused = self.refused.get(name)
        return HostileFileError(str(refused)) if refused else SourceError(f"{shown(name)} is not in {self.path.name}")


class Bounded(io.RawIOBase):
    """A stream that stops with HostileFileError where more comes out of it than its size and its ratio allow.

    What a ZIP says of the unpacked size is not believed; ``packed_bytes`` is what goes in. Damage is a SourceError.
    """

    def __init__(self, stream: IO[bytes], name: str, packed_bytes: int, most_bytes: int) -> None:
        super().__init__()
        self._stream, self._name = stream, name
        self._packed_bytes, self._most_bytes = packed_bytes, most_bytes
        self._unpacked_bytes = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the only buffers that io hands over
        """Fill the buffer as far as one chunk goes; how many bytes that was."""
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def whole(self) -> bytes:
        """All that is left, at once."""
        return b"".join(iter(lambda: self._next(_CHUNK_BYTES), b""))

    def _next(self, most: int) -> bytes:
        try:
            data = self._stream.read(min(most, _CHUNK_BYTES))
        except BROKEN as error:
            raise damaged(self._name, error) from error
        self._unpacked_bytes += len(data)
        reason = too_much(self._unpacked_bytes, self._packed_bytes, self._most_bytes)
        if reason:
            raise HostileFileError(f"{shown(self._name)} {reason}")
        return data

    def close(self) -> None:
        """Let go of the member."""
        if not self.closed:
            self._stream.close()
        super().close()


def damaged(name: str, error: Exception) -> SourceError:
    """The error for a member that cannot be read to its end."""
    if isinstance(error, OSError) and error.strerror:
        return SourceError(f"{shown(name)} cannot be read: {error.strerror}")
    return SourceError(f"{shown(name)} is damaged in the archive", hint="download or pack the archive again")
